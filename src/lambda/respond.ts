/** `respond.handler`: EventBridge events (instances, tasks, GuardDuty, API calls), and the end of Auto Scaling's wait. */

import { lifecycleActionOf } from '../sighting/events.ts';
import { type Handler, onDeliveries } from './deliveries.ts';

export const handler: Handler = onDeliveries(
  {
    service: 'respond',
    repairs: 'hand-over',
    // An instance must never be held back by us: the hook is completed whatever became of the rest.
    after: async ({ aws }, _messages, delivered, telemetry) => {
      for (const { event } of delivered?.collected.events ?? []) {
        const action = lifecycleActionOf(event);
        if (action === undefined) continue;
        try {
          await aws.lifecycle.complete({ accountId: action.accountId, region: action.region }, action, 'CONTINUE');
        } catch (error) {
          telemetry.failed(error, { instanceId: action.instanceId });
        }
      }
    },
  },
  process.env,
);
