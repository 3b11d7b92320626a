import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declaredBytes, decompress, packingOf, readFirstMember } from '../../src/delivery/decompress.ts';
import { inflateChunks } from '../../src/delivery/inflate.ts';

const MAX = { maxBytes: 1 << 28 };
const RECORDS = Buffer.from(
  `{"Records":[${Array.from({ length: 9000 }, (_, at) => `{"eventID":"${(at * 2654435761) % 4294967296}","n":${at}}`).join(',')}]}`,
);
const GZIP = gzipSync(RECORDS);

function spoiled(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x55, at);
  return copy;
}

/** What the asynchronous reader gives before it ends, and how it ends. */
async function streamed(bytes: Buffer, options: { maxBytes: number; chunkBytes?: number } = MAX) {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of inflateChunks(bytes, options)) pieces.push(piece);
  } catch (fault) {
    return { bytes: Buffer.concat(pieces), fault };
  }
  return { bytes: Buffer.concat(pieces), fault: undefined };
}

const SOUND: readonly (readonly [string, Buffer, Buffer])[] = [
  ['gzip', GZIP, RECORDS],
  ['plain JSON', RECORDS, RECORDS],
  [
    'several members',
    Buffer.concat([GZIP, gzipSync('tail'), gzipSync('')]),
    Buffer.concat([RECORDS, Buffer.from('tail')]),
  ],
  ['zero bytes behind', Buffer.concat([GZIP, Buffer.alloc(300_000)]), RECORDS],
  ['an empty file', Buffer.alloc(0), Buffer.alloc(0)],
  ['an empty gzip', gzipSync(''), Buffer.alloc(0)],
];

const DAMAGED: readonly (readonly [string, Buffer, number, RegExp])[] = [
  ['cut off in the middle', GZIP.subarray(0, GZIP.length >> 1), 1000, /cut off/],
  ['cut off in its checksum', GZIP.subarray(0, -3), RECORDS.length, /cut off/],
  ['cut off in its header', GZIP.subarray(0, 6), 0, /cut off/],
  ['of a wrong checksum', spoiled(GZIP, GZIP.length - 7), RECORDS.length, /damaged: incorrect data check/],
  ['of a wrong length', spoiled(GZIP, GZIP.length - 1), RECORDS.length, /damaged: incorrect length check/],
  [
    'with rubbish behind',
    Buffer.concat([GZIP, Buffer.from('rubbish')]),
    RECORDS.length,
    /damaged: incorrect header check/,
  ],
];

