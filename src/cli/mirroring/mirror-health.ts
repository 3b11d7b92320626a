/** `mirrorwatch mirror health`: whether each session carries packets, by AWS's own figures. */

import { atLeast } from '../../audit/finding.ts';
import { ruleOf } from '../../audit/rule-book.ts';
import { PipelineError } from '../../errors.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { SourceHealth } from '../../mirror/health/source-health.ts';
import { CLEAN, FINDINGS, INCOMPLETE } from '../exit-codes.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import type { MirrorRun } from './mirror-run.ts';

/**
 * Tells the health of every source with a session, or of those of one interface, instance or task, and returns the exit code: INCOMPLETE also if
 * CloudWatch could not be read. Throws PipelineError `usage` if nothing with that id has a session.
 */
export async function tellHealth(id: string | undefined, run: MirrorRun): Promise<number> {
  const { sourcesHealth } = await import('../../mirror/health/source-health.ts');
  const { renderHealth } = await import('../../report/terminal/health-table.ts');
  const all = run.assessment.scopes.flatMap(({ audited: { account } }) =>
    account === null ? [] : sourcesHealth(account),
  );
  const sources = id === undefined ? all : all.filter((one) => one.resourceId === id || one.networkInterfaceId === id);
  if (id !== undefined && sources.length === 0)
    throw new PipelineError(
      'usage',
      `${id} has no mirror session, or is not in the account: there is nothing to measure`,
      {
        resourceId: id,
      },
    );
  await writeAnswer(
    outputsOf(run.options),
    {
      json: () => jsonText({ sources }),
      table: (path) =>
        renderHealth(sources, { columns: path === undefined ? terminalColumns() : undefined, each: id !== undefined }),
    },
    run.log,
  );
  return exitCodeOf(sources, run);
}

function exitCodeOf(sources: readonly SourceHealth[], { assessment, options, incomplete, log }: MirrorRun): number {
  const unread = assessment.scopes.flatMap(({ inventory }) =>
    Object.values(inventory.unreadForHealth ?? {}).map(
      (reason) => ({ path: scopeKey(inventory), reason, of: 'account' }) as const,
    ),
  );
  for (const input of unread) log.rejected(input);
  if (incomplete || unread.length > 0) return INCOMPLETE;
  const told = new Set(sources.map(({ resourceId }) => resourceId));
  const counts = assessment.findings.some(
    ({ rule, status, severity, resourceId }) =>
      ruleOf(rule)?.judges === 'traffic' &&
      status === 'open' &&
      told.has(resourceId) &&
      atLeast(severity, options.failOn),
  );
  return counts && !options.exitZero ? FINDINGS : CLEAN;
}
