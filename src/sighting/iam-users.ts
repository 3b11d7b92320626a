/** Which calls make IAM users or give them something to work with, and which delete them. */

import { type CloudTrailRecord, callFailed } from '../cloudtrail/record.ts';
import { circumstancesOf, isWithdrawal } from './circumstances.ts';
import { fieldsOf, textField } from './fields.ts';
import type { IamUserSighting } from './sighting.ts';

/** What each call of IAM makes, in words. */
const MADE: Readonly<Record<string, string>> = {
  CreateUser: 'the user',
  CreateAccessKey: 'an access key',
  CreateLoginProfile: 'a password',
};
const DELETED = 'DeleteUser';

/** The names of these calls, for the scanner. */
export const IAM_USER_CALLS: ReadonlySet<string> = new Set([...Object.keys(MADE), DELETED]);

/**
 * What a record says happened to an IAM user; undefined for any other call and for one that failed. Never throws.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
 */
export function iamUserSighting(record: CloudTrailRecord, logFile?: string): IamUserSighting | undefined {
  const { eventSource, eventName } = record;
  if (eventSource !== 'iam.amazonaws.com' || typeof eventName !== 'string') return undefined;
  const what = Object.hasOwn(MADE, eventName) ? MADE[eventName] : undefined;
  if (what === undefined && eventName !== DELETED) return undefined;
  if (callFailed(record) && !isWithdrawal(record)) return undefined;
  const circumstances = circumstancesOf(record, logFile);
  const userName = textField(fieldsOf(record.requestParameters), 'userName');
  if (circumstances === undefined || userName === undefined) return undefined;
  const withdrawn = isWithdrawal(record) ? ({ withdrawn: true } as const) : {};
  const kind = what === undefined ? 'iam-user-deleted' : 'iam-user-made';
  return { ...circumstances, ...withdrawn, kind, userName, what: what ?? 'the user' };
}
