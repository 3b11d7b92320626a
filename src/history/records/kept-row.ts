/** A record → the row that a result keeps of it. */

import { actorOf } from '../../cloudtrail/identity.ts';
import type { CloudTrailRecord } from '../../cloudtrail/record.ts';
import type { WantedRecord } from '../../cloudtrail/scanner/scan.ts';
import { callersOf } from '../../pipeline/reading/callers.ts';
import { accountOf, timeOf } from '../../sighting/circumstances.ts';
import type { KeptRecord } from './kept-record.ts';
import { resourcesIn } from './resources-in.ts';

/** The row of a record that lies in this log file. Never throws, whatever the record contains. */
export function keptRow(
  { record, json, index }: WantedRecord,
  { logFile, fileIndex }: Pick<KeptRecord, 'logFile' | 'fileIndex'>,
): KeptRecord {
  const time = timeOf(record.eventTime);
  return {
    accountId: accountOf(record, logFile) ?? '',
    region: textOf(record.awsRegion) ?? '',
    day: time === undefined ? '' : time.toISOString().slice(0, 10),
    eventTime: time?.getTime(),
    eventID: textOf(record.eventID),
    eventSource: textOf(record.eventSource),
    eventName: textOf(record.eventName),
    actor: actorOf(record).name,
    actorArn: textOf(record.userIdentity?.arn),
    callers: callersOf(record),
    sourceIPAddress: textOf(record.sourceIPAddress),
    userAgent: textOf(record.userAgent),
    errorCode: textOf((record as Pick<CloudTrailRecord, 'errorCode'>).errorCode),
    resources: resourcesIn(record),
    ...{ logFile, fileIndex, index },
    json: json.toString('utf8'),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
