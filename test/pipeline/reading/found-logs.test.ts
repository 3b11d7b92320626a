import { describe, expect, it } from 'vitest';
import type { FoundLog } from '../../../src/delivery/fetch-log.ts';
import { chosenLog, isRepeat } from '../../../src/pipeline/reading/found-logs.ts';
import { emptyTally } from '../../../src/pipeline/reading/tally.ts';

const OURS = '111122223333';
const KEY = `AWSLogs/${OURS}/CloudTrail/eu-west-1/2026/11/20/${OURS}_CloudTrail_eu-west-1_20261120T1005Z_aaaaaaaaaaaaaaaa.json.gz`;

function aLog(path: string): FoundLog {
  return { kind: 'log', file: { path, size: 1, read: () => Promise.resolve(Buffer.alloc(1)) } };
}

function choose(found: FoundLog, choice: Partial<Parameters<typeof chosenLog>[1]> = {}) {
  const tally = emptyTally();
  const chosen = chosenLog(found, { period: {}, accounts: [], manifest: true, ...choice }, tally, (path) => path);
  return { chosen, tally };
}

describe('choosing the logs to scan', () => {
  it('scans a log', () => {
    const { chosen, tally } = choose(aLog(KEY));
    expect(chosen).toMatchObject({ kind: 'log', file: { path: KEY } });
    expect(tally.skipped).toEqual({});
  });

  it('counts what is no log, by its kind', () => {
    const { chosen, tally } = choose({ kind: 'skipped', path: 'a', why: 'digest' });
    expect([chosen, tally.skipped]).toEqual([{ kind: 'skipped', why: 'digest' }, { digest: 1 }]);
  });

  it('lists an empty file in the manifest, if there is one', () => {
    const empty: FoundLog = { kind: 'skipped', path: 'a', why: 'empty' };
    expect(choose(empty).tally.manifest).toMatchObject([{ path: 'a', bytes: 0, skipped: 'empty' }]);
    expect(choose(empty, { manifest: false }).tally.manifest).toEqual([]);
  });

  it('hands on what could not be opened', () => {
    const broken: FoundLog = { kind: 'rejected', path: 'a.zip', reason: 'cut off' };
    const { chosen, tally } = choose(broken);
    expect([chosen, tally.unlogged.unopened]).toEqual([broken, 1]);
  });

  it('leaves out a log whose name rules out events of the period', () => {
    const { chosen, tally } = choose(aLog(KEY), { period: { since: new Date('2026-11-25') } });
    expect([chosen.kind, tally.skipped]).toEqual(['skipped', { 'outside-period': 1 }]);
  });

  it('leaves out the logs of accounts that are not listed, and counts them by account', () => {
    const { chosen, tally } = choose(aLog(KEY), { accounts: ['444455556666'] });
    expect([chosen.kind, tally.skipped]).toEqual(['skipped', { 'foreign-account': 1 }]);
    expect([...tally.unlogged.foreignAccounts]).toEqual([[OURS, { files: 1, first: KEY }]]);
  });

  it("takes another service's file in such an account for no log", () => {
    const key = KEY.replace('/CloudTrail/', '/Config/');
    const { tally } = choose(aLog(key), { accounts: ['444455556666'] });
    expect([tally.skipped, tally.unlogged.foreignAccounts.size]).toEqual([{ 'not-a-log': 1 }, 0]);
  });

  it('knows what was read under another path', () => {
    expect([isRepeat('repeated-file'), isRepeat('repeated-folder'), isRepeat('digest')]).toEqual([true, true, false]);
  });
});
