/** The connection of `doctor`: apart from that of the other commands, whose ports the Lambda functions carry too. */

import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import type { DoctorReads } from '../../pipeline/doctor/reads.ts';
import { stsAccounts } from '../accounts.ts';
import { sdkClients } from '../clients.ts';
import { readConfigText } from '../config-text.ts';
import { surroundingRegion } from '../credentials.ts';
import type { CallLimits } from '../http/limits.ts';
import { awsOrganization } from '../organization/organization.ts';
import { s3ByRegion } from '../s3/s3-log-store.ts';
import { deliveryReads } from './delivery.ts';
import { identityReads } from './identity.ts';
import { mirrorReads } from './mirroring.ts';
import { permissionReads } from './permissions.ts';
import { trailReads } from './trails.ts';

/** What comes from the environment. */
export interface DoctorSurroundings {
  /** Address buckets by path, which custom endpoints need. */
  readonly pathStyle: boolean;
  /** @default CALL_LIMITS */
  readonly limits?: CallLimits | undefined;
}

/** Everything that is asked of AWS, and the home region. Throws PipelineError `config-invalid` if no region is set anywhere. */
export async function openDoctor(
  {
    region: configured,
    assumeRole,
    organization: policy,
    trail,
    mirroring,
  }: Pick<Config, 'region' | 'assumeRole' | 'organization' | 'trail' | 'mirroring'>,
  { pathStyle, limits }: DoctorSurroundings,
): Promise<{ readonly reads: DoctorReads; readonly homeRegion: string }> {
  const region = configured ?? (await surroundingRegion());
  if (region === undefined)
    throw new PipelineError('config-invalid', 'no AWS region is set: set "region" in the configuration, or AWS_REGION');
  const clients = sdkClients((...asked) => accounts.credentialsFor(...asked), limits);
  const s3 = s3ByRegion(clients, region, pathStyle);
  const accounts = stsAccounts({
    ...{ clients, region, assumeRole },
    accounts: trail.accounts,
    members: async () => (await organization?.accountIds()) ?? [],
    organizationRoleArn: policy?.roleArn,
    readOnly: mirroring?.trustedOwners ?? [],
    now: Date.now,
    parameter: async (name) =>
      (
        await readConfigText(`ssm:${name}`, {
          ...{ clients, region },
          s3: () => Promise.resolve(s3),
          readFile: () => Promise.reject(new PipelineError('config-invalid', `${name} is no parameter`)),
        })
      ).text,
  });
  const organization = policy && awsOrganization({ clients, policy, region, own: () => accounts.own(), now: Date.now });
  const reads: DoctorReads = {
    identity: identityReads(clients, region, organization),
    permissions: permissionReads(clients),
    trails: trailReads(clients, s3, trail.bucketOwners),
    delivery: deliveryReads(clients, region),
    mirroring: mirrorReads(clients),
  };
  return { reads, homeRegion: region };
}
