/** Credentials per account: the own account's as they are, another's by assuming its member role. */

import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@aws-sdk/types';
import { PipelineError } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** The session name under which every call of ours appears in CloudTrail, and by which our own calls are known again. */
export const ROLE_SESSION_NAME = 'mirrorwatch';

/** Fresh credentials are had this long before the old ones end: longer than any call of ours takes. */
const RENEW_BEFORE_MS = 5 * 60_000;

/** Which role to assume in accounts that are not our own. */
export interface AssumeRole {
  /** Name, with its path where it has one. */
  readonly roleName: string;
  readonly externalId?: string | undefined;
}

export interface Accounts {
  /** The account these credentials belong to; asked of STS once, unless it was given. */
  own(): Promise<string>;
  /**
   * Where the credentials for calls in a scope come from; undefined for the own account, which the SDK's usual chain serves.
   * The provider throws AwsCallError (`AssumeRole`) when the account lets nobody in; that concerns this account only.
   *
   * @throws PipelineError `config-invalid` for another account when no role is configured
   */
  credentialsFor(scope: Scope): Promise<AwsCredentialIdentityProvider | undefined>;
}

/**
 * Accounts reached from our own credentials, over STS of the home region. Credentials of a role are shared by all clients of its account and renewed
 * before they end; a refusal is not remembered, so that the next delivery tries again.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
 */
export function stsAccounts(options: {
  readonly clients: Clients;
  readonly region: string;
  readonly assumeRole?: AssumeRole | undefined;
  readonly ownAccountId?: string | undefined;
  readonly now: () => number;
}): Accounts {
  const { clients, region, assumeRole, ownAccountId, now } = options;
  const sts = (): STSClient => clients.home(STSClient, region);
  const held = new Map<string, { until: number; credentials: Promise<AwsCredentialIdentity> }>();
  let asked: Promise<string> | undefined;

  const own = (): Promise<string> => {
    if (ownAccountId !== undefined) return Promise.resolve(ownAccountId);
    asked ??= awsCall('GetCallerIdentity', {}, async () => {
      const { Account } = await sts().send(new GetCallerIdentityCommand({}));
      return Account ?? '';
    }).catch((fault: unknown) => {
      asked = undefined;
      throw fault;
    });
    return asked;
  };

  const assume = async (scope: Scope, role: AssumeRole): Promise<AwsCredentialIdentity> => {
    const roleArn = `arn:${partitionOf(scope.region)}:iam::${scope.accountId}:role/${role.roleName.replace(/^\//, '')}`;
    const concerns = { accountId: scope.accountId, resourceId: roleArn };
    const { Credentials } = await awsCall('AssumeRole', concerns, async () =>
      sts().send(
        new AssumeRoleCommand({
          RoleArn: roleArn,
          RoleSessionName: ROLE_SESSION_NAME,
          ...(role.externalId === undefined ? {} : { ExternalId: role.externalId }),
        }),
      ),
    );
    if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey) {
      throw new PipelineError('aws-call-failed', `AssumeRole of ${roleArn} answered without credentials`, concerns);
    }
    return {
      accessKeyId: Credentials.AccessKeyId,
      secretAccessKey: Credentials.SecretAccessKey,
      ...(Credentials.SessionToken === undefined ? {} : { sessionToken: Credentials.SessionToken }),
      ...(Credentials.Expiration === undefined ? {} : { expiration: Credentials.Expiration }),
    };
  };

  const shared = (scope: Scope, role: AssumeRole): Promise<AwsCredentialIdentity> => {
    const key = `${partitionOf(scope.region)}:${scope.accountId}`;
    const known = held.get(key);
    if (known !== undefined && known.until > now()) return known.credentials;
    const entry = { until: Number.POSITIVE_INFINITY, credentials: assume(scope, role) };
    held.set(key, entry);
    entry.credentials.then(
      ({ expiration }) => {
        entry.until = expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - RENEW_BEFORE_MS;
      },
      () => held.delete(key),
    );
    return entry.credentials;
  };

  return {
    own,
    credentialsFor: async (scope) => {
      if (scope.accountId === (await own())) return undefined;
      if (assumeRole === undefined) {
        throw new PipelineError(
          'config-invalid',
          `account ${scope.accountId} is not the own account, and assumeRole does not say which role to take there`,
          { accountId: scope.accountId },
        );
      }
      return () => shared(scope, assumeRole);
    },
  };
}

/** Partitions by what their regions begin with; every other region is in `aws`. */
const PARTITIONS: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-isob-', 'aws-iso-b'],
  ['us-isof-', 'aws-iso-f'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-iso-', 'aws-iso'],
  ['eusc-', 'aws-eusc'],
];

/** The partition of a region, as ARNs write it. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partitionOf(region: string): string {
  return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'aws';
}
