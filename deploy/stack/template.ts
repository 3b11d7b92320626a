/** The stack, put together of its groups. `npm run generate` writes it as template.json, and beside it what member accounts need. */

import { ALARMS } from './alarms.ts';
import { CONDITIONS, RULES } from './conditions.ts';
import { DASHBOARD } from './dashboard.ts';
import { EVENTS } from './events.ts';
import { FUNCTIONS } from './functions.ts';
import type { Value } from './intrinsics.ts';
import { MEMBER_EVENTS } from './member-events.ts';
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
  Resources: { ...TRAIL, ...QUEUES, ...STORAGE, ...POLICIES, ...FUNCTIONS, ...EVENTS, ...ALARMS, ...DASHBOARD },
  Outputs: OUTPUTS,
};

/** A template's text: one property a line, so that a change of it is a line. */
const textOf = (template: Readonly<Record<string, Value>>): string => `${JSON.stringify(template, undefined, 2)}\n`;

/** The texts of the templates that are written here, by their files. */
export const TEMPLATE_TEXTS: Readonly<Record<string, string>> = {
  'template.json': textOf(TEMPLATE),
  'deploy/member-events.json': textOf(MEMBER_EVENTS),
};
