/** The list of an answer, if AWS gave one: an answer that says nothing must not prove that everything is gone. */

import { AwsCallError, type ErrorConcerns } from '../../errors.ts';

/** The parts of an answer that show whether AWS gave it. */
interface Answer {
  readonly $metadata?: { readonly requestId?: string | undefined } | undefined;
}

/**
 * The list, as AWS answered it. An answer without one is empty only if it has a request id, as every answer of AWS has: a 200 without any
 * content, as a proxy may give, is read by the SDK like an answer that lists nothing.
 *
 * @throws AwsCallError `EmptyAnswer`, retryable
 */
export function answeredList<Item>(
  list: readonly Item[] | undefined,
  { $metadata }: Answer,
  operation: string,
  concerns: ErrorConcerns,
): readonly Item[] {
  if (list !== undefined) return list;
  if ($metadata?.requestId !== undefined) return [];
  const where = [concerns.accountId, concerns.region].filter((part) => part).join(', ');
  const message = `${operation} (${where}) was answered with neither a list nor a request id: the answer is not AWS's, or is cut off`;
  throw new AwsCallError(operation, 'EmptyAnswer', message, { ...concerns, retryable: true });
}
