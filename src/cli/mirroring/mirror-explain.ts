/** `mirrorwatch mirror explain`: why a source goes to its target, check by check. */

import { PipelineError } from '../../errors.ts';
import type { AccountIndex } from '../../mirror/account-index.ts';
import type { InstanceExplanation } from '../../mirror/explain.ts';
import type { Explanation } from '../../mirror/verdict.ts';
import { INCOMPLETE } from '../exit-codes.ts';
import { jsonText, outputsOf, terminalColumns, writeAnswer } from '../output.ts';
import { exitCodeOfPlan, type MirrorRun, plansOf } from './mirror-run.ts';

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
  if (run.incomplete) return INCOMPLETE;
  return exitCodeOfPlan(
    interfaces.filter(({ planned }) => planned?.kind === 'unplaced'),
    run,
  );
}

/** The explanation with each interface's place in the plan for its whole account. */
async function explanationOf(id: string, run: MirrorRun): Promise<Explanation | InstanceExplanation | undefined> {
  const [{ explain, explainInstance }, { plannedPlace }] = await Promise.all([
    import('../../mirror/explain.ts'),
    import('../../remediation/advice/place-in-plan.ts'),
  ]);
  const inAccount = (account: AccountIndex): Explanation | InstanceExplanation | undefined =>
    explain(id, account) ?? explainInstance(id, account);
  for (const { scope, plan } of await plansOf(run)) {
    const { account } = scope.audited;
    const found = account === null ? undefined : inAccount(account);
    if (found === undefined) continue;
    const withPlan = ({ candidates, ...each }: Explanation): Explanation => ({
      ...each,
      planned: plannedPlace(each.networkInterfaceId, plan),
      candidates,
    });
    return 'interfaces' in found ? { ...found, interfaces: found.interfaces.map(withPlan) } : withPlan(found);
  }
  return undefined;
}
