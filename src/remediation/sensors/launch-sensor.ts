/** Creates a sensor: launches it, waits until it runs and makes it a target; terminates one that cannot become a target. */

import { awsCodeOf, messageOf } from '../../errors.ts';
import { isLiving, isRunning } from '../../inventory/instance.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { TrafficMirrorTarget } from '../../inventory/mirror.ts';
import { isSensorOf, sensorToken } from '../../mirror/ours/sensors.ts';
import { clientToken } from '../client-token.ts';
import type { MirrorWriter } from '../mirror-writer.ts';
import type { CreateTargetStep, LaunchSensorStep, PlanStep, ReuseSensorStep, TerminateSensorStep } from '../plan.ts';
import { isTransient, refusalOf, type StepDone, type StepRefused } from '../step-outcome.ts';
import type { Sensor, SensorLauncher } from './sensor-launcher.ts';

const NO_LAUNCHER =
  'no sensor can be launched: this run has no launcher, or no ledger (--ledger) by which later runs could prove that the sensor is ours';

/** What a step about a sensor needs to know about its run. */
export interface SensorRun {
  readonly launcher?: SensorLauncher | undefined;
  readonly writer: Pick<MirrorWriter, 'createTarget'>;
  readonly generation: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly remainingMs: () => number;
  /** Targets whose room the plan counted, or that this run created: the sensor behind one of them is not a new one. */
  readonly knownTargets: ReadonlySet<string>;
  /** The instances that we are proven to have launched, and those that this run launches. */
  readonly proven: Set<string>;
  /** What this run has launched since the last outcome. */
  readonly launched: string[];
  /** When this run first asked for the sensor of a client token, in milliseconds since 1970, by account, region and token. */
  readonly askedAt: Map<string, number>;
  /** The present time, in milliseconds since 1970. */
  readonly nowMs: () => number;
}

const POLL_INTERVAL_MS = 5000;
/** A sensor that takes longer to start is left to a later run. */
const MOST_POLLS = 36;
/** How much EC2's clock and ours may differ. Launch times are in whole seconds. */
const CLOCK_SKEW_MS = 2000;
/** Within this time CloudTrail delivers the record of a launch, which proves whose it was. */
const RECORDED_WITHIN_MS = 60 * 60_000;
/** EC2 answers the token of a terminated sensor with that sensor; at most this many tokens are skipped. */
const MOST_ORDINALS = 20;
const MOST_ATTEMPTS = 4;

/**
 * Applies a `create-target` step. Concurrent runs share one sensor: its token finds the instance that another run launched, and its
 * interface finds the target that another run made of it. A sensor that cannot become a target is terminated. One that does not
 * start in time is left alone; a later run resumes with it.
 *
 * Throws what a refused launch throws. Nothing was launched then, or the same call will find what was.
 */
export async function createSensorTarget(step: CreateTargetStep, run: SensorRun): Promise<StepDone | StepRefused> {
  const { launcher } = run;
  if (launcher === undefined) return refusal(NO_LAUNCHER, false);
  const found = 'instanceId' in step ? await findSensor(step, launcher, run) : await launchSensor(step, launcher, run);
  if (found.kind === 'refused') return found;
  const { sensor, target } = found;
  return target === undefined ? makeTarget(step, sensor, launcher, run) : targetDone(sensor, target);
}

/** Applies a `terminate-sensor` step. Terminates only an instance that we launched for the pool and that no target uses yet. */
export async function terminateSensor(
  step: TerminateSensorStep,
  { launcher, proven }: SensorRun,
): Promise<StepDone | StepRefused> {
  const { instanceId, pool } = step;
  if (launcher === undefined) return refusal('no sensor can be terminated: this run has no launcher', false);
  const scope = scopeOf(step);
  const sensor = await launcher.describe(scope, instanceId);
  if (sensor === undefined || !isLiving(sensor)) return { kind: 'done', reason: `${instanceId} is gone` };
  if (!isSensorOf(pool, sensor) || !proven.has(instanceId)) return notOurs(instanceId);
  const target = await targetOf(sensor, scope, launcher);
  if (target !== undefined) return targetDone(sensor, target);
  await launcher.terminate(scope, instanceId);
  return { kind: 'done', reason: `terminated ${instanceId}` };
}

