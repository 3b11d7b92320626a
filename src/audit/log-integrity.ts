/** Findings about the logs themselves: files that fail their check, and deliveries that nobody we trust has sent. */

import type { IntegrityCheck } from '../cloudtrail/digests/digest-chain.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { Sighting } from '../sighting/sighting.ts';
import {
  type AuditResult,
  type Finding,
  type FindingContext,
  findingId,
  type Judgement,
  makeFinding,
} from './finding.ts';
import { logIntegrity } from './rules/log-integrity.ts';

const RULE = 'log-integrity';

/** Records of an account that is not trusted are quoted up to this many; more prove nothing more. */
const MAX_EVIDENCE = 10;

/**
 * One finding for each object that is invalid, missing or injected, with the reasons of all its checks; a pass for each that is
 * valid. An object that is only `unverified` gets neither, and what was found of it before stays.
 */
export function integrityAudit(checks: readonly IntegrityCheck[], context: FindingContext): AuditResult {
  const findings = new Map<string, Finding>();
  const passes = new Map<string, Judgement>();
  for (const check of checks) {
    const { object: resourceId, accountId = '', region = '' } = check;
    const common = { rule: RULE, accountId, region, resourceType: 'AWS::S3::Object', resourceId } as const;
    const answer = logIntegrity.judge(check);
    const id = findingId(RULE, accountId, region, resourceId);
    if (answer.result === 'pass') passes.set(id, { id, ...common, result: 'pass', reason: answer.reason });
    if (answer.result !== 'fail') continue;
    const earlier = findings.get(id);
    const reason = earlier === undefined ? answer.reason : `${earlier.reason} ${answer.reason}`;
    findings.set(id, earlier === undefined ? makeFinding({ ...common, ...answer }, context) : { ...earlier, reason });
  }
  return {
    findings: [...findings.values()],
    judgements: [...passes.values()].filter(({ id }) => !findings.has(id)),
  };
}

/** Records of an account that `trail.accounts` does not list were delivered: nothing is done for it, and people hear of it. */
export function foreignAccountFinding(
  accountId: string,
  sightings: readonly Sighting[],
  context: FindingContext,
): Finding {
  const own = sightings.filter((sighting) => sighting.accountId === accountId);
  return makeFinding(
    {
      rule: RULE,
      accountId,
      region: own[0]?.region ?? '',
      resourceType: 'AWS::Account',
      resourceId: accountId,
      reason: `Records of account ${accountId} were delivered, which is not among trail.accounts; nothing was done for it.`,
      detail: {},
      evidence: own.slice(0, MAX_EVIDENCE).map(({ evidence }) => evidence),
      fix: `add ${JSON.stringify(accountId)} to trail.accounts in config.json if the account is yours`,
    },
    context,
  );
}

/** A delivery was refused, whatever it said: somebody may be trying to feed us forged logs. */
export function refusedDeliveryFinding(
  { path, reason }: { readonly path: string; readonly reason: string },
  region: Scope['region'],
  context: FindingContext,
): Finding {
  const [accountId = ''] = /\b\d{12}\b/.exec(path) ?? [];
  return makeFinding(
    {
      rule: RULE,
      accountId,
      region,
      resourceType: 'AWS::S3::Object',
      resourceId: path,
      reason: `A delivery was refused: ${reason}; nothing of it was read.`,
      detail: {},
      evidence: [],
      fix: 'look at who may publish to the trail topic and the delivery queue; if the source is yours, add it to "trail" in config.json',
    },
    context,
  );
}
