/** How a finding's resource is named to the world: by its ARN, in the partition of its region. */

import type { Finding, Judgement, ResourceType } from '../../audit/finding.ts';
import { partitionOf } from '../../cloudtrail/partition.ts';

type Resource = Pick<Finding | Judgement, 'accountId' | 'region' | 'resourceType' | 'resourceId'>;

const PATHS = {
  'AWS::EC2::Instance': (r) => `ec2:${r.region}:${r.accountId}:instance/${r.resourceId}`,
  'AWS::ECS::Task': (r) => `ecs:${r.region}:${r.accountId}:task/${r.resourceId}`,
  'AWS::EC2::NetworkInterface': (r) => `ec2:${r.region}:${r.accountId}:network-interface/${r.resourceId}`,
  'AWS::EC2::TrafficMirrorSession': (r) => `ec2:${r.region}:${r.accountId}:traffic-mirror-session/${r.resourceId}`,
  'AWS::EC2::SecurityGroup': (r) => `ec2:${r.region}:${r.accountId}:security-group/${r.resourceId}`,
  'AWS::IAM::User': (r) => `iam::${r.accountId}:user/${r.resourceId}`,
  'AWS::S3::Object': (r) => `s3:::${r.resourceId.replace(/^s3:\/\//, '')}`,
  'AWS::Account': (r) => `iam::${r.accountId}:root`,
} satisfies Record<Exclude<ResourceType, 'Other'>, (resource: Resource) => string>;

/**
 * The ARN of a resource. An id that already is an ARN is returned verbatim, and so is that of a resource of type `Other`: of which service
 * it is, is not known. Ids are not validated, so neither is the ARN.
 */
export function arnOf(resource: Resource): string {
  const { resourceId, resourceType, region } = resource;
  if (resourceId.startsWith('arn:') || resourceType === 'Other') return resourceId;
  return `arn:${partitionOf(region)}:${PATHS[resourceType](resource)}`;
}
