/** Whether a log file's name, its folder and its records agree about whose it is and from when. */

import { accountsIn, type LogKey } from '../../delivery/log-key.ts';
import { asList, asObject, asText, mayHoldMoreValues, parseJson } from '../../delivery/shape.ts';

/** CloudTrail delivers a file within minutes; clocks and the name's missing seconds count for some. */
const CLOCK_SLACK_MS = 5 * 60_000;

/** Longer files are not parsed for this. */
const MAX_COMPARED_BYTES = 32 * 1024 * 1024;

/** Where the events of global services are recorded, whatever the region of the file. */
const GLOBAL_REGIONS: ReadonlySet<string> = new Set(['us-east-1', 'us-gov-west-1', 'cn-north-1']);

const DAY = /\/CloudTrail(?:-[A-Za-z]+)*\/([^/]+)\/(\d{4})\/(\d\d)\/(\d\d)\/[^/]*$/;
const NAME = /\/?(\d{12})_CloudTrail(?:-[A-Za-z]+)*_([^_/]+)_[^/]*$/;

/** Why a log's name and its folders contradict each other; undefined if they don't, or say nothing. */
export function nameFault(path: string, { deliveredAt, date }: LogKey): string | undefined {
  const accounts = accountsIn(path);
  if (accounts.length > 1) return `its name and its folder are of different accounts: ${accounts.join(' and ')}`;
  const folder = DAY.exec(path)?.[1];
  const named = NAME.exec(path)?.[2];
  if (folder !== undefined && named !== undefined && folder !== named)
    return `its name is of ${named}, and its folder of ${folder}`;
  const day = deliveredAt?.toISOString().slice(0, 10);
  return day !== undefined && date !== undefined && day !== date
    ? `its name is of ${day}, and its folder of ${date}`
    : undefined;
}

/** The records of a log have about one value for every 30 bytes: a longer log has more than can be parsed in little memory. */
const MAX_COMPARED_VALUES = 1_000_000;

/**
 * Why the records contradict the name of their file: another account, another region, or a time after the file was written. Undefined if
 * they don't, or the file cannot be read as records or is too long to compare.
 */
export function recordsFault(bytes: Buffer, { accountId, region, deliveredAt }: LogKey): string | undefined {
  if (bytes.length > MAX_COMPARED_BYTES || mayHoldMoreValues(bytes, MAX_COMPARED_VALUES)) return undefined;
  const records = asList(asObject(parseJson(bytes.toString('utf8'))?.value)?.Records) ?? [];
  for (const entry of records) {
    const record = asObject(entry);
    const account = asText(record?.recipientAccountId);
    if (account !== undefined && accountId !== undefined && account !== accountId)
      return `its name is of account ${accountId}, and a record in it of account ${account}`;
    const where = asText(record?.awsRegion);
    if (where !== undefined && region !== undefined && where !== region && !GLOBAL_REGIONS.has(where))
      return `its name is of ${region}, and a record in it of ${where}`;
    const time = Date.parse(asText(record?.eventTime) ?? '');
    if (deliveredAt !== undefined && time > deliveredAt.getTime() + CLOCK_SLACK_MS)
      return `its name is of ${deliveredAt.toISOString()}, and a record in it of ${new Date(time).toISOString()}`;
  }
  return undefined;
}
