/** Everything that a record is read for: what the program always watches, and what the configuration asks for besides. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import type { OrWanted, Wanted } from '../cloudtrail/scanner/wanted.ts';
import { recordFilter } from '../rules/filter/record-filter.ts';
import { NO_RULES, type RuleCandidates, type RuleSet } from '../rules/rule-set.ts';
import { isWithdrawal, lackOf } from './circumstances.ts';
import { IAM_USER_CALLS, iamUserSighting } from './iam-users.ts';
import { sightingsOf, WANTED_CALLS } from './readers.ts';
import { ruleSightings } from './rule-sightings.ts';
import type { Sighting } from './sighting.ts';

/** What the configuration asks for besides tags and mirroring. */
export interface Watched {
  readonly rules: RuleSet;
  /** True to look for IAM users that are made. */
  readonly iamUsers: boolean;
}

/** What a record says happened to something we watch. Never throws, whatever the record contains. */
export function sightingsIn(
  record: CloudTrailRecord,
  { rules, iamUsers }: Watched,
  logFile?: string,
): readonly Sighting[] {
  const ofUser = iamUsers ? iamUserSighting(record, logFile) : undefined;
  return [
    ...sightingsOf(record, logFile),
    ...(ofUser === undefined ? [] : [ofUser]),
    ...ruleSightings(record, rules, logFile),
  ];
}

/**
 * Why a record of something we watch has no sighting: it does not say when or in which account it happened. Undefined for any other record.
 * What a rule asks of the time or the account itself is taken to be met. Never throws.
 */
export function unplacedBecause(record: CloudTrailRecord, watched: Watched, logFile?: string): string | undefined {
  const lack = lackOf(record, logFile);
  if (lack === undefined) return undefined;
  const { hits, takenBack } = watched.rules;
  const isAsked =
    sightingsIn({ ...record, ...SOME_PLACE }, watched, logFile).length > 0 ||
    hits({ ...record }).length > 0 ||
    (isWithdrawal(record) && takenBack({ ...record }).length > 0);
  return isAsked ? lack : undefined;
}

/** For a record that says nothing of it. */
const SOME_PLACE = { eventTime: '2000-01-01T00:00:00Z', recipientAccountId: '000000000000' } as const;

/** The records that have to be read for it. */
export function wantedFor({ rules: { candidates }, iamUsers }: Watched): Wanted {
  if (candidates.all) return {};
  const or = besideNames(candidates);
  return {
    eventNames: new Set([...WANTED_CALLS, ...(iamUsers ? IAM_USER_CALLS : []), ...candidates.names]),
    ...(or !== undefined && { or }),
  };
}

function besideNames({ sources, texts, fields }: RuleCandidates): OrWanted | undefined {
  if (sources.size + texts.length + fields.length === 0) return undefined;
  const byFields = fields.length === 0 ? undefined : { alternatives: fields, mayMatch: recordFilter(fields) };
  return { eventSources: sources, anyText: texts.length === 0 ? texts : [...texts, ADDENDUM], byFields };
}

/** An addendum takes back what a rule has found, but need not repeat the text that the rule asks for. Names and sources it has again. */
const ADDENDUM = 'addendum';

/** Nothing besides. */
export const NOTHING_BESIDES: Watched = { rules: NO_RULES, iamUsers: false };
