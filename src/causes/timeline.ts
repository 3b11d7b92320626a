/** One resource's life by the records: what happened to it, by whom, and the spans in which it complied. */

import { type BuiltInRuleId, rulesCountedIn } from '../audit/rule-book.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { type AnswerAt, answersAt, type ResourceAt, reasonOf } from './as-of.ts';
import type { Investigation } from './attribute.ts';
import { callsAround } from './cause-of.ts';
import type { RecordedCall } from './history.ts';
import { idsOf, surroundingsOf } from './surroundings.ts';

/** The questions that a life is measured by. */
export type Question = 'tags' | 'mirroring';

/**
 * `yes` and `no` are proven. `unknown`: the records leave it open. `exempt`: nothing was required of it. `absent`: it did not exist.
 */
export type Compliance = 'yes' | 'no' | 'unknown' | 'exempt' | 'absent';

/** A period in which the answers stayed the same. Times are milliseconds since 1970; `to` is exclusive. */
export interface ComplianceSpan {
  readonly from: number;
  readonly to: number;
  readonly tags: Compliance;
  readonly mirroring: Compliance;
  /** Why answers are unknown. */
  readonly reason?: string | undefined;
}

/** A call that concerned the resource, with the answers after it. */
export interface TimelineEvent extends Pick<ComplianceSpan, Question> {
  readonly evidence: Evidence;
  readonly at: number;
  /** Whether it touched the resource itself, or what its mirroring depends on; `possibly` if the record doesn't say on what it was. */
  readonly touches: 'resource' | 'surroundings' | 'possibly';
}

/** A share of the time in which compliance is known, from 0 to 1; null when it is known of no time. */
export interface Share {
  readonly compliant: number | null;
  /** Milliseconds in which it complied, in which it did not, and of which it is unknown. */
  readonly yes: number;
  readonly no: number;
  readonly unknown: number;
}

/** The life of a resource in a period. */
export interface Timeline {
  readonly events: readonly TimelineEvent[];
  readonly spans: readonly ComplianceSpan[];
  readonly shares: Readonly<Record<Question, Share>>;
}

/** The life of a resource from `since` to `until`, in milliseconds since 1970. Calls that changed nothing are left out. */
export function timelineOf(
  resource: ResourceAt,
  { since, until }: { readonly since: number; readonly until: number },
  investigation: Investigation,
): Timeline {
  const { history } = investigation;
  const around = idsOf(surroundingsOf(resource.ids, history));
  const own = new Set(resource.ids);
  const isInPeriod = ({ at }: RecordedCall): boolean => at >= since && at < until;
  const calls = callsAround(around, history).filter(isInPeriod);
  const placed = new Set(calls.map(({ index }) => index));
  const unplaced = history.unplacedCalls.filter((call) => isInPeriod(call) && !placed.has(call.index));
  const times = [...new Set([since, ...[...calls, ...unplaced].map(({ at }) => at)])].toSorted((a, b) => a - b);
  const spans = times.map(
    (from, index): ComplianceSpan => ({
      ...{ from, to: times[index + 1] ?? until },
      ...complianceAt(resource, from, investigation),
    }),
  );
  const known = calls.map((call) => [call, touchOf(call, own)] as const);
  const maybe = unplaced.filter((call) => isDoubted(call, spans)).map((call) => [call, 'possibly'] as const);
  const byTime = new Map(spans.map((span) => [span.from, span]));
  const events = [...known, ...maybe]
    .toSorted(([a], [b]) => a.index - b.index)
    .flatMap(([{ evidence, at }, touches]): readonly TimelineEvent[] => {
      const span = byTime.get(at);
      return span === undefined ? [] : [{ evidence, at, touches, tags: span.tags, mirroring: span.mirroring }];
    });
  const joined = joinedSpans(spans);
  return { events, spans: joined, shares: { tags: shareOf(joined, 'tags'), mirroring: shareOf(joined, 'mirroring') } };
}

function touchOf({ effects }: RecordedCall, own: ReadonlySet<string>): TimelineEvent['touches'] {
  return effects.some(({ cell }) => own.has(cell.id)) ? 'resource' : 'surroundings';
}

/** True if an answer from before the call is unknown because of it. */
function isDoubted(call: RecordedCall, spans: readonly ComplianceSpan[]): boolean {
  const reason = reasonOf([call]);
  return spans.some((span) => span.to === call.at && span.reason?.includes(reason));
}

function complianceAt(resource: ResourceAt, at: number, investigation: Investigation) {
  const answers = answersAt(resource, at, investigation);
  // A session is no source: all rules about it are about mirroring.
  const isSession = resource.by.resourceType === 'AWS::EC2::TrafficMirrorSession';
  const ofTags = answersOf(rulesCountedIn('tags'), answers);
  const ofMirroring = answersOf(isSession ? [...answers.keys()] : rulesCountedIn('mirroring'), answers);
  const unknown = [...ofTags, ...ofMirroring].filter((answer) => answer?.result === 'unknown');
  const reasons = [...new Set(unknown.flatMap((answer) => answer?.reason ?? []))];
  return {
    tags: combined(ofTags),
    mirroring: combined(ofMirroring),
    reason: reasons.length === 0 ? undefined : reasons.join('; '),
  };
}

function answersOf(
  rules: readonly BuiltInRuleId[],
  answers: ReturnType<typeof answersAt>,
): readonly (AnswerAt | undefined)[] {
  return rules.map((rule) => answers.get(rule));
}

/** Several rules answer one question: it complies if none of them fails and one passes. */
function combined(answers: readonly (AnswerAt | undefined)[]): Compliance {
  const results = answers.map((answer) => answer?.result);
  if (results.includes('fail')) return 'no';
  if (results.includes('unknown')) return 'unknown';
  if (results.includes('gone') || results.every((result) => result === undefined)) return 'absent';
  return results.includes('exempt') ? 'exempt' : 'yes';
}

/** The spans, with neighbours of the same answers joined. */
function joinedSpans(spans: readonly ComplianceSpan[]): readonly ComplianceSpan[] {
  const joined: ComplianceSpan[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    if (last?.tags === span.tags && last.mirroring === span.mirroring)
      joined[joined.length - 1] = { ...last, to: span.to };
    else joined.push(span);
  }
  return joined;
}

/** How much of the time the spans comply. */
export function shareOf(spans: readonly ComplianceSpan[], question: Question): Share {
  const spent = (compliance: Compliance): number =>
    spans.filter((span) => span[question] === compliance).reduce((total, { from, to }) => total + to - from, 0);
  const [yes, no, unknown] = [spent('yes'), spent('no'), spent('unknown')];
  return { compliant: yes + no === 0 ? null : yes / (yes + no), yes, no, unknown };
}
