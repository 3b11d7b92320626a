/** `s3://bucket/prefix` on the command line. */

import type { FoundLog } from '../delivery/fetch-log.ts';
import type { TreeSearch } from '../delivery/listing/log-tree.ts';
import { PipelineError } from '../errors.ts';
import type { Connect } from './connection.ts';

/** True for a path in S3. */
export function isInS3(path: string): boolean {
  return path.startsWith('s3://');
}

/** The paths without those in S3 that another one contains, whose objects would be read twice. */
export function withoutRepeats(paths: readonly string[]): readonly string[] {
  const folderOf = (path: string): string => `${path.replace(/\/+$/, '')}/`;
  const isBelow = (path: string, other: string): boolean =>
    folderOf(path) !== folderOf(other) && path.startsWith(folderOf(other));
  const inS3 = new Map(paths.map((path) => [isInS3(path) ? folderOf(path) : path, path]));
  return [...inS3.values()].filter((path) => !isInS3(path) || !paths.some((other) => isBelow(path, other)));
}

/** The bucket and prefix of a path in S3. Throws PipelineError `usage` when it names no bucket. */
export async function placeInS3(path: string): Promise<{ readonly bucket: string; readonly prefix: string }> {
  const { readStoredPlace } = await import('../delivery/listing/log-tree.ts');
  const place = readStoredPlace(path);
  if (place === undefined)
    throw new PipelineError('usage', `${path} names no bucket; expected s3://bucket/prefix`, { path });
  return place;
}

/**
 * Returns how a command opens a path in S3; it lists only the days of the period, and logs unless `kinds` asks for others. Throws
 * PipelineError `usage` when a path names no bucket.
 */
export function s3Opener(
  connect: Connect,
  search: Partial<Omit<TreeSearch, 'prefix'>>,
): (path: string) => Promise<AsyncIterable<FoundLog>> {
  return async (path) => {
    const place = await placeInS3(path);
    const { openStoredLogs } = await import('../delivery/listing/fetch-log-tree.ts');
    return openStoredLogs((await connect()).logs, place, search);
  };
}
