import { mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { historyFolder } from '../../../src/local/history/history-folder.ts';
import { testHistoryStore } from '../../contract/history-store.ts';

const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'history-'));

describe('a folder', () => {
  testHistoryStore(async () => {
    const folder = join(temporaryFolder(), 'not/there/yet');
    return { store: historyFolder(folder), again: () => historyFolder(`${folder}/`) };
  });

  it('refuses names that lead out of it', async () => {
    const store = historyFolder(temporaryFolder());
    for (const name of ['../x', '/etc/passwd', 'a/../../x', ''])
      await expect(store.write(name, Buffer.from('x'))).rejects.toMatchObject({ code: 'usage' });
  });

  it('leaves nothing unfinished behind, and lists nothing that is', async () => {
    const folder = temporaryFolder();
    const store = historyFolder(folder);
    await store.write('a', Buffer.from('1'), { once: true });
    await store.write('a', Buffer.from('2'), { once: true });
    expect(readdirSync(folder)).toEqual(['a']);
    writeFileSync(join(folder, '.unfinished-1'), 'half');
    const names = [];
    for await (const { name } of store.list('')) names.push(name);
    expect(names).toEqual(['a']);
  });

  it('says what could not be written', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(historyFolder(join(folder, 'file')).write('a', Buffer.from('x'))).rejects.toThrow(
      /file\/a could not be written/,
    );
  });

  it('does not follow a link to another folder when it lists', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(other, 'secret'), 'x');
    symlinkSync(other, join(folder, 'shard=00001'));
    const names = [];
    for await (const { name } of historyFolder(folder).list('')) names.push(name);
    expect(names).toEqual([]);
  });
});
