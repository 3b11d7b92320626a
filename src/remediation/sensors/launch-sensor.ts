/** Creates a sensor: launches it, waits until it runs and makes it a target; terminates one that cannot become a target. */

import { awsCodeOf, messageOf } from '../../errors.ts';
import { isLiving, isRunning } from '../../inventory/instance.ts';
import type { Scope } from '../../inventory/inventory.ts';
import type { TrafficMirrorTarget } from '../../inventory/mirror.ts';
import { isSensorOf } from '../../mirror/ours/sensors.ts';
import { clientToken } from '../client-token.ts';
import type { MirrorWriter } from '../mirror-writer.ts';
import type { CreateTargetStep, LaunchSensorStep, PlanStep, ReuseSensorStep, TerminateSensorStep } from '../plan.ts';
import { isTransient, refusalOf, type StepDone, type StepRefused } from '../step-outcome.ts';
import type { IntendedLaunch, LaunchLog } from './launch-log.ts';
import { type LaunchNotes, sensorOf } from './launch-once.ts';
import type { Sensor, SensorLauncher } from './sensor-launcher.ts';

const NO_LAUNCHER =
  'no sensor can be launched: this run has no launcher, or no ledger (--ledger) by which later runs could prove that the sensor is ours';

/** What a step about a sensor needs to know about its run. */
export interface SensorRun extends LaunchNotes {
  readonly launcher?: SensorLauncher | undefined;
  /** Where a launch is written down before it is made. Without it none is made. */
  readonly launches?: LaunchLog | undefined;
  readonly writer: Pick<MirrorWriter, 'createTarget'>;
  readonly generation: string;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly remainingMs: () => number;
  /** Targets whose room the plan counted, or that this run created: the sensor behind one of them is not a new one. */
  readonly knownTargets: ReadonlySet<string>;
}

const POLL_INTERVAL_MS = 5000;
/** A sensor that takes longer to start is left to a later run. */
const MOST_POLLS = 36;
/** Launches and slots that a step tries: those of sensors that are gone, or already counted in the plan, are passed over. */
const MOST_TRIES = 20;
const MOST_ATTEMPTS = 4;

/**
 * Applies a `create-target` step. Concurrent runs share one sensor: its token finds the instance that another run launched, and its
 * interface finds the target that another run made of it. A sensor that cannot become a target is terminated. One that does not
 * start in time is left alone; a later run resumes with it.
 *
 * Throws what a refused launch throws. Nothing was launched then, or the same call will find what was.
 */
export async function createSensorTarget(step: CreateTargetStep, run: SensorRun): Promise<StepDone | StepRefused> {
  const { launcher, launches } = run;
  if (launcher === undefined) return refusal(NO_LAUNCHER, false);
  const found =
    'instanceId' in step
      ? await findSensor(step, launcher, run)
      : await launchSensor(step, { launcher, launches }, run);
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

/** Launches in the step's slot, or in the next one whose sensor is neither gone nor counted in the plan. */
async function launchSensor(
  step: LaunchSensorStep,
  { launcher, launches }: Pick<SensorRun, 'launcher' | 'launches'>,
  run: SensorRun,
): Promise<RunningSensor | StepRefused> {
  if (launcher === undefined || launches === undefined) return refusal(NO_LAUNCHER, false);
  const scope = scopeOf(step);
  const ports = { launcher, launches };
  let { ordinal } = step;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const launch = await launches.intend(scope, { pool: step.pool, ordinal }, new Date(run.nowMs()));
    const sensor = await sensorOf(launch, step, ports, run);
    if (sensor === 'unseen') return notShownYet(launch);
    if (sensor === 'gone') await launches.forget(scope, launch);
    else if (sensor === 'other' || !isRunning(sensor)) ordinal += 1;
    else {
      const target = await targetOf(sensor, scope, launcher);
      if (target === undefined) return waitUntilRunning(sensor, scope, launcher, run);
      if (!run.knownTargets.has(target.trafficMirrorTargetId)) return { kind: 'running', sensor, target };
      ordinal += 1;
    }
  }
  return refusal(`${MOST_TRIES} sensors of the pool in a row are gone or do not fit`, false);
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

function notShownYet({ instanceId }: IntendedLaunch): StepRefused {
  return refusal(
    `sensor ${instanceId} was launched before, and EC2 does not show it yet; a later run makes it a target`,
    true,
  );
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
