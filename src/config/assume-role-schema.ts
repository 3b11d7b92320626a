/** The form of `assumeRole` in config.json: as whom other accounts are called. */

import * as z from 'zod';

const text = z.string().min(1);

/** The form of `assumeRole`. */
export const assumeRole = z
  .strictObject({
    roleName: text.describe('The name of the role that reads, with its path if it has one.'),
    writeRoleName: text
      .optional()
      .describe('The name of the role that changes sessions and launches sensors. Default: roleName.'),
    externalId: text.optional().describe('The external id that the roles ask for. It is sent to no other account.'),
    externalIdParameter: text
      .regex(/^\/[\w./-]+$/, 'expected the name of a parameter, such as /mirrorwatch/external-id')
      .optional()
      .describe(
        'The parameter of Parameter Store (a SecureString) that keeps the external id, instead of externalId. It is in the region of the configuration.',
      ),
  })
  .refine(({ externalId, externalIdParameter }) => externalId === undefined || externalIdParameter === undefined, {
    message: 'externalId and externalIdParameter exclude each other: keep one',
  });
