/** `respond.handler`: EventBridge events (instances, tasks, GuardDuty, API calls), and the end of Auto Scaling's wait. */

import type { Message } from '../delivery/envelope.ts';
import { readNotification } from '../delivery/notification.ts';
import { type LaunchHold, lifecycleActionOf } from '../sighting/events.ts';
import { type Handler, onDeliveries } from './deliveries.ts';

export const handler: Handler = onDeliveries(
  {
    service: 'respond',
    repairs: 'hand-over',
    // An instance must never be held back by us: the hook is completed whatever became of the rest.
    after: async (messages, aws, telemetry) => {
      for (const hold of messages.flatMap(holdIn)) {
        try {
          const { lifecycle } = await aws();
          await lifecycle.complete({ accountId: hold.accountId, region: hold.region }, hold, 'CONTINUE');
        } catch (error) {
          telemetry.failed(error, { instanceId: hold.instanceId });
        }
      }
    },
  },
  process.env,
);

/** The wait that a message tells of; a message that cannot be read tells of none, and its fault is its delivery's. */
function holdIn({ body }: Message): readonly LaunchHold[] {
  try {
    const notification = readNotification(body);
    return notification.kind === 'event'
      ? [lifecycleActionOf(notification.event)].filter((hold) => hold !== undefined)
      : [];
  } catch {
    return [];
  }
}
