/** `remediate.handler`: the one writer. Its queue is FIFO with a group for each account and region, so that no two invocations choose from the same counts. */

import { type Handler, onDeliveries } from './deliveries.ts';

export const handler: Handler = onDeliveries({ service: 'remediate', repairs: 'here' }, process.env);
