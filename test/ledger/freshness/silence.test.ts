import { describe, expect, it } from 'vitest';
import { afterHearing, isWorthWriting, withHeard } from '../../../src/ledger/freshness/heard.ts';
import { silenceAt } from '../../../src/ledger/freshness/silence.ts';
import type { Spoken } from '../../../src/ledger/freshness/spoken.ts';

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A Monday. */
const START = Date.UTC(2026, 2, 2);

const at = (ms: number): Date => new Date(START + ms);

/** Deliveries that come a minute after their records. */
function heardAt(times: readonly number[], before?: Spoken): Spoken {
  const spoken = times.reduce<Spoken | undefined>(
    (known, time) => withHeard(known, { ...SCOPE, record: at(time), delivered: at(time + MINUTE) }, at(time + MINUTE)),
    before,
  );
  if (spoken === undefined) throw new Error('nothing was heard');
  return spoken;
}

const every = (stepMs: number, from: number, to: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / stepMs) }, (_, index) => from + index * stepMs);
const isOffice = (time: number): boolean =>
  Math.floor(time / DAY) % 7 < 5 && (time % DAY) / HOUR >= 8 && (time % DAY) / HOUR < 18;
const verdictAt = (spoken: Spoken, time: number) => silenceAt(spoken, at(time)).verdict;

const STEADY = heardAt(every(10 * MINUTE, 0, 21 * DAY));
const OFFICE = every(10 * MINUTE, 0, 21 * DAY).filter(isOffice);

describe('silenceAt', () => {
  it('knows nothing of an account and region for two weeks', () => {
    const young = heardAt(every(10 * MINUTE, 0, 6 * DAY));
    expect(silenceAt(young, at(9 * DAY))).toMatchObject({ verdict: 'unknown', habitMs: null });
    const week = heardAt(every(10 * MINUTE, 0, 8 * DAY));
    expect(verdictAt(week, 12 * DAY)).toBe('unknown');
    expect(verdictAt(week, 14 * DAY)).toBe('silent');
  });

  it('knows nothing of one that hardly ever spoke, or was silent for most of the time', () => {
    expect(verdictAt(heardAt([0, DAY, 15 * DAY]), 40 * DAY)).toBe('unknown');
    expect(verdictAt(heardAt([0, 15 * DAY]), 20 * DAY)).toBe('unknown');
  });

  it('names what speaks all the time after an hour, and not before', () => {
    expect(verdictAt(STEADY, 21 * DAY + 55 * MINUTE)).toBe('speaking');
    expect(verdictAt(STEADY, 21 * DAY + 75 * MINUTE)).toBe('silent');
  });

  it('lets nights, weekends and a holiday pass, and names what stops in the middle of a day', () => {
    const friday = heardAt(OFFICE.filter((time) => time < 19 * DAY));
    expect(verdictAt(friday, 21 * DAY + 8 * HOUR)).toBe('speaking');
    expect(verdictAt(friday, 22 * DAY + 8 * HOUR)).toBe('speaking');
    expect(verdictAt(friday, 22 * DAY + 11 * HOUR)).toBe('silent');
    const tuesday = heardAt(OFFICE.filter((time) => time < 15 * DAY + 11 * HOUR));
    expect(verdictAt(tuesday, 15 * DAY + 11.8 * HOUR)).toBe('speaking');
    expect(verdictAt(tuesday, 15 * DAY + 12.2 * HOUR)).toBe('silent');
  });

  it('names a nightly job two hours after its time, and a weekly one when it does not come again', () => {
    const nightly = heardAt(every(DAY, 2 * HOUR, 20 * DAY + 3 * HOUR));
    expect(verdictAt(nightly, 20 * DAY + 2.5 * HOUR)).toBe('speaking');
    expect(verdictAt(nightly, 20 * DAY + 4 * HOUR)).toBe('silent');
    const weekly = heardAt(every(7 * DAY, 2 * HOUR, 21 * DAY + 3 * HOUR));
    expect(verdictAt(weekly, 21 * DAY + 2.5 * HOUR)).toBe('speaking');
    expect(verdictAt(weekly, 21 * DAY + 4 * HOUR)).toBe('silent');
  });

  it('shows no silence by a clock that is behind', () => {
    expect(silenceAt(STEADY, at(20 * DAY))).toMatchObject({ verdict: 'speaking', silentMs: 0 });
  });
});

