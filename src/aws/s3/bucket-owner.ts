/** Calls on buckets whose owner is known: names of buckets are everybody's, so S3 is asked to refuse another account's. */

import { AwsCallError, type ErrorConcerns } from '../../errors.ts';
import { awsCall } from '../call.ts';

/** A bucket as every call on it names it. */
export interface BucketOf {
  readonly Bucket: string;
  readonly ExpectedBucketOwner: string | undefined;
}

/**
 * Names the bucket of an account; S3 answers AccessDenied if it is another's. Without an account S3 does not check it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
 */
export function bucketOf(Bucket: string, ExpectedBucketOwner: string | undefined): BucketOf {
  return { Bucket, ExpectedBucketOwner };
}

/** Like `awsCall`. A refusal names the expected owner, and that an object may be missing, as S3 does not say for what it refused. */
export async function bucketCall<T>(
  operation: string,
  { key }: Pick<ErrorConcerns, 'key'>,
  place: BucketOf,
  call: (place: BucketOf) => Promise<T>,
): Promise<T> {
  try {
    return await awsCall(operation, { key }, () => call(place));
  } catch (fault) {
    const { Bucket, ExpectedBucketOwner: owner } = place;
    if (!(fault instanceof AwsCallError) || fault.concerns.awsCode !== 'AccessDenied') throw fault;
    const hints = [
      ...(owner === undefined
        ? []
        : [`the bucket ${Bucket} has to be account ${owner}'s; if it is, the permission is missing`]),
      // S3 says that an object does not exist only to those who may list the bucket, as no function of the stack may.
      ...(operation === 'GetObject'
        ? ['or the object does not exist, which S3 tells only those who may list the bucket']
        : []),
    ];
    if (hints.length === 0) throw fault;
    const hint = hints.join(', ');
    throw new AwsCallError(operation, 'AccessDenied', `${fault.message} (${hint})`, { key, cause: fault });
  }
}
