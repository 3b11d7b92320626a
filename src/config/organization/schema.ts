/** The form of `organization` in config.json: which accounts and regions of an AWS organization are watched. */

import * as z from 'zod';

const text = z.string().min(1);
/** An organization, an organizational unit or an account. */
const part = text.regex(
  /^(?:r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})$/,
  'expected a root (r-…), an organizational unit (ou-…) or an account (12 digits)',
);
const region = text.regex(/^[a-z]{2,}(?:-[a-z]+)+-\d{1,2}$/, 'expected a region such as eu-west-1');

/** The form of `organization`. */
export const organization = z.strictObject({
  include: z
    .array(part)
    .min(1)
    .optional()
    .describe(
      'The accounts that are watched: roots (r-…), organizational units with all below them (ou-…), accounts. Default: all.',
    ),
  exclude: z
    .array(part)
    .optional()
    .describe('The accounts that are not, in the same words. It goes before include. Default: none.'),
  regions: z
    .union([z.literal('enabled'), z.array(region).min(1)])
    .optional()
    .describe('The regions that are watched: those that an account has on (enabled), or these. Default: enabled.'),
  roleArn: text
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'expected the ARN of a role')
    .optional()
    .describe(
      'The role that may list the organization, in its management account or a delegated one. Default: our own credentials.',
    ),
});

/** `organization`. */
export type WrittenOrganization = z.infer<typeof organization>;
