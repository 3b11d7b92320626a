/** `verify --ledger`: what was found about a trail goes into the history. */

import { type AuditResult, goneJudgement } from '../../audit/finding.ts';
import type { Config } from '../../config.ts';
import type { Verified } from '../../pipeline/verify/verify-logs.ts';
import { connectionTo } from '../connection.ts';
import { openLedger } from '../ledger-and-mail.ts';

/** What is said of files that the trail did not deliver, as far as is known. When they are gone, nothing is wrong with the trail. */
const BESIDE: ReadonlySet<string> = new Set(['injected', 'unverified']);

/**
 * Records the findings, and as valid only files with an open finding: a trail has millions of valid files. An injected file that is
 * no longer there is gone; a file that the trail did deliver and that is gone now is missing, which is a finding.
 */
export async function recordIntegrity(
  location: string,
  { findings, judgements }: AuditResult,
  { isGone }: Pick<Verified, 'isGone'>,
  { config, now }: { readonly config: Config; readonly now: Date },
): Promise<void> {
  const ledger = await openLedger(location, connectionTo(config));
  try {
    const open = await ledger.entries({ rules: ['log-integrity'], status: ['open', 'muted'] });
    const ids = new Set(open.map(({ finding }) => finding.id));
    const settled = judgements.filter(({ id }) => ids.has(id));
    const gone = open
      .filter(({ finding }) => BESIDE.has(String(finding.detail.integrity)) && isGone(finding.resourceId))
      .map(({ finding }) => goneJudgement(finding, 'the file that the trail did not deliver is no longer there', now));
    await ledger.record({ at: now, findings, judgements: [...settled, ...gone], outcomes: [] });
  } finally {
    await ledger.close();
  }
}
