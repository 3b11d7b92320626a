/** A folder as an inbox: each new log file in it is a delivery, processed once. */

import { stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Message } from '../../delivery/envelope.ts';
import type { LogFile, LogStore } from '../../delivery/fetch-log.ts';
import { messageOf } from '../../errors.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { Recheck } from '../../pipeline/recheck.ts';
import { failureKind } from '../../pipeline/retry/retry-delay.ts';
import type { Inbox } from '../../pipeline/watch.ts';
import { folderLogStore } from '../folder-log-store.ts';
import { openLogs } from '../logs/log-folder.ts';
import { type ClaimHolders, type ClaimOwner, type FileClaims, fileClaims } from './file-claims.ts';

/** The inbox, with the store that reads what its messages name. */
export interface FolderInbox extends Inbox {
  /** The folder is the bucket, and paths in it are keys (`day.zip!/a.json.gz` within a zip). */
  readonly logs: LogStore;
}

export interface FolderInboxOptions {
  /** Remembers processed files across runs. Without it, only this run does. */
  readonly ledger?: (Pick<Ledger, 'claim' | 'settle'> & Partial<ClaimHolders>) | undefined;
  /** @default a name of its own, and nobody is known to be dead */
  readonly owner?: ClaimOwner | undefined;
  readonly now: () => Date;
  /** How long to wait when there is nothing to do. @default 1000 ms */
  readonly pollMs?: number | undefined;
  /** A file that changed more recently than this may still be in use by its writer. @default 1000 ms */
  readonly settleMs?: number | undefined;
  /** Called once for each path in the folder that cannot be read. */
  readonly onRejected: (input: { readonly path: string; readonly reason: string }) => void;
  /** Our own messages to start with: re-checks that an earlier run left. */
  readonly rechecks?: readonly Recheck[] | undefined;
  /** Asks for our own messages that another process had and lost: called about once a minute. @default none are asked for */
  readonly lost?: (() => Promise<readonly Recheck[]>) | undefined;
}

/** Files in one batch. They share what is read of the account. */
const FILES_PER_BATCH = 50;
/** This process retries a failed file after this long, except for its content. Another process may take it immediately. */
const RETRY_MS = 60_000;
/** How often to look for what a process that died has lost. */
const LOOK_FOR_LOST_MS = 60_000;

/**
 * Opens a folder. A file is identified by path, size and modification time, so a rewritten file is a new delivery. `next` returns
 * an empty batch only if no file is still settling: a caller that empties the folder once misses none.
 */
export function folderInbox(folder: string, options: FolderInboxOptions): FolderInbox {
  const { now, pollMs = 1_000, settleMs = 1_000, rechecks = [], lost } = options;
  const home = resolve(folder);
  const store = folderLogStore(dirname(home));
  const claims = fileClaims(options);
  const deliveries = folderDeliveries(folder, { ...options, settleMs, claims });
  const dueIn = (seconds: number): number => now().getTime() + seconds * 1000;
  const waiting: { readonly body: string; readonly due: number }[] = rechecks.map(({ body, delaySeconds }) => ({
    body,
    due: dueIn(delaySeconds),
  }));

  let lookedForLost = now().getTime();
  const takeUpLost = async (): Promise<void> => {
    if (lost === undefined || now().getTime() - lookedForLost < LOOK_FOR_LOST_MS) return;
    lookedForLost = now().getTime();
    for (const { body, delaySeconds } of await lost()) waiting.push({ body, due: dueIn(delaySeconds) });
  };

  const dueRechecks = (): readonly Message[] => {
    const ready = waiting.filter(({ due }) => due <= now().getTime());
    for (const recheck of ready) waiting.splice(waiting.indexOf(recheck), 1);
    return ready.map(({ body }) => ({ body }));
  };

  return {
    logs: {
      ...store,
      localPathOf: ({ bucket, key }) => (bucket === basename(home) ? join(folder, ...key.split('/')) : undefined),
      // Delivered files are read from where they were found: entries of a zip have no path of their own.
      async fetch(object, options) {
        const file = object.bucket === basename(home) ? deliveries.fileOf(object.key) : undefined;
        if (file === undefined) return store.fetch(object, options);
        const isTooLong = file.readPieces !== undefined && file.size > options.maxBytes;
        const fetched = isTooLong
          ? await store.fetch(object, options)
          : { bytes: await file.read(options), metadata: {} };
        return { ...fetched, foundAsLog: true };
      },
    },
    async next(signal) {
      for (;;) {
        await takeUpLost();
        const own = dueRechecks();
        const { messages, settling } = await deliveries.take();
        if (own.length + messages.length > 0 || signal.aborted) return [...own, ...messages];
        await wait(settling ? settleMs : pollMs, undefined, { signal }).catch(() => undefined);
        if (!settling) return [];
      }
    },
    async done(message) {
      const key = deliveries.finish(message);
      if (key !== undefined) await claims.settle(key, 'done');
    },
    async left(message, error) {
      const key = deliveries.finish(message);
      if (key === undefined) {
        if (typeof message.body === 'string') waiting.push({ body: message.body, due: now().getTime() + RETRY_MS });
        return;
      }
      // A file whose content is at fault stays so until it changes. Then it is another delivery.
      if (failureKind(error) !== 'content') deliveries.retryAt(key, now().getTime() + RETRY_MS);
      await claims.settle(key, 'released');
    },
    keep: (messages) => claims.keep(deliveries.keysOf(messages)),
    later: async ({ body, delaySeconds }) => {
      waiting.push({ body, due: dueIn(delaySeconds) });
    },
  };
}

