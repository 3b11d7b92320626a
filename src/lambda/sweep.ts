/** `sweep.handler`: sweeps whole accounts, on schedule and when the stack is created. */

import { lazyRuntime, settingsOf } from './function.ts';
import { sweepHandler } from './sweeps.ts';
import { telemetryOf } from './telemetry.ts';

const telemetry = telemetryOf('sweep');

export const handler: ReturnType<typeof sweepHandler> = sweepHandler({
  open: lazyRuntime(process.env, { telemetry }),
  telemetry,
  now: () => new Date(),
  endpoint: settingsOf(process.env).endpoint,
});
