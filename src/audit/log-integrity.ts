/** Findings from what the verification of a trail's files found out. */

import type { IntegrityCheck } from '../cloudtrail/digests/digest-chain.ts';
import { type AuditResult, type Finding, findingId, type Judgement, type Severity } from './finding.ts';

const RULE = 'log-integrity';

const SUBJECTS = { digest: 'The digest', 'backfill-digest': 'The backfill digest', log: 'The log file' } as const;
const VERDICTS = {
  invalid: 'does not hold',
  missing: 'is missing',
  injected: 'was not delivered by the trail',
} as const satisfies Partial<Record<IntegrityCheck['status'], string>>;

/**
 * One finding for each object that is invalid, missing or injected, whatever else is said of it; a pass for each that is valid.
 * What is `unverified` is neither, and leaves what was found before as it is.
 */
export function integrityAudit(
  checks: readonly IntegrityCheck[],
  { severity, now }: { readonly severity: Severity; readonly now: Date },
): AuditResult {
  const findings = new Map<string, Finding>();
  for (const check of checks) {
    const finding = findingOf(check, severity, now);
    if (finding === undefined) continue;
    const other = findings.get(finding.id);
    findings.set(finding.id, other === undefined ? finding : { ...other, reason: `${other.reason} ${finding.reason}` });
  }
  const judgements = checks
    .filter(({ status }) => status === 'valid')
    .map(passOf)
    .filter(({ id }) => !findings.has(id));
  return { findings: [...findings.values()], judgements };
}

function findingOf(check: IntegrityCheck, severity: Severity, now: Date): Finding | undefined {
  const { type, status, reason = '', from, to } = check;
  if (status === 'valid' || status === 'unverified') return undefined;
  return {
    schema: 'mirrorwatch.finding/1',
    ...identityOf(check),
    rule: RULE,
    severity,
    status: 'open',
    reason: `${SUBJECTS[type]} ${VERDICTS[status]}: ${reason}.`,
    detail: {
      type,
      integrity: status,
      ...(from && { from: from.toISOString() }),
      ...(to && { to: to.toISOString() }),
    },
    firstSeen: now.toISOString(),
    lastSeen: now.toISOString(),
    evidence: [],
    fix: fixOf(check.object),
  };
}

function passOf(check: IntegrityCheck): Judgement {
  return { ...identityOf(check), rule: RULE, result: 'pass', reason: `${SUBJECTS[check.type]} holds.` };
}

function identityOf({
  object,
  accountId = '',
  region = '',
}: IntegrityCheck): Pick<Finding, 'id' | 'accountId' | 'region' | 'resourceType' | 'resourceId'> {
  return {
    id: findingId(RULE, accountId, region, object),
    accountId,
    region,
    resourceType: 'AWS::S3::Object',
    resourceId: object,
  };
}

/** Versions and delete markers tell when it was touched; the bucket's data events tell by whom. */
function fixOf(object: string): string {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(object) ?? [];
  return bucket === undefined || key === undefined
    ? 'compare the copy with the object in the bucket, and its versions there'
    : `aws s3api list-object-versions --bucket ${quotedForShell(bucket)} --prefix ${quotedForShell(key)}`;
}

/** Keys may be an attacker's: within single quotes a shell obeys nothing. */
const quotedForShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
