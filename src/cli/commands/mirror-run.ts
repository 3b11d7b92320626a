/** What `mirror plan`, `apply` and `explain` share: assess the account's mirroring, plan, and write the answer. */

import { PipelineError } from '../../errors.ts';
import type { AssessedScope, Assessment } from '../../pipeline/assess.ts';
import type { RemediationPlan } from '../../remediation/plan.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import type { CommonOptions } from '../options.ts';
import { openWorld, scopesOf, type World } from '../world.ts';

export interface MirrorOptions extends CommonOptions {
  readonly regions?: readonly string[] | undefined;
  readonly cleanup?: boolean | undefined;
  readonly rebalance?: boolean | undefined;
  readonly maxMoves?: number | undefined;
  readonly save?: string | undefined;
}

/** One run of a `mirror` command, with the account assessed. */
export interface MirrorRun {
  readonly options: MirrorOptions;
  readonly world: World;
  readonly connect: Connect;
  readonly assessment: Assessment;
  readonly now: Date;
  readonly log: Log;
  /** True if part of the account could not be read. */
  readonly incomplete: boolean;
}

/** Assesses the account, runs the command and sets its exit code. Throws PipelineError `usage` if mirroring is off. */
export async function runMirror(options: MirrorOptions, command: (run: MirrorRun) => Promise<number>): Promise<void> {
  const log = openLog(options);
  const config = await loadConfig(options, log);
  if (config.mirroring === null || config.mirroring.mode === 'off')
    throw new PipelineError(
      'usage',
      'mirroring is off in the configuration: give "mirroring" a mode, a filterId and targets',
    );
  const now = options.now ?? new Date();
  const connect = connectionTo(config, options);
  const world = await openWorld(options, config, connect, log);
  const { assess, failureOf } = await import('../../pipeline/assess.ts');
  const scopes = await scopesOf(world, options.regions);
  const assessment = await assess({ sightings: [], scope: 'all', scopes, now }, world.source, config);
  const rejected = [...world.problems, ...assessment.unread, ...assessment.failed.map(failureOf)];
  for (const input of rejected) log.rejected(input);
  const code = await command({ options, world, connect, assessment, now, log, incomplete: rejected.length > 0 });
  await world.close();
  process.exitCode = code;
}

/** The plan for each account and region. */
export async function plansOf({
  assessment,
  options: { cleanup = false, rebalance = false, maxMoves },
  now,
}: MirrorRun): Promise<readonly { readonly scope: AssessedScope; readonly plan: RemediationPlan }[]> {
  const { planFor } = await import('../../pipeline/plan-scopes.ts');
  return assessment.scopes.map((scope) => ({ scope, plan: planFor(scope, { cleanup, rebalance, maxMoves, now }) }));
}

/** A plan as JSON: the fields of the contract, in its order. */
export function planContract({ steps, unplaced, load }: RemediationPlan): RemediationPlan {
  return { steps, unplaced, load };
}
