/** Where plans and results are kept: a folder, or a prefix in a bucket. */

import type { HistoryStore } from '../../history/history-store.ts';
import type { Connect } from '../connection.ts';
import { isInS3, placeInS3 } from '../s3-logs.ts';

/** The store at a place of the command line. Throws PipelineError `usage` for `s3://` without a bucket. */
export async function openPlace(place: string, connect: Connect): Promise<HistoryStore> {
  if (isInS3(place)) {
    const { bucket, prefix } = await placeInS3(place);
    return (await connect()).historyStore(bucket, prefix.replace(/\/+$/, ''));
  }
  const { historyFolder } = await import('../../local/history/history-folder.ts');
  return historyFolder(place);
}

/** Where the result of a plan is kept unless another place is given: beside it. */
export function resultPlaceOf(plan: string): string {
  return `${plan.replace(/(?<=[^/])\/+$/, '')}/result`;
}
