/** The mails about a finding: each tells of a moment in the finding's history, and so belongs to one opening. */

import { compareText } from '../../collections.ts';
import {
  ALERT_STAGES,
  type AlertStage,
  CHANNELS,
  type Channel,
  type Claim,
  type LedgerEntry,
  type NotedStage,
  type Told,
} from '../ledger.ts';

/** What mails and the other channels are noted as. */
const NOTED_STAGES: readonly NotedStage[] = [
  ...ALERT_STAGES,
  ...CHANNELS.flatMap((channel) => ALERT_STAGES.map((stage) => `${channel}/${stage}` as const)),
];

/** A mail that was sent about a finding, or what another channel was told about it. */
export interface Mail {
  readonly stage: NotedStage;
  /** When it was sent. */
  readonly at: Date;
  /** The moment that it tells of. Late facts move and renumber openings, but not this. */
  readonly of: Date;
  /** In notes of older versions, which counted openings and did not note the moment: the number of the opening. */
  readonly generation?: number | undefined;
}

/** When mails were sent, ISO 8601, by `stage@moment`; in notes of an older version, by `generation:stage`. */
export type StoredMails = Readonly<Record<string, string>>;

/** Mails kept for a finding: the newest. Only the mails of the last opening decide what is due. */
export const MAX_MAILS = 32;

/** The stored mails with one more. The same mail noted again changes nothing. */
export function withMail(stored: StoredMails, { stage, at, of }: Mail): StoredMails {
  const name = `${stage}@${of.toISOString()}`;
  if (stored[name] !== undefined) return stored;
  const all = Object.entries({ ...stored, [name]: at.toISOString() });
  if (all.length <= MAX_MAILS) return Object.fromEntries(all);
  return Object.fromEntries(all.toSorted(([, a], [, b]) => compareText(a, b)).slice(-MAX_MAILS));
}

/** The mails that were stored. A name of no known form is skipped. */
export function storedMails(stored: StoredMails): readonly Mail[] {
  return Object.entries(stored).flatMap(([name, text]) => {
    const at = new Date(text);
    const [, generation, old, stageName = old, of] = /^(?:(\d+):([^:@]+)|([^:@]+)@(.+))$/.exec(name) ?? [];
    const stage = NOTED_STAGES.find((each) => each === stageName);
    if (stage === undefined) return [];
    return [of === undefined ? { stage, at, of: at, generation: Number(generation) } : { stage, at, of: new Date(of) }];
  });
}

/** What decides to which opening a mail belongs. */
type LastOpening = Pick<LedgerEntry, 'generation' | 'resolvedAt'> & {
  /** Null if the finding was never open. */
  readonly openedAt: Date | null;
};

/**
 * When a mail of each stage was first sent about the last opening. A mail belongs to the last opening that began no later than the
 * moment it tells of. A finding that was never open has no openings to tell apart.
 */
export function notifiedOf(mails: readonly Mail[], last: LastOpening): Told {
  return toldOf(mails, last, (stage) => stage);
}

/** The same for the other channels. Undefined if none was told anything about the last opening. */
export function toldInOf(mails: readonly Mail[], last: LastOpening): LedgerEntry['toldIn'] {
  const told = CHANNELS.flatMap((channel) => {
    const stages = toldOf(mails, last, (stage) => `${channel}/${stage}`);
    return Object.keys(stages).length === 0 ? [] : [[channel, stages]];
  });
  return told.length === 0 ? undefined : Object.fromEntries(told);
}

/** True if the newest note about Security Hub is none of an end. */
export function isActiveInHub(mails: readonly Mail[]): boolean {
  const ofHub = mails.filter(({ stage }) => stage.startsWith('hub/'));
  const newest = ofHub.reduce<Mail | undefined>((last, mail) => (last && last.at > mail.at ? last : mail), undefined);
  return newest !== undefined && newest.stage !== 'hub/resolved';
}

/** The entry as a channel sees it: what is noted as mailed is what the channel was told. */
export function entryIn(entry: LedgerEntry, channel: Channel): LedgerEntry {
  return { ...entry, notified: entry.toldIn?.[channel] ?? {} };
}

function toldOf(mails: readonly Mail[], last: LastOpening, notedAs: (stage: AlertStage) => NotedStage): Told {
  const ofStage = (stage: NotedStage): Date | undefined =>
    mails.reduce<Date | undefined>(
      (first, mail) =>
        mail.stage === stage && isOf(mail, last) && (first === undefined || mail.at < first) ? mail.at : first,
      undefined,
    );
  const found = ALERT_STAGES.flatMap((stage) => {
    const at = ofStage(notedAs(stage));
    return at === undefined ? [] : [[stage, at]];
  });
  return Object.fromEntries(found);
}

function isOf({ stage, of, generation }: Mail, last: LastOpening): boolean {
  const { openedAt, resolvedAt } = last;
  if (openedAt === null || generation === last.generation) return true;
  // An all-clear of an older version tells of a resolution before it, and not of one that came later.
  if (generation !== undefined && stage === 'resolved') return resolvedAt !== null && of >= resolvedAt;
  return of >= openedAt;
}

/** The parts of an `alert` claim's key. Null for a key of another form. */
export function alertKey(key: string): { readonly findingId: string; readonly stage: NotedStage } | null {
  const [, findingId, stageName] = /^([^:]+):([^:]+)$/.exec(key) ?? [];
  const stage = NOTED_STAGES.find((each) => each === stageName);
  return findingId === undefined || stage === undefined ? null : { findingId, stage };
}

/** The mail that was sent at `at`, once its claim is done; null for a claim that is not about a mail. */
export function mailOf({ kind, key, of }: Claim, at: Date): (Mail & { readonly findingId: string }) | null {
  const alert = kind === 'alert' ? alertKey(key) : null;
  return alert === null ? null : { ...alert, at, of: of ?? at };
}
