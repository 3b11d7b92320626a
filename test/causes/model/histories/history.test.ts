import { describe, expect, it } from 'vitest';
import { audit } from '../../../../src/audit/audit.ts';
import { actorOf } from '../../../../src/cloudtrail/identity.ts';
import { callFailed } from '../../../../src/cloudtrail/record.ts';
import { parseSnapshot } from '../../../../src/inventory/snapshot.ts';
import { sightingsOf } from '../../../../src/sighting/readers.ts';
import { ACTORS } from '../actors.ts';
import { JUDGED_AT, openFindings } from '../oracle/judge.ts';
import { CALLS } from '../simulate.ts';
import { snapshotOf } from '../snapshot.ts';
import { type History, randomHistory } from './history.ts';

const histories: readonly History[] = Array.from({ length: 60 }, (_, index) => randomHistory(index + 1));
const calls = histories.flatMap((history) =>
  history.calls.map((call, index) => ({
    call,
    changed: history.accounts[index] !== history.accounts[index + 1],
    record: history.records.find(({ eventID }) => eventID === call.eventID),
  })),
);

describe('randomHistory', () => {
  it('is the same for the same seed', () => {
    expect(randomHistory(7)).toEqual(randomHistory(7));
    expect(randomHistory(7).records).not.toEqual(randomHistory(8).records);
  });

  it('makes every call of the model, and each changes something at least once', () => {
    const changed = new Set(calls.filter((each) => each.changed).map(({ call }) => call.eventName));
    expect([...changed].sort()).toEqual(Object.keys(CALLS).sort());
  });

  it('has failed calls, dry runs, repetitions, omitted records and late additions', () => {
    const errors = new Set(calls.map(({ record }) => record?.errorCode));
    expect(errors.has('Client.DryRunOperation')).toBe(true);
    expect(errors.size).toBeGreaterThan(10);
    expect(calls.some(({ changed, record }) => !changed && record?.errorCode === undefined)).toBe(true);
    expect(calls.some(({ call }) => call.omitted)).toBe(true);
    expect(histories.some(({ records }) => records.some(({ addendum }) => addendum !== undefined))).toBe(true);
  });

  it('keeps to whole seconds and never goes back; some calls share a second', () => {
    let shared = 0;
    for (const history of histories) {
      const times = history.calls.map(({ eventTime }) => eventTime);
      expect(times).toEqual(times.toSorted());
      expect(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time))).toBe(true);
      shared += times.length - new Set(times).size;
    }
    expect(shared).toBeGreaterThan(0);
  });

  it('begins mostly in order, and ends with findings of every rule', () => {
    const count = (of: (history: History) => number): number => histories.reduce((sum, each) => sum + of(each), 0);
    const before = count(({ initial, policy }) => openFindings(initial, policy).length);
    const after = count(({ final, policy }) => openFindings(final, policy).length);
    expect(before).toBeLessThan(after / 2);
    const rules = new Set(
      histories.flatMap(({ final, policy }) => openFindings(final, policy).map(({ rule }) => rule)),
    );
    expect([...rules].sort()).toEqual([
      ...['instance-unmirrored', 'instance-untagged', 'mirror-duplicate', 'mirror-ineffective'],
      ...['mirror-orphan', 'mirror-rogue'],
    ]);
  });

  it('has records that the product reads: a sighting from a call that succeeded, none from one that failed', () => {
    for (const { call, record } of calls) {
      if (record === undefined) throw new Error(`no record of ${call.eventName}`);
      expect(sightingsOf(record)).toHaveLength(callFailed(record) ? 0 : 1);
      expect(actorOf(record).name).toBe(ACTORS[call.actor].name);
    }
  });

  it('has accounts that the product reads without a problem, and judges as the model does', () => {
    for (const { final, policy } of histories) {
      const { inventories, problems } = parseSnapshot(JSON.parse(JSON.stringify(snapshotOf(final))), 'model');
      const [inventory] = inventories;
      expect(problems).toEqual([]);
      if (inventory === undefined) throw new Error('no inventory');
      const { findings } = audit({ inventory, sightings: [], scope: 'all', now: JUDGED_AT }, policy);
      const open = findings.filter(({ status }) => status === 'open').map(({ id }) => id);
      expect(open).toEqual(openFindings(final, policy).map(({ id }) => id));
    }
  });
});