/** A running sensor, with its target if another run has made one. */
interface RunningSensor {
  readonly kind: 'running';
  readonly sensor: Sensor;
  readonly target?: TrafficMirrorTarget | undefined;
}

/** Launches with the step's token, or with the next one whose sensor is neither gone nor counted in the plan. */
async function launchSensor(
  step: LaunchSensorStep,
  launcher: SensorLauncher,
  run: SensorRun,
): Promise<RunningSensor | StepRefused> {
  const { pool, ordinal } = step;
  const scope = scopeOf(step);
  for (let next = ordinal; next < ordinal + MOST_ORDINALS; next += 1) {
    const token = sensorToken(pool, next);
    const askedAt = firstAsked(`${scopeKey(scope)}:${token}`, run);
    const launched = await launchOnce(step, token, launcher);
    if (launched !== undefined && isLaunchedSince(askedAt, launched)) noteLaunch(launched, run);
    const sensor = launched && ((await launcher.describe(scope, launched.instanceId)) ?? launched);
    if (sensor === undefined || !isRunning(sensor)) continue;
    if (!run.proven.has(sensor.instanceId)) {
      if (isRecent(sensor, askedAt)) return unprovenYet(sensor);
      continue;
    }
    const target = await targetOf(sensor, scope, launcher);
    if (target !== undefined && run.knownTargets.has(target.trafficMirrorTargetId)) continue;
    return target === undefined ? waitUntilRunning(sensor, scope, launcher, run) : { kind: 'running', sensor, target };
  }
  return refusal(`${MOST_ORDINALS} client tokens in a row belong to sensors that are gone`, false);
}

/** A call whose answer was lost is repeated, and answered with what the first one launched. */
function firstAsked(key: string, { askedAt, nowMs }: SensorRun): number {
  const first = askedAt.get(key) ?? nowMs();
  askedAt.set(key, first);
  return first;
}

/**
 * True if EC2 launched the instance for our call. It answers a repeated token with the instance of the first call, and anybody who may launch
 * instances could have made that one.
 */
function isLaunchedSince(askedAt: number, { launchTime }: Sensor): boolean {
  return launchTime !== undefined && launchTime.getTime() >= askedAt - CLOCK_SKEW_MS;
}

function noteLaunch({ instanceId }: Sensor, run: SensorRun): void {
  if (!run.proven.has(instanceId)) run.launched.push(instanceId);
  run.proven.add(instanceId);
}

/** True while a proof of the launch may still arrive. An unproven sensor that is older is passed over. */
function isRecent({ launchTime }: Sensor, at: number): boolean {
  return launchTime !== undefined && launchTime.getTime() > at - RECORDED_WITHIN_MS;
}

function unprovenYet({ instanceId }: Sensor): StepRefused {
  const reason = `${instanceId} was launched with our client token before, and nothing proves yet that we did it; CloudTrail's record of the launch will tell`;
  return refusal(reason, true);
}

/** Undefined for a token that was used with a different request, for example under a configuration with other tags. */
async function launchOnce(
  step: LaunchSensorStep,
  token: string,
  launcher: SensorLauncher,
): Promise<Sensor | undefined> {
  const { imageId, instanceType, subnetId, securityGroupIds, tags } = step;
  const request = { imageId, instanceType, subnetId, securityGroupIds, tags, clientToken: token };
  try {
    return await launcher.launch(scopeOf(step), request);
  } catch (error) {
    if (awsCodeOf(error) === 'IdempotentParameterMismatch') return undefined;
    throw error;
  }
}

async function waitUntilRunning(
  launched: Sensor,
  scope: Scope,
  launcher: SensorLauncher,
  { sleep, remainingMs }: SensorRun,
): Promise<RunningSensor | StepRefused> {
  const { instanceId } = launched;
  let sensor = launched;
  for (let polls = 1; sensor.state === 'pending'; polls += 1) {
    if (polls === MOST_POLLS || remainingMs() <= POLL_INTERVAL_MS) {
      return refusal(`sensor ${instanceId} is still starting; a later run makes it a target`, true);
    }
    await sleep(POLL_INTERVAL_MS);
    sensor = (await launcher.describe(scope, instanceId)) ?? sensor;
  }
  if (!isRunning(sensor)) return refusal(`sensor ${instanceId} was ${sensor.state} while starting`, false);
  return { kind: 'running', sensor };
}

