/** Releases instances that a launch lifecycle hook of ours holds back: after the repair, and at the end of the wait at the latest. */

import { createHash } from 'node:crypto';
import type { AwsPorts } from '../aws/ports.ts';
import { DEFAULT_HOOKS, type HookPolicy } from '../config/mirroring-config.ts';
import type { Message } from '../delivery/envelope.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { FailedMessage } from '../pipeline/collect.ts';
import { answerTo, isMarkedOurs, isOurHook, type RunOnHold, resultOfFailure } from '../pipeline/hooks/launch-hooks.ts';
import { allowedRelease } from '../pipeline/hooks/refused-hooks.ts';
import { type HoldRelease, readOwnMessage, releaseMessage } from '../pipeline/own-messages.ts';
import { type DoorOf, heardOf } from '../pipeline/trust/doors.ts';
import { type LaunchHold, lifecycleActionOf } from '../sighting/events.ts';
import type { Runtime } from './function.ts';
import type { Telemetry } from './telemetry.ts';

/** What releasing works with. It goes on without a configuration. */
export interface HookParts {
  /** What the newest configuration says about hooks. Throws if there is none. */
  readonly policy: () => Promise<HookPolicy | undefined>;
  /** The queue of the function that may release instances. Undefined if this one does. */
  readonly queueUrl: string | undefined;
  readonly aws: () => Promise<Pick<AwsPorts, 'lifecycle' | 'queues'>>;
  /** Looks whether an instance is mirrored. It is asked before one is abandoned. */
  readonly isMirrored: (hold: LaunchHold) => Promise<boolean>;
  /** By which door each message came: one that may not speak of hooks is not heard. */
  readonly doorOf: DoorOf;
  readonly telemetry: Pick<Telemetry, 'note' | 'failed'>;
}

/** What messages say about instances that are held back. */
interface HookContent {
  /** In events of Auto Scaling: whose hooks they are is not checked. */
  readonly announced: readonly LaunchHold[];
  /** In messages of ours that ask for repairs. */
  readonly handedOver: readonly LaunchHold[];
  readonly release?: HoldRelease | undefined;
}

const NO_HOOKS: HookContent = { announced: [], handedOver: [] };

/** The instances of a batch that wait for its repairs, and how to answer them. */
export interface HeldInstances {
  readonly holds: readonly LaunchHold[];
  /** Releases those for which nothing more will happen. */
  answer(run: RunOnHold): Promise<void>;
  /** Releases all of them if the run failed and nobody would come back to them. */
  giveUp(reason: string): Promise<void>;
}

/**
 * The instances that a hook of ours holds back, by the events and the messages of ours in a batch. A release at the end of the wait is
 * asked for before anything else is done: it takes effect only if the instance is still held back then. Other hooks get no call.
 */
export async function launchHooks(
  messages: readonly Message[],
  { aws, config: { hooks = DEFAULT_HOOKS }, settings: { deliveryQueueUrl } }: Runtime,
  parts: HookParts,
): Promise<HeldInstances> {
  const contents = messages.map((message) => hooksIn(message, parts));
  const announced = contents.flatMap((content) => content.announced).filter((hold) => isOurHook(hold, hooks));
  // Of those that are handed over by a message, too: its delivery reports what is refused.
  const handedOver = contents.flatMap((content) => content.handedOver).filter((hold) => isOurHook(hold, hooks));
  const holds = [...announced, ...handedOver];
  const result = resultOfFailure(hooks);
  if (deliveryQueueUrl !== undefined) {
    const reason = `it was not mirrored within ${hooks.waitSeconds} s`;
    for (const hold of announced)
      await aws.queues.send(deliveryQueueUrl, releaseMessage({ hold, result, reason }), {
        delaySeconds: hooks.waitSeconds,
      });
  }
  // Without a queue nobody comes back to an instance at the end of the wait.
  const isScheduled = deliveryQueueUrl !== undefined;
  return {
    holds,
    giveUp: async (reason) => {
      if (!isScheduled) for (const hold of holds) await tryRelease({ hold, result, reason }, parts);
    },
    answer: async (run) => {
      for (const hold of holds) {
        const answer = answerTo(hold, run, hooks);
        if (answer.kind === 'release') await releaseOrAsk({ hold, ...answer }, parts, aws.queues, deliveryQueueUrl);
        else if (answer.kind === 'wait' && !isScheduled)
          await tryRelease({ hold, result, reason: answer.reason }, parts);
        else parts.telemetry.note('a launch stays held back', { instanceId: hold.instanceId, ...answer });
      }
    },
  };
}

