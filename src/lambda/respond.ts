/** `respond.handler`: EventBridge events (instances, tasks, GuardDuty, API calls), and the end of Auto Scaling's lifecycle hooks. */

import type { Message } from '../delivery/envelope.ts';
import { readNotification } from '../delivery/notification.ts';
import { type LaunchHold, lifecycleActionOf } from '../sighting/events.ts';
import { type Handler, onDeliveries } from './deliveries.ts';

export const handler: Handler = onDeliveries(
  {
    service: 'respond',
    repairs: 'hand-over',
    // We must never keep an instance waiting: the hook is completed whatever happened to the deliveries.
    always: async (messages, aws, telemetry) => {
      for (const hold of messages.flatMap(launchHoldsIn)) {
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

/** The lifecycle hook that a message reports, if any. A message that cannot be read has none; its delivery reports the fault. */
function launchHoldsIn({ body }: Message): readonly LaunchHold[] {
  try {
    const notification = readNotification(body);
    return notification.kind === 'event'
      ? [lifecycleActionOf(notification.event)].filter((hold) => hold !== undefined)
      : [];
  } catch {
    return [];
  }
}
