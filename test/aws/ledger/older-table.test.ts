import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { FINDING_PARTITIONS } from '../../../src/aws/ledger/dynamodb-rows.ts';
import type { LedgerTable } from '../../../src/aws/ledger/dynamodb-table.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import { aFinding, aJudgement, aLook, aReading } from '../../support/findings.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';
import { at } from '../../support/sightings.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };

const finding = (resourceId: string, parts: Partial<Finding> = {}): Finding =>
  aFinding({ ...SCOPE, resourceId, ...parts });
const passed = (resourceId: string) => aJudgement({ ...SCOPE, resourceId });

const recordAt = (ledger: FullLedger, minute: number, ...findings: readonly Finding[]): Promise<unknown> =>
  ledger.record({ at: at(minute), findings, judgements: [], outcomes: [] });

const inSight = async (ledger: FullLedger): Promise<readonly string[]> =>
  (await ledger.entries({ inSight: SCOPE })).map(({ finding: { resourceId } }) => resourceId).toSorted();

/** What an older version writes: the same items without a word of the list, and no list. */
async function withoutList(table: LedgerTable): Promise<void> {
  for (const partition of FINDING_PARTITIONS)
    for (const item of await table.query(partition)) {
      const { listed: _, ...body } = JSON.parse(item.body);
      await table.put({ ...item, version: item.version + 1, body: JSON.stringify(body) });
    }
  await table.putAll([], { deleted: await table.query(`sight#${ACCOUNT}:${REGION}`) });
}

/** An older table: one finding is open, one resolved and still to be told, one resolved and over, and many are resolved. */
async function anOlderTable(): Promise<LedgerTable> {
  const table = memoryTable();
  const ledger = ledgerOn(table);
  const many = Array.from({ length: 120 }, (_, n) => finding(`i-many-${n}`));
  const told = finding('i-told');
  await recordAt(ledger, 0, finding('i-open'), told, finding('i-over'), ...many);
  const claim = { kind: 'alert', key: `${told.id}:notified` } as const;
  await ledger.settle([claim], { now: at(1), owner: 'a', how: 'done' });
  const judgements = ['i-told', 'i-over', ...many.map(({ resourceId }) => resourceId)].map(passed);
  await ledger.record({ at: at(2), findings: [], judgements, outcomes: [] });
  await withoutList(table);
  return table;
}

describe('a table that an older version wrote', () => {
  it('is listed when somebody asks what is in sight, once', async () => {
    const table = await anOlderTable();
    const queried: string[] = [];
    const query: LedgerTable['query'] = (pk, ...more) => {
      queried.push(pk);
      return table.query(pk, ...more);
    };
    const counted: LedgerTable = { ...table, query };
    expect(await inSight(ledgerOn(counted))).toEqual(['i-open', 'i-told']);
    expect(queried.filter((pk) => pk.startsWith('finding#'))).toHaveLength(16);
    queried.length = 0;
    expect(await inSight(ledgerOn(counted))).toEqual(['i-open', 'i-told']);
    expect(queried).toEqual([`sight#${ACCOUNT}:${REGION}`]);
  });

  it('is listed by several at once, while others write', async () => {
    const table = await anOlderTable();
    const [one, other, writer] = [ledgerOn(table), ledgerOn(table), ledgerOn(table)];
    await Promise.all([
      inSight(one),
      inSight(other),
      recordAt(writer, 5, finding('i-over'), finding('i-new')),
      writer.record({ at: at(5), findings: [], judgements: [passed('i-open')], outcomes: [] }),
    ]);
    expect(await inSight(one)).toEqual(['i-new', 'i-over', 'i-told']);
  });

  it('is listed once more an hour later, with what old functions wrote meanwhile', async () => {
    const table = await anOlderTable();
    const ledger = ledgerOn(table);
    const look = (minute: number) => {
      const judged = { at: at(minute).toISOString(), rules: [], except: [] };
      const reading = aReading({ looks: [aLook({ ...SCOPE, judged })] });
      return ledger.record({ at: at(minute), findings: [], judgements: [], outcomes: [], reading });
    };
    await look(10);
    await recordAt(ledgerOn(table), 12, finding('i-late'));
    await withoutList(table);
    await look(20);
    expect(await inSight(ledger)).not.toContain('i-late');
    await look(75);
    expect(await inSight(ledger)).toEqual(['i-late', 'i-open', 'i-told']);
  });

  it('lists a finding that an old function wrote as soon as it is written again', async () => {
    const table = await anOlderTable();
    const ledger = ledgerOn(table);
    expect(await inSight(ledger)).toEqual(['i-open', 'i-told']);
    await withoutList(table);
    await recordAt(ledger, 5, finding('i-open'));
    expect(await inSight(ledger)).toEqual(['i-open']);
  });
});
