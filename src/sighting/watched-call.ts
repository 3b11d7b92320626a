/** Any call at all as a sighting, for the rules that a configuration adds. */

import type { CloudTrailRecord } from '../cloudtrail/record.ts';
import { circumstancesOf } from './circumstances.ts';
import { fieldsOf, str } from './fields.ts';
import type { WatchedCallSighting } from './sighting.ts';

/**
 * The record as a call to be judged by a watch rule, failed ones too; undefined when it does not say when or in which account it
 * happened. The call's name is in its evidence.
 */
export function watchedCallOf(record: CloudTrailRecord, logFile?: string): WatchedCallSighting | undefined {
  const circumstances = circumstancesOf(record, logFile);
  if (circumstances === undefined) return undefined;
  const userIdentityType = str(fieldsOf(record.userIdentity).type);
  return {
    ...circumstances,
    kind: 'watched-call',
    eventSource: str(record.eventSource) ?? '',
    requestParameters: record.requestParameters,
    responseElements: record.responseElements,
    ...(userIdentityType === undefined ? {} : { userIdentityType }),
  };
}
