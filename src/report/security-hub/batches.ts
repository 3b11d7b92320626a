/** Splits findings into requests that Security Hub accepts. */

import type { AsffFinding } from './asff.ts';

/** One BatchImportFindings request, for the account and region of its findings. */
export interface SecurityHubBatch {
  readonly accountId: string;
  readonly region: string;
  readonly findings: readonly AsffFinding[];
}

const MOST_FINDINGS = 100;
/** A single finding may have 240 KB; a request with a hundred of those would be refused for its size. */
const MOST_BYTES = 5_000_000;

/**
 * Batches of at most 100 findings and 5 MB, each for one account and region, in the order in which these first occur. Findings keep
 * their order within a batch. Empty for no findings.
 *
 * @see https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html
 */
export function securityHubBatches(findings: readonly AsffFinding[]): SecurityHubBatch[] {
  const batches: { accountId: string; region: string; findings: AsffFinding[] }[] = [];
  const open = new Map<string, { batch: (typeof batches)[number]; bytes: number }>();
  for (const finding of findings) {
    const key = `${finding.AwsAccountId}:${finding.Region}`;
    const bytes = Buffer.byteLength(JSON.stringify(finding));
    const current = open.get(key);
    if (current && current.batch.findings.length < MOST_FINDINGS && current.bytes + bytes <= MOST_BYTES) {
      current.batch.findings.push(finding);
      current.bytes += bytes;
      continue;
    }
    const batch = { accountId: finding.AwsAccountId, region: finding.Region, findings: [finding] };
    batches.push(batch);
    open.set(key, { batch, bytes });
  }
  return batches;
}
