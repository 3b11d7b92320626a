/** A schedule: everything that happens in a world besides what the functions do. A seed makes one; shrinking makes it smaller. */

import type { FaultPlan } from './aws/fault.ts';

/** What others do. `name` is the instance's number in the world; `atMs` counts from the world's start. */
export type WorldEvent = { readonly atMs: number } & (
  | { readonly kind: 'launch'; readonly instance: number; readonly accountId: string; readonly tagged: boolean }
  | { readonly kind: 'tag' | 'untag' | 'terminate' | 'delete-session' | 'foreign-session'; readonly instance: number }
  | { readonly kind: 'sweep' }
);

/** How a world is made up. */
export interface WorldSettings {
  readonly accounts: readonly string[];
  /** The capacities of each account's sensors. */
  readonly sensors: readonly number[];
  readonly graceSeconds: number;
  /** Whether RunInstances reaches us as an event too, and not only in log files. */
  readonly launchEvents: boolean;
  readonly sweepEveryMs: number;
  /** The share of messages, events and files that arrive twice. */
  readonly duplicates: number;
  /** How far a container's clock may be off. */
  readonly skewMs: number;
  readonly endsAfterMs: number;
}

/** Everything that a run depends on. */
export interface Schedule {
  readonly seed: number;
  readonly settings: WorldSettings;
  readonly events: readonly WorldEvent[];
  readonly faults: FaultPlan;
}
