/** A mail, as SNS sends it. */

import { createHash } from 'node:crypto';
import type { Finding, Severity } from '../audit/finding.ts';
import { SEVERITIES } from '../audit/finding.ts';
import type { LedgerEntry } from '../ledger/ledger.ts';
import type { Rejected } from '../report/report.ts';
import { asciiText, bodyOf, MAX_SUBJECT_LENGTH } from './plain-text.ts';

export type AlertKind = 'findings' | 'reminder' | 'resolved' | 'digest' | 'burst' | 'failure';

/** What happened to a finding that a mail is about. */
export type FindingChange = 'opened' | 'reminded' | 'resolved';

/** A finding that a mail is about, and what it says of it. */
export interface Reported {
  readonly change: FindingChange;
  readonly entry: LedgerEntry;
}

/**
 * One mail. `subject` is at most 99 printable ASCII characters, `body` at most 262,144 bytes of UTF-8 together with the
 * attributes.
 *
 * @see https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
export interface AlertMessage {
  readonly kind: AlertKind;
  readonly subject: string;
  readonly body: string;
  /**
   * For subscribers' filter policies. `kind` and `severity` are strings. `rule`, `accountId` and `region` are JSON arrays of strings
   * (data type `String.Array`), absent when the mail is about no finding. A value that starts with `[` is such an array.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
   */
  readonly attributes: Readonly<Record<string, string>>;
  readonly severity: Severity | null;
  /**
   * One key for each opening of a finding that the mail is about, its main subject first, up to 200: a reminder and an all-clear have keys of
   * the mail that told of the opening, so that a mail program can show them together. Absent in digests and in mails about failures.
   */
  readonly threads?: readonly string[];
  /** What the mail is about, for programs and for chat. Absent in a digest. */
  readonly reported?: readonly Reported[];
  /** What could not be read or judged, likewise. */
  readonly failures?: readonly (Pick<Rejected, 'path' | 'reason'> & { readonly refused?: boolean | undefined })[];
  /** The address of the full report. */
  readonly reportUrl?: string | undefined;
}

const SUBJECT_PREFIX = '[mirrorwatch] ';

/** The room left in a subject after the prefix that `toMessage` adds. */
export const SUBJECT_LENGTH: number = MAX_SUBJECT_LENGTH - SUBJECT_PREFIX.length;

/** An attribute lists no more values than this: it shares the size limit with the body. */
const MAX_ATTRIBUTE_VALUES = 100;

/** Assembles a mail: subject and body within SNS's limits, attributes derived from the findings it is about, threads from their entries. */
export function toMessage(
  kind: AlertKind,
  subject: string,
  lines: readonly string[],
  findings: readonly Finding[],
  entries: readonly LedgerEntry[] = [],
): AlertMessage {
  const severity = worstOf(findings);
  const lists = {
    rule: findings.map((finding) => finding.rule),
    accountId: findings.map((finding) => finding.accountId),
    region: findings.map((finding) => finding.region),
  };
  const attributes: Record<string, string> = { kind };
  if (severity !== null) attributes.severity = severity;
  for (const [name, values] of Object.entries(lists)) {
    const distinct = [...new Set<string>(values)].map((value) => asciiText(value, 128)).toSorted();
    if (distinct.length > 0) attributes[name] = JSON.stringify(distinct.slice(0, MAX_ATTRIBUTE_VALUES));
  }
  return {
    kind,
    subject: asciiText(`${SUBJECT_PREFIX}${subject}`, MAX_SUBJECT_LENGTH),
    body: bodyOf(lines),
    attributes,
    severity,
    ...(entries.length > 0 && { threads: entries.slice(0, MAX_THREADS).map(threadOf) }),
  };
}

/** A bound for the size of the header only: what is left out does not stand with the mail that told of it. */
const MAX_THREADS = 200;

/** The same for everything that is mailed about one opening of a finding. */
export function threadOf({ finding, openedAt }: LedgerEntry): string {
  return createHash('sha256').update(`${finding.id}\n${openedAt.toISOString()}`).digest('hex').slice(0, 24);
}

/** The highest severity of the findings; null if there are none. */
export function worstOf(findings: readonly Finding[]): Severity | null {
  return SEVERITIES.findLast((severity) => findings.some((finding) => finding.severity === severity)) ?? null;
}
