/** What records say of themselves is compared with where they came from, and with the time. */

import { isRegionName } from '../../config/regions.ts';
import { isCallSighting, type Sighting } from '../../sighting/sighting.ts';
import type { RefusedDelivery } from '../message-content.ts';

/** How far a clock may be ahead of ours. Nothing is recorded or sent before it happens. */
export const MOST_AHEAD_MS: number = 5 * 60_000;

/** What is known of records before they are read. */
export interface Origin {
  /** Names the file or the message. */
  readonly path: string;
  /** The bucket, or the door, that they came from. */
  readonly source: string;
  /** The account and region that the key or the event names. @default not compared */
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  /** Only records of these accounts are compared: nothing is done for others anyway. @default all */
  readonly accounts?: readonly string[] | undefined;
}

/**
 * The sightings that agree with where they came from and that are not from the future. The others are refused one by one: a file may hold
 * honest records beside them.
 *
 * CloudTrail writes a file for one account and region, also for a trail of an organization or of all regions. Services without a region
 * (IAM, STS, CloudFront) are recorded as calls in us-east-1, which the trail of another region may deliver.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
export function believedSightings(
  sightings: readonly Sighting[],
  origin: Origin,
  now: Date,
): { readonly believed: readonly Sighting[]; readonly refused: readonly RefusedDelivery[] } {
  const refused: RefusedDelivery[] = [];
  const latest = now.getTime() + MOST_AHEAD_MS;
  const believed = sightings.filter((sighting) => {
    const refusal = disbelief(sighting, origin, latest);
    if (refusal !== undefined) refused.push(refusal);
    return refusal === undefined;
  });
  return { believed, refused };
}

function disbelief(sighting: Sighting, origin: Origin, latest: number): RefusedDelivery | undefined {
  const { accountId, region, eventTime, evidence } = sighting;
  const refusal = (kind: 'time' | 'scope', reason: string): RefusedDelivery => {
    const path = `${origin.path}#${evidence.eventID.slice(0, 100)}`;
    return { kind, source: origin.source, path, reason };
  };
  if (eventTime.getTime() > latest)
    return refusal('time', `a record is from the future: its time is ${evidence.eventTime}`);
  if (!/^\d{12}$/.test(accountId) || !isRegionName(region)) {
    const named = `${JSON.stringify(accountId.slice(0, 40))}, ${JSON.stringify(region.slice(0, 40))}`;
    return refusal('scope', `a record names an account and region that cannot be: ${named}`);
  }
  const isElsewhere =
    (origin.accountId !== undefined &&
      origin.accountId !== accountId &&
      origin.accounts?.includes(accountId) !== false) ||
    (origin.region !== undefined && origin.region !== region && !isWithoutRegion(sighting));
  if (!isElsewhere) return undefined;
  const expected = [origin.accountId, origin.region].filter((part) => part !== undefined).join(', ');
  return refusal(
    'scope',
    `a record says that it is of ${accountId}, ${region}, but it came in the log or event of ${expected}`,
  );
}

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events */
const WITHOUT_REGION = 'us-east-1';

/** True for what may be a call of a service without a region: of calls that only rules on calls judge, the service is not looked at. */
function isWithoutRegion(sighting: Sighting): boolean {
  return sighting.region === WITHOUT_REGION && isCallSighting(sighting);
}
