/**
 * Causes against the model, which takes each call back by simulating the whole history again without it. Seeds 1 to 12, or as many
 * as `MIRRORWATCH_HISTORIES` says: 1700 make more than 20,000 findings. What is provable is worked out for the first four histories or
 * a twentieth of them, since it takes ten times as long.
 *
 * Not everything provable is proven. What we leave as `possible`, of 278 provable causes of seeds 1 to 60, by the records or with our ledger:
 * - what only the record of a failed call shows: that a permission was a duplicate says that it was there (5);
 * - what only another instance of the same launch shows, where the record of the launch lacks its tags (4);
 * - several lost values at once, such as a session deleted by its id beside a lost filter rule, where only some combinations fit, or more
 *   of them than are tried (11).
 */

import { beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import type { Cause } from '../../src/audit/cause.ts';
import { withCauses } from '../../src/causes/attribute.ts';
import type { OlderAccount } from '../../src/causes/older/older-account.ts';
import type { ChangingSighting } from '../../src/causes/order/distinct-calls.ts';
import { ownCall } from '../../src/sighting/own-calls.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { randomOf } from './model/histories/random.ts';
import {
  type Expectation,
  type Expected,
  expectationsOf,
  type History,
  inventoryOf,
  JUDGED_AT,
  olderAccountOf,
  openFindings,
  randomHistory,
  type Truth,
  truthsOf,
} from './model/model.ts';
import { relevantTo } from './model/oracle/relevant.ts';
import { perform, replay } from './model/simulate.ts';

const HISTORIES = Number(process.env.MIRRORWATCH_HISTORIES ?? 12);
const EXPECTED = Math.max(4, Math.floor(HISTORIES / 20));
/** The share of provable causes that we may leave as possible: measured over seeds 1 to 60, 7.2 % (20 of 278). */
const MISSED = 0.08;

/** A finding with its true cause and ours: from the records alone, with our ledger, and with a look at the account at some time between. */
interface Case {
  /** To find it again: `seed 12 mirror-orphan tms-…`. */
  readonly name: string;
  readonly history: History;
  readonly truth: Truth;
  readonly cause: Cause;
  readonly withLedger: Cause;
  readonly withOlder: Cause;
}

/** What the ledger adds: the sessions that we made before the logs begin. */
function ledgerOf({ calls, ledger }: History): readonly ChangingSighting[] {
  const made = new Date(Date.parse(calls[0]?.eventTime ?? '') - 60_000);
  return ledger.map(({ id, interfaceId, targetId, filterId, number, managed }) =>
    ownCall(
      {
        ...{ kind: 'session-created', trafficMirrorSessionId: id, networkInterfaceId: interfaceId },
        ...{ trafficMirrorTargetId: targetId, trafficMirrorFilterId: filterId, sessionNumber: number },
        tags: managed ? [{ key: 'mirrorwatch:managed', value: 'true' }] : [],
      },
      made,
    ),
  );
}

function casesOf(seed: number, truthsIn: (history: History) => readonly Truth[]): readonly Case[] {
  const history = randomHistory(seed);
  const { final, policy, records } = history;
  const inventory = inventoryOf(final);
  const recorded = records.flatMap((record) => sightingsOf(record));
  const { findings } = audit({ inventory, sightings: [], scope: 'all', now: JUDGED_AT }, policy);
  const causesBy = (
    sightings: readonly ChangingSighting[],
    older: readonly OlderAccount[] = [],
  ): ReadonlyMap<string, Cause> =>
    new Map(withCauses(findings, { inventory, sightings, policy, older }).map(({ id, cause }) => [id, cause]));
  const causes = causesBy(recorded);
  const ledger = ledgerOf(history);
  const causesWithLedger = ledger.length === 0 ? causes : causesBy([...recorded, ...ledger]);
  const causesWithOlder = causesBy(recorded, [olderAccountOf(history, randomOf(seed * 7919))]);
  return truthsIn(history).map((truth) => {
    const { findingId: id, rule, resourceId } = truth;
    const [cause, withLedger, withOlder] = [causes.get(id), causesWithLedger.get(id), causesWithOlder.get(id)];
    if (cause === undefined || withLedger === undefined || withOlder === undefined)
      throw new Error(`seed ${seed}: ${rule} ${resourceId} is missing`);
    return { name: `seed ${seed} ${rule} ${resourceId}`, history, truth, cause, withLedger, withOlder };
  });
}

/** All answers about a finding: with our ledger, with an older look, and without them, nobody may be named wrongly. */
function answersTo({ cause, withLedger, withOlder }: Case): readonly Cause[] {
  return [cause, withLedger, withOlder];
}

/** The model leaves out at most four calls together. What takes more is unknown to it, and is tested by leaving them out here. */
function isBeyondTheModel({ truth: { truth } }: Case, cause: Cause): boolean {
  return truth.kind === 'unknown' && cause.kind === 'calls' && cause.calls.length > 4;
}

/** The calls that succeeded and changed something. */
function effectiveCalls({ initial, calls }: Pick<History, 'initial' | 'calls'>): History['calls'] {
  const { accounts } = replay(initial, calls);
  return calls.filter((call, index) => {
    const before = accounts[index];
    if (before === undefined) return false;
    const outcome = perform(before, call);
    return !('error' in outcome) && outcome.account !== before;
  });
}

function provenIn(cause: Cause): readonly string[] {
  return cause.kind === 'call' || cause.kind === 'calls' ? cause.calls.map(({ eventID }) => eventID) : [];
}

/** Our own calls before the logs are in no record, so the model has none of them. They name no person. */
function isOurs(cause: Cause): boolean {
  return provenIn(cause).some((id) => id.startsWith('mirrorwatch:'));
}

function inWords(cause: Cause | Expected): string {
  if ('eventIDs' in cause) return `${cause.kind} ${cause.eventIDs.toSorted().join()}`;
  return 'calls' in cause ? `${cause.kind} ${provenIn(cause).toSorted().join()}` : cause.kind;
}

describe(`causes in the random histories with seeds 1 to ${HISTORIES}`, () => {
  let cases: readonly Case[] = [];
  beforeAll(() => {
    cases = Array.from({ length: HISTORIES }, (_, index) => casesOf(index + 1, truthsOf)).flat();
  }, HISTORIES * 10_000);

  const wrong = (tell: (one: Case, cause: Cause) => boolean): readonly string[] =>
    cases.flatMap((one) =>
      answersTo(one).flatMap((cause) => (tell(one, cause) ? [`${one.name}: ${JSON.stringify(cause)}`] : [])),
    );

  it('are looked for in many findings, and often proven', () => {
    const proven = cases.filter(({ cause }) => provenIn(cause).length > 0);
    expect(cases.length).toBeGreaterThan(HISTORIES * 8);
    expect(proven.length / cases.length).toBeGreaterThan(0.25);
    expect(proven.some(({ cause }) => cause.kind === 'calls')).toBe(true);
    const withLedger = cases.filter((one) => provenIn(one.withLedger).length > 0);
    expect(withLedger.length).toBeGreaterThanOrEqual(proven.length);
    const withOlder = cases.filter((one) => provenIn(one.withOlder).length > 0);
    expect(withOlder.length).toBeGreaterThan(proven.length * 1.2);
  });

  it('are proven with an older look wherever they are without it', () => {
    const lost = cases.filter(({ cause, withOlder }) => provenIn(cause).length > 0 && provenIn(withOlder).length === 0);
    expect(lost.map(({ name }) => name)).toEqual([]);
  });

  it('never name a person as proven who is not in the true cause', () => {
    const isWronged = (one: Case, cause: Cause): boolean =>
      (cause.kind === 'call' || cause.kind === 'calls') &&
      !isBeyondTheModel(one, cause) &&
      cause.calls.some(({ actor }) => one.truth.neverProven.includes(actor));
    expect(wrong(isWronged)).toEqual([]);
  });

  it('are the true ones wherever they are proven', () => {
    const isUntrue = (one: Case, cause: Cause): boolean =>
      provenIn(cause).length > 0 &&
      !isOurs(cause) &&
      !isBeyondTheModel(one, cause) &&
      inWords(cause) !== inWords(one.truth.truth);
    expect(wrong(isUntrue)).toEqual([]);
  });

  it(
    'never prove a call that failed, was a dry run, changed nothing, or is an addendum',
    () => {
      const hasDoneNothing = ({ history }: Case, cause: Cause): boolean => {
        const effective = new Set(effectiveCalls(history).map(({ eventID }) => eventID));
        return !isOurs(cause) && provenIn(cause).some((id) => !effective.has(id));
      };
      expect(wrong(hasDoneNothing)).toEqual([]);
    },
    HISTORIES * 2_000,
  );

  it(
    'are calls without which the history would have ended without the finding',
    () => {
      const isThereAnyway = ({ history, truth }: Case, cause: Cause): boolean => {
        const ids = provenIn(cause);
        if (ids.length === 0 || isOurs(cause)) return false;
        // Who removes what is missing already is not the cause, so such calls are left out with it. A call on several resources
        // may have done so to this one alone.
        const part = relevantTo(truth.resourceId, history);
        const others = effectiveCalls(part).filter(({ eventID }) => !ids.includes(eventID));
        const end = replay(part.initial, others).accounts.at(-1) ?? part.initial;
        return openFindings(end, history.policy).some(({ id }) => id === truth.findingId);
      };
      expect(wrong(isThereAnyway)).toEqual([]);
    },
    HISTORIES * 2_000,
  );

  it('of more calls than the model leaves out together, need each of them', () => {
    const isNeeded = ({ history, truth }: Case, cause: Cause, kept: string): boolean => {
      const out = provenIn(cause).filter((id) => id !== kept);
      const others = history.calls.filter(({ eventID }) => !out.includes(eventID));
      const end = replay(history.initial, others).accounts.at(-1) ?? history.initial;
      return openFindings(end, history.policy).some(({ id }) => id === truth.findingId);
    };
    const hasNeedless = (one: Case, cause: Cause): boolean =>
      isBeyondTheModel(one, cause) && provenIn(cause).some((kept) => !isNeeded(one, cause, kept));
    expect(wrong(hasNeedless)).toEqual([]);
  });
});

describe(`what is provable in the random histories with seeds 1 to ${EXPECTED}`, () => {
  let cases: readonly (Case & { readonly truth: Expectation })[] = [];
  beforeAll(() => {
    cases = Array.from({ length: EXPECTED }, (_, index) => {
      const expectations = expectationsOf(randomHistory(index + 1));
      const byId = new Map(expectations.map((each) => [each.findingId, each]));
      return casesOf(index + 1, () => expectations).flatMap((one) => {
        const truth = byId.get(one.truth.findingId);
        return truth === undefined ? [] : [{ ...one, truth }];
      });
    }).flat();
  }, EXPECTED * 30_000);

  const isProvable = ({ kind }: Expected): boolean => kind === 'call' || kind === 'calls';

  it(`is proven, but for at most ${MISSED * 100} % (of a few, two), where the true calls are still possible ones`, () => {
    // By the records alone, or else by what our ledger adds to them.
    const provable = cases.flatMap(({ name, truth, cause, withLedger }) => {
      if (isProvable(truth.expected)) return [{ name, cause, expected: truth.expected }];
      return isProvable(truth.withLedger) ? [{ name, cause: withLedger, expected: truth.withLedger }] : [];
    });
    const missed = provable.filter(({ cause, expected }) => inWords(cause) !== inWords(expected));
    const most = Math.max(2, provable.length * MISSED);
    expect(provable.length).toBeGreaterThan(EXPECTED * 2);
    expect(missed.length, missed.map(({ name }) => name).join('\n')).toBeLessThanOrEqual(most);
    // By the rule, a session that we made before the logs may be the cause by itself. The model doesn't have that call.
    expect(missed.filter(({ cause }) => cause.kind !== 'possible' && !isOurs(cause))).toEqual([]);
  });

  it('is nobody where the history begins with the finding', () => {
    const nobody = cases.filter(({ truth }) => truth.expected.kind === 'unknown');
    const named = nobody.filter(({ cause }) => provenIn(cause).length > 0);
    expect(nobody.length).toBeGreaterThan(0);
    expect(named.map(({ name }) => name)).toEqual([]);
    expect(nobody.filter(({ cause }) => cause.kind === 'unknown').length).toBeGreaterThan(nobody.length / 2);
  });
});
