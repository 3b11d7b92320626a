/** Finds the logs in a bucket, lazily and in key order. Lists only the folders that were asked for. */

import { messageOf } from '../../errors.ts';
import type { FoundLog, LogFile, LogStore } from '../fetch-log.ts';
import { compareBytes, fileKindOf } from '../log-file.ts';
import { isDigestKind, mayBeOfPeriod, type Period } from '../log-key.ts';
import type { LogObject } from '../log-object.ts';
import { type StepsAhead, stepsAhead } from './fetch-log-ahead.ts';
import {
  isRegionFolder,
  isWantedService,
  levelOf,
  mayBeOfMonth,
  partsOf,
  pastAll,
  resumeAfter,
  type TreePart,
  type TreeSearch,
  treeOf,
  unaskedFolder,
} from './log-tree.ts';

/** An object, or the place where a part of the listing failed. */
export type ListedObject = LogObject | { readonly place: string; readonly fault: unknown };

/** Keys that are listed ahead of each part of a listing that is read whole. */
const AHEAD_KEYS = 2000;

/** So few regions' folders are cut at their months. */
const FEW_REGIONS = 64;

/** How many parts are listed at once. */
const PARTS_AT_ONCE = 16;

/** Keys in one of S3's pages. Skipping within a page is free; jumping past its end saves requests. */
const PAGE_KEYS = 1000;

type Listing = Pick<LogStore, 'list' | 'folders'>;

/**
 * The log files at `s3://bucket/prefix`, in the byte order of their keys, each read only on request. The prefix names a folder (also
 * an account's, a region's or a day's), an object, or else the start of names. With a period, only the days that may hold its events
 * are listed, plus `lateDays` after its end for late files; the caller still has to compare each `eventTime`. CloudTrail's other
 * files and other services' logs in a trail's folders are not listed, and so not counted, unless `kinds` asks for them.
 *
 * A part that cannot be listed, or a prefix with nothing under it, is returned as `rejected`. Throws what the store throws when
 * nothing can be listed.
 */
export async function* openStoredLogs(
  store: LogStore,
  place: { readonly bucket: string; readonly prefix: string },
  period: Period & Partial<Omit<TreeSearch, 'prefix'>> = {},
): AsyncGenerator<FoundLog, void, undefined> {
  const { bucket, prefix } = place;
  let found = false;
  for await (const one of listObjects(store, bucket, { kinds: ['log'], ...period, prefix })) {
    if ('fault' in one && !found) throw one.fault;
    found = true;
    yield 'fault' in one
      ? { kind: 'rejected', path: one.place, reason: reasonOf(one.fault) }
      : judgeObject(store, one, prefix);
  }
  if (!found && (await firstOf(store.list(bucket, prefix))) === undefined)
    yield { kind: 'rejected', path: `s3://${bucket}/${prefix}`, reason: 'there is no such object or folder' };
}

const reasonOf = (fault: unknown): string => `listing failed from here on: ${messageOf(fault)}`;

/** Parquet is what Security Lake keeps logs in, and seldom anything else of a bucket of logs. */
const MAY_BE_LOG = /\.parquet$/i;

function judgeObject(store: LogStore, object: LogObject, prefix: string): FoundLog {
  const { bucket, key, size, eTag } = object;
  const path = `s3://${bucket}/${key}`;
  const kind = fileKindOf(key, { named: key === prefix, size });
  if (kind === 'archive')
    return {
      kind: 'rejected',
      path,
      reason: 'archives in a bucket are not opened: download the file and pass its path',
    };
  const file: LogFile = {
    path,
    size: size ?? 0,
    version: eTag,
    read: async (limits) => (await store.fetch(object, limits)).bytes,
    fetch: (limits) => store.fetch(object, limits),
  };
  // Looking at an object's first bytes means fetching it, which would be slow in a bucket full of other files.
  if (kind !== 'log' && !(kind === 'by-content' && MAY_BE_LOG.test(key))) {
    const why = kind === 'by-content' ? 'not-a-log' : kind;
    return { kind: 'skipped', path, why, file: isDigestKind(kind) ? file : undefined };
  }
  return { kind: 'log', file };
}

/**
 * The objects of the wanted kinds under `search.prefix`, and everything outside a trail's folders, in the byte order of their keys.
 * Below any `AWSLogs/`, accounts or regions are listed in parallel; elsewhere the listing is plain.
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

/** The prefixes to list. Without a `/` at its end, a prefix can name an object, a folder, or the start of names. */
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

