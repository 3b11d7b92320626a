/** A folder as an inbox: each log file that appears in it is a delivery, worked off once. */

import { stat } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Message } from '../delivery/envelope.ts';
import type { LogFile, LogStore } from '../delivery/fetch-log.ts';
import { messageOf } from '../errors.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Inbox } from '../pipeline/watch.ts';
import { folderLogStore } from './folder-log-store.ts';
import { openLogs } from './log-folder.ts';

export interface FolderInbox extends Inbox {
  /** Reads what the messages name: the folder is the bucket, paths below it are keys (`day.zip!/a.json.gz` within a zip). */
  readonly logs: LogStore;
}

export interface FolderInboxOptions {
  /** Remembers across runs what was worked off; without it, this run alone does. */
  readonly ledger?: Pick<Ledger, 'claim' | 'settle'> | undefined;
  readonly now: () => Date;
  /** How long to wait when there is nothing. @default 1000 ms */
  readonly pollMs?: number | undefined;
  /** A file that changed so lately may still be being written. @default 1000 ms */
  readonly settleMs?: number | undefined;
  /** What cannot be read in the folder, once each. */
  readonly onRejected: (input: { readonly path: string; readonly reason: string }) => void;
  /** Messages of our own to begin with: re-checks that an earlier run left. */
  readonly rechecks?: readonly string[] | undefined;
}

/** Files handed out in one batch: they share what is read of the account. */
const FILES_PER_BATCH = 50;
const LEASE_SECONDS = 900;
/** What could not be worked off is tried again by this process after so long; by another one at once. */
const RETRY_MS = 60_000;

/**
 * Opens a folder. A file is known by its path, size and time of change: one that was written anew is a new delivery. `next` gives
 * an empty batch only when no file is still settling, so that who empties the folder once misses none.
 */
export function folderInbox(
  folder: string,
  { ledger, now, pollMs = 1_000, settleMs = 1_000, onRejected, rechecks = [] }: FolderInboxOptions,
): FolderInbox {
  const home = resolve(folder);
  const store = folderLogStore(dirname(home));
  /** From when a file may be handed out again, by its version. */
  const taken = new Map<string, number>();
  const rejected = new Set<string>();
  const held = new Map<Message, { readonly key: string; readonly objectKey: string }>();
  const files = new Map<string, LogFile>();
  const waiting: { readonly body: string; readonly due: number }[] = rechecks.map((body) => ({ body, due: 0 }));

  const refuse = (path: string, reason: string): void => {
    if (rejected.has(path)) return;
    rejected.add(path);
    onRejected({ path, reason });
  };

  const look = async (): Promise<{ readonly messages: readonly Message[]; readonly settling: boolean }> => {
    const messages: Message[] = [];
    let settling = false;
    for await (const found of openLogs([folder])) {
      if (found.kind === 'rejected') refuse(found.path, found.reason);
      if (found.kind !== 'log') continue;
      const { path } = found.file;
      // An archive's entries carry their place in the path; the archive itself is what lies in the folder.
      const [onDisk = '', entry] = path.split('!/', 2);
      const changed = await changeOf(onDisk);
      if (changed === undefined) continue;
      const age = now().getTime() - changed.mtimeMs;
      // A time of change that lies ahead says nothing of the file's age.
      if (age >= 0 && age < settleMs) {
        settling = true;
        continue;
      }
      const key = `${resolve(onDisk)}:${changed.size}:${changed.mtimeMs}${entry === undefined ? '' : `!/${entry}`}`;
      if ((taken.get(key) ?? 0) > now().getTime()) continue;
      taken.set(key, Number.POSITIVE_INFINITY);
      const claims = [{ kind: 'delivery', key } as const];
      if (ledger !== undefined && (await ledger.claim(claims, now(), LEASE_SECONDS)).length === 0) continue;
      const objectKey = relative(home, resolve(path)).split(sep).join('/');
      const message: Message = { body: { bucket: basename(home), key: objectKey } };
      held.set(message, { key, objectKey });
      files.set(objectKey, found.file);
      messages.push(message);
      if (messages.length >= FILES_PER_BATCH) break;
    }
    return { messages, settling };
  };

  /** Undefined for a file that is gone again. */
  const changeOf = async (path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> => {
    try {
      return await stat(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') refuse(path, messageOf(error));
      return undefined;
    }
  };

  const due = (): readonly Message[] => {
    const ready = waiting.filter((one) => one.due <= now().getTime());
    for (const one of ready) waiting.splice(waiting.indexOf(one), 1);
    return ready.map(({ body }) => ({ body }));
  };

  const release = (message: Message): string | undefined => {
    const one = held.get(message);
    held.delete(message);
    if (one !== undefined) files.delete(one.objectKey);
    return one?.key;
  };

  return {
    logs: {
      ...store,
      // Bytes of what was handed out come from where it was found, since a zip's entries lie at no path of their own.
      async fetch(object, options) {
        const file = object.bucket === basename(home) ? files.get(object.key) : undefined;
        return file === undefined ? store.fetch(object, options) : { bytes: await file.read(options), metadata: {} };
      },
    },
    async next(signal) {
      for (;;) {
        const own = due();
        const { messages, settling } = await look();
        if (own.length + messages.length > 0 || signal.aborted) return [...own, ...messages];
        await wait(settling ? settleMs : pollMs, undefined, { signal }).catch(() => undefined);
        if (!settling) return [];
      }
    },
    async done(message) {
      const key = release(message);
      if (key !== undefined) await ledger?.settle([{ kind: 'delivery', key }], now(), 'done');
    },
    async left(message) {
      const key = release(message);
      if (key === undefined) {
        if (typeof message.body === 'string') waiting.push({ body: message.body, due: now().getTime() + RETRY_MS });
        return;
      }
      taken.set(key, now().getTime() + RETRY_MS);
      await ledger?.settle([{ kind: 'delivery', key }], now(), 'released');
    },
    keep: async () => undefined,
    later: async ({ body, delaySeconds }) => {
      waiting.push({ body, due: now().getTime() + delaySeconds * 1000 });
    },
  };
}
