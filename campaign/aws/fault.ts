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

/** Faults that are drawn: each call has one with the same chance, until a time. */
interface DrawnFaults {
  readonly rate: number;
  readonly untilMs: number;
  /** Faults happen only in the first hours of each day, counted from the world's start. @default all day */
  readonly dailyMs?: number;
  /** True if all calls of an operation in an invocation have the same fault, or none. */
  readonly streaks?: boolean;
}

/** Which faults a world has: some kinds at any call, certain kinds at certain operations, or exactly these. */
export type FaultPlan =
  | (DrawnFaults & { readonly kinds: readonly FaultKind[] })
  | (DrawnFaults & { readonly aims: Readonly<Record<string, readonly FaultKind[]>> })
  | { readonly at: readonly FaultAt[] };

/** Decides about each call. `hit` lists the faults so far, so that a failing run can be repeated with exactly these. */
export interface Faults {
  readonly hit: FaultAt[];
  /** The fault at this call at `ms` after the world's start; undefined when there is none, or none of its kind makes sense there. */
  at(call: string, ms: number, isPossible: (kind: FaultKind) => boolean): FaultKind | undefined;
}

const DAY_MS = 86_400_000;

/** The faults of a plan under a seed. */
export function faultsOf(plan: FaultPlan, seed: number): Faults {
  const hit: FaultAt[] = [];
  const exact = 'at' in plan ? new Map(plan.at.map(({ call, kind }) => [call, kind])) : undefined;
  const choose = (call: string, ms: number): FaultKind | undefined => {
    if ('at' in plan) return exact?.get(call);
    if (ms > plan.untilMs || (plan.dailyMs !== undefined && ms % DAY_MS > plan.dailyMs)) return undefined;
    const [invocation, operation = ''] = call.split('/');
    const kinds = 'aims' in plan ? (plan.aims[operation] ?? []) : plan.kinds;
    const place = plan.streaks === true ? `${invocation}/${operation}` : call;
    if (chanceAt(seed, 'fault', place) >= plan.rate) return undefined;
    return kinds[Math.floor(chanceAt(seed, 'kind', place) * kinds.length)];
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
