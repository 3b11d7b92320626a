/** What an object in a trail's bucket is, by its key alone, and whether it may hold events of a period. */

/**
 * What a key names. Only a `log` is scanned; the others are acknowledged and counted under this name. `other` is anything not
 * CloudTrail's (AWS Config, flow logs, a user's own files).
 */
export type LogKeyKind =
  | 'log'
  | 'digest'
  | 'backfill-digest'
  | 'insight'
  | 'network-activity'
  | 'aggregated'
  | 'folder'
  | 'empty'
  | 'other';

/** True for digests, and for the files beside them with their metadata. */
export function isDigestKind(kind: string): kind is 'digest' | 'backfill-digest' {
  return kind === 'digest' || kind === 'backfill-digest';
}

/** What a file beside a digest's copy is called that has its metadata, or only its signature: the digest's name and one of these. */
export const METADATA_ENDING = '.metadata.json';
export const SIGNATURE_ENDING = '.sig';

/** The name or path without the ending of such a file; undefined for any other. */
export function metadataOwner(path: string): string | undefined {
  const ending = [METADATA_ENDING, SIGNATURE_ENDING].find((one) => path.endsWith(one));
  return ending === undefined ? undefined : path.slice(0, -ending.length);
}

/** The parts of a key. What the key doesn't say is absent. Odd accounts and regions are accepted. */
export interface LogKey {
  readonly kind: LogKeyKind;
  readonly accountId?: string | undefined;
  /** `o-…`, in the keys of an organisation trail. */
  readonly organizationId?: string | undefined;
  readonly region?: string | undefined;
  /** The day in the path, `YYYY-MM-DD` in UTC: when the file was delivered, not when its events happened. */
  readonly date?: string | undefined;
  /** The time in the file's name: when CloudTrail wrote it. For a digest, the end of its hour. */
  readonly deliveredAt?: Date | undefined;
  /** The trail and its home region, in the names of digests. */
  readonly trailName?: string | undefined;
  readonly homeRegion?: string | undefined;
}