/** Turns files into messages. A key names one version of a file. */
interface FolderDeliveries {
  /** The next batch. `settling` is true if a file changed too recently to be delivered. */
  take(): Promise<{ readonly messages: readonly Message[]; readonly settling: boolean }>;
  /** The delivered file with this object key, until its message is finished. */
  fileOf(objectKey: string): LogFile | undefined;
  /** The keys of those messages that are for files and not finished. */
  keysOf(messages: readonly Message[]): readonly string[];
  /** Forgets a message and returns its key; undefined if the message is not for a file. */
  finish(message: Message): string | undefined;
  /** Allows the file to be delivered again from this time, in milliseconds. */
  retryAt(key: string, time: number): void;
}

interface DeliveriesOptions extends FolderInboxOptions {
  readonly settleMs: number;
  readonly claims: FileClaims;
}

function folderDeliveries(folder: string, { claims, now, settleMs, onRejected }: DeliveriesOptions): FolderDeliveries {
  const home = resolve(folder);
  /** When each version of a file may be delivered again. */
  const deliverableAt = new Map<string, number>();
  const rejected = new Set<string>();
  const inProgress = new Map<Message, { readonly key: string; readonly objectKey: string }>();
  const files = new Map<string, LogFile>();

  const reject = (path: string, reason: string): void => {
    if (rejected.has(path)) return;
    rejected.add(path);
    onRejected({ path, reason });
  };

  /** Undefined if the file is gone or cannot be read. */
  const statOf = async (path: string): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> => {
    try {
      return await stat(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') reject(path, messageOf(error));
      return undefined;
    }
  };

  /** Claims a version of a file for this process. */
  const claim = async (key: string): Promise<boolean> => {
    if ((deliverableAt.get(key) ?? 0) > now().getTime()) return false;
    deliverableAt.set(key, Number.POSITIVE_INFINITY);
    const taking = await claims.take(key);
    if (typeof taking === 'object') deliverableAt.set(key, now().getTime() + taking.retryMs);
    return taking === 'taken';
  };

  const messageFor = (file: LogFile, key: string): Message => {
    const objectKey = relative(home, resolve(file.path)).split(sep).join('/');
    const message: Message = { body: { bucket: basename(home), key: objectKey } };
    inProgress.set(message, { key, objectKey });
    files.set(objectKey, file);
    return message;
  };

  return {
    async take() {
      const messages: Message[] = [];
      let settling = false;
      // A tar archive would be read again at every poll.
      for await (const found of openLogs([folder], { tars: false })) {
        if (found.kind === 'rejected') reject(found.path, found.reason);
        if (found.kind !== 'log') continue;
        // The path of an archive's entry is the archive's path and the entry's name.
        const [onDisk = '', entry] = found.file.path.split('!/', 2);
        const stats = await statOf(onDisk);
        if (stats === undefined) continue;
        const age = now().getTime() - stats.mtimeMs;
        // A modification time in the future says nothing about the file's age.
        if (age >= 0 && age < settleMs) {
          settling = true;
          continue;
        }
        const key = `${resolve(onDisk)}:${stats.size}:${stats.mtimeMs}${entry === undefined ? '' : `!/${entry}`}`;
        if (!(await claim(key))) continue;
        messages.push(messageFor(found.file, key));
        if (messages.length >= FILES_PER_BATCH) break;
      }
      return { messages, settling };
    },
    fileOf: (objectKey) => files.get(objectKey),
    keysOf: (messages) => messages.flatMap((message) => inProgress.get(message)?.key ?? []),
    finish(message) {
      const delivery = inProgress.get(message);
      inProgress.delete(message);
      if (delivery !== undefined) files.delete(delivery.objectKey);
      return delivery?.key;
    },
    retryAt(key, time) {
      deliverableAt.set(key, time);
    },
  };
}
