/** A folder as an inbox: each log file that appears in it is a delivery, worked off once. */

import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Message } from '../delivery/envelope.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Inbox } from '../pipeline/watch.ts';
import { openLogs } from './log-folder.ts';

export interface FolderInbox extends Inbox {
  /** The folder's parent, which `folderLogStore` takes as its root: the folder is the bucket, paths below it are keys. */
  readonly root: string;
}

export interface FolderInboxOptions {
  /** Remembers across runs what was worked off; without it, this run alone does. */
  readonly ledger?: Pick<Ledger, 'claim' | 'settle'>;
  readonly now: () => Date;
  readonly pollMs?: number;
  /** What cannot be read in the folder, once each. */
  readonly onRejected: (input: { readonly path: string; readonly reason: string }) => void;
  /** Messages of our own to begin with: re-checks that an earlier run left. */
  readonly rechecks?: readonly string[];
}

/** Files handed out in one batch: they share what is read of the account. */
const FILES_PER_BATCH = 50;
/** A file that changed so lately may still be being written. */
const SETTLE_MS = 1_000;
const LEASE_SECONDS = 900;

/** Opens a folder. A file is known by its path, size and time of change: one that was written anew is a new delivery. */
export function folderInbox(
  folder: string,
  { ledger, now, pollMs = 1_000, onRejected, rechecks = [] }: FolderInboxOptions,
): FolderInbox {
  const root = dirname(resolve(folder));
  const bucket = basename(resolve(folder));
  const taken = new Set<string>();
  const keys = new Map<Message, string>();
  const waiting: { readonly body: string; readonly due: number }[] = rechecks.map((body) => ({ body, due: 0 }));

  const fresh = async (): Promise<readonly Message[]> => {
    const found: Message[] = [];
    for await (const log of openLogs([folder])) {
      if (log.kind === 'rejected' && !taken.has(log.path)) {
        taken.add(log.path);
        onRejected(log);
      }
      if (log.kind !== 'log') continue;
      // An archive's entries carry their place in the path; the archive itself is what lies in the folder.
      const [path = ''] = log.file.path.split('!/');
      const key = await versionOf(path);
      if (key === undefined || taken.has(key)) continue;
      taken.add(key);
      const message: Message = { body: { bucket, key: relative(resolve(folder), resolve(path)).split(sep).join('/') } };
      if (ledger !== undefined && (await ledger.claim([{ kind: 'delivery', key }], now(), LEASE_SECONDS)).length === 0)
        continue;
      keys.set(message, key);
      found.push(message);
      if (found.length >= FILES_PER_BATCH) break;
    }
    return found;
  };

  /** Undefined while the file may still be growing, or when it is gone again. */
  const versionOf = async (path: string): Promise<string | undefined> => {
    try {
      const { size, mtimeMs } = await stat(path);
      return now().getTime() - mtimeMs < SETTLE_MS && now().getTime() >= mtimeMs
        ? undefined
        : `${resolve(path)}:${size}:${mtimeMs}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };

  const due = (): readonly Message[] => {
    const ready = waiting.filter((one) => one.due <= now().getTime());
    for (const one of ready) waiting.splice(waiting.indexOf(one), 1);
    return ready.map(({ body }) => ({ body }));
  };

  return {
    root,
    async next(signal) {
      const messages = [...due(), ...(await fresh())];
      if (messages.length === 0) await wait(pollMs, undefined, { signal }).catch(() => undefined);
      return messages;
    },
    async done(message) {
      const key = keys.get(message);
      keys.delete(message);
      if (key !== undefined) await ledger?.settle([{ kind: 'delivery', key }], now(), 'done');
    },
    keep: async () => undefined,
    later: async ({ body, delaySeconds }) => {
      waiting.push({ body, due: now().getTime() + delaySeconds * 1000 });
    },
  };
}
