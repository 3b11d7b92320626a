/** Everything that a record is read for: what the program always watches, and what the configuration asks for besides. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import type { Wanted } from '../cloudtrail/scanner/wanted.ts';
import { NO_RULES, type RuleSet } from '../rules/rule-set.ts';
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

/** The records that have to be read for it. */
export function wantedFor({ rules: { candidates }, iamUsers }: Watched): Wanted {
  const { names, sources, texts, all } = candidates;
  if (all) return {};
  return {
    eventNames: new Set([...WANTED_CALLS, ...(iamUsers ? IAM_USER_CALLS : []), ...names]),
    ...((sources.size > 0 || texts.length > 0) && { or: { eventSources: sources, anyText: texts } }),
  };
}

/** Nothing besides. */
export const NOTHING_BESIDES: Watched = { rules: NO_RULES, iamUsers: false };
