/** `remediate.handler`: the only function that changes sessions, one invocation at a time for each account and region. */

import { type Handler, onDeliveries } from './deliveries.ts';

// Its FIFO queue has a message group for each account and region: no two invocations place sessions by the same counts.
export const handler: Handler = onDeliveries({ service: 'remediate', repairs: 'here' }, process.env);
