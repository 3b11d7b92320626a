/** The public keys that verify CloudTrail's digest signatures. */

import { CloudTrailClient, ListPublicKeysCommand } from '@aws-sdk/client-cloudtrail';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** One of CloudTrail's keys. @see https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PublicKey.html */
export interface TrailPublicKey {
  /** A digest refers to its key by this, as `digestPublicKeyFingerprint`. */
  readonly fingerprint: string;
  /** The PKCS #1 key in DER. */
  readonly value: Buffer;
  readonly validFrom?: Date | undefined;
  readonly validUntil?: Date | undefined;
}

/** The keys valid at any time in the period. `region` is the one that signed, which the digests name. Throws AwsCallError. */
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
        validFrom: ValidityStartTime,
        validUntil: ValidityEndTime,
      });
    }
    NextToken = page.NextToken || undefined;
  } while (NextToken !== undefined);
  return keys;
}
