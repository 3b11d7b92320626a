/** The rule `log-integrity`: is every log file exactly what the trail delivered? */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';

export const logIntegrity = {
  title: 'Log that fails its integrity check',
  phrase: 'that cannot be trusted',
  when: 'A log file was changed, is missing or was not delivered by the trail, or a delivery came from an unknown sender.',
  severity: 'critical',
  appliesTo: ['AWS::S3::Object', 'AWS::Account'],
  judges: 'log-object',
  judge,
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: false,
  countedIn: null,
} as const satisfies Rule;

const SUBJECTS = { digest: 'The digest', 'backfill-digest': 'The backfill digest', log: 'The log file' } as const;
const PROBLEMS = {
  invalid: 'fails its check',
  missing: 'is missing',
  injected: 'was not delivered by the trail',
} as const satisfies Partial<Record<IntegrityCheck['status'], string>>;

/** An object that could not be checked (`unverified`) neither passes nor fails. */
function judge({ type, status, reason = '', from, to, object }: IntegrityCheck): RuleAnswer {
  const subject = SUBJECTS[type];
  switch (status) {
    case 'valid':
      return { result: 'pass', reason: `${subject} is valid.` };
    case 'unverified':
      return { result: 'unknown', reason: `${subject} could not be verified: ${reason}.` };
    case 'invalid':
    case 'missing':
    case 'injected':
      return {
        result: 'fail',
        reason: `${subject} ${PROBLEMS[status]}: ${reason}.`,
        detail: { type, integrity: status, from: from?.toISOString(), to: to?.toISOString() },
        evidence: [],
        fix: fixOf(object),
      };
  }
}

/** A command that shows when the object was changed. Who changed it, only the bucket's data events show. */
function fixOf(object: string): string {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(object) ?? [];
  return bucket === undefined || key === undefined
    ? 'compare the copy with the object in the bucket, and with its versions there'
    : `aws s3api list-object-versions --bucket ${quotedForShell(bucket)} --prefix ${quotedForShell(key)}`;
}

/** An attacker may have chosen the key. Within single quotes a shell interprets nothing. */
const quotedForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
