/** When an account and region spoke, by one log file. */

import { isRegionName } from '../../config/regions.ts';
import { accountsIn, readLogKey, regionsIn } from '../../delivery/log-key.ts';
import type { Heard } from '../../ledger/freshness/heard.ts';
import type { FileEnd } from '../objects/file-end.ts';

/** What the file says of its account and region; none if its key does not name one of each, or it has no record. */
export function heardInFile(
  key: string,
  { records, newestEvent }: Pick<FileEnd, 'records' | 'newestEvent'>,
): readonly Heard[] {
  const [[accountId, otherAccount], [region, otherRegion]] = [accountsIn(key), regionsIn(key)];
  const record = newestEvent === undefined ? Number.NaN : Date.parse(newestEvent);
  if (records === 0 || Number.isNaN(record) || otherAccount !== undefined || otherRegion !== undefined) return [];
  if (accountId === undefined || region === undefined || !isRegionName(region)) return [];
  return [{ accountId, region, record: new Date(record), delivered: readLogKey(key).deliveredAt }];
}
