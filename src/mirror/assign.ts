/** The selector for many: a whole batch placed together, as well as any assignment could. */

import { PipelineError } from '../errors.ts';
import type { NetworkInterface } from '../inventory/network-interface.ts';
import type { Survey } from './survey.ts';
import type { Tier } from './verdict.ts';

export interface Placement {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly tier: Tier;
  /** Other targets that pass every check and have room, best first. */
  readonly alternatives: readonly string[];
}

export interface NotPlaced {
  readonly networkInterfaceId: string;
  /** One sentence: what refused it, per target when there are few. */
  readonly reason: string;
  /** True when something could not be read, so that it is not known whether a target would serve. */
  readonly unknown: boolean;
}

export interface AssignedLoad {
  readonly trafficMirrorTargetId: string;
  /** Distinct sources once the assignment is done. */
  readonly sources: number;
  readonly capacity: number | null;
}

/** Sorted by interface id, by target id. Every source given is in `placed` or `unplaced`. */
export interface Assignment {
  readonly placed: readonly Placement[];
  readonly unplaced: readonly NotPlaced[];
  /** Every configured target, also those that get nothing. */
  readonly load: readonly AssignedLoad[];
}

export interface AssignOptions {
  /** Targets to leave out: those that AWS answered to be full, in this run. */
  readonly exclude?: ReadonlySet<string>;
}

export function assign(
  _survey: Survey,
  _sources: readonly NetworkInterface[],
  _options: AssignOptions = {},
): Assignment {
  throw new PipelineError('internal', 'not built yet');
}
