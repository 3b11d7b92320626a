import { describe, expect, it } from 'vitest';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { callsBehind } from '../../../src/pipeline/history/calls-behind.ts';
import type { Change } from '../../../src/sighting/changes/change.ts';
import { aCall, changeLogContract, partsOn, tagSet } from '../../contract/change-log.ts';
import { floodsContract } from '../../contract/floods.ts';
import { ledgerContract } from '../../contract/ledger.ts';
import { aFinding } from '../../support/findings.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';
import { aFakeAws, livePorts } from '../../support/live.ts';

const fake = aFakeAws();
let tables = 0;

function aLedger(): { readonly ledger: FullLedger; readonly again: () => Promise<FullLedger> } {
  tables += 1;
  const table = `ledger-${tables}`;
  const open = (): FullLedger => livePorts().ledger(table);
  return { ledger: open(), again: async () => open() };
}

ledgerContract('DynamoDB', async () => aLedger(), { runs: 10 });
floodsContract('DynamoDB', async () => aLedger());
changeLogContract('DynamoDB', async () => aLedger().ledger, { runs: 5 });

const AT = new Date('2026-11-20T12:00:00Z');
const many = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...aFinding(),
    id: n.toString(16).padStart(32, '0'),
    resourceId: `i-${n}`,
  }));

describe('dynamoDbLedger', () => {
  it('stores more findings than fit into one transaction, one read or one page', async () => {
    const { ledger } = aLedger();
    const findings = many(130);
    const { opened } = await ledger.record({ at: AT, findings, judgements: [], outcomes: [] });
    expect(opened).toEqual(findings.map(({ id }) => id));
    expect(await ledger.entries({})).toHaveLength(130);
    expect(await ledger.entries({ ids: findings.map(({ id }) => id) })).toHaveLength(130);
  });

  it('retries when others write the same findings at the same time', async () => {
    const { ledger, again } = aLedger();
    const writers = [ledger, await again(), await again()];
    const folds = writers.map((each, n) =>
      each.record({
        at: new Date(AT.getTime() + n * 1000),
        findings: many(3).map((finding) => ({
          ...finding,
          evidence: finding.evidence.map((e) => ({ ...e, eventID: `e-${n}` })),
        })),
        judgements: [],
        outcomes: [],
      }),
    );
    const changes = await Promise.all(folds);
    expect(changes.flatMap(({ opened }) => opened)).toHaveLength(3);
    for (const { finding } of await ledger.entries({})) {
      expect(finding.evidence.map(({ eventID }) => eventID).toSorted()).toEqual(['e-0', 'e-1', 'e-2']);
    }
  });

  it('names the failed call, and that a retry may help', async () => {
    const { ledger } = aLedger();
    fake().fail({ action: 'Query', code: 'AccessDeniedException', status: 400, times: 99 });
    await expect(ledger.entries({})).rejects.toMatchObject({
      code: 'ledger-failed',
      retryable: false,
      concerns: { operation: 'Query', awsCode: 'AccessDeniedException' },
    });
    fake().fail();
  });

  it('writes a manifest of thousands of files in parts and reads it back as one run', async () => {
    const { ledger } = aLedger();
    const inputs = Array.from({ length: 1000 }, (_, n) => ({
      path: `s3://logs/${n}`,
      sha256: 'ab',
      bytes: n,
      records: 1,
    }));
    const observation = { at: AT, findings: [], judgements: [], outcomes: [], inputs };
    await ledger.record(observation);
    await ledger.record(observation);
    const runs = await ledger.runs({ since: new Date('2025-12-01T00:00:00Z'), until: new Date(AT.getTime() + 1) });
    expect(runs).toEqual([{ at: AT, coverage: [], inputs }]);
    expect(await ledger.runs({ since: new Date('2025-12-01T00:00:00Z'), until: AT })).toEqual([]);
  });
});

describe('the change log in DynamoDB', () => {
  const SCOPE = { accountId: ACCOUNT, region: REGION };
  const launch = (n: number): Change => ({
    ...{ kind: 'instance-launched', instanceId: `i-${n}` },
    networkInterfaces: [{ networkInterfaceId: `eni-${n}`, attachmentId: `eni-attach-${n}` }],
  });
  /** How many calls of each kind `work` makes. */
  const callsOf = async (work: () => Promise<unknown>) => {
    const actions = ['BatchGetItem', 'TransactWriteItems', 'PutItem', 'Query'] as const;
    const before = actions.map((action) => fake().count(action));
    await work();
    return Object.fromEntries(actions.map((action, n) => [action, fake().count(action) - (before[n] ?? 0)]));
  };

  it('writes 5,000 launches and reads 10,000 resources a hundred at a time', async () => {
    const { ledger } = aLedger();
    const calls = Array.from({ length: 5000 }, (_, n) => aCall(n % 50, [launch(n)]));
    // The endpoint leaves half of a read's keys for a second call, as DynamoDB may.
    expect(await callsOf(() => ledger.keep(calls, AT))).toEqual({
      ...{ BatchGetItem: 200, TransactWriteItems: 100, PutItem: 0, Query: 0 },
    });
    const ids = calls.flatMap((_, n) => [`i-${n}`, `eni-${n}`]);
    let found = 0;
    const reads = await callsOf(async () => {
      found = (await callsBehind(ledger, SCOPE, ids)).length;
    });
    expect(found).toBe(5000);
    // One for what is lost, 200 for the resources, 100 for the attachments that their launches name.
    expect(reads).toEqual({ BatchGetItem: 301, TransactWriteItems: 0, PutItem: 0, Query: 0 });
  });

  it('writes nothing when the calls are kept already', async () => {
    const { ledger } = aLedger();
    const calls = [aCall(1, [tagSet('i-1')])];
    await ledger.keep(calls, AT);
    expect(await callsOf(() => ledger.keep(calls, AT))).toMatchObject({ TransactWriteItems: 0 });
  });

  it('loses no call when several functions keep calls on the same resources at once', async () => {
    const { ledger, again } = aLedger();
    const writers = [ledger, await again(), await again()];
    await Promise.all(writers.map((each, n) => each.keep([aCall(n, [tagSet('i-1'), tagSet('i-2')])], AT)));
    expect(await partsOn(ledger, SCOPE, ['i-1', 'i-2'])).toHaveLength(6);
  });
});
