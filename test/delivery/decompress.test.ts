import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declaredBytes, decompress, readFirstMember } from '../../src/delivery/decompress.ts';
import { packingOf } from '../../src/delivery/packing.ts';

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

const SOUND: readonly (readonly [string, Buffer, Buffer])[] = [
  ['gzip', GZIP, RECORDS],
  ['plain JSON', RECORDS, RECORDS],
  [
    'several members',
    Buffer.concat([GZIP, gzipSync('tail'), gzipSync('')]),
    Buffer.concat([RECORDS, Buffer.from('tail')]),
  ],
  ['gzip followed by zero bytes', Buffer.concat([GZIP, Buffer.alloc(300_000)]), RECORDS],
  [
    'several members with zero bytes between them',
    Buffer.concat([GZIP, Buffer.alloc(512), gzipSync('tail'), Buffer.alloc(3), gzipSync('end'), Buffer.alloc(9)]),
    Buffer.concat([RECORDS, Buffer.from('tailend')]),
  ],
  ['an empty file', Buffer.alloc(0), Buffer.alloc(0)],
  ['an empty gzip', gzipSync(''), Buffer.alloc(0)],
];

const DAMAGED: readonly (readonly [string, Buffer, number, RegExp])[] = [
  ['cut off in the middle', GZIP.subarray(0, GZIP.length >> 1), 1000, /cut off/],
  ['cut off in its checksum', GZIP.subarray(0, -3), RECORDS.length, /cut off/],
  ['cut off in its header', GZIP.subarray(0, 6), 0, /cut off/],
  ['with a wrong checksum', spoiled(GZIP, GZIP.length - 7), RECORDS.length, /damaged: incorrect data check/],
  ['with a wrong length', spoiled(GZIP, GZIP.length - 1), RECORDS.length, /damaged: incorrect length check/],
  [
    'followed by garbage',
    Buffer.concat([GZIP, Buffer.from('garbage')]),
    RECORDS.length,
    /damaged: incorrect header check/,
  ],
  [
    'followed by zero bytes and garbage',
    Buffer.concat([GZIP, Buffer.alloc(512), Buffer.from('garbage')]),
    RECORDS.length,
    /damaged: 7 bytes of something else behind its gzip data/,
  ],
  [
    'followed by zero bytes and the remains of another file',
    Buffer.concat([GZIP, Buffer.alloc(512), GZIP.subarray(200)]),
    RECORDS.length,
    /damaged: \d+ bytes of something else/,
  ],
];

describe('decompress', () => {
  it.each(SOUND)('returns all of %s', (_, bytes, content) => {
    const read = decompress(bytes, MAX);
    expect([read.bytes.equals(content), read.damage]).toEqual([true, undefined]);
  });

  it.each(DAMAGED)(
    'returns what comes before the damage in a file %s, and names the damage',
    (_, bytes, atLeast, damage) => {
      const read = decompress(bytes, MAX);
      expect(read.damage).toMatch(damage);
      expect(read.bytes.length).toBeGreaterThanOrEqual(atLeast);
      expect(RECORDS.subarray(0, read.bytes.length).equals(read.bytes)).toBe(true);
    },
  );

  it('returns everything before the cut, at every position', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: GZIP.length - 1 }), (length) => {
        const { bytes, damage } = decompress(GZIP.subarray(0, length), MAX);
        expect(RECORDS.subarray(0, bytes.length).equals(bytes)).toBe(true);
        expect(damage).toMatch(/cut off/);
      }),
      { numRuns: 60 },
    );
  });

  it('never passes off a file with one changed byte as sound', () => {
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
  ])('accepts %s content of exactly maxBytes and refuses one byte more', (_, bytes) => {
    const { length } = decompress(bytes, MAX).bytes;
    expect(() => decompress(bytes, { maxBytes: length - 1 })).toThrow(
      expect.objectContaining({ code: 'log-too-large' }),
    );
    expect(decompress(bytes, { maxBytes: length }).bytes).toHaveLength(length);
  });

  it('refuses a gzip bomb', () => {
    const bomb = gzipSync(Buffer.alloc(64 << 20));
    expect(() => decompress(bomb, { maxBytes: 1 << 20 })).toThrow(expect.objectContaining({ code: 'log-too-large' }));
  });

  it('refuses a zip, which only readArchive opens', () => {
    const zip = Buffer.from('PK\u0003\u0004rest');
    expect(() => decompress(zip, MAX)).toThrow(expect.objectContaining({ code: 'archive-unreadable' }));
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
  ])('looks at the first bytes only (case %#)', (bytes, expected) => {
    expect(packingOf(bytes)).toBe(expected);
  });
});

describe('declaredBytes', () => {
  it('returns the length a gzip declares at its end, or undefined when that is impossible', () => {
    expect(declaredBytes(GZIP)).toBe(RECORDS.length);
    expect(declaredBytes(RECORDS)).toBeUndefined();
    expect(declaredBytes(Buffer.concat([gzipSync('x'), Buffer.from([255, 255, 255, 255])]))).toBeUndefined();
  });
});

describe('readFirstMember', () => {
  // FLG 0x1e: a header checksum (which no reader verifies), an extra field, a name and a comment.
  const dressed = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0x1e, 0, 0, 0, 0, 0, 3, 2, 0, 65, 66]),
    Buffer.from('name\0comment\0'),
    Buffer.from([1, 2]),
    GZIP.subarray(10),
  ]);
  it.each([
    ['one member', GZIP, 0],
    ['a header with every optional part', dressed, 0],
    ['plain bytes', RECORDS, 0],
    ['a second member', Buffer.concat([GZIP, gzipSync('more')]), gzipSync('more').length],
    ['garbage', Buffer.concat([GZIP, Buffer.from('garbage')]), 7],
    ['zero bytes', Buffer.concat([GZIP, Buffer.alloc(9)]), 9],
  ])('returns the first member and counts the bytes after it: %s', (_, bytes, trailingBytes) => {
    const member = readFirstMember(bytes, MAX);
    expect([member.bytes.equals(RECORDS), member.trailingBytes]).toEqual([true, trailingBytes]);
  });

  it.each([
    ['cut off', GZIP.subarray(0, 500)],
    ['with an incomplete checksum', GZIP.subarray(0, -1)],
    ['with a header that never ends', Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 65, 66])],
  ])('throws log-unreadable for a file %s', (_, bytes) => {
    expect(() => readFirstMember(bytes, MAX)).toThrow(expect.objectContaining({ code: 'log-unreadable' }));
  });
});
