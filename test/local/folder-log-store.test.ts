import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchLog } from '../../src/delivery/fetch-log.ts';
import { folderLogStore } from '../../src/local/folder-log-store.ts';
import { type StoredObject, testLogStore } from '../contract/log-store.ts';

const roots: string[] = [];
afterEach(() => Promise.all(roots.splice(0).map((root) => rm(root, { recursive: true }))));

async function fill(objects: readonly StoredObject[]) {
  const root = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  roots.push(root);
  for (const { bucket, key, bytes, metadata } of objects) {
    const path = join(root, bucket, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    if (metadata) await writeFile(`${path}.metadata.json`, JSON.stringify(metadata));
  }
  return Object.assign(folderLogStore(root), { root });
}

describe('folderLogStore', () => {
  testLogStore(fill);

  it('reads a signature from a file of its own', async () => {
    const store = await fill([{ bucket: 'b', key: 'digest.json.gz', bytes: new Uint8Array(1) }]);
    await writeFile(join(store.root, 'b', 'digest.json.gz.sig'), 'ab12\n');
    const { metadata } = await store.fetch({ bucket: 'b', key: 'digest.json.gz' }, { maxBytes: 10 });
    expect(metadata).toEqual({ signature: 'ab12', 'signature-algorithm': 'SHA256withRSA' });
    for await (const { key } of store.list('b', '')) expect(key).toBe('digest.json.gz');
  });

  it('rejects a metadata file that is not a JSON object', async () => {
    const store = await fill([{ bucket: 'b', key: 'k', bytes: new Uint8Array(1) }]);
    await writeFile(join(store.root, 'b', 'k.metadata.json'), '[]');
    await expect(store.fetch({ bucket: 'b', key: 'k' }, { maxBytes: 10 })).rejects.toMatchObject({
      code: 'log-unreadable',
    });
  });

  it.each([
    ['b', '../outside.json'],
    ['..', 'outside.json'],
    ['b', 'a/../../outside.json'],
    ['b/../..', 'outside.json'],
    ['', 'outside.json'],
  ])('does not leave the folder for %s %s', async (bucket, key) => {
    const store = await fill([
      { bucket: 'b', key: 'a/k', bytes: new Uint8Array(1) },
      { bucket: '.', key: 'outside.json', bytes: new Uint8Array(1) },
    ]);
    await expect(store.fetch({ bucket, key }, { maxBytes: 10 })).rejects.toMatchObject({ code: 'log-missing' });
  });

  it('reports a broken link instead of skipping it', async () => {
    const store = await fill([{ bucket: 'b', key: 'k', bytes: new Uint8Array(1) }]);
    await symlink('nowhere', join(store.root, 'b', 'link.json'));
    const listing = async () => {
      for await (const { key } of store.list('b', '')) expect(key).toBe('k');
    };
    await expect(listing()).rejects.toMatchObject({ code: 'log-unreadable' });
  });
});

describe('fetchLog', () => {
  it.each([
    ['the decoded key', ['a b', 'a+b'], 'a b'],
    ['the undecoded key if that object does not exist', ['a+b'], 'a+b'],
  ])('fetches %s', async (_, stored, content) => {
    const store = await fill(stored.map((key) => ({ bucket: 'b', key, bytes: new TextEncoder().encode(key) })));
    const fetched = await fetchLog(store, { bucket: 'b', key: 'a b', alternativeKey: 'a+b' }, { maxBytes: 10 });
    expect(fetched.bytes.toString()).toBe(content);
  });

  it('throws for the first key when neither exists, and throws other errors at once', async () => {
    const store = await fill([{ bucket: 'b', key: 'long', bytes: new Uint8Array(11) }]);
    await expect(
      fetchLog(store, { bucket: 'b', key: 'x y', alternativeKey: 'x+y' }, { maxBytes: 10 }),
    ).rejects.toMatchObject({ concerns: { key: 's3://b/x y' } });
    await expect(
      fetchLog(store, { bucket: 'b', key: 'long', alternativeKey: 'x' }, { maxBytes: 10 }),
    ).rejects.toMatchObject({ code: 'log-too-large' });
    await expect(
      fetchLog(store, { bucket: 'b', key: 'x', alternativeKey: 'long' }, { maxBytes: 10 }),
    ).rejects.toMatchObject({ code: 'log-too-large' });
  });
});
