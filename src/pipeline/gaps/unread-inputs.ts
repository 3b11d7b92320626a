/** Names the inputs that a fault kept from being read. */

import { messageOf, PipelineError } from '../../errors.ts';
import type { Rejected } from '../../ledger/reading.ts';

/** What a fault kept from being read: one input for each of its causes, as a message may name several objects. */
export function unreadOf(error: unknown): readonly Rejected[] {
  const { cause } = error instanceof Error ? error : {};
  if (cause instanceof AggregateError) return cause.errors.flatMap(unreadOf);
  const concerns = error instanceof PipelineError ? error.concerns : {};
  return [{ path: concerns.key ?? concerns.path ?? 'a delivered message', reason: messageOf(error) }];
}
