/** Which names can be AWS regions, and which are. AWS adds regions, so an unknown name is doubtful, never wrong. */

import { partitionOf } from '../cloudtrail/partition.ts';
import { didYouMean } from './spelling.ts';

/**
 * The regions that AWS publishes, of all partitions.
 *
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
const REGIONS: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'ca-west-1', 'mx-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-central-2', 'eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-north-1', 'eu-south-1', 'eu-south-2'],
  ...['ap-east-1', 'ap-east-2', 'ap-south-1', 'ap-south-2', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ...['ap-southeast-1', 'ap-southeast-2', 'ap-southeast-3', 'ap-southeast-4', 'ap-southeast-5', 'ap-southeast-6'],
  ...['ap-southeast-7', 'af-south-1', 'il-central-1', 'me-central-1', 'me-south-1'],
  ...['us-gov-east-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'],
  ...['us-iso-east-1', 'us-iso-west-1', 'us-isob-east-1', 'us-isob-west-1', 'us-isof-east-1', 'us-isof-south-1'],
  'eu-isoe-west-1',
];

const REGION = /^[a-z]{2,}(-[a-z]+)+-[1-9]\d?$/;
const ZONE = /^([a-z]{2,}(?:-[a-z]+)+-[1-9]\d?)[a-z]$/;

/** What the names of regions begin with, by partition and continent. */
const BEGINNINGS: ReadonlySet<string> = new Set(REGIONS.map((region) => region.split('-')[0] ?? ''));

/**
 * True for a region that AWS publishes, and for a later one of the same partitions and continents, as the SDK recognizes them. Text of
 * another form must not become part of an endpoint's name.
 *
 * @see https://github.com/aws/aws-sdk-js-v3/blob/main/packages/util-endpoints/src/lib/aws/partitions.json
 */
export function isRegionName(name: string): boolean {
  return REGIONS.includes(name) || (REGION.test(name) && BEGINNINGS.has(name.split('-')[0] ?? ''));
}

/**
 * The regions of `aws` that every account has on and cannot turn off.
 *
 * @see https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
 */
const ALWAYS_ON: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
  ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
  ...['ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3', 'ap-southeast-1', 'ap-southeast-2'],
];

/** The regions that every account has on, in the partition of `region`. Other partitions have no region to turn on. */
export function regionsOnByDefault(region: string): readonly string[] {
  const partition = partitionOf(region);
  return partition === 'aws' ? ALWAYS_ON : REGIONS.filter((each) => partitionOf(each) === partition);
}

/** What is wrong with the name of a region, or doubtful about it. */
export interface RegionOpinion {
  readonly kind: 'problem' | 'doubt';
  readonly message: string;
}

/**
 * What to say of a name given as a region; undefined for a known region. A name of another form cannot be a region and is a
 * `problem`. An unknown name of the right form is a `doubt` if a known one is close to it; else it is taken for a new region.
 */
export function regionOpinion(name: string): RegionOpinion | undefined {
  if (REGIONS.includes(name)) return undefined;
  const hint = didYouMean(name, REGIONS);
  const quoted = JSON.stringify(name);
  const [, zoned] = ZONE.exec(name) ?? [];
  if (zoned !== undefined)
    return { kind: 'problem', message: `${quoted} is an availability zone; its region is ${zoned}` };
  if (!REGION.test(name)) return { kind: 'problem', message: `${quoted} cannot be a region, such as eu-west-1${hint}` };
  return hint === '' ? undefined : { kind: 'doubt', message: `${quoted} is not a region that AWS published${hint}` };
}
