/** What one message contains, gathered while its parts are read. */

import type { Notification } from '../delivery/notification.ts';
import type { Heard } from '../ledger/freshness/heard.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import type { Rejected } from '../report/report.ts';
import type { Sighting } from '../sighting/sighting.ts';
import type { RequestedResources } from './assess.ts';
import { manifestEntryOf, rejectedIn } from './gaps/scanned-file.ts';
import type { FileEnd } from './objects/file-end.ts';
import type { ScopeSweep } from './own-messages.ts';

/**
 * What is refused: a bucket, topic or account that the configuration does not list, a key that is none of CloudTrail's, a message of our own
 * or an event by a door that does not take it, a record that disagrees with its file, a time that is yet to come.
 */
export type RefusalKind = 'bucket' | 'topic' | 'account' | 'key' | 'own-message' | 'event' | 'scope' | 'time';

/** A delivery we do not trust. It is acknowledged, counted and becomes a finding; nothing in it is read. */
export interface RefusedDelivery {
  readonly kind: RefusalKind;
  /** Where it came from, or what it named: a bucket, a topic, a queue or an account. Refusals of one kind and source are one finding an hour. */
  readonly source: string;
  /** What exactly was refused, as a sample. */
  readonly path: string;
  readonly reason: string;
  /** The account whose log it claims to be, if that is why it was refused. */
  readonly foreignAccountId?: string | undefined;
}

/** A re-check that arrived before it is due. */
export type EarlyRecheck = RequestedResources & { readonly notBefore: Date };

/** An EventBridge event. */
export type EventNotification = Extract<Notification, { kind: 'event' }>;

/** Everything read from one message so far. Readers add to it, so a message that fails halfway keeps what was read before. */
export interface MessageContent {
  readonly sightings: Sighting[];
  readonly requested: RequestedResources[];
  /** Re-checks that are not due yet. */
  readonly early: EarlyRecheck[];
  readonly sweeps: ScopeSweep[];
  /** Until when findings were held back that are to be mailed. */
  readonly held: Date[];
  readonly events: EventNotification[];
  readonly refused: RefusedDelivery[];
  readonly rejected: Rejected[];
  readonly manifest: InputManifestEntry[];
  /** When which account and region spoke, by the log files that were read. */
  readonly heard: Heard[];
  /** True if a message of our own asks who is silent. */
  asksForSilence: boolean;
  readonly skipped: Record<string, number>;
  records: number;
  bytes: number;
}

/** The content of a message before anything was read. */
export function emptyContent(): MessageContent {
  return {
    sightings: [],
    requested: [],
    early: [],
    sweeps: [],
    held: [],
    events: [],
    refused: [],
    rejected: [],
    manifest: [],
    heard: [],
    asksForSilence: false,
    skipped: {},
    records: 0,
    bytes: 0,
  };
}

/** Counts values or files of a known kind that need no work. */
export function countSkipped({ skipped }: Pick<MessageContent, 'skipped'>, kind: string, count = 1): void {
  skipped[kind] = (skipped[kind] ?? 0) + count;
}

/** Adds a scanned log file: its counts, its line in the manifest with what was found in it, and what was wrong with it. */
export function addFile(
  content: MessageContent,
  path: string,
  end: FileEnd,
  found: { readonly sightings: number; readonly launches: number },
): void {
  content.records += end.records;
  content.bytes += end.bytes;
  content.manifest.push({ ...manifestEntryOf(path, end), ...found });
  for (const [kind, count] of Object.entries(end.skipped)) countSkipped(content, kind, count);
  content.rejected.push(...rejectedIn(path, end));
}

/** How many of a file's records tell of a launch. An addendum repeats one. */
export function launchesRecorded(sightings: readonly Sighting[]): number {
  return launchesOf(sightings.filter(({ evidence }) => evidence.addendumID === undefined));
}

/** How many RunInstances calls succeeded. CreateFleet calls only hint at launches and do not count. */
export function launchesOf(sightings: readonly Sighting[]): number {
  return sightings.filter(({ kind, evidence }) => kind === 'launch' && evidence.eventName === 'RunInstances').length;
}
