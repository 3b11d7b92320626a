/** Which objects that messages name are asked for. What the key alone shows to be no log of the trail costs no request. */

import type { Config } from '../../config.ts';
import { isOfOtherService } from '../../delivery/listing/log-tree.ts';
import { accountsIn, foreignAccountIn, isInTree, readLogKey, regionsIn } from '../../delivery/log-key.ts';
import { distinctObjects, type LogObject, uriOf } from '../../delivery/log-object.ts';
import { emptyFileEntry } from '../gaps/scanned-file.ts';
import { countSkipped, type MessageContent, type RefusedDelivery } from '../message-content.ts';

/** Names that may be of logs, outside of the folders in which a trail keeps them. Access logs and the like have others. */
const LIKE_A_LOG = /\.(?:jsonl?|ndjson|gz|zip|zst|parquet)$/i;

const READ_BY_SCAN = 'use "mirrorwatch scan" for files that were put elsewhere';

/**
 * The log files among the objects. Adds to `content` what is refused, and counts digests and other known kinds. A local file may have
 * any name.
 */
export function objectsToRead(
  objects: readonly LogObject[],
  trail: Config['trail'],
  content: MessageContent,
  localPathOf: (object: LogObject) => string | undefined,
): readonly LogObject[] {
  return distinctObjects(objects).flatMap((object) => {
    const localPath = localPathOf(object);
    const path = localPath ?? uriOf(object);
    const refused = localPath === undefined ? placeRefusal(object, trail) : undefined;
    if (refused !== undefined) return dropped(content, refused);
    const { kind } = readLogKey(object.key, object.size);
    if (kind !== 'log' && kind !== 'other') {
      countSkipped(content, kind);
      if (kind === 'empty') content.manifest.push(emptyFileEntry(path));
      return [];
    }
    const foreignAccountId = foreignAccountOf(object, trail.accounts);
    if (foreignAccountId !== undefined && isOfOtherService(object.key)) return dropped(content, 'not-a-log');
    if (foreignAccountId !== undefined) {
      const reason = `a delivery named a log of account ${foreignAccountId}, which is not among trail.accounts`;
      return dropped(content, { kind: 'account', source: foreignAccountId, path, reason, foreignAccountId });
    }
    if (localPath !== undefined) return [object];
    const strange = keyRefusal(object.key, path, object.bucket, trail);
    return strange === undefined ? [withSoundAlternative(object, trail)] : dropped(content, strange);
  });
}

function dropped(content: MessageContent, why: RefusedDelivery | 'not-a-log'): readonly LogObject[] {
  if (why === 'not-a-log') countSkipped(content, why);
  else content.refused.push(why);
  return [];
}

function placeRefusal(object: LogObject, { buckets }: Config['trail']): RefusedDelivery | undefined {
  const { bucket, key } = object;
  const [path, source] = [uriOf(object), `s3://${bucket}`];
  if (buckets.length > 0 && !buckets.includes(bucket)) {
    const reason = `a delivery named the bucket ${bucket}, which is not among trail.buckets`;
    return { kind: 'bucket', source, path, reason };
  }
  if (!key.split('/').some((part) => part === '..' || part === '.')) return undefined;
  return {
    kind: 'key',
    source,
    path,
    reason: 'a delivery named a key with ".." or "." in it, which CloudTrail never writes',
  };
}

/** Why a key cannot be that of a log of the trail; `not-a-log` for one that nothing shows to pass for a log. */
function keyRefusal(
  key: string,
  path: string,
  bucket: string,
  { prefixes }: Pick<Config['trail'], 'prefixes'>,
): RefusedDelivery | 'not-a-log' | undefined {
  const refusal = (reason: string): RefusedDelivery => ({ kind: 'key', source: `s3://${bucket}`, path, reason });
  if (!isInTree(key)) {
    if (readLogKey(key).kind !== 'log' && !LIKE_A_LOG.test(key)) return 'not-a-log';
    return refusal(`a delivery named a key outside of AWSLogs/, where CloudTrail writes no log; ${READ_BY_SCAN}`);
  }
  if (!isInTree(key, prefixes))
    return refusal('a delivery named a key under a prefix that is not among trail.prefixes');
  const contradiction = [accountsIn(key), regionsIn(key)].find(({ length }) => length > 1);
  return (
    contradiction && refusal(`a delivery named a key whose folders and name disagree: ${contradiction.join(', ')}`)
  );
}

/** The object without its other reading, if that cannot be the key of a log. */
function withSoundAlternative(object: LogObject, trail: Config['trail']): LogObject {
  const { alternativeKey } = object;
  if (alternativeKey === undefined) return object;
  const other = { ...object, key: alternativeKey };
  const isSound =
    placeRefusal(other, trail) === undefined && keyRefusal(alternativeKey, '', object.bucket, trail) === undefined;
  return isSound ? object : { ...object, alternativeKey: undefined };
}

/** The account that an object's key names, in either reading, and that is not listed. */
function foreignAccountOf({ key, alternativeKey = key }: LogObject, accounts: readonly string[]): string | undefined {
  return foreignAccountIn(key, accounts) ?? foreignAccountIn(alternativeKey, accounts);
}