/** The sensor that an earlier run launched, if it still runs and is ours. */
async function findSensor(
  step: ReuseSensorStep,
  launcher: SensorLauncher,
  { proven }: SensorRun,
): Promise<RunningSensor | StepRefused> {
  const { instanceId, pool } = step;
  const scope = scopeOf(step);
  const sensor = await launcher.describe(scope, instanceId);
  if (sensor === undefined || !isRunning(sensor)) return refusal(`sensor ${instanceId} no longer runs`, false);
  if (!isSensorOf(pool, sensor) || !proven.has(instanceId)) return notOurs(instanceId);
  return { kind: 'running', sensor, target: await targetOf(sensor, scope, launcher) };
}

/** Makes the sensor a target. EC2 may not show a new interface for a while, so one refusal proves nothing. */
async function makeTarget(
  step: CreateTargetStep,
  sensor: Sensor,
  launcher: SensorLauncher,
  run: SensorRun,
): Promise<StepDone | StepRefused> {
  const scope = scopeOf(step);
  const { networkInterfaceId } = sensor;
  if (networkInterfaceId === undefined) return abandon(sensor, refusal('it has no interface', false), scope, launcher);
  const { tags } = step;
  const token = clientToken('CreateTrafficMirrorTarget', { ...scope, networkInterfaceId, tags }, run.generation);
  for (let attempts = 1; ; attempts += 1) {
    try {
      return targetDone(sensor, await run.writer.createTarget(scope, { networkInterfaceId, tags, clientToken: token }));
    } catch (error) {
      const target = await targetOf(sensor, scope, launcher);
      if (target !== undefined) return targetDone(sensor, target);
      const pauseMs = POLL_INTERVAL_MS * attempts;
      const isFinal = !isTransient(error) && !isEventuallyConsistent(error);
      if (isFinal || attempts === MOST_ATTEMPTS || run.remainingMs() <= pauseMs) {
        return abandon(sensor, refusalOf(error), scope, launcher);
      }
      await run.sleep(pauseMs);
    }
  }
}

/** True for the refusals that EC2 gives while a new interface, or its new use, is not visible everywhere. */
function isEventuallyConsistent(error: unknown): boolean {
  const code = awsCodeOf(error);
  return code === 'InvalidNetworkInterfaceID.NotFound' || code === 'InterfaceInUseByTrafficMirrorTarget';
}

/**
 * Terminates a sensor that could not become a target; it would be billed for nothing. The refusal is final: if it were retried, each
 * redelivery would launch another sensor. One that cannot even be terminated is left to a later sweep, which finds it by its tags.
 */
async function abandon(sensor: Sensor, why: StepRefused, scope: Scope, launcher: SensorLauncher): Promise<StepRefused> {
  const { instanceId } = sensor;
  const final = { ...why, handling: 'refused', retryable: false } as const;
  try {
    await launcher.terminate(scope, instanceId);
    return { ...final, reason: `${why.reason}; sensor ${instanceId} was terminated` };
  } catch (fault) {
    const left = `sensor ${instanceId} could not be terminated and is left to a sweep: ${messageOf(fault)}`;
    return { ...final, reason: `${why.reason}; ${left}` };
  }
}

async function targetOf(
  { networkInterfaceId }: Sensor,
  scope: Scope,
  launcher: SensorLauncher,
): Promise<TrafficMirrorTarget | undefined> {
  return networkInterfaceId === undefined ? undefined : launcher.targetOn(scope, networkInterfaceId);
}

function targetDone({ instanceId }: Sensor, { trafficMirrorTargetId }: TrafficMirrorTarget): StepDone {
  return { kind: 'done', reason: `sensor ${instanceId} is target ${trafficMirrorTargetId}`, trafficMirrorTargetId };
}

function notOurs(instanceId: string): StepRefused {
  return refusal(`${instanceId} is not proven to be launched by us, whatever its tags say`, false);
}

function refusal(reason: string, retryable: boolean): StepRefused {
  return { kind: 'refused', handling: 'refused', reason, retryable };
}

function scopeOf({ accountId, region }: PlanStep): Scope {
  return { accountId, region };
}
