/** How trails lay out a bucket: where a listing can be cut into parts, and which stretches of it need not be listed. */

import { LATE_DAYS, type LogKeyKind, type Period, readLogKey } from './log-key.ts';

/** What is looked for below a prefix. */
export interface TreeSearch extends Period {
  /** The prefix that was asked for: what it names itself is looked at, whatever it is. */
  readonly prefix: string;
  /** Kinds of CloudTrail's folders that are looked into; a trail's other folders are passed over. */
  readonly kinds: readonly LogKeyKind[];
  /** @see LATE_DAYS */
  readonly lateDays?: number | undefined;
}

/** A stretch of a listing: the keys with the prefix behind `after` and before `before`, in byte order. */
export interface TreePart {
  readonly prefix: string;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/**
 * What lies one level below a folder: `accounts` (and organisations) below `AWSLogs/`, `services` below an account, `regions` below
 * one of CloudTrail's folders. `above` is a folder that may have an `AWSLogs/` further down, `below` one from a region on.
 */
export type TreeLevel = 'above' | 'accounts' | 'services' | 'regions' | 'below';

const DAY_MS = 86_400_000;

/** No key that begins with a text comes after the text and this; the last code point is no character of any name. */
const LAST = '\u{10ffff}';

/** A place of the form `s3://bucket/prefix`; undefined for any other text. The prefix may be empty and is taken as it is written. */
export function readStoredPlace(text: string): { readonly bucket: string; readonly prefix: string } | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix };
}

/** The level of a folder, whose name ends in `/` (or is empty, for the bucket itself). */
export function levelOf(folder: string): TreeLevel {
  const [first, second, ...deeper] = foldersInTree(folder) ?? [];
  if (foldersInTree(folder) === undefined) return 'above';
  if (first === undefined) return 'accounts';
  if (second === undefined) return 'services';
  return deeper.length === 0 && isTrailFolder(second) ? 'regions' : 'below';
}

/** The `…AWSLogs/` in which a key lies, or undefined. */
export function treeOf(key: string): string | undefined {
  return /^(?:.*?\/)??AWSLogs\//s.exec(key)?.[0];
}

/** True for the folder of an account in which CloudTrail keeps files of these kinds: `…/CloudTrail/`, `…/CloudTrail-Digest/`. */
export function isWantedService(folder: string, kinds: readonly LogKeyKind[]): boolean {
  return isTrailFolder(folder.split('/').at(-2) ?? '') && kinds.includes(kindIn(`${folder}region/`));
}

/**
 * A listing in parts, in order, that are cut before each of the folders but the first: together they have every key of the prefix,
 * also those that lie in none of the folders. The folders come in byte order, none within another.
 */
export function partsOf(prefix: string, folders: readonly string[]): readonly TreePart[] {
  const cuts = folders.slice(1);
  return [undefined, ...cuts].map((after, at) => {
    const before = cuts[at];
    return { prefix, ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }) };
  });
}

/** What a listing goes on after, once everything with a prefix has been taken. */
export function pastAll(prefix: string): string {
  return `${prefix}${LAST}`;
}

/**
 * What the listing may go on after, when no key from this one up to there is looked for: other services' folders in an account,
 * CloudTrail's folders of other kinds, days before and after the period. Undefined for a key that may be looked for. The answer
 * comes after the key.
 */
export function resumeAfter(key: string, search: TreeSearch): string | undefined {
  const folder = unwantedFolder(key, search.kinds);
  if (folder !== undefined && !search.prefix.startsWith(folder)) return pastAll(folder);
  const [, region, day] = /^((?:.*\/)?CloudTrail[A-Za-z-]*\/[^/]+\/)(\d{4}\/\d\d\/\d\d)\/[^/]*$/s.exec(key) ?? [];
  if (region === undefined || day === undefined) return undefined;
  const { since, until, lateDays = LATE_DAYS } = search;
  if (since !== undefined && day < dayOf(since.getTime())) return region + dayOf(since.getTime());
  const isLater = until !== undefined && day > dayOf(until.getTime() + lateDays * DAY_MS);
  // Behind the last of all days, not behind the region: what lies beside the years may be a log, too.
  return isLater ? pastAll(`${region}9999`) : undefined;
}

function unwantedFolder(key: string, kinds: readonly LogKeyKind[]): string | undefined {
  const [service, name] = /^(?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?\d{12}\/([^/]+)\//s.exec(key) ?? [];
  if (service !== undefined && name !== undefined) return isWantedService(service, kinds) ? undefined : service;
  const [, trail, region] = /^((?:.*\/)?CloudTrail[A-Za-z-]*\/)([^/]+\/)\d{4}\/\d\d\/\d\d\/[^/]*$/s.exec(key) ?? [];
  return trail === undefined || kinds.includes(kindIn(`${trail}${region}`)) ? undefined : trail;
}

/** What a file of no name of its own would be in a region's folder. */
const kindIn = (region: string): LogKeyKind => readLogKey(`${region}2000/01/01/file.json`).kind;

const isTrailFolder = (name: string): boolean => name.startsWith('CloudTrail');

const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10).replaceAll('-', '/');

/** The folders between `AWSLogs/` and here, without that of an organisation; undefined outside. */
function foldersInTree(folder: string): readonly string[] | undefined {
  const tree = treeOf(folder);
  if (tree === undefined) return undefined;
  const folders = folder.slice(tree.length).split('/').slice(0, -1);
  return /^o-[a-z0-9]+$/.test(folders[0] ?? '') ? folders.slice(1) : folders;
}
