/** The form of `mirroring.health` in config.json: how sessions are judged by AWS's figures. */

import * as z from 'zod';

/** The form of `health`. */
export const healthSchema = z
  .strictObject({
    read: z
      .boolean()
      .optional()
      .describe(
        'Whether sweeps ask CloudWatch what sessions carry, ten figures for each instance with sessions, which AWS bills. Default: true.',
      ),
    droppedShare: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        'The share of the packets that a filter takes, 0 to 1, from which a session that does not mirror them is a finding. Default: 0.01.',
      ),
  })
  .describe('How sessions are judged by what CloudWatch counted of their instances.');
