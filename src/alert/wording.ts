/** The words mails use for counts, places, ages and tools. */

import { isNotExamined } from '../audit/cause.ts';
import type { Finding } from '../audit/finding.ts';
import { RESOURCE_NOUNS } from '../audit/rule-answer.ts';
import { isOnCalls, ruleOf, ruleTitleOf } from '../audit/rule-book.ts';
import { groupBy, plural } from '../collections.ts';
import { isSeenBefore, isUnconfirmed } from '../ledger/sight/last-seen.ts';
import { type CauseStyle, causeInBrief, provenActors } from '../report/cause-words.ts';
import { plainText } from './plain-text.ts';

/** The longest title of a custom rule in a count, in characters: in a subject, severity, account and region have room beside it. */
const TITLE_LENGTH = 48;

/** The longest name, reason or other outside value that a mail shows, in characters. */
export const VALUE_LENGTH = 160;

/**
 * `3 instances untagged, 1 task unmirrored`: rules in the order of their first finding. Of a custom rule its title, if it has one, as in
 * `CloudTrail trail stopped (2 resources)`.
 */
export function countPhrase(findings: readonly Finding[]): string {
  const byRule = groupBy(findings, (finding) => finding.rule);
  return [...byRule.values()].map(rulePhrase).join(', ');
}

function rulePhrase(members: readonly Finding[]): string {
  const [first] = members;
  if (first === undefined) return '';
  const phrase = ruleOf(first.rule)?.phrase;
  if (phrase !== undefined) return `${countOf(members)} ${phrase}`;
  const title = plainText(ruleTitleOf(first), TITLE_LENGTH);
  return members.length === 1 ? title : `${title} (${countOf(members)})`;
}

/**
 * What and where, in at most `maxLength` characters: counts by rule if they fit, otherwise only the number of findings. With `actor`,
 * also by whom, if there is room.
 */
export function subjectPhrase(findings: readonly Finding[], maxLength: number, actor?: string): string {
  const place = placePhrase(findings);
  const counts = countPhrase(findings);
  const phrases = [counts, plural(findings.length, 'finding')].flatMap((what) => [
    ...(actor === undefined ? [] : [`${what} by ${actor}, ${place}`]),
    `${what} - ${place}`,
  ]);
  return phrases.find(({ length }) => length <= maxLength) ?? phrases.at(-1) ?? place;
}

/** Who is proven to have caused all of these findings. Undefined if there is no such actor. */
export function commonActor(findings: readonly Finding[]): string | undefined {
  const [actor, ...others] = [...new Set(findings.map(namedCause))];
  return others.length > 0 ? undefined : actor;
}

/** `3 instances`, `1 task`, or `5 resources` for mixed types. */
function countOf(findings: readonly Finding[]): string {
  const nouns = new Set(findings.map((finding) => RESOURCE_NOUNS[finding.resourceType] ?? 'resource'));
  const [noun = 'finding'] = nouns;
  return plural(findings.length, nouns.size > 1 ? 'resource' : noun);
}

/** `111122223333 us-east-1`, or `3 accounts, 2 regions` if there are several. */
export function placePhrase(places: readonly { readonly accountId: string; readonly region: string }[]): string {
  const accounts = [...new Set(places.map((place) => place.accountId))];
  const regions = [...new Set(places.map((place) => place.region))];
  const account = accounts.length === 1 ? accounts[0] : plural(accounts.length, 'account');
  const region = regions.length === 1 ? regions[0] : plural(regions.length, 'region');
  return plainText(`${account}${accounts.length > 1 || regions.length > 1 ? ',' : ''} ${region}`, 60);
}

/** `now`, `4 min ago`, `3 h ago`, `12 days ago`. A time in the future is `now`. */
export function agePhrase(then: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - then.getTime()) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1440)} days ago`;
}

/** When a mail is written, and what is not known to be so at that time. */
export interface MailTime {
  readonly now: Date;
  /** True if there was no account to look at. @default false */
  readonly recordsAlone?: boolean | undefined;
  /** Ids of findings that no re-check could judge. @default none */
  readonly unchecked?: ReadonlySet<string> | undefined;
}

/** When the finding was last seen, and how long ago. Undefined if it was just seen, or seen lately and can still be checked. */
export function lastSeenPhrase(finding: Finding, time: MailTime): string | undefined {
  const { now, recordsAlone = false, unchecked } = time;
  const isUnchecked = recordsAlone || unchecked?.has(finding.id) === true;
  if (!(isUnchecked ? isSeenBefore : isUnconfirmed)(finding, now)) return undefined;
  const lastSeen = new Date(finding.lastSeen);
  return `${timePhrase(lastSeen)} (${agePhrase(lastSeen, now)}), and not checked since`;
}

/** `2026-11-20 09:12:04 UTC`. */
export function timePhrase(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** The longest name in a heading, a count or a list, in characters. */
const NAME_LENGTH = 60;

/** How a mail of that day writes a cause: names and reasons each on one safe line, a call of the same day without its date. */
export function causeStyle(now: Date): CauseStyle {
  return { show: (text) => plainText(text, VALUE_LENGTH), today: now.toISOString().slice(0, 10) };
}

/** Who is proven to have caused the finding, as one line that is safe to mail. Undefined without proof. */
export function namedCause({ cause }: Finding): string | undefined {
  return provenActors(cause, (text) => plainText(text, NAME_LENGTH));
}

/** What `namedCause` says of these findings: `Caused by`, or `Called by` if they are about the calls themselves. */
export function actorLabel(findings: readonly Finding[]): string {
  const onCalls = findings.filter(({ rule }) => isOnCalls(rule));
  if (onCalls.length === 0) return 'Caused by';
  return onCalls.length === findings.length ? 'Called by' : 'Caused or called by';
}

/** The end of a line about a finding: `by shop-web`, `possibly erin`, `cause: our configuration` or `cause unknown`. Empty if no cause was looked for. */
export function causeClause(finding: Finding): string {
  const { cause } = finding;
  switch (cause.kind) {
    case 'call':
    case 'calls': {
      const actors = namedCause(finding);
      return actors === undefined ? 'cause unknown' : `by ${actors}`;
    }
    case 'possible':
      return causeInBrief(cause, (text) => plainText(text, NAME_LENGTH));
    case 'configuration':
      return 'cause: our configuration';
    case 'unknown':
      return isNotExamined(cause) ? '' : 'cause unknown';
  }
}

const TOOLS: readonly (readonly [RegExp, string])[] = [
  [/terraform|opentofu/i, 'Terraform'],
  [/cloudformation/i, 'CloudFormation'],
  [/autoscaling\.amazonaws/i, 'Auto Scaling'],
  [/karpenter/i, 'Karpenter'],
  [/^console\.|signin\.amazonaws|AWS ?Console|^Mozilla\//i, 'the console'],
  [/aws-cli\//i, 'the AWS CLI'],
  [/aws-cdk/i, 'the CDK'],
  [/boto/i, 'boto3'],
  [/aws-sdk-|APN\//i, 'an AWS SDK'],
];

/** The tool behind a user agent, by its common name. An unknown agent is returned verbatim, shortened to 40 characters. */
export function toolOf(userAgent: string): string {
  return TOOLS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? plainText(userAgent, 40);
}
