import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { FINDING_PARTITIONS } from '../../../src/aws/ledger/dynamodb-rows.ts';
import type { LedgerTable } from '../../../src/aws/ledger/dynamodb-table.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { PipelineError } from '../../../src/errors.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { aFinding, aJudgement, anEvidence } from '../../support/findings.ts';
import { aFakeAws, livePorts } from '../../support/live.ts';
import { aStep } from '../../support/plans.ts';

const fake = aFakeAws();
const AT = new Date('2026-11-20T12:00:00Z');
let tables = 0;

function aLedger(): FullLedger {
  tables += 1;
  return livePorts().ledger(`refused-${tables}`);
}

const record = (ledger: FullLedger, ...findings: readonly Finding[]) =>
  ledger.record({ at: AT, findings, judgements: [], outcomes: [] });
const numbered = (count: number, parts: Partial<Finding> = {}): readonly Finding[] =>
  Array.from({ length: count }, (_, n) => aFinding({ resourceId: `i-${n}`, ...parts }));

const cancel = (times: number, ...codes: readonly string[]): void =>
  fake().fail({
    ...{ action: 'TransactWriteItems', code: 'TransactionCanceledException', status: 400, times },
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
  });

describe('a transaction that DynamoDB cancels', () => {
  it.each(['ConditionalCheckFailed', 'TransactionConflict'])('is written after reading again for %s', async (code) => {
    const ledger = aLedger();
    cancel(1, 'None', code);
    const before = fake().count('BatchGetItem');
    expect((await record(ledger, aFinding())).opened).toHaveLength(1);
    expect(fake().count('BatchGetItem') - before).toBe(2);
  });

  it.each(['ThrottlingError', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded'])(
    'is tried again for %s, and in the end fails as something to retry',
    async (code) => {
      const ledger = aLedger();
      cancel(2, 'None', code);
      expect((await record(ledger, aFinding())).opened).toHaveLength(1);
      cancel(99, code);
      await expect(record(ledger, aFinding({ resourceId: 'i-other' }))).rejects.toMatchObject({
        ...{ code: 'ledger-failed', retryable: true, concerns: { awsCode: code } },
      });
      fake().fail();
    },
  );

  it('is no conflict if an item is refused beside a conflict', async () => {
    const ledger = aLedger();
    cancel(99, 'ConditionalCheckFailed', 'ItemCollectionSizeLimitExceeded');
    await expect(record(ledger, aFinding())).rejects.toMatchObject({
      ...{ retryable: false, concerns: { awsCode: 'ItemCollectionSizeLimitExceeded' } },
    });
    fake().fail();
  });
});

describe('a finding that DynamoDB does not take', () => {
  /** A table that refuses the items of one finding. */
  function refusing(id: string): LedgerTable {
    const table = memoryTable();
    return {
      ...table,
      putAll: async (items, also) => {
        if (items.some(({ sk }) => sk === id))
          throw new PipelineError('ledger-failed', 'Item size has exceeded', { awsCode: 'ValidationError' });
        return table.putAll(items, also);
      },
    };
  }

  it('fails alone and is named, and the others are recorded', async () => {
    const findings = numbered(120);
    const bad = findings[77]?.id ?? '';
    const ledger = ledgerOn(refusing(bad));
    await expect(record(ledger, ...findings)).rejects.toMatchObject({
      ...{ code: 'ledger-failed', retryable: false, concerns: { resourceId: bad } },
      message: expect.stringContaining(bad),
    });
    expect(await ledger.entries({})).toHaveLength(119);
  });
});

describe('an entry', () => {
  const long = '\u{10348}'.repeat(4000);
  const hostile: Partial<Finding> = {
    ...{ rule: 'instance-unmirrored', reason: long, owner: long },
    detail: {
      interfaces: Array.from({ length: 4000 }, (_, n) => ({
        ...{ networkInterfaceId: `eni-${n}`, verdict: 'missing', reason: long.slice(0, 100) },
      })),
    },
    evidence: Array.from({ length: 60 }, (_, n) => anEvidence({ eventID: `event-${n}`, userAgent: long, actor: long })),
  };
  const calls = Array.from({ length: 50 }, (_, n) => ({
    ...{ actor: long, eventName: 'DeleteTags', eventTime: `2026-11-20T10:00:${n % 60}Z`, eventID: `call-${n}` },
  }));

  it('stays well below the size of an item of DynamoDB, whatever findings, records and answers hold', async () => {
    const table = memoryTable();
    const ledger = ledgerOn(table);
    const time = (hour: number): Date => new Date(AT.getTime() + hour * 3_600_000);
    for (let hour = 0; hour < 80; hour += 2) {
      const cause = { kind: 'possible', reason: long, calls } as const;
      const finding = aFinding({ ...hostile, cause, resourceId: 'i-1' });
      const outcomes = Array.from({ length: 3 }, (_, n) => ({
        ...{ step: aStep(), result: 'failed' as const, reason: `${hour} ${n} ${long}`, at: time(hour) },
      }));
      await ledger.record({ at: time(hour), findings: [finding], judgements: [], outcomes });
      const evidence = calls.map(({ eventID }) => anEvidence({ eventID, role: 'resolution', userAgent: long }));
      const { id, rule, resourceId } = finding;
      const judgements = [aJudgement({ id, rule, resourceId, evidence })];
      await ledger.record({ at: time(hour + 1), findings: [], judgements, outcomes: [] });
    }
    const items = (await Promise.all(FINDING_PARTITIONS.map((each) => table.query(each)))).flat();
    expect(items).toHaveLength(1);
    expect(Buffer.byteLength(items[0]?.body ?? '')).toBeLessThan(300_000);
    const [entry] = await ledger.entries({});
    expect(entry).toMatchObject({
      generation: 40,
      finding: { detail: { leftOut: { interfaces: expect.any(Number) } } },
    });
  });

  it('of any size is written with others in transactions that DynamoDB takes', async () => {
    const ledger = aLedger();
    expect((await record(ledger, ...numbered(60, hostile))).opened).toHaveLength(60);
    expect(await ledger.entries({})).toHaveLength(60);
  });

  it('of an older version may be of any size: the mails about many are noted all the same', async () => {
    const table = memoryTable();
    const sizes: number[] = [];
    const limited: LedgerTable = {
      ...table,
      putAll: async (items, also) => {
        const size = Buffer.byteLength(JSON.stringify([items, also?.set]));
        if (size > 4 * 1024 * 1024)
          throw new PipelineError('ledger-failed', 'Transaction request size exceeds 4 MB', {
            awsCode: 'ValidationException',
          });
        sizes.push(size);
        return table.putAll(items, also);
      },
    };
    const ledger = ledgerOn(limited);
    const findings = numbered(30);
    await record(ledger, ...findings);
    for (const partition of FINDING_PARTITIONS)
      for (const item of await table.query(partition)) {
        const { history, ...others } = JSON.parse(item.body);
        const evidence = [anEvidence({ userAgent: 'x'.repeat(300_000) })];
        await table.put({ ...item, body: JSON.stringify({ ...others, history: { ...history, evidence } }) });
      }
    sizes.length = 0;
    const claims = findings.map(({ id }) => ({ kind: 'alert', key: `${id}:notified` }) as const);
    await ledger.settle(claims, { now: AT, owner: 'a', how: 'done' });
    const noted = (await ledger.entries({})).filter(({ notified }) => notified.notified !== undefined);
    expect(noted).toHaveLength(30);
    expect(sizes.length).toBeLessThan(8);
  });
});
