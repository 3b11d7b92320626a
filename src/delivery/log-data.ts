/** Unpacks what a CloudWatch Logs subscription delivers: log entries as JSON, gzipped, in base64. */

import { PipelineError } from '../errors.ts';
import { decompress } from './decompress.ts';
import { asObject, parseJson } from './shape.ts';
import { unreadable } from './unreadable.ts';

/** Deliveries are at most 1 MB of text. Only a gzip bomb inflates past this. */
const MAX_LOG_DATA_BYTES = 64 * 1024 * 1024;

/**
 * The fields of `awslogs.data`. Throws PipelineError `notification-unreadable` when it is damaged, not a JSON object, or longer than
 * any real delivery.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export function logDataOf(data: string): Readonly<Record<string, unknown>> {
  try {
    const { bytes, damage } = decompress(Buffer.from(data, 'base64'), { maxBytes: MAX_LOG_DATA_BYTES });
    const content = damage === undefined ? asObject(parseJson(bytes.toString('utf8'))?.value) : undefined;
    if (content !== undefined) return content;
    throw unreadable(`its CloudWatch Logs data is not a JSON object${damage === undefined ? '' : ` (${damage})`}`);
  } catch (fault) {
    if (fault instanceof PipelineError && fault.code === 'notification-unreadable') throw fault;
    throw unreadable('its CloudWatch Logs data cannot be inflated', fault);
  }
}
