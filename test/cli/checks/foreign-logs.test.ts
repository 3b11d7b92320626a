/** A log file under the path of an account that is not ours is not read, whatever its records say. */

import { describe, expect, it } from 'vitest';
import { zipOf } from '../../delivery/zip-builder.ts';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord, aLogKey } from '../../support/deliveries.ts';
import { ACCOUNT, anInventory } from '../../support/inventories.ts';

const FOREIGN = '999988887777';
const OURS = aLogKey(1);
const THEIRS = OURS.replaceAll(ACCOUNT, FOREIGN);
const log = packed([aLaunchRecord(1, 'i-0a1')]);
const place = aPlace();
place.put('config.json', { requiredTags: ['CostCenter'], region: 'eu-west-1', trail: { accounts: [ACCOUNT] } });
place.put('any.json', { requiredTags: ['CostCenter'], region: 'eu-west-1' });
place.put('account.json', snapshotOf(anInventory()));

/** Puts the same log, of a launch in our account, under these keys of a new folder. */
let made = 0;
const folderWith = (...keys: readonly string[]): string => {
  made += 1;
  for (const key of keys) place.put(`trail${made}/${key}`, log);
  return `trail${made}`;
};

const scan = async (path: string, ...more: string[]) => {
  const { code, stdout, stderr } = await place.run('scan', path, '--account', 'none', '-o', 'json', ...more);
  const report = stdout === '' ? undefined : JSON.parse(stdout);
  const found = (report?.findings ?? []).map(
    ({ rule, resourceId }: { rule: string; resourceId: string }) => `${rule} ${resourceId}`,
  );
  return { code, stderr, input: report?.input, findings: report?.findings, found };
};

describe('scan of a log of an account that is not in trail.accounts', () => {
  it.each([
    ['by its folder and its name', THEIRS],
    ["by its folder only, with one of our account's names", OURS.replace(`AWSLogs/${ACCOUNT}`, `AWSLogs/${FOREIGN}`)],
    ['by its name only', OURS.replace(`/${ACCOUNT}_`, `/${FOREIGN}_`)],
    ["in an organisation's trail", THEIRS.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')],
    ['in a file that has none of CloudTrail’s names', `AWSLogs/${FOREIGN}/log.json.gz`],
    ['without folders', THEIRS.split('/').at(-1) ?? ''],
  ])('does not read it, but names, counts and finds it: %s', async (_what, key) => {
    const folder = folderWith(key);
    const { code, stderr, input, findings, found } = await scan(folder);
    expect(found).toEqual([`log-integrity ${FOREIGN}`]);
    expect(findings[0]).toMatchObject({
      severity: 'critical',
      reason: `A log of account ${FOREIGN} was delivered, but trail.accounts does not list it; none of it was read.`,
      detail: { object: `${folder}/${key}` },
    });
    expect(input).toMatchObject({ files: 0, records: 0, sightings: 0, skipped: { 'foreign-account': 1 } });
    expect(stderr).toContain(
      `warning: 1 log of account ${FOREIGN} not read, as trail.accounts does not list it: ${folder}/${key}`,
    );
    expect(code).toBe(3);
  });

  it('does not read it in a zip', async () => {
    place.put('logs.zip', zipOf([{ name: THEIRS, data: log }]));
    const { found, input } = await scan('logs.zip');
    expect(found).toEqual([`log-integrity ${FOREIGN}`]);
    expect(input.files).toBe(0);
  });

  it('knows it by the folders above the one that is named', async () => {
    const folder = folderWith(`AWSLogs/${FOREIGN}/CloudTrail/eu-west-1/log.json.gz`);
    expect((await scan(`${folder}/AWSLogs/${FOREIGN}/CloudTrail`)).found).toEqual([`log-integrity ${FOREIGN}`]);
  });

  it('reads the logs beside it, and makes one finding of however many there are', async () => {
    const { code, stderr, input, found } = await scan(
      folderWith(THEIRS, THEIRS.replace('AAAA1', 'BBBB1'), OURS, OURS.replace('AWSLogs/', 'AWSLogs/o-abcdefghij/')),
    );
    expect(found.toSorted()).toEqual(['instance-untagged i-0a1', `log-integrity ${FOREIGN}`]);
    expect(input).toMatchObject({ files: 2, skipped: { 'foreign-account': 2 } });
    expect(stderr).toContain(`2 logs of account ${FOREIGN} not read, as trail.accounts does not list it: the first is`);
    expect(code).toBe(3);
  });

  it('is not concerned with logs outside the period, or with another service’s files', async () => {
    const { found, input } = await scan(
      folderWith(THEIRS.replaceAll('2026/03/17', '2026/03/01'), `AWSLogs/${FOREIGN}/Config/eu-west-1/a.json.gz`, OURS),
      '--since',
      '2026-03-17',
    );
    expect(found).toEqual(['instance-untagged i-0a1']);
    expect(input.skipped).toEqual({ 'outside-period': 1, 'not-a-log': 1 });
  });

  it('reads it if no accounts are configured', async () => {
    const { found } = await scan(folderWith(THEIRS), '--config', 'any.json');
    expect(found).toEqual(['instance-untagged i-0a1']);
  });

  it('believes the records of a file whose path says nothing', async () => {
    expect((await scan(folderWith('logs/mine.json.gz'))).found).toEqual(['instance-untagged i-0a1']);
  });
});

describe('looking back by logs of an account that is not in trail.accounts', () => {
  const asOf = ['audit', '--as-of', '2026-03-17T12:01:00Z', '--account', 'account.json', '-o', 'json'];

  it('does not read them', async () => {
    const folder = folderWith(THEIRS);
    const { code, stdout, stderr } = await place.run(...asOf, folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`1 log of account ${FOREIGN} not read`);
    expect(stderr).toContain(`there is no CloudTrail log file in ${folder}; skipped: 1 foreign-account`);
  });

  it('reads ours beside them', async () => {
    const { stdout, stderr } = await place.run(...asOf, folderWith(THEIRS, OURS));
    expect(stderr).toContain(`1 log of account ${FOREIGN} not read`);
    expect(JSON.parse(stdout).input).toMatchObject({ files: 1, skipped: { 'foreign-account': 1 } });
  });
});
