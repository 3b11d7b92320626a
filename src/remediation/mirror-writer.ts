/** The port through which sessions and targets are written. */

import type { Scope } from '../inventory/inventory.ts';
import type { TrafficMirrorSession, TrafficMirrorTarget } from '../inventory/mirror.ts';

export interface CreateSessionRequest {
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  readonly sessionNumber: number;
  readonly clientToken: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly description?: string;
}

export interface ModifySessionRequest {
  readonly trafficMirrorSessionId: string;
  readonly trafficMirrorTargetId?: string;
  readonly trafficMirrorFilterId?: string;
  readonly sessionNumber?: number;
}

/** The only way sessions are written. Every method throws AwsCallError with AWS's code when the call was refused. */
export interface MirrorWriter {
  createSession(scope: Scope, request: CreateSessionRequest): Promise<TrafficMirrorSession>;
  modifySession(scope: Scope, request: ModifySessionRequest): Promise<TrafficMirrorSession>;
  /** Deleting a session that is gone is done. */
  deleteSession(scope: Scope, trafficMirrorSessionId: string): Promise<void>;
  /** The sessions that an interface has now: read afresh, to decide from what is there after an unclear answer. */
  sessionsOf(scope: Scope, networkInterfaceId: string): Promise<readonly TrafficMirrorSession[]>;
  /** Makes an interface a target, tagged at creation. */
  createTarget(
    scope: Scope,
    request: {
      readonly networkInterfaceId: string;
      readonly clientToken: string;
      readonly tags: readonly { readonly key: string; readonly value: string }[];
    },
  ): Promise<TrafficMirrorTarget>;
}
