/** `respond.handler`: EventBridge events (instances, tasks, GuardDuty, API calls), and instances that Auto Scaling holds back. */

import { type Handler, onDeliveries } from './deliveries.ts';

export const handler: Handler = onDeliveries({ service: 'respond', repairs: 'hand-over', events: true }, process.env);
