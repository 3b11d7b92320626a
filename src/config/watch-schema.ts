/** The form of `watch` in config.json: the built-in rules on calls, and rules of one's own. */

import * as z from 'zod';
import { type AllowedPorts, WEEK_DAYS } from '../audit/calls/watch-policy.ts';

const text = z.string().min(1);
const PORT = 65_535;
const tag = z.union([
  text,
  z.strictObject({
    key: text.describe('The key of the tag.'),
    value: z.string().optional().describe('The value of the tag. Default: any.'),
  }),
]);
const securityGroupOpen = z.strictObject({
  allowedPorts: z
    .array(
      z.union([
        z.int().min(0).max(PORT),
        z
          .string()
          .refine((ports) => portsOf(ports) !== undefined, 'must be ports such as "443", "8000-8100" or "udp/443"'),
      ]),
    )
    .optional()
    .describe('Ports that may be open to the world: TCP unless written as "udp/443". Default: none.'),
  exceptGroups: z.array(text).optional().describe('Security groups that may be open, sg-…. Default: none.'),
  exceptTags: z
    .array(tag)
    .optional()
    .describe('Security groups with one of these tags may be open: "Key=value", a key, or an object. Default: none.'),
});
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time such as 08:00');
const iamUserAfterHours = z.strictObject({
  timeZone: text
    .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')
    .describe('The time zone of the hours.'),
  days: z
    .array(z.enum(WEEK_DAYS))
    .min(1)
    .optional()
    .describe('The days on which people work. Default: Monday to Friday.'),
  hours: z
    .strictObject({ from: clock.describe('When work begins.'), to: clock.describe('When work ends.') })
    .refine(
      ({ from, to }) => minuteOf(from) % DAY !== minuteOf(to) % DAY || (from === '00:00' && to === '24:00'),
      'must begin and end at different times',
    )
    .describe('The hours in which people work. Hours over midnight belong to the day on which they begin.'),
  holidays: z
    .array(z.string().refine(isDay, 'must be a day such as 2026-12-25'))
    .optional()
    .describe('Days on which nobody works. Default: none.'),
  exempt: z
    .array(
      z
        .string()
        .regex(
          /^arn:[^:]*:iam::[^:]*:(?:role|user)\/\S+$/,
          'must be the ARN of a role or user, such as arn:aws:iam::*:role/ci-*',
        ),
    )
    .optional()
    .describe('Roles and users that may work at any time; * stands for any characters. Default: none.'),
});
const pattern = z.record(z.string(), z.unknown());
const rule = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits and hyphens')
    .describe('The name of the rule. Its findings have the rule custom:NAME.'),
  title: text.max(100).optional().describe('A heading for its findings. Default: the name.'),
  severity: z
    .enum(['low', 'medium', 'high', 'critical'])
    .optional()
    .describe('The severity of its findings. Default: medium.'),
  pattern: pattern.describe(
    "An event pattern in EventBridge's language, for the record or for the event that carries it.",
  ),
  resource: text
    .optional()
    .describe(
      "The path of what a finding is about, such as requestParameters.name. Default: the record's first ARN, else the caller's, else the account.",
    ),
  reason: text
    .max(1000)
    .optional()
    .describe('A sentence with paths in braces. Default: {userIdentity.arn} called {eventName}.'),
  fix: text.max(1000).optional().describe('What people should do. Default: to ask whoever made the call.'),
  resolveAfterHours: z
    .number()
    .positive()
    .max(8760)
    .optional()
    .describe('How many hours after the last call its finding is closed. Default: 720.'),
  resolvedBy: pattern
    .optional()
    .describe('A pattern of the calls that end a finding of the same resource. Default: none.'),
});
/** The form of `watch`. */
export const watch = z.strictObject({
  securityGroupOpen: securityGroupOpen
    .optional()
    .describe('Finds security groups that are open to every address. Default: not judged.'),
  iamUserAfterHours: iamUserAfterHours
    .optional()
    .describe('Finds IAM users, keys and passwords that were made outside working hours. Default: not judged.'),
  rules: z.array(rule).max(1000).optional().describe('Rules of your own on what CloudTrail records. Default: none.'),
});

const DAY = 24 * 60;

/** Minutes since midnight of a time such as `08:00`. */
export function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return 60 * hours + minutes;
}

/** The ports that an entry of `allowedPorts` names; undefined for one of another form, or whose range is empty. */
export function portsOf(written: string | number): AllowedPorts | undefined {
  const [, protocol = 'tcp', first, last = first] =
    /^(?:(tcp|udp)\/)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(written)) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const [from, to] = [Number(first), Number(last)];
  return from <= to && to <= PORT ? { protocol: protocol === 'udp' ? 'udp' : 'tcp', from, to } : undefined;
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(zone);
  } catch {
    return false;
  }
}

/** True for a day of the calendar, such as `2026-12-25`. */
export function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
