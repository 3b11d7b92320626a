/** Names what a batch could not read because a message failed: its objects are delivered again, but were not read now. */

import { uniqueBy } from '../../collections.ts';
import type { InputCounts } from '../../ledger/reading.ts';
import type { Collected } from '../collect.ts';
import { unreadOf } from './unread-inputs.ts';

/**
 * The batch's counts, with the objects of failed messages among the rejected inputs. An object of which a part was read is among them
 * already.
 */
export function withUnreadMessages({ input, failed }: Pick<Collected, 'input' | 'failed'>): InputCounts {
  const named = new Set(input.rejected.map(({ path }) => path));
  const unread = uniqueBy(
    failed.flatMap(({ error }) => unreadOf(error)).filter(({ path }) => !named.has(path)),
    ({ path, reason }) => JSON.stringify([path, reason]),
  );
  return { ...input, rejected: [...input.rejected, ...unread] };
}
