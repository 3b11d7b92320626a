/** Assumes a role by STS, under the name by which we recognise our own calls. */

import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity } from '@aws-sdk/types';
import { type ErrorConcerns, PipelineError } from '../../errors.ts';
import { awsCall } from '../call.ts';
import { type Access, sessionPolicyOf } from './session-policy.ts';

/** The session name of our assumed roles. CloudTrail records it with every call we make, which is how we recognise our own. */
const ROLE_SESSION_NAME = 'mirrorwatch';

/** Which role to assume, and for what. */
export interface RoleToAssume {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  /** What the credentials are for: they may do no more. */
  readonly access: Access;
  readonly concerns: ErrorConcerns;
}

/** Credentials of the role. Throws AwsCallError (`AssumeRole`) if it does not let us in. */
export async function assumeRole(
  sts: () => STSClient,
  { roleArn, externalId, access, concerns }: RoleToAssume,
): Promise<AwsCredentialIdentity> {
  const { Credentials } = await awsCall('AssumeRole', concerns, async () =>
    sts().send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: ROLE_SESSION_NAME,
        ExternalId: externalId,
        Policy: sessionPolicyOf(access),
      }),
    ),
  );
  if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey) {
    throw new PipelineError('aws-call-failed', `AssumeRole of ${roleArn} returned no credentials`, concerns);
  }
  return {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    ...(Credentials.SessionToken !== undefined && { sessionToken: Credentials.SessionToken }),
    ...(Credentials.Expiration !== undefined && { expiration: Credentials.Expiration }),
  };
}
