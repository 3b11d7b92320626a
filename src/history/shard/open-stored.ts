/** Opens the planned objects of a bucket. */

import type { FetchedLog, FoundLog, LogStore, ReadLimits } from '../../delivery/fetch-log.ts';
import { readStoredPlace } from '../../delivery/listing/log-tree.ts';
import { PipelineError } from '../../errors.ts';
import type { PlannedObject } from '../plan.ts';

/** Opens an object by its `s3://` key. One that was replaced since it was planned fails when it is read, as does one that is gone. */
export async function* openStored(
  store: Pick<LogStore, 'fetch'>,
  { key: path, size, etag }: PlannedObject,
): AsyncGenerator<FoundLog, void, undefined> {
  const place = readStoredPlace(path);
  if (place === undefined) {
    yield { kind: 'rejected', path, reason: 'is no key of an object in a bucket' };
    return;
  }
  const { bucket, prefix: key } = place;
  const fetch = async (limits: ReadLimits): Promise<FetchedLog> => {
    const fetched = await store.fetch({ bucket, key, size }, limits);
    const { eTag } = fetched;
    if (etag !== undefined && eTag !== undefined && eTag !== etag)
      throw new PipelineError(
        'log-missing',
        `${path} was replaced since it was planned: its etag is ${eTag}, not ${etag}`,
        { key: path },
      );
    return fetched;
  };
  yield {
    kind: 'log',
    file: { path, size, version: etag, fetch, read: async (limits) => (await fetch(limits)).bytes },
  };
}
