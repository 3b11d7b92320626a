/** Says what a launch was made for: the Auto Scaling group, fleet, cluster, compute environment or stack behind a service's call. */

import { type Actor, bounded } from '../cloudtrail/identity.ts';
import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import { asList, field, fieldsOf, isOmitted, requestOf, responseOf, str, textField } from './fields.ts';
import { tagsOf } from './tags.ts';

/** Tag values by key. Whoever names a group or stack chooses the value, so it is an attacker's word. */
type Tags = ReadonlyMap<string, string>;

/** One thing that may be behind a launch, in words; undefined if the tags don't tell of it. */
type Origin = (tags: Tags) => string | undefined;

/**
 * What launches instances itself, nearest first. EC2 refuses tags that begin with `aws:` from anybody but AWS's services.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
 */
const LAUNCHERS: readonly Origin[] = [
  named('Auto Scaling group', 'aws:autoscaling:groupName'),
  named('Spot Fleet', 'aws:ec2spot:fleet-request-id'),
  named('EC2 Fleet', 'aws:ec2:fleet-id'),
];

/**
 * On whose behalf instances are launched, by tags that only AWS sets.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance-details-tags-managed-instances.html
 * @see https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
 * @see https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html
 */
const BEHIND: readonly Origin[] = [
  inCluster('ECS capacity provider', 'aws:ecs:capacityProviderName', 'aws:ecs:clusterName'),
  unless('aws:ecs:capacityProviderName', named('ECS cluster', 'aws:ecs:clusterName')),
  named('EKS cluster', 'aws:eks:cluster-name'),
  named('Batch compute environment', 'aws:batch:compute-environment'),
  named('CloudFormation stack', 'aws:cloudformation:stack-name'),
  catalogProduct,
];

/** On whose behalf instances seem to be launched, by tags that anybody may set. They count only on a service's own launch. */
const TAGGED: readonly Origin[] = [
  inCluster('tagged EKS node group', 'eks:nodegroup-name', 'eks:cluster-name'),
  named('tagged EKS cluster', 'eks:eks-cluster-name'),
  (tags) => (tags.get('AWSBatchServiceTag') === 'batch' ? 'tagged Batch' : undefined),
  (tags) => (tags.has('AmazonECSManaged') ? 'tagged ECS capacity' : undefined),
];

/**
 * Who launched instances. A service is named with what it launched for, such as `Auto Scaling group web-asg`; for anybody else, `through`
 * says what the call was made through, such as `CloudFormation stack web`. The actor as it is for calls that launch nothing, and where the
 * record doesn't tell.
 */
export function launchActor(
  record: CloudTrailRecord,
  actor: Actor,
): { readonly actor: Actor; readonly through?: string | undefined } {
  if (record.eventName !== 'RunInstances') return { actor };
  const origin = originOf(record, actor);
  if (origin === undefined) return { actor };
  const words = bounded(origin);
  return actor.service === true ? { actor: { ...actor, name: words } } : { actor, through: words };
}

function originOf(record: CloudTrailRecord, { name, service, invokedBy }: Actor): string | undefined {
  const tags = launchTags(record);
  const launcher = firstOf(LAUNCHERS, tags) ?? (invokedBy === FLEET_SERVICE ? fleetOf(record) : undefined);
  const behind = BEHIND.flatMap((origin) => origin(tags) ?? []);
  const tagged = service === true ? TAGGED.flatMap((origin) => origin(tags) ?? []) : [];
  const proven = launcher === undefined ? behind : [launcher, ...behind];
  if (proven.length + tagged.length === 0) return undefined;
  // Tags that anybody may set don't name who launched: the service does.
  const [first, ...others] = proven.length === 0 ? [name, ...tagged] : [...proven, ...tagged];
  return others.length === 0 ? first : `${first} (${others.join(', ')})`;
}

/** The tags that every launched instance has: of the response, or else those that were asked for. */
function launchTags(record: CloudTrailRecord): Tags {
  const described = asList(field(responseOf(record), 'instancesSet')).map(fieldsOf);
  const sets = described.map((instance) => tagsOf(field(instance, 'tagSet')));
  const [first = [], ...others] = sets.length > 0 ? sets : [requestedTags(record)];
  const shared = first.filter(({ key, value }) =>
    others.every((set) => set.some((other) => other.key === key && other.value === value)),
  );
  return new Map(shared.map(({ key, value }) => [key, value]));
}

function requestedTags(record: CloudTrailRecord): ReturnType<typeof tagsOf> {
  if (isOmitted(record.requestParameters)) return [];
  const specifications = asList(field(requestOf(record), 'tagSpecificationSet')).map(fieldsOf);
  return specifications
    .filter((one) => str(field(one, 'resourceType')) === 'instance')
    .flatMap((one) => tagsOf(field(one, 'tags')));
}

const FLEET_SERVICE = 'ec2fleet.amazonaws.com';

/** The fleet by the token that EC2 Fleet gives its launches: `fleet-` and a UUID, then the launch's number. */
function fleetOf(record: CloudTrailRecord): string | undefined {
  const token = textField(requestOf(record), 'clientToken') ?? '';
  const [, id] = /^(fleet-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-\d+$/.exec(token) ?? [];
  return id === undefined ? undefined : `EC2 Fleet ${id}`;
}

function named(what: string, key: string): Origin {
  return (tags) => {
    const name = tags.get(key);
    return name === undefined || name.trim() === '' ? undefined : `${what} ${name}`;
  };
}

function inCluster(what: string, key: string, clusterKey: string): Origin {
  const nameOf = named(what, key);
  const clusterOf = named('of cluster', clusterKey);
  return (tags) => {
    const name = nameOf(tags);
    return name === undefined ? undefined : [name, clusterOf(tags) ?? []].flat().join(' ');
  };
}

function unless(key: string, origin: Origin): Origin {
  return (tags) => (tags.has(key) ? undefined : origin(tags));
}

/** The provisioned product, and who provisioned it: `Service Catalog product web/pp-0a, provisioned by dana`. */
function catalogProduct(tags: Tags): string | undefined {
  const arn = tags.get('aws:servicecatalog:provisionedProductArn') ?? '';
  const principal = tags.get('aws:servicecatalog:provisioningPrincipalArn') ?? '';
  const [product, by] = [afterSlash(arn), afterSlash(principal)];
  if (product === undefined && by === undefined) return undefined;
  const what = ['Service Catalog product', product ?? []].flat().join(' ');
  return by === undefined ? what : `${what} provisioned by ${by}`;
}

function afterSlash(arn: string): string | undefined {
  const slash = arn.indexOf('/');
  return slash === -1 ? undefined : arn.slice(slash + 1) || undefined;
}

function firstOf(origins: readonly Origin[], tags: Tags): string | undefined {
  for (const origin of origins) {
    const words = origin(tags);
    if (words !== undefined) return words;
  }
  return undefined;
}
