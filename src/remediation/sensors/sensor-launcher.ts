/** The port through which sensors are launched on demand, and how a sensor of ours is known. */

import type { Instance } from '../../inventory/instance.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { TrafficMirrorTarget } from '../../inventory/mirror.ts';

/** An instance that is to be, or is, a sensor. */
export interface Sensor extends Pick<Instance, 'instanceId' | 'state' | 'clientToken'> {
  /** Its primary interface: the one that becomes the target. Absent when it is terminated. */
  readonly networkInterfaceId?: string | undefined;
}

export interface LaunchRequest {
  readonly imageId: string;
  readonly instanceType: string;
  readonly subnetId: string;
  readonly securityGroupIds: readonly string[];
  readonly clientToken: string;
  /** Of the instance and of its interface, from the launch on. */
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** The only way instances are launched and ended. Every method throws AwsCallError with AWS's code when the call was refused. */
export interface SensorLauncher {
  /** Launches one instance. A repeated token is answered with the instance that it launched before, whatever became of that one. */
  launch(scope: Scope, request: LaunchRequest): Promise<Sensor>;
  /** The instance as it is now; undefined when it is not shown, not yet or no longer. */
  describe(scope: Scope, instanceId: string): Promise<Sensor | undefined>;
  /** The target that an interface is, read afresh. */
  targetOn(scope: Scope, networkInterfaceId: string): Promise<TrafficMirrorTarget | undefined>;
  /** Terminating what is gone is done. */
  terminate(scope: Scope, instanceId: string): Promise<void>;
}

/**
 * The client token of a pool's sensor. EC2 shows it with the instance and nobody can change it: it is what tells a sensor of ours
 * from any instance that was tagged as one, so that nothing else is ever terminated or given copies of traffic.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
export function sensorToken(pool: string, ordinal: number): string {
  return `mirrorwatch-${pool}-${ordinal}`;
}

/** Whether an instance was launched as a sensor of this pool. */
export function isSensorOf(pool: string, { clientToken = '' }: Pick<Sensor, 'clientToken'>): boolean {
  const prefix = `mirrorwatch-${pool}-`;
  return clientToken.startsWith(prefix) && /^\d{1,6}$/.test(clientToken.slice(prefix.length));
}

const PLACEHOLDER = 'on-demand-';

/** What stands in a plan for the ids of a sensor that is not a target yet: of its pool, and which one it is. */
export function placeholderOf(pool: string, which: string | number): string {
  return `${PLACEHOLDER}${pool}-${which}`;
}

/** Whether an id only stands for one. */
export function isPlaceholder(id: string): boolean {
  return id.startsWith(PLACEHOLDER);
}
