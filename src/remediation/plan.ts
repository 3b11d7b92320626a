/** A plan: the steps to take, each with its reason, and the sources that it can do nothing for. */

import type { Tag } from '../sighting/sighting.ts';

/** The fields of every step, as `mirror plan -o json` prints them. */
interface CommonStep {
  readonly accountId: string;
  readonly region: string;
  readonly networkInterfaceId: string;
  readonly resourceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
  readonly reason: string;
}

export interface CreateSessionStep extends CommonStep {
  readonly kind: 'create-session';
  /** Other targets that would serve, best first, in case the chosen one turns out to be full. */
  readonly alternatives: readonly string[];
  readonly tags: readonly Tag[];
}

export interface ModifySessionStep extends CommonStep {
  readonly kind: 'modify-session';
  readonly trafficMirrorSessionId: string;
  /** Other targets that would serve, best first; absent when only this target will do. */
  readonly alternatives?: readonly string[] | undefined;
  /** True when the session also takes the step's number. */
  readonly renumber?: boolean | undefined;
}

export interface DeleteSessionStep extends CommonStep {
  readonly kind: 'delete-session';
  readonly trafficMirrorSessionId: string;
}

/**
 * Adds a sensor to a pool. The sensor's target has no id yet: a placeholder stands for it here and in the steps of the sessions that
 * go there. A sensor's steps carry no session number.
 */
interface CommonSensorStep extends CommonStep {
  readonly kind: 'create-target';
  readonly pool: string;
  /** Tags of the instance, its interface and its target. */
  readonly tags: readonly Tag[];
}

/** Launches a sensor and makes it a target. The instance and its interface have no ids yet either: the placeholder names them too. */
export interface LaunchSensorStep extends CommonSensorStep {
  /** How many sensors the pool had before. Pool and ordinal make the client token, so concurrent runs launch the same sensor. */
  readonly ordinal: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
}

/** Makes a target of a sensor that was launched earlier. */
export interface ReuseSensorStep extends CommonSensorStep {
  readonly instanceId: string;
}

/** Ends a sensor that never became a target. Target, filter and number are empty. */
export interface TerminateSensorStep extends CommonStep {
  readonly kind: 'terminate-sensor';
  readonly pool: string;
  readonly instanceId: string;
}

/** The steps that send a session to a target. Another target may replace it. */
export type PlaceSessionStep = CreateSessionStep | ModifySessionStep;
export type SessionStep = PlaceSessionStep | DeleteSessionStep;
export type CreateTargetStep = LaunchSensorStep | ReuseSensorStep;
export type SensorStep = CreateTargetStep | TerminateSensorStep;
export type PlanStep = SessionStep | SensorStep;
export type StepKind = PlanStep['kind'];

/** False for the steps about sensors: their interfaces may not exist yet, and are no sources. */
export function isSessionStep(step: PlanStep): step is SessionStep {
  return step.kind !== 'create-target' && step.kind !== 'terminate-sensor';
}

/** The session that a step modifies or deletes. */
export function sessionIdOf(step: PlanStep): string | undefined {
  switch (step.kind) {
    case 'modify-session':
    case 'delete-session':
      return step.trafficMirrorSessionId;
    case 'create-session':
    case 'create-target':
    case 'terminate-sensor':
      return undefined;
  }
}

/** What a source without a step has of a session: none to a sensor, one that doesn't do what it should, or it is not known. */
export type ExistingSession = 'none' | 'ineffective' | 'unknown';

/** A source that needs a session, or may need one, and for which the plan has no step. */
export interface Unplaced {
  readonly networkInterfaceId: string;
  readonly resourceId: string;
  readonly reason: string;
  /** Absent where no session was judged: a suspect's, and those of an account whose interfaces are unknown. */
  readonly session?: ExistingSession | undefined;
}

/** A source that is left as it is, because an exemption says so. */
export interface LeftOut {
  readonly networkInterfaceId: string;
  readonly resourceId: string;
  /** Who decided it, until when and why; and which sessions mirror the source nevertheless. */
  readonly reason: string;
  /** The sessions on it, which stay. */
  readonly trafficMirrorSessionIds: readonly string[];
}

export interface TargetLoad {
  readonly trafficMirrorTargetId: string;
  /** The account and region whose sources are counted: of a shared target, each account sees only its own. */
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** Distinct sources once the plan is applied. */
  readonly sources: number;
  /** Null for a target without a limit. */
  readonly capacity: number | null;
}

/** A plan, in the order in which it is to be applied. No `steps` means that there is nothing to do. */
export interface RemediationPlan {
  readonly steps: readonly PlanStep[];
  readonly unplaced: readonly Unplaced[];
  /** Empty when the sessions could not be read: nobody can count sources then. */
  readonly load: readonly TargetLoad[];
  /** Sources that exemptions keep from being repaired. Absent means none. */
  readonly exempted?: readonly LeftOut[] | undefined;
}
