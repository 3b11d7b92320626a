/** The port for writing sessions and targets. */

import type { Scope } from '../inventory/inventory.ts';
import type { TrafficMirrorSession, TrafficMirrorTarget } from '../inventory/mirror.ts';
import type { Tag } from '../sighting/sighting.ts';

export interface CreateSessionRequest {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
  readonly clientToken: string;
  readonly tags: readonly Tag[];
  readonly description?: string;
}

export interface ModifySessionRequest {
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId?: string;
  readonly trafficMirrorFilterId?: string;
  readonly sessionNumber?: number;
}

/** Writes sessions and targets. Every method throws AwsCallError with AWS's code when the call is refused. */
export interface MirrorWriter {
  createSession(scope: Scope, request: CreateSessionRequest): Promise<TrafficMirrorSession>;
  modifySession(scope: Scope, request: ModifySessionRequest): Promise<TrafficMirrorSession>;
  /** True if it deleted the session, false if that was gone already. */
  deleteSession(scope: Scope, trafficMirrorSessionId: string): Promise<boolean>;
  /** The sessions that an interface has now, read afresh: what to judge by after an unclear answer. */
  sessionsOf(scope: Scope, networkInterfaceId: string): Promise<readonly TrafficMirrorSession[]>;
  /** Makes a target of an interface, tagged at creation. */
  createTarget(
    scope: Scope,
    request: {
      readonly networkInterfaceId: string;
      readonly clientToken: string;
      readonly tags: readonly Tag[];
    },
  ): Promise<TrafficMirrorTarget>;
}
