/** The form of `trail` in config.json: which deliveries are trusted. */

import * as z from 'zod';

const text = z.string().min(1);
const bucket = z.union([
  text,
  z.strictObject({
    name: text.regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]$/).describe('The name of the bucket.'),
    accountId: text.describe('The account that owns it, 12 digits: S3 refuses our requests if another one does.'),
  }),
]);
const account = text.refine((id) => id !== 'organization', 'write "accounts": "organization", without brackets');
/** The form of `trail`. */
export const trail = z.strictObject({
  buckets: z
    .array(bucket)
    .optional()
    .describe('The buckets whose log files are read: names, or objects that also say who owns one. Default: all.'),
  prefixes: z
    .array(
      z
        .string()
        .refine(isPrefix, 'must end before AWSLogs/, and cannot begin with a slash or contain "." or ".." as a folder'),
    )
    .optional()
    .describe(
      'What comes before AWSLogs/ in the keys of the trails; empty text is the bucket itself. Default: anything.',
    ),
  topics: z.array(text).optional().describe('The ARNs of the SNS topics whose deliveries are believed. Default: all.'),
  accounts: z
    .union([z.array(account), z.literal('organization')])
    .optional()
    .describe('The accounts whose records are believed: ids, or those of "organization". Default: all.'),
});

function isPrefix(prefix: string): boolean {
  const folders = prefix.split('/');
  return !prefix.startsWith('/') && !folders.some((folder) => ['.', '..', 'AWSLogs'].includes(folder));
}
