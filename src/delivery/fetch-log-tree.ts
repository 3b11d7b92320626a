/** Logs in a bucket, found lazily and in the order of their keys, without listing what is not looked for. */

import { messageOf } from '../errors.ts';
import type { FoundLog, LogFile, LogStore } from './fetch-log.ts';
import { compareBytes, fileKindOf } from './log-file.ts';
import { mayHoldEventsOf, type Period, readLogKey } from './log-key.ts';
import type { LogObject } from './log-object.ts';
import {
  isWantedService,
  levelOf,
  partsOf,
  pastAll,
  resumeAfter,
  type TreePart,
  type TreeSearch,
  treeOf,
} from './log-tree.ts';

/** An object, or a part of the listing that broke off: `place` is where. */
export type ListedObject = LogObject | { readonly place: string; readonly fault: unknown };

/** Parts that are listed at the same time. */
const PARTS_AT_ONCE = 16;

/** Keys in a page of S3's: to skip within a page costs nothing, a jump past its end saves pages. */
const PAGE_KEYS = 1000;

type Listing = Pick<LogStore, 'list' | 'folders'>;

/**
 * The log files at `s3://bucket/prefix`, in the byte order of their keys, each read when it is asked for. The prefix names a folder
 * (an account's, a region's or a day's, too), an object or, where there is neither, the beginning of names. With a period only the
 * days are listed that may hold its events, `lateDays` more at its end for what came late; events still have to be compared by
 * their `eventTime`. CloudTrail's other files and other services' logs in a trail's folders are not listed, and so not counted.
 *
 * A part that cannot be listed comes back as `rejected`, and so does a place where nothing is. Throws what the store throws when
 * nothing can be listed at all.
 */
export async function* openStoredLogs(
  store: LogStore,
  place: { readonly bucket: string; readonly prefix: string },
  period: Period & { readonly lateDays?: number } = {},
): AsyncGenerator<FoundLog, void, undefined> {
  const { bucket, prefix } = place;
  let found = false;
  for await (const one of listObjects(store, bucket, { ...period, prefix, kinds: ['log'] })) {
    if ('fault' in one && !found) throw one.fault;
    found = true;
    yield 'fault' in one
      ? { kind: 'rejected', path: one.place, reason: reasonOf(one.fault) }
      : foundAs(store, one, prefix);
  }
  if (!found && (await firstOf(store.list(bucket, prefix))) === undefined)
    yield { kind: 'rejected', path: `s3://${bucket}/${prefix}`, reason: 'there is no such object or folder' };
}

const reasonOf = (fault: unknown): string => `the listing broke off here: ${messageOf(fault)}`;

function foundAs(store: LogStore, object: LogObject, prefix: string): FoundLog {
  const { bucket, key, size, eTag } = object;
  const path = `s3://${bucket}/${key}`;
  const kind = fileKindOf(key, { named: key === prefix, ...(size === undefined ? {} : { size }) });
  if (kind === 'archive')
    return { kind: 'rejected', path, reason: 'an archive in a bucket is not opened: download it and name the file' };
  // To look at the beginning of an object is to fetch it, which a bucket full of other things does not deserve.
  if (kind !== 'log') return { kind: 'skipped', path, why: kind === 'by-content' ? 'not-a-log' : kind };
  const file: LogFile = {
    path,
    size: size ?? 0,
    ...(eTag === undefined ? {} : { version: eTag }),
    read: async (limits) => (await store.fetch(object, limits)).bytes,
  };
  return { kind: 'log', file };
}

/**
 * The objects of the wanted kinds below `search.prefix`, and everything else that lies outside a trail's folders, in the byte order
 * of their keys. Below an `AWSLogs/`, wherever it lies, accounts or regions are listed side by side; elsewhere the listing is plain.
 */
export async function* listObjects(
  store: Listing,
  bucket: string,
  search: TreeSearch,
): AsyncGenerator<ListedObject, void, undefined> {
  const listing = { store, bucket, search };
  for (const prefix of await prefixesOf(listing)) {
    if (levelOf(prefix) === 'above') yield* listAbove(listing, prefix);
    else yield* listTree(listing, prefix);
  }
}

interface Search {
  readonly store: Listing;
  readonly bucket: string;
  readonly search: TreeSearch;
}

