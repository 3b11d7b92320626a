/** A sweep: whole accounts against the policy, without logs. What events missed is found here, and what was missed is repaired. */

import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { type Acted, type ActPorts, type ActRequest, act } from './act.ts';
import { type Assessment, assess } from './assess.ts';
import type { TaskSource } from './relevant-sightings.ts';

export interface SweepPorts extends ActPorts {
  readonly inventory: InventorySource;
  readonly tasks?: TaskSource | undefined;
}

export interface SweepOptions extends Pick<ActRequest, 'handOver' | 'deadline' | 'reportUrl'> {
  readonly now: Date;
  /** Which sweep this is: scopes that this one has done already are left out when it is tried again. */
  readonly name: string;
  /** @default every scope of the inventory source */
  readonly scopes?: readonly Scope[] | undefined;
}

export interface Swept {
  readonly assessment: Assessment;
  readonly acted: Acted;
  /** Scopes that an earlier try of the same sweep had done. */
  readonly skipped: readonly Scope[];
}

/** A try of a sweep may take so long, where nothing says how long it has. */
const LEASE_SECONDS = 900;
/** A function that is stopped at its end is tried again a minute later: its lease must be over by then. */
const SPARE_SECONDS = 20;

/** Sweeps every scope that this sweep has not done yet. A scope that fails is in `assessment.failed` and is free to be tried again. */
export async function sweep(ports: SweepPorts, config: Config, options: SweepOptions): Promise<Swept> {
  const { now, name } = options;
  const all = options.scopes ?? (await ports.inventory.scopes());
  const scopes = await claimed(all, ports.ledger, options);
  const assessment = await assess({ sightings: [], scope: 'all', scopes, now }, ports.inventory, config, ports);
  const acted = await act({ ...options, assessment, at: now, complete: true }, ports, config);
  const failed = new Set(assessment.failed.map(({ scope }) => scopeKey(scope)));
  const unfinished = new Set(acted.outcomes.filter(({ retry }) => retry === true).map(({ step }) => scopeKey(step)));
  const done = scopes.filter((scope) => !failed.has(scopeKey(scope)) && !unfinished.has(scopeKey(scope)));
  await ports.ledger?.settle(
    done.map((scope) => claimOf(scope, name)),
    now,
    'done',
  );
  await ports.ledger?.settle(
    scopes.filter((scope) => !done.includes(scope)).map((scope) => claimOf(scope, name)),
    now,
    'released',
  );
  return { assessment, acted, skipped: all.filter((scope) => !scopes.includes(scope)) };
}

/** The scopes of a sweep that could not be judged, or not be repaired in the time there was; they come again. */
export function unfinishedOf({ assessment, acted }: Swept): Assessment['failed'] {
  const unrepaired = acted.outcomes.filter(({ retry }) => retry === true);
  return [...assessment.failed, ...unrepaired.map((each) => ({ scope: each.step, error: pendingRepair(each) }))];
}

/** The fault of a repair that the next run retries. */
export function pendingRepair({ step, reason, awsCode }: Outcome): PipelineError {
  const { accountId, region, resourceId } = step;
  return new PipelineError('repair-pending', reason, { retryable: true, awsCode, accountId, region, resourceId });
}

async function claimed(
  scopes: readonly Scope[],
  ledger: Ledger | undefined,
  { name, now, deadline }: SweepOptions,
): Promise<readonly Scope[]> {
  const lease = deadline === undefined ? LEASE_SECONDS : (deadline.getTime() - now.getTime()) / 1000 + SPARE_SECONDS;
  if (ledger === undefined || scopes.length === 0) return scopes;
  const ours = new Set(
    (
      await ledger.claim(
        scopes.map((scope) => claimOf(scope, name)),
        now,
        Math.ceil(lease),
      )
    ).map(({ key }) => key),
  );
  return scopes.filter((scope) => ours.has(claimOf(scope, name).key));
}

function claimOf(scope: Scope, name: string): { readonly kind: 'sweep'; readonly key: string } {
  return { kind: 'sweep', key: `${name}:${scopeKey(scope)}` };
}
