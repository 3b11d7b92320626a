/** Builds the records of IAM's calls on users, in the shapes CloudTrail writes. */

import type { CloudTrailRecord } from '../../src/cloudtrail/record.ts';
import { aRecord } from './records.ts';

/** The account of these records. */
export const IAM_ACCOUNT = '111122223333';

let made = 0;

/** A successful call of IAM by the IAM user dana. The given fields replace the defaults. */
export function anIamCall(
  eventName: string,
  eventTime: string,
  requestParameters: unknown,
  fields: Readonly<Record<string, unknown>> = {},
): CloudTrailRecord {
  made += 1;
  return aRecord({
    eventSource: 'iam.amazonaws.com',
    awsRegion: 'us-east-1',
    eventID: `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`,
    ...{ eventName, eventTime, requestParameters },
    ...fields,
  });
}

/** A caller in a role. */
export function inRole(role: string, session: string, account: string = IAM_ACCOUNT): unknown {
  const name = role.slice(role.lastIndexOf('/') + 1);
  return {
    type: 'AssumedRole',
    arn: `arn:aws:sts::${account}:assumed-role/${name}/${session}`,
    accountId: account,
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${account}:role/${role}`, userName: name, accountId: account },
    },
  };
}

/** An IAM user as the caller. */
export function asUser(path: string, account: string = IAM_ACCOUNT): unknown {
  const userName = path.slice(path.lastIndexOf('/') + 1);
  return { type: 'IAMUser', userName, arn: `arn:aws:iam::${account}:user/${path}`, accountId: account };
}

/** The root user as the caller. */
export function asRoot(account: string = IAM_ACCOUNT): unknown {
  return { type: 'Root', arn: `arn:aws:iam::${account}:root`, accountId: account, principalId: account };
}
