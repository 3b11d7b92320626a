/** A schedule: everything that happens in a world besides what the functions do. A seed makes one; shrinking makes it smaller. */

import type { FaultPlan } from './aws/fault.ts';

/** What others do. `name` is the instance's number in the world; `atMs` counts from the world's start. */
export type WorldEvent = { readonly atMs: number } & (
  | {
      readonly kind: 'launch';
      readonly instance: number;
      readonly accountId: string;
      readonly tagged: boolean;
      /** True if neither an event nor a log file ever tells of it: only a sweep can find it. */
      readonly silent?: boolean;
      /** @default 1 */
      readonly interfaces?: number;
    }
  | { readonly kind: 'require'; readonly tags: readonly string[] }
  | { readonly kind: 'foreign-hook'; readonly instance: number }
  | { readonly kind: 'tag' | 'untag' | 'terminate' | 'delete-session' | 'foreign-session'; readonly instance: number }
  /** `detach` takes the newest interface besides the first, and deletes it minutes later. */
  | { readonly kind: 'stop' | 'start' | 'attach' | 'detach'; readonly instance: number }
  /** A Fargate task starts. `tagged`: its interface has a tag with the task's ARN. */
  | { readonly kind: 'task'; readonly task: number; readonly accountId: string; readonly tagged: boolean }
  /** `task-unmirror`: somebody deletes a session of the task. */
  | { readonly kind: 'task-stop' | 'task-unmirror' | 'task-suspect'; readonly task: number }
  /** GuardDuty finds something about the instance. */
  | { readonly kind: 'suspect'; readonly instance: number }
  | { readonly kind: 'sweep' }
);

/** How a world is made up. */
export interface WorldSettings {
  readonly accounts: readonly string[];
  /** The capacities of each account's sensors. */
  readonly sensors: readonly number[];
  /** Whether sensors are launched when those have no room. @default false */
  readonly onDemand?: boolean;
  /** How long what GuardDuty suspects is mirrored to a sensor of its own. @default it is not */
  readonly suspicionHours?: number;
  readonly graceSeconds: number;
  /** Whether RunInstances reaches us as an event too, and not only in log files. */
  readonly launchEvents: boolean;
  /** False if EventBridge has no rules: then only log files bring news. */
  readonly rules: boolean;
  readonly sweepEveryMs: number;
  /** The share of messages, events and files that arrive twice. */
  readonly duplicates: number;
  /** How far a container's clock may be off. */
  readonly skewMs: number;
  readonly endsAfterMs: number;
  /** When the report is written; always also a minute before the end. */
  readonly reportsAtMs: readonly number[];
  /** The share of log files that arrive hours late. */
  readonly late: number;
  /** From the start until then, nobody consumes the queue of repairs. */
  readonly outageMs: number;
  /** The instances for which AWS refuses every session, and the code with which it does. */
  readonly refused: readonly number[];
  readonly refusal: string;
  /** Whether findings are imported into Security Hub. @default false */
  readonly securityHub?: boolean;
}

/** Everything that a run depends on. */
export interface Schedule {
  readonly seed: number;
  readonly settings: WorldSettings;
  readonly events: readonly WorldEvent[];
  readonly faults: FaultPlan;
}
