/** The rule `log-integrity`: is every log file exactly what the trail delivered? */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import { command, fixInWords } from '../fixes/command.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';

export const logIntegrity = {
  title: 'Log that fails its integrity check',
  phrase: 'that cannot be trusted',
  when: 'A log file was changed, is missing, is not proven or was not delivered by the trail, a delivery came from an unknown sender, or an account and region is silent for longer than its own habit.',
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
  unverified: 'is not proven',
} as const satisfies Partial<Record<IntegrityCheck['status'], string>>;

/** An object whose proof is not due yet neither passes nor fails. */
function judge({ type, status, reason = '', notDue, from, to, object }: IntegrityCheck): RuleAnswer {
  const subject = SUBJECTS[type];
  if (notDue) return { result: 'unknown', reason: `${subject} could not be verified yet: ${reason}.` };
  switch (status) {
    case 'valid':
      return { result: 'pass', reason: `${subject} is valid.` };
    case 'unverified':
    case 'invalid':
    case 'missing':
    case 'injected':
      return {
        result: 'fail',
        reason: `${subject} ${PROBLEMS[status]}: ${reason}.`,
        detail: { type, integrity: status, from: from?.toISOString(), to: to?.toISOString() },
        evidence: [],
        fix: status === 'unverified' ? NOT_PROVEN : fixOf(object),
      };
  }
}

const NOT_PROVEN =
  'No command can prove it. If it is yours, verify it together with the digests of its time; if it is not, find out who put it there';

/** Nothing can make the file genuine again. A command shows when it was changed; who did it, only the bucket's data events show. */
function fixOf(object: string): string {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(object) ?? [];
  const undo =
    'No command can undo this. Restore the object from a version or a copy that verifies, and find out who changed it';
  if (bucket === undefined || key === undefined)
    return `${undo}, and compare the copy with the object in the bucket, and with its versions there`;
  const versions = command('aws s3api list-object-versions', [
    ['--bucket', bucket],
    ['--prefix', key],
  ]);
  return fixInWords(`${undo}. Its versions show when`, [versions]);
}
