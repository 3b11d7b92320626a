/** What the built-in rules about calls find in single records, each by itself, for `rules test --name`. */

import { auditAfterHours } from '../../audit/calls/after-hours.ts';
import { isAboutGroups } from '../../audit/open-groups/judge-groups.ts';
import { judgeRecordedGroups } from '../../audit/open-groups/recorded-groups.ts';
import { type BuiltInRuleId, isBuiltIn } from '../../audit/rule-book.ts';
import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { Wanted } from '../../cloudtrail/scanner/wanted.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import { NO_RULES } from '../../rules/rule-set.ts';
import { IAM_USER_CALLS, iamUserSighting } from '../../sighting/iam-users.ts';
import { sightingsOf, WANTED_CALLS } from '../../sighting/readers.ts';
import type { Watched } from '../../sighting/watched.ts';

/** What a rule makes of a record: it is found, it ends what was found, or it does not say enough to be judged. */
export interface FoundRecord {
  readonly rule: string;
  readonly as: 'found' | 'ended' | 'undecided';
  readonly resourceId?: string | undefined;
  readonly reason?: string | undefined;
  /** The values that met the conditions of a rule of the configuration. */
  readonly met?: readonly { readonly name: string; readonly value?: unknown }[] | undefined;
}

/** A rule that can be asked of single records. */
export interface RecordRule {
  /** The records that have to be read. */
  readonly wanted: Wanted;
  readonly watched: Watched;
  /** Everything that its answers depend on. */
  readonly written: unknown;
  readonly find: (record: CloudTrailRecord, path: string, now: Date) => readonly FoundRecord[];
}

/** The built-in rule of the name, by the settings of the configuration. Throws PipelineError `usage` for one that judges no single records. */
export function builtInRecordRule(rule: BuiltInRuleId, { watch }: Pick<Config, 'watch'>): RecordRule {
  const { iamUserAfterHours, securityGroupOpen } = watch;
  if (rule === 'iam-user-after-hours') {
    if (iamUserAfterHours === null) throw notJudged(rule, 'watch.iamUserAfterHours');
    return {
      wanted: { eventNames: IAM_USER_CALLS },
      ...{ watched: { rules: NO_RULES, iamUsers: true }, written: { rule, iamUserAfterHours } },
      find(record, path, now) {
        const sighting = iamUserSighting(record, path);
        if (sighting === undefined) return [];
        const context = { severities: {}, exemptions: [], now };
        const { findings, judgements, undecided } = auditAfterHours([sighting], iamUserAfterHours, context);
        return [
          ...findings.map(({ resourceId, reason }) => ({ rule, as: 'found', resourceId, reason }) as const),
          ...judgements.map(({ resourceId }) => ({ rule, as: 'ended', resourceId }) as const),
          ...undecided.map(() => ({ rule, as: 'undecided', reason: sighting.evidence.note }) as const),
        ];
      },
    };
  }
  if (rule === 'security-group-open') {
    if (securityGroupOpen === null) throw notJudged(rule, 'watch.securityGroupOpen');
    return {
      wanted: { eventNames: new Set([...WANTED_CALLS].filter((name) => name.includes('SecurityGroup'))) },
      ...{ watched: { rules: NO_RULES, iamUsers: false }, written: { rule, securityGroupOpen } },
      find: (record, path) =>
        judgeRecordedGroups(sightingsOf(record, path).filter(isAboutGroups), securityGroupOpen, {
          asked: [],
          isElseRead: false,
        }).map(({ resourceId, answer: { result, reason } }) => ({
          ...{ rule, resourceId, reason },
          as: result === 'fail' || result === 'exempt' ? 'found' : result === 'unknown' ? 'undecided' : 'ended',
        })),
    };
  }
  throw new PipelineError(
    'usage',
    `${rule} judges what is there and no single records: "mirrorwatch scan" and "mirrorwatch audit" find it; rules test --name takes iam-user-after-hours, security-group-open and the rules in watch.rules`,
  );
}

/** The id of a built-in rule, or undefined. */
export function builtInNamed(name: string): BuiltInRuleId | undefined {
  return isBuiltIn(name) ? name : undefined;
}

function notJudged(rule: string, setting: string): PipelineError {
  return new PipelineError('usage', `${rule} is not judged: the configuration has no ${setting}`);
}