/** A name without a `/` at its end: an object and a folder where there are such, else whatever begins so. */
async function prefixesOf({ store, bucket, search: { prefix } }: Search): Promise<readonly string[]> {
  if (prefix === '' || prefix.endsWith('/')) return [prefix];
  const [first, inside] = await Promise.all([
    firstOf(store.list(bucket, prefix)),
    firstOf(store.list(bucket, `${prefix}/`)),
  ]);
  if (inside === undefined || first?.key === prefix) return [prefix];
  return [`${prefix}/`];
}

async function firstOf<T>(list: AsyncIterable<T>): Promise<T | undefined> {
  for await (const one of list) return one;
  return undefined;
}

async function* listAbove(listing: Search, prefix: string): AsyncGenerator<ListedObject, void, undefined> {
  let after: string | undefined;
  do {
    let tree: string | undefined;
    const isInTree = (key: string): boolean => {
      tree = treeOf(key);
      return tree !== undefined;
    };
    yield* listPart(listing, { prefix, ...(after === undefined ? {} : { after }) }, isInTree);
    if (tree !== undefined) yield* listTree(listing, tree);
    after = tree === undefined ? undefined : pastAll(tree);
  } while (after !== undefined);
}

async function* listTree(listing: Search, prefix: string): AsyncGenerator<ListedObject, void, undefined> {
  const parts = partsOf(prefix, await foldersToCutAt(listing, prefix));
  const begun: { part: TreePart; objects: AsyncIterator<LogObject>; first: Promise<Step> }[] = [];
  const begin = (part: TreePart): void => {
    const objects = listPart(listing, part);
    begun.push({ part, objects, first: nextOf(objects) });
  };
  try {
    for (const part of parts.slice(0, PARTS_AT_ONCE)) begin(part);
    for (const [at] of parts.entries()) {
      const [current] = begun;
      if (current === undefined) return;
      for (let step = await current.first; !('done' in step); step = await nextOf(current.objects)) {
        yield 'object' in step
          ? step.object
          : { ...step, place: `s3://${listing.bucket}/${current.part.after ?? prefix}` };
        if ('fault' in step) break;
      }
      begun.shift();
      const next = parts[at + PARTS_AT_ONCE];
      if (next !== undefined) begin(next);
    }
  } finally {
    await Promise.all(begun.map(({ objects }) => objects.return?.()));
  }
}

/** A fault as a value: a part that is listed ahead may fail long before its turn. */
type Step = { readonly object: LogObject } | { readonly fault: unknown } | { readonly done: true };

async function nextOf(objects: AsyncIterator<LogObject>): Promise<Step> {
  try {
    const { value, done } = await objects.next();
    return done === true ? { done } : { object: value };
  } catch (fault) {
    return { fault };
  }
}

/** Accounts, and where these are few their regions, so that there is something to list side by side. */
async function foldersToCutAt(listing: Search, folder: string): Promise<readonly string[]> {
  const { store, bucket, search } = listing;
  const level = levelOf(folder);
  if (level === 'above' || level === 'below' || !folder.endsWith('/')) return [folder];
  const folders = await store.folders(bucket, folder);
  const below = async (inner: readonly string[]): Promise<readonly string[]> =>
    (await Promise.all(inner.map((one) => foldersToCutAt(listing, one)))).flat();
  if (level === 'regions') return folders;
  if (level === 'services') return below(folders.filter((one) => isWantedService(one, search.kinds)));
  const organizations = folders.filter((one) => levelOf(one) === 'accounts');
  if (organizations.length === 0 && folders.length >= PARTS_AT_ONCE) return folders;
  return below(folders);
}

/** The wanted objects of a part, up to the first key beyond it. What is not is passed over within a page, and jumped over beyond its end. */
async function* listPart(
  { store, bucket, search }: Search,
  { prefix, after, before }: TreePart,
  isBeyond: (key: string) => boolean = (key) => before !== undefined && compareBytes(key, before) >= 0,
): AsyncGenerator<LogObject, void, undefined> {
  let startAfter = after;
  do {
    let target: string | undefined;
    let seen = 0;
    let jumps = false;
    for await (const object of store.list(bucket, prefix, startAfter === undefined ? {} : { startAfter })) {
      seen += 1;
      if (isBeyond(object.key)) return;
      if (target === undefined || compareBytes(object.key, target) > 0) target = resumeAfter(object.key, search);
      if (target === undefined && mayHoldEventsOf(readLogKey(object.key), search, search.lateDays)) yield object;
      jumps = target !== undefined && seen % PAGE_KEYS === 0;
      if (jumps) break;
    }
    startAfter = jumps ? target : undefined;
  } while (startAfter !== undefined);
}
