import type { ColumnMetaData } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { checkPages } from '../../../src/pipeline/objects/parquet-pages.ts';

interface Page {
  readonly unpackedBytes?: number;
  readonly packedBytes?: number;
  readonly values?: number;
  readonly encoding?: number;
  /** The field of a page header: 5 for data, 7 for a dictionary, 8 for data in the second version. */
  readonly kind?: 5 | 7 | 8;
}

/** A number as the format writes one of 32 bits: after a byte that says "the next field, a number". */
function numberField(value: number): Buffer {
  const bytes = [0x15];
  let rest = BigInt(value) * 2n;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function pageOf({ unpackedBytes = 10, packedBytes = 10, values = 2, encoding = 0, kind = 5 }: Page): Buffer {
  const inner = kind === 8 ? [values, 0, values, encoding] : [values, encoding];
  return Buffer.concat([
    ...[0, unpackedBytes, packedBytes].map(numberField),
    Buffer.from([((kind - 3) << 4) | 12]),
    ...inner.map(numberField),
    Buffer.from([0, 0]),
    Buffer.alloc(Math.min(packedBytes, 100)),
  ]);
}

/** Checks a column that consists of these pages, of two rows. */
function check(pages: readonly Page[], { rows = 2, more = 0 } = {}): () => void {
  const file = Buffer.concat(pages.map(pageOf));
  const column = { data_page_offset: 0n, total_compressed_size: BigInt(file.length + more) } as ColumnMetaData;
  return () => checkPages(file, rows, column);
}

describe('checkPages', () => {
  it.each<[string, readonly Page[]]>([
    ['plain', [{}]],
    ['with a dictionary', [{ kind: 7 }, { encoding: 8 }, { encoding: 2 }]],
    ['of the second version', [{ kind: 8, encoding: 6 }]],
  ])('allows pages in encodings that cannot grow: %s', (_what, pages) => {
    expect(check(pages)).not.toThrow();
  });

  it.each<[string, readonly Page[], RegExp]>([
    ['a page of more values than a group may have', [{}, { values: 2 ** 30 }], /impossible lengths/],
    ['a dictionary of as many', [{ kind: 7, values: 2 ** 30 }], /impossible lengths/],
    ['a page that unpacks to gigabytes', [{ unpackedBytes: 2 ** 30 }], /unpacks to more than 67108864 bytes/],
    [
      'pages that do so together',
      Array<Page>(5).fill({ unpackedBytes: 2 ** 24 }),
      /unpacks to more than 67108864 bytes/,
    ],
    ['texts that share their beginnings, which can grow', [{ encoding: 7 }], /its encoding 7 is not read/],
    ['the same in the second version', [{ kind: 8, encoding: 7 }], /its encoding 7 is not read/],
  ])('refuses %s', (_what, pages, words) => {
    expect(check(pages)).toThrow(words);
  });

  it('refuses a group of more rows than are held', () => {
    expect(check([{}], { rows: 2 ** 21 })).toThrow('a group of 2097152 rows is longer');
  });

  it('refuses a column that is not in the file', () => {
    expect(check([{}], { more: 1 })).toThrow('a column that is not in the file');
  });
});
