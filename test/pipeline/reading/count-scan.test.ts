import { describe, expect, it } from 'vitest';
import type { FileEnd } from '../../../src/pipeline/objects/file-end.ts';
import { countEnd, gatherUnplaced } from '../../../src/pipeline/reading/count-scan.ts';
import { countForeign, emptyTally } from '../../../src/pipeline/reading/tally.ts';

const END: FileEnd = {
  packedBytes: 10,
  bytes: 100,
  records: 3,
  skipped: { insight: 2 },
  rejected: [],
  rejectedCount: 0,
  warnings: [],
};

const aRecord = (eventID: string, index: number) => ({ record: { eventID }, json: Buffer.from('{}'), index });

describe('counting what a scan found', () => {
  it('adds up files, records, bytes and known kinds', () => {
    const tally = emptyTally();
    countEnd('a', END, tally, () => undefined);
    countEnd('b', { ...END, isForeign: true }, tally, () => undefined);
    expect(tally).toMatchObject({
      files: 2,
      records: 6,
      bytes: 200,
      skipped: { insight: 4 },
      unlogged: { foreign: 1 },
    });
  });

  it('lists a file in the manifest where its checksum was asked for', () => {
    const tally = emptyTally();
    countEnd('a', END, tally, () => undefined);
    countEnd('b', { ...END, sha256: 'ab' }, tally, () => undefined);
    expect(tally.manifest).toEqual([{ path: 'b', sha256: 'ab', bytes: 10, records: 3, inflatedBytes: 100 }]);
  });

  it('names damage and values that are not records', () => {
    const named: unknown[] = [];
    const end = { ...END, rejected: [{ index: 4, reason: 'a number' }], rejectedCount: 3, damage: 'cut off' };
    countEnd('a', end, emptyTally(), (input) => named.push(input));
    expect(named).toEqual([
      { path: 'a#4', reason: 'a number' },
      { path: 'a', reason: '2 more values that are not records' },
      { path: 'a', reason: 'cut off' },
    ]);
  });

  it('counts the logs of an account that is not listed, and keeps the first', () => {
    const foreign = new Map();
    countForeign(foreign, '1', 'a');
    countForeign(foreign, '1', 'b', 4);
    expect([...foreign]).toEqual([['1', { files: 5, first: 'a' }]]);
  });

  it('names the records of a file that cannot be judged at its end, also where two files come in turns', () => {
    const unplaced = gatherUnplaced(({ eventID }) => (eventID === 'good' ? undefined : 'it has no eventTime'));
    expect(unplaced.take({ path: 'a', wanted: [aRecord('bad-a', 0), aRecord('good', 1)] }, false)).toEqual([]);
    expect(unplaced.take({ path: 'b', wanted: [aRecord('bad-b', 7)] }, true)).toMatchObject([{ path: 'b#7' }]);
    expect(unplaced.take({ path: 'a', wanted: [] }, true)).toMatchObject([{ path: 'a#0', of: 'records' }]);
    expect(unplaced.take({ path: 'a', wanted: [] }, true)).toEqual([]);
  });
});
