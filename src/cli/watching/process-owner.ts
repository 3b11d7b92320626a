/** Who a process is, so that another one on the same machine can tell later whether it still runs. */

import { randomUUID } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { ClaimOwner } from '../../local/inbox/file-claims.ts';

/** The parts of an owner's name: machine, its processes as seen from here, process, and when that started. */
const SEPARATOR = '|';

/** This process as an owner of claims. */
export async function thisProcess(): Promise<ClaimOwner> {
  return { name: await processOwner(), isDead };
}

/** The name of this process as an owner of claims. No other process has it, and each call gives another one. */
export async function processOwner(): Promise<string> {
  const { pid } = process;
  const started = (await startOf(pid)) ?? '';
  return [hostname(), await processSpace(), pid, started === 'dead' ? '' : started, randomUUID()].join(SEPARATOR);
}

/**
 * True if the process with this name is known to have ended: it ran on this machine, among the processes that are visible from here, and
 * none of them has its id and start. False for any other, which may still run.
 */
export async function isDead(owner: string): Promise<boolean> {
  const [host, space, id = '', started] = owner.split(SEPARATOR);
  const pid = Number(id);
  if (host !== hostname() || space !== (await processSpace()) || !Number.isSafeInteger(pid) || pid <= 0) return false;
  const start = await startOf(pid);
  if (start !== undefined) return start === 'dead' || start !== started;
  return !isThere(pid);
}

/** The machine since it was started, and the container in it: elsewhere the same id is another process. Empty where that is not shown. */
async function processSpace(): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/**
 * When a process started, in ticks since the machine was started; undefined where that is not shown.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
async function startOf(pid: number): Promise<string | 'dead' | undefined> {
  if ((await processSpace()) === '') return undefined;
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name of the program in parentheses, which may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? 'dead' : fields[19];
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'dead' : undefined;
  }
}

/** Signal 0 only asks whether the process is there. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