/** A time span, open at an absent end. */
export interface Period {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/**
 * How many days after a period are searched for late files. CloudTrail delivers within about 15 minutes, so one day covers midnight
 * and ordinary delays. After an outage or a misconfigured bucket it retries for 30 days: to find those files, ask for more days.
 */
export const LATE_DAYS = 1;

const DAY_MS = 86_400_000;

/** `{account}_CloudTrail[-Kind]_{region}_{rest}.json[.gz]`. */
const FILE = /^([^_]+)_(CloudTrail(?:-[A-Za-z]+)*)_([^_]+)_(.+)\.json(?:\.gz)?$/;

/** The rest of a log's name: its time and a unique string, which followed without a `_` until 2014. */
const LOG_REST = /^(\d{8}T\d{4}(?:\d{2})?)Z(?:_?[A-Za-z0-9]+)?$/;

/** The rest of a digest's name. The trail's own name may contain underscores. */
const DIGEST_REST = /^(.+)_([^_]+)_(\d{8}T\d{4}(?:\d{2})?)Z(_backfill)?$/;

const LOG_FILE = /\.json(?:\.gz)?$/;

/**
 * What a decoded object key, or the path of a downloaded file, names.
 *
 * A file name of CloudTrail's own form decides, wherever the file is (a flat download). Otherwise its folder
 * `…/CloudTrail…/{region}/YYYY/MM/DD/` does. A trail's prefix may contain anything, even `Digest`. An unknown kind counts as `log`:
 * its content decides. `size` is the object's length in bytes, if known.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export function readLogKey(key: string, size?: number): LogKey {
  if (key.endsWith('/')) return { kind: 'folder' };
  const segments = key.split('/');
  const name = segments.at(-1) ?? '';
  const place = readPlace(segments.slice(0, -1));
  const owner = metadataOwner(name);
  const described = owner === undefined ? undefined : readFileName(owner);
  const file = described !== undefined && isDigestKind(described.kind) ? described : readFileName(name);
  const known = { ...place.where, ...file?.where };
  if (size === 0) return { kind: 'empty', ...known };
  if (file !== undefined) return { kind: file.kind, ...known };
  return { kind: place.folder !== undefined && LOG_FILE.test(name) ? kindOf(place.folder, false) : 'other', ...known };
}

/**
 * The accounts whose log a key says it is: by the folder below the last `AWSLogs/`, by CloudTrail's own folders and by the file's name.
 * One for a file as CloudTrail wrote it, none for a key that says nothing. Two contradict each other.
 */
export function accountsIn(key: string): readonly string[] {
  const segments = key.split('/');
  const below = /^(?:.*\/)?AWSLogs\/(?:o-[a-z0-9]+\/)?([^/]+)\//s.exec(key)?.[1];
  const place = readPlace(segments.slice(0, -1)).where.accountId;
  const file = readFileName(segments.at(-1) ?? '')?.where.accountId;
  return [...new Set([below, place, file].flatMap((id) => (id !== undefined && /^\d{12}$/.test(id) ? [id] : [])))];
}

/** The regions whose log a key says it is: by CloudTrail's own folders and by the file's name. Two contradict each other. */
export function regionsIn(key: string): readonly string[] {
  const segments = key.split('/');
  const place = readPlace(segments.slice(0, -1)).where.region;
  const file = readFileName(segments.at(-1) ?? '')?.where.region;
  return [...new Set([place, file].flatMap((region) => region ?? []))];
}

/**
 * True for a key below `AWSLogs/`, where CloudTrail writes everything, under one of these prefixes if there are any. A prefix ends before
 * `AWSLogs/`, with or without its slash; an empty one is the bucket itself.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export function isInTree(key: string, prefixes: readonly string[] = []): boolean {
  const at = key.lastIndexOf('AWSLogs/');
  if (at === -1 || (at > 0 && key[at - 1] !== '/')) return false;
  const before = key.slice(0, at);
  return prefixes.length === 0 || prefixes.some((prefix) => before === (/\/$|^$/.test(prefix) ? prefix : `${prefix}/`));
}

/** The first account that a key names and that is not listed; undefined if there is none. An empty list trusts every account. */
export function foreignAccountIn(key: string, accounts: readonly string[]): string | undefined {
  return accounts.length === 0 ? undefined : accountsIn(key).find((accountId) => !accounts.includes(accountId));
}

/**
 * False when a file's key rules out events of the period: it was delivered on a day before `since`, or more than `lateDays` after
 * `until`. True when the key names no day. The caller still has to compare each `eventTime`.
 */
export function mayHoldEventsOf(key: LogKey, period: Period, lateDays: number = LATE_DAYS): boolean {
  const date = key.date ?? key.deliveredAt?.toISOString().slice(0, 10);
  if (date === undefined) return true;
  if (period.since !== undefined && date < period.since.toISOString().slice(0, 10)) return false;
  return period.until === undefined || date <= dayOf(Math.floor(period.until.getTime() / DAY_MS) + lateDays);
}

/** As `mayHoldEventsOf`, of a key that has not been read. One is not read if all times are asked for: listings have millions. */
export function mayBeOfPeriod(key: string, period: Period, lateDays?: number): boolean {
  if (period.since === undefined && period.until === undefined) return true;
  return mayHoldEventsOf(readLogKey(key), period, lateDays);
}

const dayOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

interface Place {
  /** `CloudTrail`, `CloudTrail-Digest`, …; absent when the folders are not CloudTrail's. */
  readonly folder?: string | undefined;
  readonly where: Omit<LogKey, 'kind'>;
}

/** Reads the folders above a file from the end, since any prefix may come first. */
function readPlace(folders: readonly string[]): Place {
  const [organization, accountId, folder, region, year, month, day] = Array.from({ length: 7 }, (_, at) =>
    folders.at(at - 7),
  );
  const date = `${year}-${month}-${day}`;
  if (
    folder === undefined ||
    region === undefined ||
    !folder.startsWith('CloudTrail') ||
    !/^\d{4}-\d\d-\d\d$/.test(date)
  ) {
    return { where: {} };
  }
  return {
    folder,
    where: {
      accountId,
      organizationId: /^o-[a-z0-9]+$/.test(organization ?? '') ? organization : undefined,
      region,
      date,
    },
  };
}

interface FileName {
  readonly kind: LogKeyKind;
  readonly where: Omit<LogKey, 'kind'>;
}

function readFileName(name: string): FileName | undefined {
  const [, accountId, folder, region, rest] = FILE.exec(name) ?? [];
  if (accountId === undefined || folder === undefined || region === undefined || rest === undefined) return undefined;
  const digest = kindOf(folder, false) === 'digest' ? DIGEST_REST.exec(rest) : null;
  const time = digest?.[3] ?? LOG_REST.exec(rest)?.[1];
  if (time === undefined) return undefined;
  const deliveredAt = timeOf(time);
  return {
    kind: kindOf(folder, digest?.[4] !== undefined),
    where: {
      accountId,
      region,
      deliveredAt,
      trailName: digest?.[1],
      homeRegion: digest?.[2],
    },
  };
}

/** AWS doesn't publish the folder names for network activity and aggregated events, so we look for the words. */
function kindOf(folder: string, backfill: boolean): LogKeyKind {
  const suffix = folder.slice('CloudTrail'.length).toLowerCase();
  if (suffix.includes('digest')) return backfill ? 'backfill-digest' : 'digest';
  if (suffix.includes('insight')) return 'insight';
  if (suffix.includes('network')) return 'network-activity';
  return suffix.includes('aggregat') ? 'aggregated' : 'log';
}

/** Reads `20260102T0304` or `20260102T030405` in UTC; undefined when it is not a valid time. */
function timeOf(text: string): Date | undefined {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?$/.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second ?? '00'}Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
