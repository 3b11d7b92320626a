/** Findings about logs and deliveries that were refused unread because nothing shows that they are ours. */

import { exempt } from '../../audit/exemptions.ts';
import type { Finding, FindingContext } from '../../audit/finding.ts';
import { foreignLogFinding, integrityAudit, refusedDeliveryFinding } from '../../audit/log-integrity.ts';
import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import { uniqueBy } from '../../collections.ts';
import type { Config } from '../../config.ts';
import type { Assessment } from '../assess.ts';
import type { RefusedDelivery } from '../message-content.ts';

/** The assessment with a finding for what was refused: one for each account, and one for each other object. */
export function withRefusals(
  assessment: Assessment,
  refused: readonly RefusedDelivery[],
  { region = '', severities, exemptions }: Pick<Config, 'region' | 'severities' | 'exemptions'>,
  now: Date,
): Assessment {
  const refusals = refused.map((each) =>
    exempt(refusalFinding(each, region, { severities, now }), { tags: [] }, exemptions, now),
  );
  return { ...assessment, findings: uniqueBy([...assessment.findings, ...refusals], ({ id }) => id) };
}

/** The assessment with a finding for each log file and digest that fails its check, is missing, or is not proven. */
export function withIntegrity(
  assessment: Assessment,
  checks: readonly IntegrityCheck[],
  { severities, exemptions }: Pick<Config, 'severities' | 'exemptions'>,
  now: Date,
): Assessment {
  const found = integrityAudit(checks, { severities, now }).findings.map((finding) =>
    exempt(finding, { tags: [] }, exemptions, now),
  );
  return { ...assessment, findings: uniqueBy([...assessment.findings, ...found], ({ id }) => id) };
}

function refusalFinding(refused: RefusedDelivery, region: string, context: FindingContext): Finding {
  const { path, foreignAccountId: accountId } = refused;
  return accountId === undefined
    ? refusedDeliveryFinding(refused, region, context)
    : foreignLogFinding({ accountId, object: path }, region, context);
}
