/** An auditor's copy of a ledger, in a folder to which nothing may be written. */

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { aPlace, endOf, type Place, snapshotOf } from '../support/command-line.ts';
import { anInstance, anInventory } from '../support/inventories.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** Root may write to everything, so the command is run as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** Lets everybody reach what is in a folder. */
function letPass(folder: string): void {
  const { mode } = statSync(folder);
  if ((mode & 0o001) === 0) chmodSync(folder, mode | 0o011);
}

const reportOf = (place: Place): ChildProcess => {
  const args = [CLI, 'report', '--ledger', 'sub folder/l#1.sqlite', '--since', '2026-03-01', '-o', 'jsonl', '-z'];
  return spawn(process.execPath, args, { cwd: place.folder, ...NOBODY });
};

describe('report on a ledger that is read-only', () => {
  const cleanUps: (() => void)[] = [];
  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0)) cleanUp();
  });

  /** A ledger with an untagged instance, as `prepare` leaves it, in a folder without write permission. */
  async function aCopy(prepare: (path: string) => void = () => undefined): Promise<Place> {
    const place = aPlace();
    place.put('config.json', { requiredTags: ['CostCenter'] });
    place.put('account.json', snapshotOf(anInventory({ instances: [anInstance({ tags: [] })] })));
    place.put('sub folder/readme', '');
    const ledger = 'sub folder/l#1.sqlite';
    await place.run('audit', '--account', 'account.json', '--ledger', ledger, '-z');
    prepare(place.path(ledger));
    chmodSync(place.path(ledger), 0o444);
    chmodSync(place.path('sub folder'), 0o555);
    for (const folder of [place.folder, dirname(place.folder)]) letPass(folder);
    cleanUps.push(() => chmodSync(place.path('sub folder'), 0o755));
    return place;
  }

  it('reports what it holds', async () => {
    const { code, stdout, stderr } = await endOf(reportOf(await aCopy()));
    expect(stderr).not.toContain('readonly');
    expect(stdout).toContain('"rule":"instance-untagged"');
    expect(code).toBe(0);
  });

  it('says what to do if changes may be in the file beside it', async () => {
    const place = await aCopy((path) => writeFileSync(`${path}-wal`, 'changes'));
    const { code, stdout, stderr } = await endOf(reportOf(place));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /l#1\.sqlite: the ledger is read-only, and .*-wal may hold changes .*; copy it, .* to a folder that you may write to/,
    );
  });

  it('says what to do if it is of an older version', async () => {
    const place = await aCopy((path) => {
      const db = new Database(path);
      db.exec('PRAGMA user_version = 3');
      db.close();
    });
    const { code, stdout, stderr } = await endOf(reportOf(place));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /the ledger is read-only, and it has version 3, which has to be migrated to \d+ first; copy it/,
    );
  });
});
