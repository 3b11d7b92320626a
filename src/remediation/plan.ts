/** What would be done: steps, each with its reason, and the sources for which nothing can be. */

/**
 * The contract of a step of `mirror plan -o json`. A sensor that is to be launched has no ids yet: its `create-target` names it, its
 * interface and its target alike by a placeholder, and the sessions that are to go there name that.
 */
export interface PlanStep {
  readonly kind: 'create-session' | 'modify-session' | 'delete-session' | 'create-target' | 'terminate-sensor';
  readonly accountId: string;
  readonly region: string;
  readonly networkInterfaceId: string;
  readonly resourceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
  readonly reason: string;
  /** The session to modify or delete. */
  readonly trafficMirrorSessionId?: string | undefined;
  /** True when the session to modify is to get the step's number too. */
  readonly renumber?: boolean | undefined;
  /** Other targets that would serve, best first, for when the chosen one turns out full. */
  readonly alternatives?: readonly string[] | undefined;
  /** Tags of what is to be created. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  /** Of a sensor on demand: the pool that it is for. */
  readonly pool?: string | undefined;
  /** How many sensors the pool has had before this one: with the pool it makes the client token, alike for whoever sees the same. */
  readonly ordinal?: number | undefined;
  /** How it is launched. */
  readonly imageId?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly securityGroupIds?: readonly string[] | undefined;
  /** A sensor that was launched already and is no target: made one, or terminated. */
  readonly instanceId?: string | undefined;
}

export interface Unplaced {
  readonly networkInterfaceId: string;
  readonly resourceId: string;
  readonly reason: string;
}

export interface TargetLoad {
  readonly trafficMirrorTargetId: string;
  /** Distinct sources once the plan is done. */
  readonly sources: number;
  readonly capacity: number | null;
}

/** A plan, in the order in which it is to be done. Empty `steps` means nothing is to be done. */
export interface RemediationPlan {
  readonly steps: readonly PlanStep[];
  readonly unplaced: readonly Unplaced[];
  readonly load: readonly TargetLoad[];
}
