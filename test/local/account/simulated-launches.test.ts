import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { toSnapshot } from '../../../src/inventory/snapshot.ts';
import { openSnapshotAccount, type SnapshotAccount } from '../../../src/local/account/snapshot-account.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { applyPlan } from '../../../src/remediation/apply-plan.ts';
import { planRemediation } from '../../../src/remediation/plan-remediation.ts';
import { sensorLauncherContract } from '../../contract/sensor-launcher.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { ACCOUNT, anOurs, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { aLaunchingPolicy, aWorkload, tallyOf } from '../../support/sensors.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };

async function aFile(inventory: Inventory): Promise<{ readonly path: string; readonly savePath: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  const path = join(folder, 'account.json');
  await writeFile(path, JSON.stringify(toSnapshot([inventory])));
  return { path, savePath: join(folder, 'account.applied.json') };
}

sensorLauncherContract('the account in memory', async (inventory) => anAccountOf(inventory));
sensorLauncherContract('the account in a file', async (inventory) => {
  const { path, savePath } = await aFile(inventory);
  return openSnapshotAccount(path, { savePath });
});

describe('an account in a file', () => {
  const loaded = ({ source }: SnapshotAccount): Promise<Inventory> =>
    source.load(SCOPE, { kind: 'all' }, { mirroring: true });

  /** A run that adds the instances that it launched to `known`, as the ledger keeps them. */
  async function aRun(path: string, savePath: string, known: Set<string>): Promise<Readonly<Record<string, number>>> {
    const account = await openSnapshotAccount(path, { savePath });
    const inventory = { ...(await loaded(account)), ours: anOurs({ instanceIds: [...known] }) };
    const plan = planRemediation(indexAccount(inventory, aLaunchingPolicy()));
    const ports = { launcher: account.launcher, launches: aLedger() };
    const options = { now: new Date(), ...ports, clock: STOPPED_CLOCK, proven: known };
    const outcomes = await applyPlan(plan, account.writer, options);
    for (const { launched = [] } of outcomes) for (const id of launched) known.add(id);
    await account.close();
    return tallyOf(outcomes);
  }

  it('saves launched instances in its copy, so the next run has nothing to do, and leaves the file unchanged', async () => {
    const { path, savePath } = await aFile(aWorkload(25));
    const before = await readFile(path, 'utf8');
    const known = new Set<string>();
    expect(await aRun(path, savePath, known)).toEqual({ 'create-target done': 3, 'create-session done': 25 });
    expect(await aRun(path, savePath, known)).toEqual({});
    expect(await readFile(path, 'utf8')).toBe(before);
    const { instances = [], networkInterfaces = [] } = await loaded(await openSnapshotAccount(path, { savePath }));
    expect([instances.length, networkInterfaces.length]).toEqual([28, 28]);
    expect(instances.filter(({ clientToken }) => clientToken?.startsWith('mirrorwatch-'))).toHaveLength(3);
  });

  it('saves terminated instances in its copy too', async () => {
    const { path, savePath } = await aFile(aWorkload(2));
    const account = await openSnapshotAccount(path, { savePath });
    await account.launcher.terminate(SCOPE, 'i-s0');
    await account.close();
    const { instances, networkInterfaces } = await loaded(await openSnapshotAccount(path, { savePath }));
    expect(instances?.map(({ instanceId, state }) => [instanceId, state])).toEqual([
      ['i-s0', 'terminated'],
      ['i-s1', 'running'],
    ]);
    expect(networkInterfaces?.map(({ networkInterfaceId }) => networkInterfaceId)).toEqual(['eni-s1']);
  });
});
