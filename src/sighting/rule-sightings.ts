/** What the rules of the configuration find in a record. */

import { createHash } from 'node:crypto';
import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import { truncate } from '../collections.ts';
import { asked, type CallRule, type RecordFields } from '../rules/call-rule.ts';
import { isPathOfEvent, type RecordPath, sentenceOf, textAt } from '../rules/record-path.ts';
import type { RuleHit, RuleSet } from '../rules/rule-set.ts';
import { type Circumstances, circumstancesOf, isWithdrawal } from './circumstances.ts';
import { asList, fieldsOf, textField } from './fields.ts';
import type { RuleSighting } from './sighting.ts';

/** The longest id of a resource that is kept: AWS's longest ARNs have 2,048 characters. */
const ID_LENGTH = 2048;
const HASH_LENGTH = 16;

/**
 * One sighting for each rule that finds the record, or whose findings it ends. Calls that failed count too: a rule that is about
 * successful ones says so in its pattern. An addendum that says that its call failed after all withdraws what only a successful one would
 * be. Empty for a record without a time or account. Never throws.
 */
export function ruleSightings(
  record: CloudTrailRecord,
  { hits, takenBack }: RuleSet,
  logFile?: string,
): readonly RuleSighting[] {
  const fields: RecordFields = { ...record };
  const found = hits(fields);
  const withdrawn = isWithdrawal(record) ? takenBack(fields) : [];
  if (found.length + withdrawn.length === 0) return [];
  const circumstances = circumstancesOf(record, logFile);
  if (circumstances === undefined) return [];
  return [
    ...found.map((hit) => sightingOf(hit, fields, circumstances)),
    ...withdrawn.map((hit) => ({
      ...sightingOf(hit, fields, circumstances),
      // An addendum that does not name the resource is about that of its record, whichever it is.
      resourceId: boundedId(namedIn(hit.rule, fields) ?? ''),
      withdrawn: true as const,
    })),
  ];
}

function sightingOf({ rule, as }: RuleHit, fields: RecordFields, circumstances: Circumstances): RuleSighting {
  return {
    ...circumstances,
    kind: as === 'found' ? 'rule-found' : 'rule-ended',
    rule: rule.name,
    resourceId: boundedId(resourceOf(rule, fields, circumstances.accountId)),
    reason: sentenceOf(rule.reason, (path) => rootOf(rule, path, fields)),
  };
}

/** A longer id is cut, and ends with a hash of all of it: two that differ at their ends are two resources. */
function boundedId(id: string): string {
  if (id.length <= ID_LENGTH) return id;
  const hash = createHash('sha256').update(id).digest('hex').slice(0, HASH_LENGTH);
  return `${truncate(id, ID_LENGTH - HASH_LENGTH)}${hash}`;
}

function resourceOf(rule: CallRule, record: RecordFields, accountId: string): string {
  return namedIn(rule, record) ?? firstArn(record) ?? textField(fieldsOf(record.userIdentity), 'arn') ?? accountId;
}

/** What the record has at the path that the rule names. */
function namedIn(rule: CallRule, record: RecordFields): string | undefined {
  return rule.resource === undefined ? undefined : textAt(rootOf(rule, rule.resource, record), rule.resource);
}

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
function firstArn(record: RecordFields): string | undefined {
  for (const resource of asList(record.resources)) {
    const { ARN, arn } = fieldsOf(resource);
    const found = [ARN, arn].find((each) => typeof each === 'string' && each.startsWith('arn:'));
    if (typeof found === 'string') return found;
  }
  return undefined;
}

/** A rule that is written for the EventBridge event may name its paths from there too. */
function rootOf({ pattern }: CallRule, path: RecordPath, record: RecordFields): RecordFields {
  return pattern.isForEvent && isPathOfEvent(path) ? asked(pattern, record) : record;
}
