/** `mirrorwatch mirror explain`: why a source goes to its target, check by check. */

import { PipelineError } from '../../errors.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import type { InstanceExplanation } from '../../mirror/explain.ts';
import type { Explanation } from '../../mirror/verdict.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import type { MirrorRun } from './mirror-run.ts';

/** Explains an interface, an instance or a task and returns the exit code. Throws PipelineError `usage` if the account has none with that id. */
export async function explainMirroring(id: string, run: MirrorRun): Promise<number> {
  const explanation = await explanationOf(id, run);
  if (explanation === undefined)
    throw new PipelineError('usage', `${id} is not in the account: no interface, instance or task has that id`, {
      resourceId: id,
    });
  const { renderExplanation } = await import('../../report/terminal/plan-table.ts');
  const interfaces = 'interfaces' in explanation ? explanation.interfaces : [explanation];
  await writeAnswer(
    outputsOf(run.options),
    {
      json: () => jsonText(explanation),
      table: (path) =>
        interfaces.length === 0
          ? `${id} has no interface, so there is nothing to mirror.\n`
          : interfaces
              .map((each) => renderExplanation(each, { columns: path === undefined ? terminalColumns() : undefined }))
              .join('\n'),
    },
    run.log,
  );
  return run.incomplete ? INCOMPLETE : CLEAN;
}

async function explanationOf(
  id: string,
  { assessment }: MirrorRun,
): Promise<Explanation | InstanceExplanation | undefined> {
  const { explain, explainInstance } = await import('../../mirror/explain.ts');
  const inAccount = (account: AccountIndex): Explanation | InstanceExplanation | undefined =>
    explain(id, account) ?? explainInstance(id, account);
  for (const { audited } of assessment.scopes) {
    const found = audited.account === null ? undefined : inAccount(audited.account);
    if (found !== undefined) return found;
  }
  return undefined;
}
