import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toSnapshot } from '../../../src/inventory/snapshot.ts';
import { openSnapshotAccount } from '../../../src/local/account/snapshot-account.ts';
import type { CreateSessionRequest } from '../../../src/remediation/apply-plan.ts';
import { inventorySourceContract } from '../../contract/inventory-source.ts';
import { mirrorWriterContract } from '../../contract/mirror-writer.ts';
import { ACCOUNT, anInventory, aSession, REGION } from '../../support/inventories.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };
const REQUEST: CreateSessionRequest = {
  networkInterfaceId: 'eni-1',
  trafficMirrorTargetId: 'tmt-a',
  trafficMirrorFilterId: 'tmf-1',
  sessionNumber: 1,
  clientToken: 'token-1',
  tags: [],
};

/** A folder with `account.json`, after an optional change to its document. */
async function aFolder(inventory = anInventory(), change: (document: object) => unknown = (it) => it) {
  const folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  const path = join(folder, 'account.json');
  await writeFile(path, JSON.stringify(change(toSnapshot([inventory]))));
  return { folder, path, savePath: join(folder, 'account.after.json') };
}

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

mirrorWriterContract('the account in memory', async (inventory) => anAccountOf(inventory).writer);
mirrorWriterContract('the account in a file', async (inventory) => {
  const { path, savePath } = await aFolder(inventory);
  return (await openSnapshotAccount(path, { savePath })).writer;
});
inventorySourceContract('the account in a file', async (inventory) => {
  const { path } = await aFolder(inventory);
  return (await openSnapshotAccount(path)).source;
});

describe('openSnapshotAccount', () => {
  it('shows a session to the next load', async () => {
    const { path } = await aFolder();
    const { source, writer } = await openSnapshotAccount(path);
    const session = await writer.createSession(SCOPE, REQUEST);
    const inventory = await source.load(SCOPE, { kind: 'all' }, { mirroring: true });
    expect(inventory.trafficMirrorSessions).toEqual([session]);
  });

  it('writes the changed copy and leaves the file itself unchanged, byte for byte', async () => {
    const { folder, path, savePath } = await aFolder();
    const before = await readFile(path);
    const account = await openSnapshotAccount(path, { savePath });
    const session = await account.writer.createSession(SCOPE, REQUEST);
    await account.close();
    expect(await readFile(path)).toEqual(before);
    const { regions } = await readJson(savePath);
    expect(regions[0].TrafficMirrorSessions).toMatchObject([
      { TrafficMirrorSessionId: session.trafficMirrorSessionId, NetworkInterfaceId: 'eni-1' },
    ]);
    expect(await readdir(folder)).toEqual(['account.after.json', 'account.json']);
  });

  it('keeps everything else of the file in the copy', async () => {
    const inventory = anInventory({
      trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-2' })],
    });
    const { path, savePath } = await aFolder(inventory, (document) => {
      const [region] = (document as { regions: { TrafficMirrorSessions: object[] }[] }).regions;
      const TrafficMirrorSessions = region?.TrafficMirrorSessions.map((it) => ({ ...it, Ours: 'kept' }));
      return { ...document, note: 'mine', regions: [{ ...region, TrafficMirrorSessions, Vpcs: [{ VpcId: 'vpc-1' }] }] };
    });
    const account = await openSnapshotAccount(path, { savePath });
    await account.writer.deleteSession(SCOPE, 'tms-2');
    await account.writer.modifySession(SCOPE, { trafficMirrorSessionId: 'tms-1', trafficMirrorTargetId: 'tmt-b' });
    await account.close();
    const original = await readJson(path);
    const copy = await readJson(savePath);
    const [first] = original.regions[0].TrafficMirrorSessions;
    expect(copy).toEqual({
      ...original,
      copyOf: expect.any(String),
      regions: [
        { ...original.regions[0], TrafficMirrorSessions: [{ ...first, TrafficMirrorTargetId: 'tmt-b', Ours: 'kept' }] },
      ],
    });
  });

  it('writes no copy when nothing changed', async () => {
    const { folder, path, savePath } = await aFolder();
    const account = await openSnapshotAccount(path, { savePath });
    await account.writer.deleteSession(SCOPE, 'tms-none');
    await account.close();
    expect(await readdir(folder)).toEqual(['account.json']);
  });

  it('resumes from an earlier copy of the same file', async () => {
    const { path, savePath } = await aFolder();
    const first = await openSnapshotAccount(path, { savePath });
    await first.writer.createSession(SCOPE, REQUEST);
    await first.close();
    const second = await openSnapshotAccount(path, { savePath });
    expect(second.continued).toBe(true);
    expect(await second.writer.sessionsOf(SCOPE, 'eni-1')).toHaveLength(1);
  });

  it('starts over when the file has changed since the copy', async () => {
    const { path, savePath } = await aFolder();
    const first = await openSnapshotAccount(path, { savePath });
    await first.writer.createSession(SCOPE, REQUEST);
    await first.close();
    await writeFile(path, `${await readFile(path, 'utf8')}\n`);
    const second = await openSnapshotAccount(path, { savePath });
    expect(second.continued).toBe(false);
    expect(await second.writer.sessionsOf(SCOPE, 'eni-1')).toEqual([]);
  });

  it('reports on close that the copy could not be written', async () => {
    const { folder, path } = await aFolder();
    const account = await openSnapshotAccount(path, { savePath: join(folder, 'no-such-folder', 'copy.json') });
    await account.writer.createSession(SCOPE, REQUEST);
    await expect(account.close()).rejects.toMatchObject({ code: 'output-failed' });
  });

  it('rejects writes when the file lacks what EC2 would check', async () => {
    const { path } = await aFolder(anInventory({ trafficMirrorSessions: undefined }));
    const { writer } = await openSnapshotAccount(path);
    const refused = { code: 'inventory-unreadable', message: expect.stringContaining('trafficMirrorSessions') };
    await expect(writer.createSession(SCOPE, REQUEST)).rejects.toMatchObject(refused);
  });

  it('throws for an account that the file does not describe', async () => {
    const { path } = await aFolder();
    const { source } = await openSnapshotAccount(path);
    const elsewhere = source.load({ ...SCOPE, region: 'us-east-1' }, { kind: 'all' }, { mirroring: true });
    await expect(elsewhere).rejects.toMatchObject({ code: 'inventory-unreadable' });
  });

  it.each([
    ['is missing', undefined, /there is no such file/],
    ['is not JSON', '{', /JSON/],
    ['is not a snapshot', '{}', /not an account snapshot/],
  ])('throws when the file %s', async (_, content, message) => {
    const path = join(await mkdtemp(join(tmpdir(), 'mirrorwatch-')), 'account.json');
    if (content !== undefined) await writeFile(path, content);
    await expect(openSnapshotAccount(path)).rejects.toMatchObject({
      code: 'snapshot-invalid',
      message: expect.stringMatching(message),
      concerns: { path },
    });
  });

  it('rejects the file itself as the copy', async () => {
    const { path } = await aFolder();
    await expect(openSnapshotAccount(path, { savePath: path })).rejects.toMatchObject({ code: 'usage' });
  });
});
