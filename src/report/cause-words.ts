/** Who or what a finding is due to, in words: the same in mails and in every report. Only what is proven is said with "by". */

import { type Cause, type CauseCall, isNotExamined, provenCalls } from '../audit/cause.ts';
import type { Finding } from '../audit/finding.ts';
import { isOnCalls } from '../audit/rule-book.ts';
import { isUnsound } from '../sighting/unsound.ts';
import { callBehind, callCount } from './call-words.ts';

/** How outside words are written where the text goes, and on which day it is read. */
export interface CauseStyle {
  /**
   * Makes an actor, a call's name or a reason safe and short enough for its place. An attacker may have chosen it.
   * @default as it is, for a place that escapes the whole text
   */
  readonly show?: ((text: string) => string) | undefined;
  /** A time on this day (`2026-11-20`) is written without its date. @default no day */
  readonly today?: string | undefined;
}

/** Calls that are named. A cause of more calls says how many more there are. */
const NAMED = 5;

/** Actors that are named where there is little room. */
const NAMED_BRIEFLY = 2;

/**
 * The cause as a phrase:
 * - `by shop-web (CreateTrafficMirrorSession, 2026-03-17 11:02 UTC)`
 * - `by erin (DeleteRoute, …) and dana (…) together`
 * - `possibly erin (DeleteTags, …): the record does not say whether the tag was there`
 * - `our configuration, not a call: the required tags changed`
 * - `unknown: it was so before the logs begin`
 */
export function causeWords(cause: Cause, style: CauseStyle = {}): string {
  const { show = asIs } = style;
  switch (cause.kind) {
    case 'call':
    case 'calls':
      return `by ${callsWords(cause.calls, style)}`;
    case 'possible':
      return `possibly ${anyOf(callParts(cause.calls, style))}: ${show(cause.reason)}`;
    case 'configuration':
      return `our configuration, not a call: ${show(cause.reason)}`;
    case 'unknown':
      return `unknown: ${show(cause.reason)}`;
  }
}

/**
 * The phrase under its own heading: `['Caused by', 'shop-web (…)']` if it is proven, else `['Cause', 'possibly …']`. Of a finding that is
 * about a call and not about what came of it, `['Called by', 'erin (…)']`. Undefined for a finding that is not about a recorded change,
 * whose cause nobody looks for.
 */
export function causeLine(
  { rule, cause }: Pick<Finding, 'rule' | 'cause'>,
  style: CauseStyle = {},
): readonly [label: string, words: string] | undefined {
  if (isNotExamined(cause)) return undefined;
  const isProven = provenCalls(cause).length > 0;
  if (!isProven) return ['Cause', causeWords(cause, style)];
  return [isOnCalls(rule) ? 'Called by' : 'Caused by', callsWords(provenCalls(cause), style)];
}

/** A warning if a finding rests on a log file whose checksum failed; undefined otherwise. */
export function cautionOf(evidence: Finding['evidence']): string | undefined {
  return evidence.some(isUnsound)
    ? 'it rests on a log file whose checksum failed, whose records may have been changed'
    : undefined;
}

/** What is said about a finding beside its reason: either of its evidence and detail, or of what was drawn from them. */
type Attributed = Pick<Finding, 'rule' | 'cause' | 'launchedBy' | 'owner' | 'seenBecause'> & {
  readonly evidence?: Finding['evidence'];
  readonly detail?: Finding['detail'];
  readonly caution?: string | undefined;
  readonly calledFrom?: string | undefined;
  readonly calls?: string | undefined;
};

/**
 * What it is due to, who launched the resource, who owns it, what made us look and whether to doubt it, each under its own heading; of a
 * call also from where it came and how many there were, and not that we looked because of it. What is not known is left out, except the
 * cause that was looked for: why it is unknown is worth saying.
 */
