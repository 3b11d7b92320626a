import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAudit } from '../../../src/cli/commands/audit.ts';
import { snapshotOf } from '../../support/command-line.ts';
import { inProcess } from '../../support/in-process.ts';
import { anInstance, anInventory } from '../../support/inventories.ts';

const MIRRORING = { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a'] };
const FILES = {
  'tags.json': { requiredTags: ['CostCenter'], mirroring: MIRRORING },
  'mirroring.json': { mirroring: MIRRORING },
  'account.json': snapshotOf(
    anInventory({ instances: ['i-1', 'i-2'].map((instanceId) => anInstance({ instanceId, tags: [] })) }),
  ),
};

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(home, name), JSON.stringify(content));
});
afterAll(() => rm(home, { recursive: true }));

const runAudit = inProcess(addAudit, 'audit');
/** What an audit by this configuration writes to stderr about closed findings. */
async function warnings(config: string, ledger: string): Promise<readonly string[]> {
  const account = ['--account', join(home, 'account.json'), '--quiet', '-o', `json=${join(home, 'out.json')}`];
  const { err } = await runAudit('--config', join(home, config), '--ledger', join(home, ledger), ...account);
  return err.split('\n').filter((line) => line.includes('no longer judged'));
}

describe('an audit with a ledger of another configuration', () => {
  it('warns once of the findings that it closes, with their number, their rule and both configurations', async () => {
    expect(await warnings('tags.json', 'a.sqlite')).toEqual([]);
    const said = await warnings('mirroring.json', 'a.sqlite');
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('2 findings of the ledger were closed as no longer judged: instance-untagged (2).');
    expect(said[0]).toContain('by another configuration before');
    expect(said[0]).toContain('mirroring.json judges no such rule');
    expect(await warnings('mirroring.json', 'a.sqlite')).toEqual([]);
  });

  it('says nothing with the same configuration, or one that judges more', async () => {
    expect(await warnings('mirroring.json', 'b.sqlite')).toEqual([]);
    expect(await warnings('tags.json', 'b.sqlite')).toEqual([]);
    expect(await warnings('tags.json', 'b.sqlite')).toEqual([]);
  });
});
