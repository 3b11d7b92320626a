/** Makes a sensor on demand: launches it, waits until it runs and makes it a target; and ends one that could not be made one. */

import { awsCodeOf, messageOf } from '../../errors.ts';
import { isLiving, isRunning } from '../../inventory/instance.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { TrafficMirrorTarget } from '../../inventory/mirror.ts';
import { clientToken } from '../client-token.ts';
import type { MirrorWriter } from '../mirror-writer.ts';
import type { PlanStep } from '../plan.ts';
import { type Done, mayPass, type Refused, refusalOf } from '../step-outcome.ts';
import { isSensorOf, type Sensor, type SensorLauncher, sensorToken } from './sensor-launcher.ts';

/** What making sensors needs of a run. */
export interface SensorRun {
  readonly launcher?: SensorLauncher | undefined;
  readonly writer: Pick<MirrorWriter, 'createTarget'>;
  readonly generation: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly remainingMs: () => number;
  /** Targets whose room the plan has counted, or that this run made: a sensor behind one of them is no new one. */
  readonly known: ReadonlySet<string>;
}

const LOOK_EVERY_MS = 5000;
/** A sensor that takes longer to start is left to a later run. */
const MOST_LOOKS = 36;
/** Tokens of sensors that are gone answer with what is gone; so many of them are passed over. */
const MOST_ORDINALS = 20;
const MOST_CALLS = 4;

/** Whether a step is about a sensor on demand. */
export function isSensorStep({ kind, pool }: PlanStep): boolean {
  return kind === 'terminate-sensor' || (kind === 'create-target' && pool !== undefined);
}

/**
 * Does a `create-target` step of a pool. The sensor that another run launched from the same state is found by the token, and the
 * target that another made of it by its interface: both runs go on with the same. A sensor that cannot be made a target is
 * terminated. One that does not run in time is left as it is, for a later run to go on with.
 *
 * Throws what a refused launch throws: nothing was launched then, or the same call made again is answered with what was.
 */
export async function makeSensor(step: PlanStep, run: SensorRun): Promise<Done | Refused> {
  const { launcher } = run;
  if (launcher === undefined) return refusal('no sensor can be launched from here', false);
  const found = step.instanceId === undefined ? await launched(step, launcher, run) : await idle(step, launcher);
  if ('kind' in found) return found;
  const { sensor, target } = found;
  return target === undefined ? asTarget(step, sensor, launcher, run) : done(sensor, target);
}

/**
 * Does a `terminate-sensor` step, as far as nothing has changed: only an instance that was launched by us for the pool is
 * terminated, and only while it is no target.
 */
export async function endSensor(step: PlanStep, { launcher }: SensorRun): Promise<Done | Refused> {
  const { instanceId = '', pool = '' } = step;
  if (launcher === undefined) return refusal('no sensor can be terminated from here', false);
  const scope = scopeOf(step);
  const sensor = await launcher.describe(scope, instanceId);
  if (sensor === undefined || !isLiving(sensor)) return { kind: 'done', reason: `${instanceId} is gone` };
  if (!isSensorOf(pool, sensor)) return refusal(`${instanceId} was not launched by us, whatever its tags say`, false);
  const target = await targetOf(sensor, scope, launcher);
  if (target !== undefined) return done(sensor, target);
  await launcher.terminate(scope, instanceId);
  return { kind: 'done', reason: `terminated ${instanceId}` };
}

interface Found {
  readonly sensor: Sensor;
  /** The target that another run made of it. */
  readonly target?: TrafficMirrorTarget | undefined;
}

/** The sensor of the step's token, or of the next one that is not used up: its sensor gone, or one that was counted already. */
async function launched(step: PlanStep, launcher: SensorLauncher, run: SensorRun): Promise<Found | Refused> {
  const { pool = '', ordinal = 0 } = step;
  const scope = scopeOf(step);
  for (let next = ordinal; next < ordinal + MOST_ORDINALS; next += 1) {
    const first = await launchOnce(step, sensorToken(pool, next), launcher);
    const sensor = first && ((await launcher.describe(scope, first.instanceId)) ?? first);
    if (sensor === undefined || !isRunning(sensor)) continue;
    const target = await targetOf(sensor, scope, launcher);
    if (target !== undefined && run.known.has(target.trafficMirrorTargetId)) continue;
    return target === undefined ? untilRunning(sensor, scope, launcher, run) : { sensor, target };
  }
  return refusal(`the client tokens of ${MOST_ORDINALS} launches are used up by sensors that are gone`, true);
}

/** Undefined for a token that was used otherwise before, such as by a configuration with other tags. */
async function launchOnce(step: PlanStep, token: string, launcher: SensorLauncher): Promise<Sensor | undefined> {
  const { imageId = '', instanceType = '', subnetId = '', securityGroupIds = [], tags = [] } = step;
  const request = { imageId, instanceType, subnetId, securityGroupIds, tags, clientToken: token };
  try {
    return await launcher.launch(scopeOf(step), request);
  } catch (error) {
    if (awsCodeOf(error) === 'IdempotentParameterMismatch') return undefined;
    throw error;
  }
}

