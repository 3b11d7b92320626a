import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { ledgerContract } from '../../contract/ledger.ts';
import { aFinding } from '../../support/findings.ts';
import { aFakeAws, livePorts } from '../../support/live.ts';

const fake = aFakeAws();
let tables = 0;

function aLedger(): { readonly ledger: Ledger; readonly again: () => Promise<Ledger> } {
  tables += 1;
  const table = `ledger-${tables}`;
  const open = (): Ledger => livePorts().ledger(table);
  return { ledger: open(), again: async () => open() };
}

ledgerContract('DynamoDB', async () => aLedger(), { runs: 10 });

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
