/** An inbox that tells when it is asked and when it answers. */

import { access, constants } from 'node:fs/promises';
import { messageOf } from '../../errors.ts';
import type { Inbox } from '../../pipeline/watch.ts';
import type { LiveEvent } from '../../report/live/events.ts';

/** The inbox, observed. `probe` throws if what looks like an empty inbox cannot be read at all. */
export function observedInbox(
  inbox: Inbox,
  tell: (event: LiveEvent) => void,
  probe: () => Promise<void> = async () => undefined,
  now: () => Date = () => new Date(),
): Inbox {
  return {
    ...inbox,
    async next(signal) {
      tell({ kind: 'asking', at: now() });
      const messages = await inbox.next(signal);
      const fault = messages.length > 0 || signal.aborted ? undefined : await probe().then(nothing, messageOf);
      if (fault === undefined) tell({ kind: 'answered', at: now(), messages: messages.length });
      else tell({ kind: 'read-fault', at: now(), text: `reading the folder: ${fault}`, reason: fault });
      return messages;
    },
  };
}

/** Throws if the folder cannot be read. Its inbox skips it then, as it skips files that it cannot read. */
export function folderProbe(folder: string): () => Promise<void> {
  return () => access(folder, constants.R_OK);
}

const nothing = (): undefined => undefined;
