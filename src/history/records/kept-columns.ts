/** The columns of kept records: names, types, and which of them say quickly that a value is not among their rows. */

import { callFailed } from '../../cloudtrail/record.ts';
import type { KeptRecord } from './kept-record.ts';

/** A column. */
export interface KeptColumn {
  readonly name: string;
  readonly type: 'STRING' | 'TIMESTAMP' | 'INT32' | 'BOOLEAN' | 'STRINGS';
  /** With a Bloom filter: what people ask for one value of. */
  readonly bloom: boolean;
  readonly cellOf: (row: KeptRecord) => string | number | boolean | Date | readonly string[] | undefined;
}

const column = (name: string, type: KeptColumn['type'], cellOf: KeptColumn['cellOf'], bloom = false): KeptColumn => ({
  name,
  type,
  bloom,
  cellOf,
});

/** In the order in which they lie in a file: what is asked by first, the record itself last. */
export const KEPT_COLUMNS: readonly KeptColumn[] = [
  column('accountId', 'STRING', ({ accountId }) => accountId),
  column('region', 'STRING', ({ region }) => region),
  column('day', 'STRING', ({ day }) => day),
  column('eventTime', 'TIMESTAMP', ({ eventTime }) => (eventTime === undefined ? undefined : new Date(eventTime))),
  column('eventSource', 'STRING', ({ eventSource }) => eventSource, true),
  column('eventName', 'STRING', ({ eventName }) => eventName, true),
  column('eventID', 'STRING', ({ eventID }) => eventID),
  column('errorCode', 'STRING', ({ errorCode }) => errorCode),
  column('failed', 'BOOLEAN', hasFailed),
  column('actor', 'STRING', ({ actor }) => actor, true),
  column('actorArn', 'STRING', ({ actorArn }) => actorArn, true),
  column('callers', 'STRINGS', ({ callers }) => callers),
  column('sourceIPAddress', 'STRING', ({ sourceIPAddress }) => sourceIPAddress, true),
  column('userAgent', 'STRING', ({ userAgent }) => userAgent),
  column('resources', 'STRINGS', ({ resources }) => resources, true),
  column('logFile', 'STRING', ({ logFile }) => logFile),
  column('fileIndex', 'INT32', ({ fileIndex }) => fileIndex),
  column('recordIndex', 'INT32', ({ index }) => index),
  column('record', 'STRING', ({ json }) => json),
];

/** Whether the call failed. Some records say so by their message alone, so the record is read where its code does not tell. */
function hasFailed({ errorCode, json }: KeptRecord): boolean {
  if (errorCode !== undefined && errorCode !== '') return true;
  // Any letter of a name may be written as `\u0065`.
  if (!['errorMessage', 'errorCode', '\\u'].some((text) => json.includes(text))) return false;
  try {
    return callFailed(JSON.parse(json));
  } catch {
    return false;
  }
}
