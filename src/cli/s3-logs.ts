/** `s3://bucket/prefix` on the command line, as log files. */

import type { FoundLog } from '../delivery/fetch-log.ts';
import type { Period } from '../delivery/log-key.ts';
import { PipelineError } from '../errors.ts';

/** How a command opens `s3://` paths: with the region of the configuration where it says one, and only the days of the period. */
export function s3Opener(
  config: { readonly region?: string },
  period: Period,
): (path: string) => Promise<AsyncIterable<FoundLog>> {
  return async (path) => {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    if (bucket === '')
      throw new PipelineError('usage', `${path} names no bucket; expected s3://bucket/prefix`, { path });
    const [{ openAws }, { openStoredLogs }] = await Promise.all([
      import('../aws/ports.ts'),
      import('../delivery/fetch-log-tree.ts'),
    ]);
    const { logs } = await openAws(
      {
        ...(config.region !== undefined && { region: config.region }),
        trail: { buckets: [], topics: [], accounts: [] },
      },
      { pathStyle: Boolean(process.env.AWS_ENDPOINT_URL) },
    );
    return openStoredLogs(logs, { bucket, prefix }, period);
  };
}
