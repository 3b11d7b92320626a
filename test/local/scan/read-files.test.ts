import { expect, it } from 'vitest';
import type { LogFile } from '../../../src/delivery/fetch-log.ts';
import { readFiles, type StoredFile } from '../../../src/local/scan/read-files.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Files that are read over the network; `open` tells how many reads have begun and not been handed on. */
function remoteFiles(count: number, size: number) {
  const state = { begun: 0, most: 0, handedOn: 0 };
  const files = Array.from(
    { length: count },
    (_, at): LogFile => ({
      path: `file-${at}`,
      size,
      read: async () => {
        state.begun += 1;
        state.most = Math.max(state.most, state.begun - state.handedOn);
        // The first takes the longest.
        for (let turn = 0; turn < (at === 0 ? 20 : at % 3); turn += 1) await nextTurn();
        return Buffer.from(`${at}`);
      },
    }),
  );
  return { files, state };
}

async function read({ files, state }: ReturnType<typeof remoteFiles>): Promise<readonly StoredFile[]> {
  const found: StoredFile[] = [];
  for await (const file of readFiles(files, { maxLogBytes: 2 ** 30, sha256: false })) {
    state.handedOn += 1;
    found.push(file);
  }
  return found;
}

it('reads many remote files at once, and yields them in order', async () => {
  const remote = remoteFiles(100, 1000);
  const found = await read(remote);
  expect(found.map((file) => ('packed' in file ? file.packed.toString() : ''))).toEqual(
    Array.from({ length: 100 }, (_, at) => `${at}`),
  );
  expect(remote.state.most).toBe(32);
});

it('reads no more than 16 MB ahead, and at least one file', async () => {
  const five = remoteFiles(20, 5 * 1024 * 1024);
  await read(five);
  expect(five.state.most).toBe(4);
  const large = remoteFiles(3, 50 * 1024 * 1024);
  await read(large);
  expect(large.state.most).toBe(1);
});

it('reads a small local file only in its turn, also behind a remote one', async () => {
  const order: string[] = [];
  const local: LogFile = {
    path: 'local',
    size: 1,
    read: () => Promise.reject(new Error('not this way')),
    readNow: () => {
      order.push('local read');
      return Buffer.from('local');
    },
  };
  const remote: LogFile = { path: 'remote', size: 1, read: async () => Buffer.from('remote') };
  for await (const { path } of readFiles([remote, local], { maxLogBytes: 2 ** 30, sha256: false }))
    order.push(`${path} handed on`);
  expect(order).toEqual(['remote handed on', 'local read', 'local handed on']);
});

it('passes on the limit, and names what cannot be read', async () => {
  const refuse = ({ maxBytes }: { readonly maxBytes: number }) => new Error(`more than ${maxBytes} bytes`);
  const files: LogFile[] = [
    { path: 'remote', size: 7, read: async (limits) => Promise.reject(refuse(limits)) },
    {
      path: 'local',
      size: 8,
      read: async () => Buffer.alloc(0),
      readNow: (limits) => {
        throw refuse(limits);
      },
    },
  ];
  const found: StoredFile[] = [];
  for await (const file of readFiles(files, { maxLogBytes: 5, sha256: false })) found.push(file);
  expect(found).toMatchObject([
    { path: 'remote', end: { damage: 'more than 5 bytes', packedBytes: 7 } },
    { path: 'local', end: { damage: 'more than 5 bytes', packedBytes: 8 } },
  ]);
});