describe('withHeard', () => {
  it('takes no record for newer than its delivery', () => {
    const forged = { ...SCOPE, record: at(400 * DAY), delivered: at(21 * DAY) };
    const after = withHeard(STEADY, forged, at(21 * DAY));
    expect(after.record).toBe(START + 21 * DAY);
    expect(verdictAt(after, 21 * DAY + 2 * HOUR)).toBe('silent');
    const again = withHeard(after, forged, at(25 * DAY));
    expect(again.record).toBeLessThan(START + 21 * DAY + 10 * MINUTE);
    expect(withHeard(undefined, { ...SCOPE, record: at(400 * DAY) }, at(0)).record).toBe(START);
  });

  it('is not made fresh by late files and repeated ones, which only the newest delivery shows', () => {
    const old = { ...SCOPE, record: at(20 * DAY), delivered: at(20 * DAY) };
    const after = withHeard(STEADY, old, at(22 * DAY));
    expect(after).toEqual({ ...STEADY, delivery: START + 22 * DAY });
    expect(verdictAt(after, 22 * DAY)).toBe('silent');
  });

  it('notes the hours of late files, in whichever order they come', () => {
    const times = every(37 * MINUTE, 0, 2 * DAY);
    const mixed = times.toSorted((one, other) => ((one * 7919) % 1009) - ((other * 7919) % 1009));
    expect(heardAt(mixed).hours).toBe(heardAt(times).hours);
  });

  it('learns a silence that was too long only up to its habit, so that what was stopped once is named as well the next time', () => {
    const back = heardAt(every(10 * MINUTE, 24 * DAY, 25 * DAY), STEADY);
    expect(verdictAt(back, 25 * DAY + 3 * HOUR)).toBe('silent');
  });

  it('learns a new habit', () => {
    const nightly = every(DAY, 21 * DAY + 2 * HOUR, 60 * DAY);
    let spoken = STEADY;
    const named: number[] = [];
    for (const time of nightly) {
      if (verdictAt(spoken, time) === 'silent') named.push(Math.floor(time / DAY));
      spoken = heardAt([time], spoken);
    }
    expect(named.length).toBeGreaterThan(0);
    expect(Math.max(...named)).toBeLessThan(40);
  });

  it('begins anew after a silence of eight weeks', () => {
    const after = heardAt([90 * DAY], STEADY);
    expect(after).toMatchObject({ first: START + 90 * DAY, longest: [] });
  });

  it('ends the finding about a silence with a newer record, and with nothing else', () => {
    const named = { ...STEADY, named: START + 22 * DAY };
    const old = { ...SCOPE, record: at(20 * DAY) };
    expect(withHeard(named, old, at(23 * DAY)).named).toBe(START + 22 * DAY);
    expect(withHeard(named, { ...SCOPE, record: at(23 * DAY) }, at(23 * DAY)).named).toBeUndefined();
  });

  it('keeps less than 600 characters of half a year of files', () => {
    const chars = JSON.stringify(heardAt(every(7 * MINUTE, 0, 180 * DAY).filter((time) => time % 13 !== 0))).length;
    expect(chars).toBeLessThan(600);
  });
});

describe('isWorthWriting', () => {
  it('says yes once in ten minutes, in a new hour, and when a finding is over', () => {
    const before = heardAt([0]);
    expect(isWorthWriting(undefined, before)).toBe(true);
    expect(isWorthWriting(before, heardAt([5 * MINUTE], before))).toBe(false);
    expect(isWorthWriting(before, heardAt([10 * MINUTE], before))).toBe(true);
    const late = heardAt([58 * MINUTE]);
    expect(isWorthWriting(late, heardAt([61 * MINUTE], late))).toBe(true);
    const named = { ...before, named: START };
    expect(isWorthWriting(named, heardAt([5 * MINUTE], named))).toBe(true);
  });

  it('writes a few times an hour, whatever is delivered', () => {
    let known: Spoken | undefined;
    let writes = 0;
    for (const time of every(6_000, 0, 6 * HOUR)) {
      const { spoken, isNew } = afterHearing(known, [{ ...SCOPE, record: at(time) }], at(time));
      if (!isNew) continue;
      writes += 1;
      known = spoken;
    }
    expect(writes).toBeLessThanOrEqual(6 * 7);
  });
});
