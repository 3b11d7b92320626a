/** The contract of every LogStore, run by the tests of each. */

import { expect, it } from 'vitest';
import type { LogStore } from '../../src/delivery/fetch-log.ts';

/** An object to put into a store. */
export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

/** More objects than one page of S3's list. */
const MANY = 1100;

const ALL_OBJECTS: readonly StoredObject[] = [
  {
    bucket: 'logs',
    key: 'p/AWSLogs/1/CloudTrail/a/2026/01/02/x.json.gz',
    bytes: text('x'),
    metadata: { signature: 'ab12', 'signature-algorithm': 'SHA256withRSA' },
  },
  { bucket: 'logs', key: 'p/AWSLogs/1/CloudTrail/a/2026/01/02/y + 100%é.json.gz', bytes: text('odd') },
  { bucket: 'logs', key: 'p/AWSLogs/1/CloudTrail.json', bytes: text('beside the folder') },
  { bucket: 'logs', key: 'p/AWSLogs/1/CloudTrail-Digest/a/z.json.gz', bytes: text('z') },
  { bucket: 'logs', key: 'p/AWSLogs/10/CloudTrail/a/empty.json.gz', bytes: new Uint8Array(0) },
  { bucket: 'logs', key: 'p/AWSLogs/2/CloudTrail/a/\u{1f4a1}.json.gz', bytes: text('beyond U+FFFF') },
  { bucket: 'logs', key: 'p/AWSLogs/2/CloudTrail/a/\uff01.json.gz', bytes: text('before it') },
  { bucket: 'other', key: 'p/AWSLogs/1/CloudTrail/a/elsewhere.json', bytes: text('elsewhere') },
  ...Array.from({ length: MANY }, (_, at) => ({ bucket: 'many', key: `n/${at}.json`, bytes: text(`${at}`) })),
];

const byteOrder = (one: string, other: string): number =>
  Buffer.from(one, 'utf8').toString('hex') < Buffer.from(other, 'utf8').toString('hex') ? -1 : 1;

/**
 * The contract's tests. `fill` creates the objects and returns a store on them, once per test. `astral` is false for an emulator
 * that compares keys by UTF-16 units instead of bytes, which differs only beyond U+FFFF.
 */
export function testLogStore(
  fill: (objects: readonly StoredObject[]) => Promise<LogStore>,
  { astral = true }: { readonly astral?: boolean } = {},
): void {
  const OBJECTS = ALL_OBJECTS.filter(({ key }) => astral || !/[\u{10000}-\u{10ffff}]/u.test(key));
  const keysOf = async (store: LogStore, bucket: string, prefix: string, startAfter?: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of store.list(bucket, prefix, startAfter === undefined ? {} : { startAfter }))
      keys.push(key);
    return keys;
  };
  const expected = (bucket: string, prefix: string): string[] =>
    OBJECTS.filter((object) => object.bucket === bucket && object.key.startsWith(prefix))
      .map(({ key }) => key)
      .toSorted(byteOrder);
  const small = OBJECTS.filter(({ bucket }) => bucket !== 'many');

  it('returns a complete object with its metadata', async () => {
    const store = await fill(small);
    for (const { bucket, key, bytes, metadata = {} } of small) {
      const fetched = await store.fetch({ bucket, key }, { maxBytes: 100 });
      expect(Buffer.from(fetched.bytes).equals(Buffer.from(bytes))).toBe(true);
      expect(fetched.metadata).toEqual(metadata);
    }
  });

  it.each([
    ['a missing key', { bucket: 'logs', key: 'p/none.json' }],
    ['a key below an object', { bucket: 'logs', key: 'p/AWSLogs/1/CloudTrail.json/more' }],
    ['a missing bucket', { bucket: 'no-such-bucket-here', key: 'p/none.json' }],
  ])('throws log-missing for %s', async (_, object) => {
    const store = await fill(small);
    await expect(store.fetch(object, { maxBytes: 100 })).rejects.toMatchObject({
      code: 'log-missing',
      concerns: { key: `s3://${object.bucket}/${object.key}` },
    });
  });

  it('returns the beginning of an object above the limit, if asked to', async () => {
    const store = await fill(small);
    const object = { bucket: 'logs', key: 'p/AWSLogs/1/CloudTrail.json' };
    const text = 'beside the folder';
    const begun = await store.fetch(object, { maxBytes: text.length - 1, orBeginning: true });
    expect(begun).toMatchObject({ bytes: Buffer.from(text.slice(0, -1)), cutFrom: text.length });
    const whole = await store.fetch(object, { maxBytes: text.length, orBeginning: true });
    expect(whole.bytes.toString()).toBe(text);
    expect(whole.cutFrom).toBeUndefined();
  });

  it('throws log-too-large above the limit, and returns an object of exactly the limit', async () => {
    const store = await fill(small);
    const object = { bucket: 'logs', key: 'p/AWSLogs/1/CloudTrail.json' };
    const length = 'beside the folder'.length;
    await expect(store.fetch(object, { maxBytes: length - 1 })).rejects.toMatchObject({ code: 'log-too-large' });
    await expect(store.fetch(object, { maxBytes: length })).resolves.toMatchObject({ bytes: expect.anything() });
  });

  it.each(['', 'p/', 'p/AWSLogs/1/', 'p/AWSLogs/1', 'p/AWSLogs/1/CloudTrail', 'p/AWSLogs/2/CloudTrail/a/', 'none/'])(
    'lists the keys under "%s" in byte order, without those of other buckets',
    async (prefix) => {
      const store = await fill(small);
      expect(await keysOf(store, 'logs', prefix)).toEqual(expected('logs', prefix));
    },
  );

  it('lists each object with its bucket and size', async () => {
    const store = await fill(small);
    for await (const object of store.list('logs', 'p/AWSLogs/10/'))
      expect(object).toMatchObject({ bucket: 'logs', size: 0 });
    for await (const object of store.list('logs', 'p/AWSLogs/1/CloudTrail.'))
      expect(object).toMatchObject({ size: 17 });
  });

  it('lists from after a key, which need not exist', async () => {
    const store = await fill(small);
    const all = expected('logs', '');
    for (const [at, key] of all.entries()) expect(await keysOf(store, 'logs', '', key)).toEqual(all.slice(at + 1));
    expect(await keysOf(store, 'logs', '', 'p/AWSLogs/1/CloudTrail.')).toEqual(
      all.filter((key) => byteOrder(key, 'p/AWSLogs/1/CloudTrail.') > 0),
    );
  });

  it('lists more than one page, each object once', async () => {
    const store = await fill(OBJECTS.filter(({ bucket }) => bucket === 'many'));
    expect(await keysOf(store, 'many', 'n/')).toEqual(expected('many', 'n/'));
  });

  it.each([
    ['p/AWSLogs/', ['p/AWSLogs/1/', 'p/AWSLogs/10/', 'p/AWSLogs/2/']],
    ['p/AWSLogs/1', ['p/AWSLogs/1/', 'p/AWSLogs/10/']],
    ['p/AWSLogs/1/', ['p/AWSLogs/1/CloudTrail-Digest/', 'p/AWSLogs/1/CloudTrail/']],
    ['p/AWSLogs/10/CloudTrail/a/', []],
    ['none/', []],
  ])('returns the folders one level below "%s"', async (prefix, folders) => {
    const store = await fill(small);
    expect(await store.folders('logs', prefix)).toEqual(folders);
  });
}
