/** The stack, put together of its groups. `npm run generate` writes it as template.json. */

import { ALARMS } from './alarms.ts';
import { CONDITIONS, RULES } from './conditions.ts';
import { EVENTS } from './events.ts';
import { FUNCTIONS } from './functions.ts';
import type { Value } from './intrinsics.ts';
import { OUTPUTS } from './outputs.ts';
import { METADATA, PARAMETERS } from './parameters.ts';
import { POLICIES } from './policies.ts';
import { QUEUES } from './queues.ts';
import { STORAGE } from './storage.ts';
import { TRAIL } from './trail.ts';

/** The template as CloudFormation takes it. */
export const TEMPLATE: Readonly<Record<string, Value>> = {
  AWSTemplateFormatVersion: '2010-09-09',
  Description:
    'Mirrorwatch: finds untagged and unmirrored EC2 instances in CloudTrail logs, mails people, and repairs them',
  Metadata: METADATA,
  Parameters: PARAMETERS,
  Rules: RULES,
  Conditions: CONDITIONS,
  Resources: { ...TRAIL, ...QUEUES, ...STORAGE, ...POLICIES, ...FUNCTIONS, ...EVENTS, ...ALARMS },
  Outputs: OUTPUTS,
};

/** Its text: one property a line, so that a change of it is a line. */
export const templateText = (): string => `${JSON.stringify(TEMPLATE, undefined, 2)}\n`;
