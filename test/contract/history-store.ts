import { describe, expect, it } from 'vitest';
import type { HistoryStore } from '../../src/history/history-store.ts';

/** What every store of plans and results has to do. `open` gives an empty one; `again` another on the same files. */
export function testHistoryStore(
  open: () => Promise<{ readonly store: HistoryStore; readonly again: () => HistoryStore }>,
): void {
  describe('as a store of plans and results', () => {
    it('reads what was written, also through another store on the same place', async () => {
      const { store, again } = await open();
      expect(await store.read('a/b.json')).toBeUndefined();
      expect(await store.write('a/b.json', Buffer.from('one'))).toBe(true);
      expect((await again().read('a/b.json'))?.toString()).toBe('one');
      expect(await store.write('a/b.json', Buffer.from('two'))).toBe(true);
      expect((await store.read('a/b.json'))?.toString()).toBe('two');
    });

    it('reads a range of bytes, and what there is of one past the end', async () => {
      const { store } = await open();
      await store.write('file', Buffer.from('0123456789'));
      expect((await store.readRange('file', 2, 5)).toString()).toBe('234');
      expect((await store.readRange('file', 8, 20)).toString()).toBe('89');
      expect((await store.readRange('file', 4, 4)).length).toBe(0);
      await expect(store.readRange('none', 0, 1)).rejects.toMatchObject({ code: 'log-missing' });
    });

    it('writes once where it is asked to, and changes nothing after that', async () => {
      const { store } = await open();
      expect(await store.write('once', Buffer.from('first'), { once: true })).toBe(true);
      expect(await store.write('once', Buffer.from('second'), { once: true })).toBe(false);
      expect((await store.read('once'))?.toString()).toBe('first');
    });

    it('lets one of many win that write at the same time', async () => {
      const { store, again } = await open();
      const writes = Array.from({ length: 8 }, (_, at) =>
        again().write('contended', Buffer.from(`writer ${at}`), { once: true }),
      );
      const won = await Promise.all(writes);
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.read('contended'))?.toString()).toBe(`writer ${won.indexOf(true)}`);
    });

    it('lists the files whose name begins with a prefix, in the byte order of their names', async () => {
      const { store } = await open();
      for (const name of ['shard=00002/b', 'shard=00001/summary.json', 'run.json', 'shard=00001/a', 'shard=00001-x'])
        await store.write(name, Buffer.from(name));
      const listed = async (prefix: string): Promise<readonly string[]> => {
        const names: string[] = [];
        for await (const { name, size } of store.list(prefix)) {
          expect(size).toBe(name.length);
          names.push(name);
        }
        return names;
      };
      expect(await listed('shard=')).toEqual([
        'shard=00001-x',
        'shard=00001/a',
        'shard=00001/summary.json',
        'shard=00002/b',
      ]);
      expect(await listed('shard=00001/')).toEqual(['shard=00001/a', 'shard=00001/summary.json']);
      expect(await listed('')).toContain('run.json');
      expect(await listed('none')).toEqual([]);
    });
  });
}
