/** The public keys with which CloudTrail signed its digests. */

import { CloudTrailClient, ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PublicKey.html */
export interface TrailPublicKey {
  /** What a digest names as `digestPublicKeyFingerprint`. */
  readonly fingerprint: string;
  /** DER of the PKCS #1 key. */
  readonly value: Buffer;
  readonly validFrom?: Date | undefined;
  readonly validUntil?: Date | undefined;
}

/** Keys that were valid at any time in the period, in the region that signed (the trail's digests name it). Throws AwsCallError. */
export async function listPublicKeys(
  clients: Clients,
  region: string,
  period: { readonly since: Date; readonly until: Date },
): Promise<readonly TrailPublicKey[]> {
  const keys: TrailPublicKey[] = [];
  let NextToken: string | undefined;
  do {
    const page = await awsCall('ListPublicKeys', { region }, () =>
      clients
        .home(CloudTrailClient, region)
        .send(new ListPublicKeysCommand({ StartTime: period.since, EndTime: period.until, NextToken })),
    );
    for (const { Fingerprint, Value, ValidityStartTime, ValidityEndTime } of page.PublicKeyList ?? []) {
      if (Fingerprint === undefined || Value === undefined) continue;
      keys.push({
        fingerprint: Fingerprint,
        value: Buffer.from(Value),
        ...(ValidityStartTime === undefined ? {} : { validFrom: ValidityStartTime }),
        ...(ValidityEndTime === undefined ? {} : { validUntil: ValidityEndTime }),
      });
    }
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return keys;
}
