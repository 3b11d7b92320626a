/** The sensor of an intended launch: launched now, or by a run before. */

import { awsCodeOf } from '../../errors.ts';
import { isLiving } from '../../inventory/instance.ts';
import type { Scope } from '../../inventory/inventory.ts';
import { sensorToken } from '../../mirror/ours/sensors.ts';
import type { LaunchSensorStep } from '../plan.ts';
import { isTransient, isUnanswered } from '../step-outcome.ts';
import type { IntendedLaunch, LaunchLog } from './launch-log.ts';
import type { Sensor, SensorLauncher } from './sensor-launcher.ts';

/** EC2 may not show a new instance for a while. One that it does not show after this time is gone. */
const SHOWN_WITHIN_MS = 15 * 60_000;

/** What a run knows and notes about launches. */
export interface LaunchNotes {
  /** The instances that we are proven to have launched, and those that this run launches. */
  readonly proven: Set<string>;
  /** What this run has launched since the last outcome. */
  readonly launched: string[];
  /** The present time, in milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** What a launch needs. */
export interface LaunchPorts {
  readonly launcher: SensorLauncher;
  readonly launches: LaunchLog;
}

/**
 * The sensor of a launch, which EC2 makes now if it has not before. Nobody could launch anything with its token first, as nobody knew it:
 * the instance that EC2 answers with is ours, however often the call is repeated. Once that instance is noted, the token is not used
 * again: EC2 forgets it after the instance, and by then anybody may know it.
 *
 * `gone`: it has ended. `unseen`: EC2 does not show it yet. `other`: it was launched for other settings, by a plan for another configuration.
 */
export async function sensorOf(
  launch: IntendedLaunch,
  step: LaunchSensorStep,
  { launcher, launches }: LaunchPorts,
  run: LaunchNotes,
): Promise<Sensor | 'gone' | 'unseen' | 'other'> {
  const scope: Scope = { accountId: step.accountId, region: step.region };
  const { instanceId, at } = launch;
  if (instanceId !== undefined) {
    const sensor = await launcher.describe(scope, instanceId);
    if (sensor !== undefined) return isLiving(sensor) ? noted(sensor, run) : 'gone';
    return run.nowMs() - at.getTime() < SHOWN_WITHIN_MS ? 'unseen' : 'gone';
  }
  const launched = await launchOnce(scope, step, launch, { launcher, launches });
  if (launched === undefined) return 'other';
  noted(launched, run);
  await launches.noteInstance(scope, launch, launched.instanceId, new Date(run.nowMs()));
  const sensor = (await launcher.describe(scope, launched.instanceId)) ?? launched;
  return isLiving(sensor) ? sensor : 'gone';
}

function noted(sensor: Sensor, { proven, launched }: LaunchNotes): Sensor {
  const { instanceId } = sensor;
  if (!proven.has(instanceId)) launched.push(instanceId);
  proven.add(instanceId);
  return sensor;
}

/**
 * Undefined for a token that was used with a different request, for example under a configuration with other tags. CloudTrail records the
 * token of a refused call, and somebody may read it there: it is not used again.
 */
async function launchOnce(
  scope: Scope,
  step: LaunchSensorStep,
  launch: IntendedLaunch,
  { launcher, launches }: LaunchPorts,
): Promise<Sensor | undefined> {
  const { imageId, instanceType, subnetId, securityGroupIds, tags } = step;
  const clientToken = sensorToken(launch.pool, launch.ordinal, launch.secret);
  try {
    const request = { imageId, instanceType, subnetId, securityGroupIds, tags, clientToken };
    return await launcher.launch(scope, request);
  } catch (error) {
    if (awsCodeOf(error) === 'IdempotentParameterMismatch') return undefined;
    if (isFinalRefusal(error)) await launches.forget(scope, launch);
    throw error;
  }
}

/** True if AWS refused the call for good. After any other error, the same call may have launched the instance. */
function isFinalRefusal(error: unknown): boolean {
  return awsCodeOf(error) !== undefined && !isTransient(error) && !isUnanswered(error);
}
