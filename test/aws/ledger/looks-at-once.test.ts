/** Two complete looks at one account, recorded at once: between any two calls of one, the other one is recorded completely. */

import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import type { LedgerTable } from '../../../src/aws/ledger/dynamodb-table.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import type { LedgerEntry, Observation } from '../../../src/ledger/ledger.ts';
import { aFinding, aJudgement, aLook, anEvidence, aReading } from '../../support/findings.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';
import { at } from '../../support/sightings.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const IDS = ['i-1', 'i-2'];

const finding = (resourceId: string, minute: number): Finding =>
  aFinding({
    ...SCOPE,
    resourceId,
    firstSeen: at(-60).toISOString(),
    lastSeen: at(minute).toISOString(),
    evidence: [anEvidence()],
  });

/** A complete look that found these open, and everything else in order. */
function aLookAt(minute: number, open: readonly string[]): Observation {
  const judgements = IDS.filter((id) => !open.includes(id)).map((resourceId) => aJudgement({ ...SCOPE, resourceId }));
  const judged = { at: at(minute).toISOString(), rules: ['instance-untagged'], except: [] };
  return {
    at: at(minute),
    findings: open.map((id) => finding(id, minute)),
    judgements,
    looked: new Set(judgements.map(({ id }) => id)),
    outcomes: [],
    reading: aReading({ looks: [aLook({ ...SCOPE, judged })] }),
  };
}

interface Interrupted {
  readonly slow: LedgerTable;
  readonly wasInterrupted: () => boolean;
}

/** The table, which calls `meanwhile` before the call of this number. */
function interrupted(table: LedgerTable, number: number, meanwhile: () => Promise<unknown>): Interrupted {
  let calls = 0;
  const counted =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls += 1;
      if (calls === number) await meanwhile();
      return call(...args);
    };
  const slow: LedgerTable = {
    get: counted(table.get),
    query: counted(table.query),
    put: counted(table.put),
    replace: counted(table.replace),
    putAll: counted(table.putAll),
    take: counted(table.take),
    giveBack: counted(table.giveBack),
  };
  return { slow, wasInterrupted: () => calls >= number };
}

const lifeOf = ({ finding: { resourceId, status }, openedAt, resolvedAt }: LedgerEntry): object => ({
  resourceId,
  status,
  openedAt,
  resolvedAt,
});

async function statesOf(table: LedgerTable): Promise<readonly object[]> {
  const ledger = ledgerOn(table);
  const all = (await ledger.entries({})).map(lifeOf);
  const inSight = (await ledger.entries({ inSight: SCOPE })).map(lifeOf);
  return [all, inSight];
}

describe('two complete looks at one account that are recorded at once', () => {
  it.each([
    ['opens what the newer found in order', ['i-1'], []],
    ['resolves what the newer still found', [], ['i-1']],
    ['finds one thing and the newer another', ['i-1'], ['i-2']],
    ['finds the same', ['i-1'], ['i-1']],
  ])('end as one after the other, when the older %s', async (_, older, newer) => {
    let interruptions = 0;
    for (const before of [[], ['i-1']]) {
      const sequential = memoryTable();
      await ledgerOn(sequential).record(aLookAt(0, before));
      await ledgerOn(sequential).record(aLookAt(10, older));
      await ledgerOn(sequential).record(aLookAt(20, newer));
      const expected = await statesOf(sequential);
      for (let call = 1; ; call += 1) {
        const table = memoryTable();
        await ledgerOn(table).record(aLookAt(0, before));
        const recordNewer = (): Promise<unknown> => ledgerOn(table).record(aLookAt(20, newer));
        const { slow, wasInterrupted } = interrupted(table, call, recordNewer);
        await ledgerOn(slow).record(aLookAt(10, older));
        if (!wasInterrupted()) break;
        interruptions += 1;
        expect({ call, before, states: await statesOf(table) }).toEqual({ call, before, states: expected });
      }
    }
    expect(interruptions).toBeGreaterThan(12);
  });
});

describe('a look that is recorded while an older observation arrives', () => {
  const resolvedAtTen: Observation = {
    ...{ at: at(10), findings: [], outcomes: [] },
    judgements: [aJudgement({ ...SCOPE, resourceId: 'i-1' })],
  };
  const stateOf = async (table: LedgerTable): Promise<readonly object[]> =>
    (await ledgerOn(table).entries({})).map(({ finding: { status }, generation }) => ({ status, generation }));

  it.each([
    ['passes what that resolved: it is never open again', [], { status: 'resolved', generation: 1 }],
    ['finds open what that resolved: it was opened again', ['i-1'], { status: 'open', generation: 2 }],
  ])('and %s', async (_, found, expected) => {
    let interruptions = 0;
    for (let call = 1; ; call += 1) {
      const table = memoryTable();
      await ledgerOn(table).record(aLookAt(0, ['i-1']));
      const seen: object[] = [];
      const { slow, wasInterrupted } = interrupted(table, call, async () => {
        await ledgerOn(table).record(resolvedAtTen);
        seen.push(...(await stateOf(table)));
      });
      await ledgerOn(slow).record(aLookAt(20, found));
      if (!wasInterrupted()) break;
      interruptions += 1;
      expect({ call, states: await stateOf(table) }).toEqual({ call, states: [expected] });
      if (found.length === 0) expect({ call, seen }).toEqual({ call, seen: [expected] });
    }
    expect(interruptions).toBeGreaterThan(6);
  });
});
