import type { ColumnMetaData } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { textsIn } from '../../../src/pipeline/objects/parquet-pages.ts';

interface Page {
  readonly unpackedBytes?: number;
  readonly packedBytes?: number;
  readonly values?: number;
  readonly encoding?: number;
  /** 0 for data, 2 for a dictionary, 3 for data in the second version. */
  readonly kind?: 0 | 2 | 3;
  readonly body?: Buffer;
}

const MEMBERS = { 0: 5, 2: 7, 3: 8 } as const;

/** A number as the format writes one of 32 bits: after a byte that says "the next field, a number". */
function numberField(value: number): Buffer {
  const bytes = [0x15];
  let rest = BigInt(value) * 2n;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Texts as they are stored plainly. */
function plain(...texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(text));
      return [length, Buffer.from(text)];
    }),
  );
}

function pageOf(page: Page): Buffer {
  const { values = 2, encoding = 0, kind = 0, body = plain('one', 'two') } = page;
  const { unpackedBytes = body.length, packedBytes = body.length } = page;
  const inner = kind === 3 ? [values, 0, values, encoding, 0, 0] : [values, encoding];
  return Buffer.concat([
    ...[kind, unpackedBytes, packedBytes].map(numberField),
    Buffer.from([((MEMBERS[kind] - 3) << 4) | 12]),
    ...inner.map(numberField),
    Buffer.from([0, 0]),
    body,
  ]);
}

/** The texts of a column that consists of these pages. */
function read(pages: readonly Page[], { rows = 2, more = 0 } = {}): (string | undefined)[] {
  const file = Buffer.concat(pages.map(pageOf));
  const size = BigInt(file.length + more);
  const column = { codec: 'UNCOMPRESSED', data_page_offset: 0n, total_compressed_size: size } as ColumnMetaData;
  return [...textsIn(file, { rows, column, isOptional: false })].flat().map((text) => text?.toString());
}

const DICTIONARY: Page = { kind: 2, values: 2, body: plain('two', 'one') };
/** Two references of one bit, in a group of eight: the second entry, then the first. */
const REFERENCES = Buffer.from([1, 3, 0b01]);

describe('textsIn', () => {
  it.each<[string, readonly Page[]]>([
    ['plain', [{}]],
    [
      'in two pages',
      [
        { values: 1, body: plain('one') },
        { values: 1, body: plain('two') },
      ],
    ],
    ['by a dictionary', [DICTIONARY, { encoding: 8, body: REFERENCES }]],
    ['by a dictionary, as older writers call it', [DICTIONARY, { encoding: 2, body: REFERENCES }]],
    ['in pages of the second version', [{ kind: 3 }]],
    ['by a dictionary in the second version', [DICTIONARY, { kind: 3, encoding: 8, body: REFERENCES }]],
  ])('gives the texts of a column: %s', (_what, pages) => {
    expect(read(pages)).toEqual(['one', 'two']);
  });

  it.each<[string, readonly Page[], RegExp]>([
    ['a page of more values than it holds', [{ values: 2 ** 30 }], /more values than rows/],
    ['a dictionary of more entries than it holds', [{ ...DICTIONARY, values: 2 ** 30 }], /longer than its page/],
    ['a text that is longer than its page', [{ body: Buffer.from([255, 255, 255, 127, 0]) }], /longer than its page/],
    ['a page that unpacks to gigabytes', [{ unpackedBytes: 2 ** 30 }], /unpacks to more than 67108864 bytes/],
    ['a page of another length than it states', [{ unpackedBytes: 99 }], /another length than it states/],
    ['a page that is longer than its column', [{ packedBytes: 2 ** 30 }], /impossible lengths/],
    ['an entry that is not in the dictionary', [{ encoding: 8, body: REFERENCES }], /not in its dictionary/],
    [
      'a run beyond the page’s values',
      [DICTIONARY, { encoding: 8, body: Buffer.from([1, 0xfe, 0xff, 0xff, 0xff, 0x0f, 1]) }],
      /a run that is too long/,
    ],
    ['texts that share their beginnings', [{ encoding: 7 }], /its encoding 7 is not read/],
  ])('refuses %s, at no cost', (_what, pages, words) => {
    expect(() => read(pages)).toThrow(words);
  });

  it('refuses pages of more or fewer values than rows, which would have to be made up', () => {
    expect(() => read([{}, {}])).toThrow('more values than rows');
    expect(() => read([{}], { rows: 1_000_000 })).toThrow('fewer values than rows');
  });

  it('refuses a group of more rows than are held', () => {
    expect(() => read([{}], { rows: 2 ** 21 })).toThrow('a group of 2097152 rows is longer');
  });

  it('refuses a column that is not in the file', () => {
    expect(() => read([{}], { more: 1 })).toThrow('a column that is not in the file');
  });
});
