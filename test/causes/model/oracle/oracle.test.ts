import { describe, expect, it } from 'vitest';
import type { Account } from '../account.ts';
import { type History, randomHistory } from '../histories/history.ts';
import { after } from '../simulate.ts';
import { causeIn, everything } from './cause.ts';
import { expectationsOf } from './expectations.ts';
import { judgeBy, openFindings, viewOf } from './judge.ts';
import { lookedAt } from './looked-at.ts';
import { relevantTo } from './relevant.ts';

/** The findings of an account: rule and resource, in words. */
function breachesOf(history: History, account: Account): readonly string[] {
  return openFindings(account, history.policy).map(({ rule, resourceId }) => `${rule} ${resourceId}`);
}

const seeds = Array.from({ length: 12 }, (_, index) => index + 1);

describe('lookedAt', () => {
  it.each(seeds)('has everything that decides what is wrong with a resource (seed %i)', (seed) => {
    const history = randomHistory(seed);
    for (const account of history.accounts.filter((_, index) => index % 6 === 0)) {
      for (const { rule, resourceId } of openFindings(account, history.policy)) {
        const breach = { rule, resourceId };
        const whole = viewOf(account, breach, history.policy, new Map());
        expect(viewOf(lookedAt(account, resourceId), breach, history.policy, new Map())).toEqual(whole);
      }
    }
  });
});

describe('relevantTo', () => {
  it.each(seeds)('leaves a resource as it is after the whole history (seed %i)', (seed) => {
    const { initial, calls, final, policy } = randomHistory(seed);
    const judge = judgeBy(policy);
    for (const { rule, resourceId } of openFindings(final, policy)) {
      const part = relevantTo(resourceId, { initial, calls });
      const replayed = part.calls.reduce(after, part.initial);
      expect(judge(replayed, { rule, resourceId })).toEqual(judge(final, { rule, resourceId }));
    }
  });
});

describe('causeIn', () => {
  it.each(seeds)('finds the same cause when every set of calls is tried (seed %i)', (seed) => {
    const { initial, calls, final, policy } = randomHistory(seed);
    const judge = judgeBy(policy);
    // Beyond twelve calls there are too many sets of four.
    const few = { initial, calls: calls.slice(-12) };
    const start = calls.slice(0, -12).reduce(after, initial);
    for (const { rule, resourceId } of openFindings(final, policy)) {
      const past = { ...few, initial: start };
      const quick = causeIn(past, { rule, resourceId }, judge);
      expect(causeIn(past, { rule, resourceId }, judge, everything)).toEqual(quick);
    }
  });
});

describe('expectationsOf', () => {
  const histories = seeds.slice(0, 6).map(randomHistory);
  const all = histories.flatMap((history) => expectationsOf(history).map((found) => ({ ...found, history })));

  it('has one for every open finding', () => {
    for (const history of histories)
      expect(
        all.filter((each) => each.history === history).map(({ rule, resourceId }) => `${rule} ${resourceId}`),
      ).toEqual(breachesOf(history, history.final));
    expect(all.length).toBeGreaterThan(30);
  });

  it('proves only what is true', () => {
    for (const { truth, expected, withLedger } of all) {
      if (expected.kind !== 'possible') expect(expected).toEqual(truth);
      if (withLedger.kind !== 'possible') expect(withLedger).toEqual(truth);
    }
  });

  it('names no call that failed or changed nothing', () => {
    for (const { truth, history } of all) {
      const eventIDs = truth.kind === 'unknown' ? [] : truth.eventIDs;
      for (const [index, { eventID }] of history.calls.entries())
        if (history.accounts[index] === history.accounts[index + 1]) expect(eventIDs).not.toContain(eventID);
    }
  });

  it('tells all kinds: proven, possible and unknown', () => {
    const kinds = new Set(all.map(({ expected }) => expected.kind));
    expect([...kinds].sort()).toEqual(expect.arrayContaining(['call', 'possible', 'unknown']));
  });
});
