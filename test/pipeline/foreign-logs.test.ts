/** A log whose key says that it is of an account that is not ours is not read, whatever its records say. */

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { recordsAlone } from '../../src/local/account/records-alone.ts';
import { type Delivered, deliver } from '../../src/pipeline/deliver.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, BUCKET } from '../support/deliveries.ts';
import { ACCOUNT } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { at } from '../support/sightings.ts';

const FOREIGN = '999988887777';
const OTHER = '444455556666';
const OURS = aLogKey(1);
const THEIRS = OURS.replaceAll(ACCOUNT, FOREIGN);

function aSetup(accounts: readonly string[] = [ACCOUNT, OTHER]) {
  const config = parseConfig(
    JSON.stringify({ region: 'eu-west-1', requiredTags: ['CostCenter'], trail: { buckets: [BUCKET], accounts } }),
    'config.json',
  );
  const bucket = aBucket();
  const ports = { logs: bucket.logs, inventory: recordsAlone(), ledger: aLedger() };
  /** Delivers a launch that is in our account, by its record, in files under these keys. */
  const run = (
    keys: readonly string[],
    messages = [aNotice('m1', ...keys)],
    recipientAccountId = ACCOUNT,
  ): Promise<Delivered> => {
    for (const key of keys) bucket.put(key, [aLaunchRecord(1, 'i-0a1', {}, { recipientAccountId })]);
    return deliver(messages, ports, config, { now: at(120), clock: STOPPED_CLOCK });
  };
  return { bucket, run };
}

const rulesIn = ({ acted }: Delivered): readonly string[] =>
  acted.findings.map(({ rule, resourceType, resourceId }) => `${rule} ${resourceType} ${resourceId}`);

describe('a log of an account that is not in trail.accounts', () => {
  it.each([
    ['by its folder and its name', THEIRS],
    ["by its folder only, with one of our account's names", OURS.replace(`AWSLogs/${ACCOUNT}`, `AWSLogs/${FOREIGN}`)],
    ['by its name only', OURS.replace(`/${ACCOUNT}_`, `/${FOREIGN}_`)],
    ["in an organisation's trail", THEIRS.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')],
    ['below a prefix that names our account', `AWSLogs/${ACCOUNT}/CloudTrail/${THEIRS}`],
    ['in a file that has none of CloudTrail’s names', `AWSLogs/${FOREIGN}/log.json.gz`],
    ['without folders', THEIRS.split('/').at(-1) ?? ''],
  ])('is not read, but acknowledged and found: %s', async (_what, key) => {
    const { bucket, run } = aSetup();
    const delivered = await run([key]);
    expect(delivered.failed).toEqual([]);
    expect(bucket.fetches.size).toBe(0);
    expect(delivered.collected.input).toMatchObject({ files: 0, records: 0 });
    expect(rulesIn(delivered)).toEqual([`log-integrity AWS::Account ${FOREIGN}`]);
    expect(delivered.acted.findings[0]).toMatchObject({
      severity: 'critical',
      accountId: FOREIGN,
      reason: `A log of account ${FOREIGN} was delivered, but trail.accounts does not list it; none of it was read.`,
      detail: { object: `s3://${BUCKET}/${key}` },
    });
  });

  it('is not read under the other reading of its key', async () => {
    const { bucket, run } = aSetup();
    bucket.put(THEIRS, [aLaunchRecord(1, 'i-0a1')]);
    const delivered = await run([], [aNotice('m1', encodeURIComponent(THEIRS))]);
    expect(bucket.fetches.size).toBe(0);
    expect(rulesIn(delivered)).toEqual([`log-integrity AWS::Account ${FOREIGN}`]);
  });

  it('is one finding however many there are, beside what our own logs show', async () => {
    const { run } = aSetup();
    const delivered = await run([THEIRS, THEIRS.replace('AAAA', 'BBBB'), OURS]);
    expect(rulesIn(delivered).toSorted()).toEqual([
      'instance-untagged AWS::EC2::Instance i-0a1',
      `log-integrity AWS::Account ${FOREIGN}`,
    ]);
  });

  it('is read once the account is listed, or if none is', async () => {
    for (const accounts of [[ACCOUNT, FOREIGN], []])
      expect(rulesIn(await aSetup(accounts).run([THEIRS], [aNotice('m1', THEIRS)], FOREIGN))).toEqual([
        'instance-untagged AWS::EC2::Instance i-0a1',
      ]);
  });

  it('is of no concern if it is another service’s file, or a digest', async () => {
    const { run } = aSetup();
    const delivered = await run([
      `AWSLogs/${FOREIGN}/Config/eu-west-1/2026/3/17/a.json.gz`,
      THEIRS.replaceAll('CloudTrail', 'CloudTrail-Digest').replace(/_A+1\.json/, '.json'),
    ]);
    expect(delivered.acted.findings).toEqual([]);
    expect(delivered.collected.input.skipped).toEqual({ 'not-a-log': 1, digest: 1 });
  });
});

describe('a log of one of our accounts', () => {
  it.each([
    ['below a prefix', `trails/${OURS}`],
    ['below a prefix that names another account', `AWSLogs/${FOREIGN}/${OURS}`],
    ['in an organisation’s trail', OURS.replace('AWSLogs/', 'o-abcdefghij/AWSLogs/o-abcdefghij/')],
  ])('is read: %s', async (_what, key) => {
    expect(rulesIn(await aSetup().run([key]))).toEqual(['instance-untagged AWS::EC2::Instance i-0a1']);
  });
});
