/** What can go wrong with one call, and where the schedule says that it does. */

import { chanceAt } from '../driver/random.ts';

/** The ways in which a call goes wrong. */
export const FAULT_KINDS = [
  'throttled',
  'server-error',
  'reset',
  'answer-lost',
  'answered-with-500',
  'silent',
  'silent-but-done',
  'slow',
  'stalled-body',
  'killed-before',
  'killed-after',
  'stale',
  'small-page',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault at a call: `watch#3/PutItem/2` is the second PutItem of the third invocation of `watch`. */
export interface FaultAt {
  readonly call: string;
  readonly kind: FaultKind;
}

/** Which faults a world has: some kinds with a rate and until a time, or exactly these. */
export type FaultPlan =
  | {
      readonly kinds: readonly FaultKind[];
      readonly rate: number;
      readonly untilMs: number;
      /** The operations that fail. @default every one */
      readonly only?: readonly string[];
      /** Faults happen only in the first hours of each day, counted from the world's start. @default all day */
      readonly dailyMs?: number;
      /** True if all calls of an operation in an invocation have the same fault, or none. */
      readonly streaks?: boolean;
    }
  | { readonly at: readonly FaultAt[] };

/** Decides about each call. `hit` lists the faults so far, so that a failing run can be repeated with exactly these. */
export interface Faults {
  readonly hit: FaultAt[];
  /** The fault at this call at `ms` after the world's start; undefined when there is none, or none of its kind makes sense there. */
  at(call: string, ms: number, isPossible: (kind: FaultKind) => boolean): FaultKind | undefined;
}

/** The faults of a plan under a seed. */
export function faultsOf(plan: FaultPlan, seed: number): Faults {
  const hit: FaultAt[] = [];
  const exact = 'at' in plan ? new Map(plan.at.map(({ call, kind }) => [call, kind])) : undefined;
  const choose = (call: string, ms: number): FaultKind | undefined => {
    if (exact !== undefined) return exact.get(call);
    if (!('kinds' in plan) || ms > plan.untilMs) return undefined;
    if (plan.dailyMs !== undefined && ms % 86_400_000 > plan.dailyMs) return undefined;
    const [invocation, operation = ''] = call.split('/');
    if (plan.only !== undefined && !plan.only.includes(operation)) return undefined;
    const place = plan.streaks === true ? `${invocation}/${operation}` : call;
    if (chanceAt(seed, 'fault', place) >= plan.rate) return undefined;
    return plan.kinds[Math.floor(chanceAt(seed, 'kind', place) * plan.kinds.length)];
  };
  return {
    hit,
    at(call, ms, isPossible) {
      const kind = choose(call, ms);
      if (kind === undefined || !isPossible(kind)) return undefined;
      hit.push({ call, kind });
      return kind;
    },
  };
}
