/** The words mails use for counts, places, ages and tools. */

import type { Finding, RuleId } from '../audit/finding.ts';
import { RESOURCE_NOUNS } from '../audit/rule-answer.ts';
import { ruleOf } from '../audit/rule-book.ts';
import { compareText, groupBy, plural } from '../collections.ts';
import type { Evidence } from '../sighting/sighting.ts';
import { plainText } from './plain-text.ts';

/** The longest name, reason or other outside value that a mail shows, in characters. */
export const VALUE_LENGTH = 160;

/** `3 instances untagged, 1 task unmirrored`: rules in the order of their first finding. */
export function countPhrase(findings: readonly Finding[]): string {
  const byRule = groupBy(findings, (finding) => finding.rule);
  return [...byRule].map(([rule, members]) => `${countOf(members)} ${predicateOf(rule)}`).join(', ');
}

/** What and where, in at most `maxLength` characters: counts by rule if they fit, otherwise only the number of findings. */
export function subjectPhrase(findings: readonly Finding[], maxLength: number): string {
  const place = placePhrase(findings);
  const full = `${countPhrase(findings)} - ${place}`;
  return full.length <= maxLength ? full : `${plural(findings.length, 'finding')} - ${place}`;
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

/** `2026-11-20 09:12:04 UTC`. */
export function timePhrase(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/**
 * The record that shows who caused the finding: the newest one, as the last call to touch the resource left it in this state.
 * Undefined when no record was read (a sweep).
 */
export function decidingEvidence(finding: Finding): Evidence | undefined {
  return finding.evidence.toSorted((a, b) => compareText(b.eventTime, a.eventTime))[0];
}

/** The actor when no record was read. */
export const UNKNOWN_ACTOR = 'unknown';

/** Who caused the finding, as one line that is safe to mail. `unknown` without a record. */
export function actorOf(finding: Finding): string {
  const actor = decidingEvidence(finding)?.actor ?? '';
  return actor === '' ? UNKNOWN_ACTOR : plainText(actor, VALUE_LENGTH);
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

function predicateOf(rule: RuleId): string {
  return ruleOf(rule)?.phrase ?? `matching ${plainText(rule, 40)}`;
}