describe('decompress and inflateChunks', () => {
  it.each(SOUND)('give the whole of %s', async (_, bytes, content) => {
    const whole = decompress(bytes, MAX);
    const piecewise = await streamed(bytes);
    expect([whole.bytes.equals(content), whole.damage]).toEqual([true, undefined]);
    expect([piecewise.bytes.equals(content), piecewise.fault]).toEqual([true, undefined]);
  });

  it.each(DAMAGED)('give what comes before the damage of a file %s, and say so', async (_, bytes, atLeast, damage) => {
    const read = decompress(bytes, MAX);
    expect(read.damage).toMatch(damage);
    expect(read.bytes.length).toBeGreaterThanOrEqual(atLeast);
    expect(RECORDS.subarray(0, read.bytes.length).equals(read.bytes)).toBe(true);
    const piecewise = await streamed(bytes);
    expect(piecewise.bytes.equals(read.bytes)).toBe(true);
    expect(piecewise.fault).toMatchObject({ code: 'log-unreadable', message: expect.stringMatching(damage) });
  });

  it('give all that comes before the place where a file is cut, wherever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: GZIP.length - 1 }), async (length) => {
        const { bytes, damage } = decompress(GZIP.subarray(0, length), MAX);
        expect(RECORDS.subarray(0, bytes.length).equals(bytes)).toBe(true);
        expect(damage).toMatch(/cut off/);
        const piecewise = await streamed(GZIP.subarray(0, length));
        expect(piecewise.bytes.equals(bytes)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('pass no byte off as sound when one of a file is changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: GZIP.length - 1 }), (at) => {
        const { bytes, damage } = decompress(spoiled(GZIP, at), MAX);
        expect(damage !== undefined || bytes.equals(RECORDS)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ['gzip', GZIP],
    ['plain', RECORDS],
    ['several members', Buffer.concat([GZIP, gzipSync('tail')])],
  ])('refuse %s content past the bound and allow it at the bound', async (_, bytes) => {
    const { length } = decompress(bytes, MAX).bytes;
    expect(() => decompress(bytes, { maxBytes: length - 1 })).toThrow(
      expect.objectContaining({ code: 'log-too-large' }),
    );
    expect(decompress(bytes, { maxBytes: length }).bytes).toHaveLength(length);
    expect((await streamed(bytes, { maxBytes: length - 1 })).fault).toMatchObject({ code: 'log-too-large' });
    expect((await streamed(bytes, { maxBytes: length })).fault).toBeUndefined();
  });

  it('keep a bomb from being inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    expect(() => decompress(bomb, { maxBytes: 1 << 20 })).toThrow(expect.objectContaining({ code: 'log-too-large' }));
    const { bytes, fault } = await streamed(bomb, { maxBytes: 1 << 20, chunkBytes: 1 << 16 });
    expect(fault).toMatchObject({ code: 'log-too-large' });
    expect(bytes.length).toBeLessThanOrEqual(1 << 20);
  });

  it('leave zips to readArchive', async () => {
    const zip = Buffer.from('PK\u0003\u0004rest');
    expect(() => decompress(zip, MAX)).toThrow(expect.objectContaining({ code: 'archive-unreadable' }));
    expect((await streamed(zip)).fault).toMatchObject({ code: 'archive-unreadable' });
  });

  it('hand out pieces no longer than asked for', async () => {
    for await (const piece of inflateChunks(GZIP, { ...MAX, chunkBytes: 1000 }))
      expect(piece.length).toBeLessThanOrEqual(1000);
  });
});

describe('packingOf', () => {
  it.each([
    [GZIP, 'gzip'],
    [Buffer.from('PK\u0003\u0004'), 'zip'],
    [Buffer.from('PK\u0005\u0006'), 'zip'],
    [Buffer.from('PKI'), 'plain'],
    [Buffer.from('{"Records":[]}'), 'plain'],
    [Buffer.from([0x1f]), 'plain'],
    [Buffer.alloc(0), 'plain'],
  ])('goes by the first bytes (case %#)', (bytes, expected) => {
    expect(packingOf(bytes)).toBe(expected);
  });
});

describe('declaredBytes', () => {
  it('is the length a gzip ends with, and undefined where that is impossible', () => {
    expect(declaredBytes(GZIP)).toBe(RECORDS.length);
    expect(declaredBytes(RECORDS)).toBeUndefined();
    expect(declaredBytes(Buffer.concat([gzipSync('x'), Buffer.from([255, 255, 255, 255])]))).toBeUndefined();
  });
});

describe('readFirstMember', () => {
  // FLG 0x1e: a header checksum (not verified by anybody), extra field, name and comment.
  const dressed = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 65, 66]),
    Buffer.from('name\0comment\0'),
    Buffer.from([1, 2]),
    GZIP.subarray(10),
  ]);
  it.each([
    ['one member', GZIP, 0],
    ['a header with all its parts', dressed, 0],
    ['plain bytes', RECORDS, 0],
    ['a second member', Buffer.concat([GZIP, gzipSync('more')]), gzipSync('more').length],
    ['rubbish', Buffer.concat([GZIP, Buffer.from('rubbish')]), 7],
    ['zero bytes', Buffer.concat([GZIP, Buffer.alloc(9)]), 9],
  ])('gives the first member and how much follows it: %s', (_, bytes, trailingBytes) => {
    const member = readFirstMember(bytes, MAX);
    expect([member.bytes.equals(RECORDS), member.trailingBytes]).toEqual([true, trailingBytes]);
  });

  it.each([
    ['cut off', GZIP.subarray(0, 500)],
    ['without all of its checksum', GZIP.subarray(0, -1)],
    ['with a header that never ends', Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 65, 66])],
  ])('throws for a file %s', (_, bytes) => {
    expect(() => readFirstMember(bytes, MAX)).toThrow(expect.objectContaining({ code: 'log-unreadable' }));
  });
});
