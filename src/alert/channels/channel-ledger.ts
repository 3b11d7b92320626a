/** The ledger as a channel besides mail sees it: with what that channel was told, and claims of its own. */

import type { Channel, Claim, LedgerEntry } from '../../ledger/ledger.ts';
import { entryIn } from '../../ledger/mails/noted-mails.ts';
import type { ClaimPorts } from '../claim-due.ts';

/**
 * The ledger of a channel: its entries say what the channel was told instead of what was mailed, and nobody else has its claims. So it is
 * told of each stage of an opening once, whatever became of the mail. What a flood held back is shared: whoever releases it tells everybody.
 */
export function channelLedger<L extends ClaimPorts['ledger']>(channel: Channel, ledger: L): L {
  return {
    ...ledger,
    async claim(claims, claiming) {
      const named = claims.map((claim) => claimIn(channel, claim));
      const taken = new Set((await ledger.claim(named, claiming)).map(nameOf));
      return claims.filter((claim) => taken.has(nameOf(claimIn(channel, claim))));
    },
    settle: (claims, settling) =>
      ledger.settle(
        claims.map((claim) => claimIn(channel, claim)),
        settling,
      ),
    entries: async (query) => entriesIn(channel, await ledger.entries(query)),
  };
}

/** The entries as a channel sees them. */
export function entriesIn(channel: Channel, entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.map((entry) => entryIn(entry, channel));
}

/** The stage is the last part of an alert's key; every other key is one name. */
function claimIn(channel: Channel, claim: Claim): Claim {
  const { kind, key } = claim;
  return { ...claim, key: kind === 'alert' ? key.replace(/:([^:]+)$/, `:${channel}/$1`) : `${channel}/${key}` };
}

function nameOf({ kind, key }: Claim): string {
  return `${kind} ${key}`;
}