/** Lists a folder above any `AWSLogs/`, and hands each such folder it meets to `listTree`. */
async function* listAbove(listing: Search, prefix: string): AsyncGenerator<ListedObject, void, undefined> {
  let after: string | undefined;
  do {
    let tree: string | undefined;
    const isInTree = (key: string): boolean => {
      tree = treeOf(key);
      return tree !== undefined;
    };
    yield* listPart(listing, { prefix, after }, isInTree);
    if (tree !== undefined) yield* listTree(listing, tree);
    after = tree === undefined ? undefined : pastAll(tree);
  } while (after !== undefined);
}

/** Lists an `AWSLogs/` folder, or part of one, in parallel parts but in key order. */
async function* listTree(listing: Search, prefix: string): AsyncGenerator<ListedObject, void, undefined> {
  const { search } = listing;
  const parts = partsOf(prefix, await foldersToCutAt(listing, prefix)).map((part) => withoutUnasked(part, search));
  const begun: { part: TreePart; steps: StepsAhead }[] = [];
  const begin = (part: TreePart): void => {
    begun.push({ part, steps: stepsAhead(listPart(listing, part), search.whole === true ? AHEAD_KEYS : 1) });
  };
  try {
    for (const part of parts.slice(0, PARTS_AT_ONCE)) begin(part);
    for (const [at] of parts.entries()) {
      const [current] = begun;
      if (current === undefined) return;
      for (let step = await current.steps.next(); !('done' in step); step = await current.steps.next()) {
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
    await Promise.all(begun.map(({ steps }) => steps.end()));
  }
}

/** A part without the folder that it begins with, if that is not asked for. */
function withoutUnasked(part: TreePart, search: TreeSearch): TreePart {
  const folder = part.after === undefined ? undefined : unaskedFolder(part.after, search);
  return folder === undefined ? part : { ...part, after: pastAll(folder) };
}

/**
 * The folders to list in parallel: accounts or, where these are few, their regions. Of a listing that is read whole, always regions, and where
 * these are few, their months.
 */
async function foldersToCutAt(listing: Search, folder: string): Promise<readonly string[]> {
  const folders = await accountsOrRegions(listing, folder);
  if (listing.search.whole !== true || folders.length >= FEW_REGIONS) return folders;
  return (await Promise.all(folders.map((one) => monthsIn(listing, one)))).flat();
}

/** A region's folder, and the folders of its months but the first, where to cut it. Any other folder is not cut. */
async function monthsIn({ store, bucket, search }: Search, folder: string): Promise<readonly string[]> {
  if (!isRegionFolder(folder) || unaskedFolder(folder, search) !== undefined) return [folder];
  const years = (await store.folders(bucket, folder)).filter((one) => /\/\d{4}\/$/.test(one));
  const months = (await Promise.all(years.map((year) => store.folders(bucket, year)))).flat();
  return [folder, ...months.filter((month) => mayBeOfMonth(month, search)).slice(1)];
}

async function accountsOrRegions(listing: Search, folder: string): Promise<readonly string[]> {
  const { store, bucket, search } = listing;
  const level = levelOf(folder);
  if (level === 'above' || level === 'below' || !folder.endsWith('/')) return [folder];
  if (unaskedFolder(folder, search) !== undefined) return [folder];
  const folders = await store.folders(bucket, folder);
  const below = async (inner: readonly string[]): Promise<readonly string[]> =>
    (await Promise.all(inner.map((one) => accountsOrRegions(listing, one)))).flat();
  if (level === 'regions') return folders;
  if (level === 'services') return below(folders.filter((one) => isWantedService(one, search.kinds)));
  const organizations = folders.filter((one) => levelOf(one) === 'accounts');
  if (organizations.length === 0 && folders.length >= PARTS_AT_ONCE && search.whole !== true) return folders;
  return below(folders);
}

/** The wanted objects of a part, up to the first key beyond it. Unwanted keys are skipped within a page and jumped over past its end. */
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
    for await (const object of store.list(bucket, prefix, { startAfter })) {
      seen += 1;
      if (isBeyond(object.key)) return;
      if (target === undefined || compareBytes(object.key, target) > 0) target = resumeAfter(object.key, search);
      if (target === undefined && mayBeOfPeriod(object.key, search, search.lateDays)) yield object;
      jumps = target !== undefined && seen % PAGE_KEYS === 0;
      if (jumps) break;
    }
    startAfter = jumps ? target : undefined;
  } while (startAfter !== undefined);
}
