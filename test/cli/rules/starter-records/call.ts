/** How the records of the starter rules are made: in the shapes that CloudTrail has, with the account that AWS's documents use. */

import type { CloudTrailRecord } from '../../../../src/cloudtrail/record.ts';
import { aRecord } from '../../../support/records.ts';

/** The records that show what a starter rule finds and what it does not. */
export interface StarterCase {
  /** The name of the rule. */
  readonly rule: string;
  readonly match: CloudTrailRecord;
  /** A record that differs from a match in what the rule asks for, and in what. */
  readonly miss: CloudTrailRecord;
  readonly but: string;
  /** A call that ends the finding of `match`, where there is one. */
  readonly end?: CloudTrailRecord;
}

type Fields = Readonly<Record<string, unknown>>;

/** A successful call by the IAM user dana to a service, by its name in front of `.amazonaws.com`. */
export function call(
  [service, eventName]: readonly [service: string, eventName: string],
  requestParameters: Fields | null,
  responseElements: Fields | null = null,
  more: Fields = {},
): CloudTrailRecord {
  return aRecord({
    ...{ eventSource: `${service}.amazonaws.com`, eventName, requestParameters, responseElements },
    ...{ readOnly: false, managementEvent: true, ...more },
  });
}

/** The same call, denied. */
export function denied(record: CloudTrailRecord): CloudTrailRecord {
  const errorCode = record.eventSource === 'ec2.amazonaws.com' ? 'Client.UnauthorizedOperation' : 'AccessDenied';
  const errorMessage = 'User: arn:aws:iam::111122223333:user/dana is not authorized to perform this operation.';
  return { ...record, errorCode, errorMessage, responseElements: null } as CloudTrailRecord;
}

/** The same call by the root user. */
export function byRoot(record: CloudTrailRecord, more: Fields = {}): CloudTrailRecord {
  return {
    ...record,
    userIdentity: {
      type: 'Root',
      principalId: '111122223333',
      arn: 'arn:aws:iam::111122223333:root',
      accountId: '111122223333',
      accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      sessionContext: { sessionIssuer: {}, attributes: { mfaAuthenticated: 'true' } },
      ...more,
    },
  } as CloudTrailRecord;
}
