import { describe, expect, it } from 'vitest';
import type { InputManifestEntry, LedgerRun } from '../../src/ledger/ledger.ts';
import { inputOver } from '../../src/report/period-input.ts';
import { aReading, aRun, NOW } from '../support/findings.ts';

const file = (path: string, parts: Partial<InputManifestEntry> = {}): InputManifestEntry => ({
  path,
  sha256: '00',
  bytes: 10,
  records: 5,
  inflatedBytes: 100,
  sightings: 2,
  launches: 1,
  ...parts,
});
const runOf = (
  minute: number,
  inputs: readonly InputManifestEntry[],
  parts: Parameters<typeof aReading>[0] = {},
): LedgerRun => {
  const sum = (of: (entry: InputManifestEntry) => number): number => inputs.reduce((all, entry) => all + of(entry), 0);
  const reading = aReading({
    files: inputs.length,
    records: sum(({ records }) => records),
    bytes: sum(({ inflatedBytes = 0 }) => inflatedBytes),
    sightings: sum(({ sightings = 0 }) => sightings),
    launches: sum(({ launches = 0 }) => launches),
    ...parts,
  });
  return aRun({ at: new Date(NOW.getTime() + minute * 60_000), inputs, reading });
};

describe('inputOver', () => {
  it('adds up files, records, inflated bytes, sightings, launches and what was skipped', () => {
    const runs = [
      runOf(0, [file('a'), file('b')], { skipped: { digest: 2 } }),
      runOf(1, [file('c')], { skipped: { digest: 1 } }),
    ];
    expect(inputOver(runs).input).toEqual({
      files: 3,
      records: 15,
      bytes: 300,
      sightings: 6,
      launches: 3,
      skipped: { digest: 3 },
      rejected: [],
    });
  });

  it('lists an empty object and counts it as no file', () => {
    const empty = file('empty', {
      bytes: 0,
      records: 0,
      inflatedBytes: 0,
      sightings: 0,
      launches: 0,
      skipped: 'empty',
    });
    const { input, manifest } = inputOver([runOf(0, [file('a'), empty], { files: 1, skipped: { empty: 1 } })]);
    expect(input).toMatchObject({ files: 1, records: 5, skipped: { empty: 1 } });
    expect(manifest.map(({ path }) => path).toSorted()).toEqual(['a', 'empty']);
  });

  it('counts an object once, however often and in whatever batches it was delivered', () => {
    const runs = [runOf(0, [file('a'), file('b')]), runOf(1, [file('a'), file('b')]), runOf(2, [file('b'), file('c')])];
    expect(inputOver(runs).input).toMatchObject({ files: 3, records: 15, bytes: 300, sightings: 6, launches: 3 });
  });

  it('counts records that came in messages and belong to no object', () => {
    const runs = [runOf(0, [file('a')], { records: 9, bytes: 180 }), runOf(1, [], { records: 3, sightings: 1 })];
    expect(inputOver(runs).input).toMatchObject({ files: 1, records: 12, bytes: 180, sightings: 3 });
  });

  it('names each rejected input once, and counts those that a run did not name', () => {
    const cut = { path: 'a', reason: 'cut off' };
    const runs = [0, 1].map((minute) =>
      runOf(minute, [file('a', { damage: 'cut off' })], { rejected: [cut], rejectedCount: minute === 0 ? 1 : 41 }),
    );
    expect(inputOver(runs).input.rejected).toEqual([cut, { path: '40 more inputs', reason: expect.any(String) }]);
  });

  it('does not call rejected what another run read without any fault', () => {
    const missing = { path: 's3://trail/a', reason: 'does not exist' };
    const runs = [runOf(0, [], { rejected: [missing] }), runOf(1, [file('s3://trail/a')])];
    expect(inputOver(runs).input.rejected).toEqual([]);
    expect(inputOver(runs.slice(0, 1)).input.rejected).toEqual([missing]);
    const damaged = [runOf(0, [], { rejected: [missing] }), runOf(1, [file('s3://trail/a', { damage: 'cut off' })])];
    expect(inputOver(damaged).input.rejected).toEqual([missing]);
  });

  it('keeps the newest entry of an object, with its damage', () => {
    const { manifest } = inputOver([
      runOf(0, [{ path: 'a', sha256: '00', bytes: 1, records: 0 }]),
      runOf(1, [file('a', { damage: 'cut off' })]),
    ]);
    expect(manifest).toEqual([file('a', { damage: 'cut off' })]);
  });

  it('reads runs of older versions: their objects count, what was found in them is not known', () => {
    const old = aRun({ inputs: [{ path: 'a', sha256: '00', bytes: 1, records: 4 }] });
    expect(inputOver([old]).input).toMatchObject({ files: 1, records: 4, bytes: 0, sightings: 0 });
  });
});