export function causeFacts(
  finding: Attributed,
  style: CauseStyle = {},
): readonly (readonly [label: string, words: string])[] {
  const { rule, cause, launchedBy, owner, evidence = [], detail = {}, caution = cautionOf(evidence) } = finding;
  const { calledFrom = callBehind({ rule, cause, evidence })?.sourceIPAddress, calls = callCount({ rule, detail }) } =
    finding;
  const seenBecause = isOnCalls(rule) ? undefined : finding.seenBecause;
  const { show = asIs } = style;
  const line = causeLine(finding, style);
  const others = [
    ['From', calledFrom],
    ['Calls', calls],
    ['Launched by', launchedBy],
    ['Owner', owner],
    ['Seen because', seenBecause],
    ['Caution', caution],
  ] as const;
  return [
    ...(line === undefined ? [] : [line]),
    ...others.flatMap(([label, value]) =>
      value === undefined || value.trim() === '' ? [] : [[label, show(value)] as const],
    ),
  ];
}

/** The actors that are proven to be the cause: `shop-web`, or `dana and erin together`. Undefined without proof, and without a name. */
export function provenActors(cause: Cause, show: (text: string) => string = asIs): string | undefined {
  const actors = actorsOf(provenCalls(cause)).map(show);
  if (actors.length > NAMED_BRIEFLY)
    return `${actors.slice(0, NAMED_BRIEFLY).join(', ')} and ${actors.length - NAMED_BRIEFLY} more together`;
  return actors.length === 0 ? undefined : `${actors.join(' and ')}${actors.length > 1 ? ' together' : ''}`;
}

/** The cause where there is little room: `shop-web`, `possibly erin`, `configuration` or `unknown`. */
export function causeInBrief(cause: Cause, show: (text: string) => string = asIs): string {
  switch (cause.kind) {
    case 'call':
    case 'calls':
      return provenActors(cause, show) ?? 'unknown';
    case 'possible': {
      const actors = actorsOf(cause.calls).map(show);
      const more = actors.length > NAMED_BRIEFLY ? ', …' : '';
      const named = actors.slice(0, NAMED_BRIEFLY);
      return actors.length === 0 ? 'unknown' : `possibly ${named.join(more === '' ? ' or ' : ', ')}${more}`;
    }
    case 'configuration':
    case 'unknown':
      return cause.kind;
  }
}

function asIs(text: string): string {
  return text;
}

function actorsOf(calls: readonly CauseCall[]): readonly string[] {
  return [...new Set(calls.map(({ actor }) => actor).filter((actor) => actor.trim() !== ''))];
}

/** `erin (DeleteRoute, 10:01 UTC) and dana (DeleteTags, 10:04 UTC) together`. */
function callsWords(calls: readonly CauseCall[], style: CauseStyle): string {
  const parts = callParts(calls, style);
  const last = parts.at(-1) ?? '';
  if (parts.length < 2) return last;
  const isOne = new Set(calls.map(({ actor }) => actor)).size < 2;
  return `${parts.slice(0, -1).join(', ')} and ${last}${isOne ? '' : ' together'}`;
}

/** `a, b or both`, `a, b, c or several of them`: of possible causes nobody knows how many it takes. */
function anyOf(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.join(', ')} or ${parts.length === 2 ? 'both' : 'several of them'}`;
}

/** `erin (DeleteRoute, 10:01 UTC)` for each actor: several calls of one share a bracket. */
function callParts(calls: readonly CauseCall[], style: CauseStyle): readonly string[] {
  const { show = asIs } = style;
  const named = calls.slice(0, NAMED);
  const byActor = new Map<string, string[]>();
  for (const call of named) byActor.set(call.actor, [...(byActor.get(call.actor) ?? []), callWords(call, style)]);
  const parts = [...byActor].map(
    ([actor, own]) => `${actor.trim() === '' ? 'an unnamed caller' : show(actor)} (${own.join('; ')})`,
  );
  if (calls.length > NAMED) parts.push(`${calls.length - NAMED} more calls`);
  return parts;
}

function callWords({ eventName, eventTime }: CauseCall, { show = asIs, today }: CauseStyle): string {
  return `${show(eventName)}, ${timeWords(eventTime, show, today)}`;
}

/** `11:02 UTC` on the given day, else `2026-03-17 11:02 UTC`. A time that is none is written as it is. */
function timeWords(eventTime: string, show: (text: string) => string, today: string | undefined): string {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(eventTime)) return show(eventTime);
  const [day, minute] = [eventTime.slice(0, 10), eventTime.slice(11, 16)];
  return day === today ? `${minute} UTC` : `${day} ${minute} UTC`;
}