/** Carries out the releases that messages of ours ask for, as far as the configuration allows them. Returns those that failed, to be tried again. */
export async function releaseAsked(messages: readonly Message[], parts: HookParts): Promise<readonly FailedMessage[]> {
  const failed: FailedMessage[] = [];
  for (const message of messages) {
    const { release } = hooksIn(message, parts);
    if (release === undefined) continue;
    try {
      const allowed = await allowedBy(release, parts);
      if (allowed !== undefined) await carryOut(allowed, parts);
    } catch (error) {
      failed.push({ message, error });
    }
  }
  return failed;
}

/** Without a configuration an instance is still let into service, but only the configuration can have one abandoned. */
async function allowedBy(release: HoldRelease, { policy }: HookParts): Promise<HoldRelease | undefined> {
  try {
    return allowedRelease(release, await policy());
  } catch (error) {
    if (release.result === 'ABANDON') throw error;
    return release;
  }
}

/** Releases the instances whose hooks are marked as ours, when nothing can be done for them. Never throws. */
export async function releaseMarked(messages: readonly Message[], parts: HookParts, reason: string): Promise<void> {
  const holds = messages
    .map((message) => hooksIn(message, parts))
    .flatMap(({ announced, handedOver }) => [...announced.filter(isMarkedOurs), ...handedOver]);
  for (const hold of holds) await tryRelease({ hold, result: 'CONTINUE', reason }, parts);
}

/**
 * A release that is refused is asked for again at once: the one at the end of the wait does not know what became of the repair, and might
 * abandon an instance that is mirrored.
 */
async function releaseOrAsk(
  release: HoldRelease,
  parts: HookParts,
  queues: Pick<AwsPorts['queues'], 'send'>,
  deliveryQueueUrl: string | undefined,
): Promise<void> {
  if ((await tryRelease(release, parts)) || deliveryQueueUrl === undefined || parts.queueUrl !== undefined) return;
  try {
    await queues.send(deliveryQueueUrl, releaseMessage(release));
  } catch (error) {
    parts.telemetry.failed(error, { instanceId: release.hold.instanceId });
  }
}

/** False if the release failed, which is reported. */
async function tryRelease(release: HoldRelease, parts: HookParts): Promise<boolean> {
  try {
    await carryOut(release, parts);
    return true;
  } catch (error) {
    parts.telemetry.failed(error, { instanceId: release.hold.instanceId });
    return false;
  }
}

async function carryOut(release: HoldRelease, parts: HookParts): Promise<void> {
  const { queueUrl, aws, telemetry } = parts;
  const { hold } = release;
  const { lifecycle, queues } = await aws();
  if (queueUrl === undefined) {
    const { result, reason } = await withLastLook(release, parts);
    const { accountId, region, instanceId, lifecycleHookName, autoScalingGroupName } = hold;
    const ids = { instanceId, lifecycleHookName, autoScalingGroupName };
    // The message of the end of the wait comes for each instance, also for those that were released long before.
    if (await lifecycle.complete({ accountId, region }, hold, result))
      telemetry.note('a launch was released', { ...ids, result, reason });
    else telemetry.note('a launch was not held back any more', ids);
    return;
  }
  const body = releaseMessage(release);
  const deduplicationId = createHash('sha256').update(body).digest('hex');
  // A group of its own: it must not wait behind a repair that fails.
  await queues.sendInOrder(queueUrl, body, { group: `${scopeKey(hold)}:hooks`, deduplicationId });
}

/** Whoever asks to abandon an instance may not know that it is mirrored: the repair died, or another event led to it. */
async function withLastLook(release: HoldRelease, { isMirrored, telemetry }: HookParts): Promise<HoldRelease> {
  if (release.result === 'CONTINUE') return release;
  try {
    return (await isMirrored(release.hold)) ? { ...release, result: 'CONTINUE', reason: 'it is mirrored' } : release;
  } catch (error) {
    telemetry.failed(error, { instanceId: release.hold.instanceId });
    return release;
  }
}

/** A message that cannot be read says nothing; its delivery reports the fault. */
function hooksIn(message: Message, { doorOf }: Pick<HookParts, 'doorOf'>): HookContent {
  try {
    const notification = heardOf(message, doorOf);
    if (notification === undefined) return NO_HOOKS;
    if (notification.kind === 'own') {
      const { holds = [], release } = readOwnMessage(notification);
      return { announced: [], handedOver: holds, release };
    }
    const hold = notification.kind === 'event' ? lifecycleActionOf(notification.event) : undefined;
    return hold === undefined ? NO_HOOKS : { announced: [hold], handedOver: [] };
  } catch {
    return NO_HOOKS;
  }
}
