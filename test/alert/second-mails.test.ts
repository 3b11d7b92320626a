/** Each opening of a finding is told once, whatever arrives late: random histories against a model that knows all facts so far. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Publisher, sendAlerts } from '../../src/alert/send-alert.ts';
import { ledgerOn } from '../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../src/aws/ledger/memory-table.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { Observation } from '../../src/ledger/ledger.ts';
import { aFinding, aJudgement } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';

const FINDING = aFinding();
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

type State = 'open' | 'muted' | 'passed';

interface Fact {
  readonly minute: number;
  readonly state: State;
}

const observed = ({ minute, state }: Fact): Observation => ({
  at: at(minute),
  findings: state === 'passed' ? [] : [aFinding({ status: state })],
  judgements: state === 'passed' ? [aJudgement({ resourceId: FINDING.resourceId })] : [],
  outcomes: [],
});

/** The state after all facts, and when the last opening began and ended, computed minute by minute. */
function modelOf(facts: readonly Fact[]) {
  const WEIGHT = { passed: 0, muted: 1, open: 2 } as const;
  const heaviest = new Map<number, State>();
  for (const { minute, state } of facts) {
    const other = heaviest.get(minute);
    if (other === undefined || WEIGHT[state] > WEIGHT[other]) heaviest.set(minute, state);
  }
  let now: State | undefined;
  let openedAt: number | undefined;
  let passedAt: number | undefined;
  for (const [minute, state] of [...heaviest].toSorted(([a], [b]) => a - b)) {
    if (state === 'open' && now !== 'open') openedAt = minute;
    // An exemption from the start is an opening of its own, which is not told.
    if (state === 'muted' && (now === undefined || now === 'passed')) openedAt = minute;
    if (state === 'passed' && now !== 'passed') passedAt = minute;
    now = state;
  }
  return { state: now, openedAt: openedAt ?? 0, passedAt: passedAt ?? 0 };
}

/** A run at a minute of its own clock, which records a fact and mails what is due. */
interface Run extends Fact {
  readonly now: number;
}

const aRun = fc.record<Run>({
  minute: fc.integer({ min: 0, max: 40 }),
  state: fc.constantFrom<State>('open', 'open', 'passed', 'muted'),
  now: fc.integer({ min: 0, max: 45 }),
});

const LEDGERS: readonly (readonly [string, () => FullLedger])[] = [
  ['the ledger in a file', aLedger],
  ['a table', () => ledgerOn(memoryTable())],
];

describe.each(LEDGERS)('with %s', (_, newLedger) => {
  const aSetup = () => {
    const ledger = newLedger();
    let runs = 0;
    const mail = async (now: number, publish: (kind: string) => void): Promise<readonly string[]> => {
      runs += 1;
      const owner = `run ${runs}`;
      const entries = await ledger.entries({ ids: [FINDING.id] });
      const publisher: Publisher = {
        publish: async ({ kind }) => {
          publish(kind);
          return 'mail';
        },
      };
      const ports = { ledger, publisher, owner };
      const sent = await sendAlerts(ports, { entries, outcomes: [] }, { immediate: 'medium' }, { now: at(now) });
      return sent.busy;
    };
    return { ledger, mail };
  };

  it('every opening is mailed once and its end once, whatever facts come late, split, move or renumber openings', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aRun, { minLength: 1, maxLength: 14 }), async (runs) => {
        const { ledger, mail } = aSetup();
        const facts: Fact[] = [];
        /** The moments that mails told of. */
        const told: number[] = [];
        const cleared: number[] = [];
        for (const run of runs) {
          await ledger.record(observed(run));
          facts.push(run);
          const { state, openedAt, passedAt } = modelOf(facts);
          const isTold = told.some((moment) => moment >= openedAt);
          const isCleared = cleared.some((moment) => moment >= openedAt);
          const sent: string[] = [];
          await mail(run.now, (kind) => sent.push(kind));
          const expected =
            state === 'open' && !isTold ? ['findings'] : state === 'passed' && isTold && !isCleared ? ['resolved'] : [];
          expect(sent).toEqual(expected);
          if (sent[0] === 'findings') told.push(Math.max(run.now, openedAt));
          if (sent[0] === 'resolved') cleared.push(passedAt);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('one of several runs mails that see the same opening at different times, at once or one after the other', async () => {
    // Their clocks differ by less than a lease.
    const looks = fc.array(fc.record({ minute: fc.nat(20), now: fc.nat(14) }), { minLength: 2, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(looks, fc.boolean(), async (runs, atOnce) => {
        const { ledger, mail } = aSetup();
        const sent: string[] = [];
        const run = async ({ minute, now }: { minute: number; now: number }): Promise<readonly string[]> => {
          await ledger.record(observed({ minute, state: 'open' }));
          return mail(now, (kind) => sent.push(kind));
        };
        if (atOnce) await Promise.all(runs.map(run));
        else for (const each of runs) await run(each);
        // Whoever found it busy comes again.
        for (const { now } of runs) await mail(now, (kind) => sent.push(kind));
        expect(sent).toEqual(['findings']);
      }),
      { numRuns: 100 },
    );
  });

  it('a late record that renumbers the openings causes no second mail', async () => {
    const { ledger, mail } = aSetup();
    const sent: string[] = [];
    for (const [state, minute, now] of [
      ['open', 20, 21],
      ['open', 5, 30],
      ['passed', 10, 31],
    ] as const) {
      await ledger.record(observed({ state, minute }));
      await mail(now, (kind) => sent.push(kind));
    }
    expect((await ledger.entries({}))[0]).toMatchObject({ generation: 2, openedAt: at(20) });
    expect(sent).toEqual(['findings']);
  });

  it('a mail by a clock that is behind counts for the opening that it told of', async () => {
    const { ledger, mail } = aSetup();
    const sent: string[] = [];
    await ledger.record(observed({ state: 'open', minute: 20 }));
    for (const now of [15, 16, 25]) await mail(now, (kind) => sent.push(kind));
    expect(sent).toEqual(['findings']);
  });
});
