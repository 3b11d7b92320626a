/** A sweep judges and repairs complete accounts without logs. It finds and repairs what events missed. */

import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { type Scope, scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { Claim, Ledger } from '../ledger/ledger.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import { type Acted, type ActPorts, type ActRequest, act } from './act.ts';
import { type Assessment, assess, type FailedScope } from './assess.ts';
import { unreadAccounts } from './gaps/run-looks.ts';
import type { TaskSource } from './relevant-sightings.ts';

/** What a sweep works with. */
export interface SweepPorts extends ActPorts {
  readonly inventory: InventorySource;
  readonly tasks?: TaskSource | undefined;
}

/** Which sweep to run, and how. */
export interface SweepOptions extends Pick<ActRequest, 'handOver' | 'deadline' | 'reportUrl' | 'commandOptions'> {
  readonly now: Date;
  readonly clock: RunClock;
  /** Identifies the sweep: a retry under the same name skips the scopes that are done. */
  readonly name: string;
  /** Identifies the attempt and its retries, so that they can finish what one of them began. @default name */
  readonly owner?: string | undefined;
  /** @default every scope of the inventory source */
  readonly scopes?: readonly Scope[] | undefined;
}

/** The result of a sweep. */
export interface Swept {
  readonly assessment: Assessment;
  readonly acted: Acted;
  /** Scopes that an earlier attempt has done, or that another one is working on. */
  readonly skipped: readonly Scope[];
}

/** How long an attempt holds its scopes when it has no deadline. */
const LEASE_SECONDS = 900;
/** Lambda retries a function about a minute after it timed out. The lease must be over by then. */
const SPARE_SECONDS = 20;

/** Sweeps every scope that this sweep has not done yet. A scope that fails is in `assessment.failed`, and a retry can claim it. */
export async function sweep(ports: SweepPorts, config: Config, options: SweepOptions): Promise<Swept> {
  const { now, name, owner = name, clock } = options;
  const all = options.scopes ?? (await ports.inventory.scopes());
  const scopes = await claimScopes(all, ports.ledger, options);
  const assessment = await assess({ sightings: [], scope: 'all', scopes, now, clock }, ports.inventory, config, ports);
  const failures = unreadAccounts(assessment);
  const acted = await act({ ...options, assessment, at: now, complete: true, failures }, ports, config);
  const unfinished = new Set(unfinishedScopes({ assessment, acted }).map(({ scope }) => scopeKey(scope)));
  const isDone = (scope: Scope): boolean => !unfinished.has(scopeKey(scope));
  const claimsOf = (some: readonly Scope[]): readonly Claim[] => some.map((scope) => claimOf(scope, name));
  await ports.ledger?.settle(claimsOf(scopes.filter(isDone)), { now, owner, how: 'done' });
  await ports.ledger?.settle(claimsOf(scopes.filter((scope) => !isDone(scope))), { now, owner, how: 'released' });
  return { assessment, acted, skipped: all.filter((scope) => !scopes.includes(scope)) };
}

/** The scopes of a sweep that have to be retried: those that could not be judged, and those with repairs left to do. */
export function unfinishedScopes({ assessment, acted }: Pick<Swept, 'assessment' | 'acted'>): readonly FailedScope[] {
  return [...assessment.failed, ...pendingRepairs(acted)];
}

/** The repairs that the next run has to retry, each as a fault of its scope. */
export function pendingRepairs({ outcomes }: Acted): readonly FailedScope[] {
  return outcomes
    .filter(({ retry }) => retry === true)
    .map(({ step: { accountId, region, resourceId }, reason, awsCode }) => ({
      scope: { accountId, region },
      error: new PipelineError('repair-pending', reason, { retryable: true, awsCode, accountId, region, resourceId }),
    }));
}

/** Claims the scopes that no other attempt of the sweep has done or is working on. Without a ledger, all of them. */
async function claimScopes(
  scopes: readonly Scope[],
  ledger: Ledger | undefined,
  { name, owner = name, now, deadline }: SweepOptions,
): Promise<readonly Scope[]> {
  if (ledger === undefined || scopes.length === 0) return scopes;
  const lease = deadline === undefined ? LEASE_SECONDS : (deadline.getTime() - now.getTime()) / 1000 + SPARE_SECONDS;
  const claims = scopes.map((scope) => claimOf(scope, name));
  const claimed = new Set(
    (await ledger.claim(claims, { now, leaseSeconds: Math.ceil(lease), owner })).map(({ key }) => key),
  );
  return scopes.filter((scope) => claimed.has(claimOf(scope, name).key));
}

function claimOf(scope: Scope, name: string): Claim {
  return { kind: 'sweep', key: `${name}:${scopeKey(scope)}` };
}
