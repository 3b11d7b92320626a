/** The form of `alerts` in config.json: what is mailed, what is told elsewhere, and when. */

import * as z from 'zod';

const severity = z.enum(['low', 'medium', 'high', 'critical']);
const text = z.string().min(1);

/** The form of `alerts`. */
export const alerts = z.strictObject({
  immediate: severity
    .optional()
    .describe('Findings of at least this severity are mailed with their delivery. Default: medium.'),
  digest: z
    .enum(['off', 'daily', 'weekly'])
    .optional()
    .describe('How often the other findings are mailed together. Default: daily.'),
  messageStructure: z
    .enum(['json'])
    .optional()
    .describe(
      'With json, subscribers of the alertTopicArn that are queues, functions or web hooks get data instead of the text. Default: all get the text.',
    ),
  chatTopicArn: text
    .optional()
    .describe(
      'The ARN of an SNS topic of its own, which Amazon Q Developer in chat applications shows in Slack or Microsoft Teams. Default: nothing is told in chat.',
    ),
  eventBusName: text
    .optional()
    .describe(
      'The name or ARN of the EventBridge event bus that gets an event for each change of a finding, of every severity. Default: no events.',
    ),
});
