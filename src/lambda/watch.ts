/** `watch.handler`: log deliveries, in every form they arrive in. */

import { type Handler, onDeliveries } from './deliveries.ts';

export const handler: Handler = onDeliveries({ service: 'watch', repairs: 'hand-over' }, process.env);
