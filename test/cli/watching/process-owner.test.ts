import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isDead, processOwner } from '../../../src/cli/watching/process-owner.ts';

/** The name of this process, with some of its parts replaced: machine, space, process, start. */
async function ownerWith(parts: Readonly<Record<number, string | number>>): Promise<string> {
  return (await processOwner())
    .split('|')
    .map((part, index) => parts[index] ?? part)
    .join('|');
}

/** The id of a process that has ended. */
async function anEndedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('the owner of claims', () => {
  it('has a name of its own each time, and lives as long as its process', async () => {
    const [one, other] = [await processOwner(), await processOwner()];
    expect(one).not.toBe(other);
    expect([await isDead(one), await isDead(other)]).toEqual([false, false]);
  });

  it('is dead when its process has ended on this machine', async () => {
    expect(await isDead(await ownerWith({ 2: await anEndedProcess() }))).toBe(true);
  });

  it('is dead when another process has its id now', async () => {
    expect(execFileSync('uname').toString().trim()).toBe('Linux');
    expect(await isDead(await ownerWith({ 3: '1' }))).toBe(true);
  });

  it.each([
    ['it ran on another machine', { 0: 'elsewhere' }],
    ['it ran in another container, or before the machine was started', { 1: 'other-boot pid:[1]' }],
  ])('is not known to be dead when %s', async (_, parts) => {
    expect(await isDead(await ownerWith({ ...parts, 2: await anEndedProcess() }))).toBe(false);
  });

  it.each(['', 'a-sweep', '||0||', 'a|b|-1|c|d', `${'x'.repeat(10)}|||`])(
    'is not known to be dead by the name %j',
    async (name) => {
      expect(await isDead(name)).toBe(false);
    },
  );
});
