/** `s3://bucket/prefix` on the command line, as log files. */

import type { FoundLog } from '../delivery/fetch-log.ts';
import type { Period } from '../delivery/log-key.ts';
import { PipelineError } from '../errors.ts';
import type { Connect } from './world.ts';

/** How a command opens `s3://` paths: only the days of the period are listed. Throws PipelineError `usage` when a path names no bucket. */
export function s3Opener(connect: Connect, period: Period): (path: string) => Promise<AsyncIterable<FoundLog>> {
  return async (path) => {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (bucket === '')
      throw new PipelineError('usage', `${path} names no bucket; expected s3://bucket/prefix`, { path });
    const { openStoredLogs } = await import('../delivery/fetch-log-tree.ts');
    return openStoredLogs((await connect()).logs, { bucket, prefix }, period);
  };
}
