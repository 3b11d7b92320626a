/** The port for launching sensors, and how a sensor of ours is recognised. */

import type { Instance } from '../../inventory/instance.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type { Tag } from '../../sighting/sighting.ts';

/** An instance that is a sensor, or becomes one. */
export interface Sensor extends Pick<Instance, 'instanceId' | 'state' | 'clientToken' | 'launchTime'> {
  /** Its primary interface: the one that becomes the target. Absent once it is terminated. */
  readonly networkInterfaceId?: string | undefined;
}

export interface LaunchRequest {
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly clientToken: string;
  /** Tags of the instance and its interface, set at launch. */
  readonly tags: readonly Tag[];
}

/** Launches and terminates instances. Every method throws AwsCallError with AWS's code when the call is refused. */
export interface SensorLauncher {
  /** Launches one instance. A repeated token is answered with the instance it launched before, even if that is terminated. */
  launch(scope: Scope, request: LaunchRequest): Promise<Sensor>;
  /** The instance as it is now; undefined while EC2 does not show it yet, or no longer. */
  describe(scope: Scope, instanceId: string): Promise<Sensor | undefined>;
  /** The target on an interface, read afresh. */
  targetOn(scope: Scope, networkInterfaceId: string): Promise<TrafficMirrorTarget | undefined>;
  /** Succeeds if the instance is already gone. */
  terminate(scope: Scope, instanceId: string): Promise<void>;
}

const PLACEHOLDER = 'on-demand-';

/** Stands in a plan for the ids of a sensor that is not a target yet; `which` is its ordinal or instance id. */
export function placeholderOf(pool: string, which: string | number): string {
  return `${PLACEHOLDER}${pool}-${which}`;
}

/** True for a placeholder, false for a real id. */
export function isPlaceholder(id: string): boolean {
  return id.startsWith(PLACEHOLDER);
}