async function untilRunning(
  sensor: Sensor,
  scope: Scope,
  launcher: SensorLauncher,
  { sleep, remainingMs }: SensorRun,
): Promise<Found | Refused> {
  const { instanceId } = sensor;
  let now = sensor;
  for (let looks = 1; now.state === 'pending'; looks += 1) {
    if (looks === MOST_LOOKS || remainingMs() <= LOOK_EVERY_MS) {
      return refusal(`sensor ${instanceId} is still starting; a later run makes it a target`, true);
    }
    await sleep(LOOK_EVERY_MS);
    now = (await launcher.describe(scope, instanceId)) ?? now;
  }
  return isRunning(now) ? { sensor: now } : refusal(`sensor ${instanceId} was ${now.state} as it started`, false);
}

/** The sensor that is there already, if it still is one of ours and runs. */
async function idle(step: PlanStep, launcher: SensorLauncher): Promise<Found | Refused> {
  const { instanceId = '', pool = '' } = step;
  const scope = scopeOf(step);
  const sensor = await launcher.describe(scope, instanceId);
  if (sensor === undefined || !isRunning(sensor)) return refusal(`sensor ${instanceId} does not run any more`, true);
  if (!isSensorOf(pool, sensor)) return refusal(`${instanceId} was not launched by us, whatever its tags say`, false);
  return { sensor, target: await targetOf(sensor, scope, launcher) };
}

/** EC2 may not show for a while what it has just made, so that a refusal counts only when it is repeated. */
async function asTarget(
  step: PlanStep,
  sensor: Sensor,
  launcher: SensorLauncher,
  run: SensorRun,
): Promise<Done | Refused> {
  const scope = scopeOf(step);
  const { networkInterfaceId } = sensor;
  if (networkInterfaceId === undefined) return abandon(sensor, refusal('it has no interface', false), scope, launcher);
  const { tags = [] } = step;
  const token = clientToken('CreateTrafficMirrorTarget', { ...scope, networkInterfaceId, tags }, run.generation);
  for (let calls = 1; ; calls += 1) {
    try {
      return done(sensor, await run.writer.createTarget(scope, { networkInterfaceId, tags, clientToken: token }));
    } catch (error) {
      const target = await targetOf(sensor, scope, launcher);
      if (target !== undefined) return done(sensor, target);
      const pauseMs = LOOK_EVERY_MS * calls;
      if (!maySettle(error) || calls === MOST_CALLS || run.remainingMs() <= pauseMs) {
        return abandon(sensor, refusalOf(error), scope, launcher);
      }
      await run.sleep(pauseMs);
    }
  }
}

/** Faults that are over in a moment, and those of a thing or a use of it that EC2 does not show yet. */
function maySettle(error: unknown): boolean {
  const code = awsCodeOf(error);
  return (
    mayPass(error) || code === 'InvalidNetworkInterfaceID.NotFound' || code === 'InterfaceInUseByTrafficMirrorTarget'
  );
}

/**
 * Ends a sensor that could not be made a target: it would be billed for nothing. The same is not tried again at once, or each
 * redelivery would launch another; one that could not even be ended is found by its tags by a later sweep.
 */
async function abandon(sensor: Sensor, why: Refused, scope: Scope, launcher: SensorLauncher): Promise<Refused> {
  const { instanceId } = sensor;
  const told = { ...why, handling: 'refused', retry: false } as const;
  try {
    await launcher.terminate(scope, instanceId);
    return { ...told, reason: `${why.reason}; sensor ${instanceId} was terminated` };
  } catch (fault) {
    const left = `sensor ${instanceId} could not be terminated and is left to a sweep: ${messageOf(fault)}`;
    return { ...told, reason: `${why.reason}; ${left}` };
  }
}

async function targetOf(
  sensor: Sensor,
  scope: Scope,
  launcher: SensorLauncher,
): Promise<TrafficMirrorTarget | undefined> {
  const { networkInterfaceId } = sensor;
  return networkInterfaceId === undefined ? undefined : launcher.targetOn(scope, networkInterfaceId);
}

function done({ instanceId }: Sensor, { trafficMirrorTargetId }: TrafficMirrorTarget): Done {
  return { kind: 'done', reason: `sensor ${instanceId} is target ${trafficMirrorTargetId}`, trafficMirrorTargetId };
}

function refusal(reason: string, retry: boolean): Refused {
  return { kind: 'refused', handling: 'refused', reason, retry };
}

function scopeOf({ accountId, region }: PlanStep): Scope {
  return { accountId, region };
}
