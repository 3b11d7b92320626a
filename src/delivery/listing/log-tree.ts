/** How trails lay out a bucket: where to cut a listing into parts, and which ranges of keys to skip. */

import { LATE_DAYS, type LogKeyKind, type Period, readLogKey } from '../log-key.ts';

/** What to find below a prefix. */
export interface TreeSearch extends Period {
  /** The prefix asked for. What it names itself is listed, whatever it is. */
  readonly prefix: string;
  /** Which kinds of CloudTrail's folders to list; a trail's other folders are skipped. */
  readonly kinds: readonly LogKeyKind[];
  /** @see LATE_DAYS */
  readonly lateDays?: number | undefined;
  /** Only the folders of these accounts and regions are listed, and what is in no folder of one. Absent or empty: all. */
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  /** True if all that is found will be read: it is listed in smaller parts, and some pages of each are listed ahead. */
  readonly whole?: boolean | undefined;
}

/** A range of a listing: the keys with the prefix that come after `after` and before `before` in byte order. */
export interface TreePart {
  readonly prefix: string;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/**
 * What is one level below a folder: `accounts` (and organisations) below `AWSLogs/`, `services` below an account, `regions` below one
 * of CloudTrail's folders. `above` is a folder that may have an `AWSLogs/` further down, `below` a region's folder or deeper.
 */
export type TreeLevel = 'above' | 'accounts' | 'services' | 'regions' | 'below';

const DAY_MS = 86_400_000;

/** Every key with a given prefix sorts before the prefix plus this: the last code point, which no name uses. */
const LAST = '\u{10ffff}';

/** Parses `s3://bucket/prefix`; undefined for any other text. The prefix may be empty and is taken verbatim. */
export function readStoredPlace(text: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

/** The level of a folder. Its name ends in `/`, or is empty for the bucket itself. */
export function levelOf(folder: string): TreeLevel {
  const [first, second, ...deeper] = foldersInTree(folder) ?? [];
  if (foldersInTree(folder) === undefined) return 'above';
  if (first === undefined) return 'accounts';
  if (second === undefined) return 'services';
  return deeper.length === 0 && isTrailFolder(second) ? 'regions' : 'below';
}

/** True for the folder of a region below one of CloudTrail's. */
export function isRegionFolder(folder: string): boolean {
  return treeOf(folder) !== undefined && /(?:^|\/)CloudTrail[A-Za-z-]*\/[^/]+\/$/.test(folder);
}

/** False for the folder of a month, `…/YYYY/MM/`, that is over before the period, or begins after its late files. */
export function mayBeOfMonth(folder: string, { since, until, lateDays = LATE_DAYS }: TreeSearch): boolean {
  const month = folder.slice(-'YYYY/MM/'.length, -1);
  if (since !== undefined && month < dayOf(since.getTime()).slice(0, month.length)) return false;
  return until === undefined || month <= dayOf(until.getTime() + lateDays * DAY_MS).slice(0, month.length);
}

/** True for a key in the folder of an account where another service keeps its files, such as AWS Config. */
export function isOfOtherService(key: string): boolean {
  const [, service] = serviceFolderOf(key);
  return service !== undefined && !isTrailFolder(service);
}

/** The `…AWSLogs/` a key is in, or undefined. */
export function treeOf(key: string): string | undefined {
  return /^(?:.*?\/)??AWSLogs\//s.exec(key)?.[0];
}

/** True for the folder of an account in which CloudTrail keeps files of these kinds: `…/CloudTrail/`, `…/CloudTrail-Digest/`. */
export function isWantedService(folder: string, kinds: readonly LogKeyKind[]): boolean {
  return isTrailFolder(folder.split('/').at(-2) ?? '') && kinds.includes(kindIn(`${folder}region/`));
}

/**
 * Cuts a listing into parts before each of the folders but the first. Together, in order, the parts contain every key of the prefix,
 * including those in none of the folders. Expects the folders in byte order, none inside another.
 */
export function partsOf(prefix: string, folders: readonly string[]): readonly TreePart[] {
  const cuts = folders.slice(1);
  return [undefined, ...cuts].map((after, at) => ({ prefix, after, before: cuts[at] }));
}

/** Where a listing resumes after everything with a prefix. */
export function pastAll(prefix: string): string {
  return `${prefix}${LAST}`;
}

/**
 * Where the listing may resume when no key from this one up to there is wanted: past another service's folder in an account,
 * CloudTrail's folder of another kind, a day before or after the period. Always after the key. Undefined for a key that may be wanted.
 */
export function resumeAfter(key: string, search: TreeSearch): string | undefined {
  const folder = [unaskedFolder(key, search), unwantedFolder(key, search.kinds)].find(
    (one) => one !== undefined && !search.prefix.startsWith(one),
  );
  if (folder !== undefined) return pastAll(folder);
  const [, region, day] = /^((?:.*\/)?CloudTrail[A-Za-z-]*\/[^/]+\/)(\d{4}\/\d\d\/\d\d)\/[^/]*$/s.exec(key) ?? [];
  if (region === undefined || day === undefined) return undefined;
  const { since, until, lateDays = LATE_DAYS } = search;
  if (since !== undefined && day < dayOf(since.getTime())) return region + dayOf(since.getTime());
  const isLater = until !== undefined && day > dayOf(until.getTime() + lateDays * DAY_MS);
  // Past the last day, not past the region: a file beside the year folders may be a log, too.
  return isLater ? pastAll(`${region}9999`) : undefined;
}

/**
 * The folder of an account or region that is not asked for, of a key in one or of a folder's own name. What such a folder contains is left out,
 * whatever its name says.
 */
export function unaskedFolder(
  key: string,
  { accounts = [], regions = [] }: Pick<TreeSearch, 'accounts' | 'regions'>,
): string | undefined {
  if (accounts.length === 0 && regions.length === 0) return undefined;
  const [, account, accountId, rest = ''] = /^((?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?(\d{12})\/)(.*)$/s.exec(key) ?? [];
  if (account === undefined || accountId === undefined) return undefined;
  if (accounts.length > 0 && !accounts.includes(accountId)) return account;
  const [region, name = ''] = /^CloudTrail[A-Za-z-]*\/([^/]+)\//.exec(rest) ?? [];
  return region === undefined || regions.length === 0 || regions.includes(name) ? undefined : `${account}${region}`;
}

function unwantedFolder(key: string, kinds: readonly LogKeyKind[]): string | undefined {
  const [service, name] = serviceFolderOf(key);
  if (service !== undefined && name !== undefined) return isWantedService(service, kinds) ? undefined : service;
  const [, trail, region] = /^((?:.*\/)?CloudTrail[A-Za-z-]*\/)([^/]+\/)\d{4}\/\d\d\/\d\d\/[^/]*$/s.exec(key) ?? [];
  return trail === undefined || kinds.includes(kindIn(`${trail}${region}`)) ? undefined : trail;
}

/** The folder of a service below an account, and its name. */
function serviceFolderOf(key: string): readonly (string | undefined)[] {
  return /^(?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?\d{12}\/([^/]+)\//s.exec(key) ?? [];
}

/** The kind of a file in a region's folder whose name says nothing. */
const kindIn = (region: string): LogKeyKind => readLogKey(`${region}2000/01/01/file.json`).kind;

const isTrailFolder = (name: string): boolean => name.startsWith('CloudTrail');

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');

/** The folders between `AWSLogs/` and this one, without an organisation's; undefined outside `AWSLogs/`. */
function foldersInTree(folder: string): readonly string[] | undefined {
  const tree = treeOf(folder);
  if (tree === undefined) return undefined;
  const folders = folder.slice(tree.length).split('/').slice(0, -1);
  return /^o-[a-z0-9]+$/.test(folders[0] ?? '') ? folders.slice(1) : folders;
}
