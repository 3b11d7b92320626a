/** Opens what `watch` takes its messages from: a queue, or a folder with what earlier runs on it left. */

import { uniqueBy } from '../../collections.ts';
import { type Scope, scopeKey } from '../../inventory/inventory.ts';
import type { InventorySource } from '../../inventory/load-inventory.ts';
import type { DeliverPorts } from '../../pipeline/deliver.ts';
import type { Inbox } from '../../pipeline/watch.ts';
import type { Connect } from '../connection.ts';
import type { OpenLedger } from '../ledger-and-mail.ts';

/** What is watched. */
export type Watched = { readonly queue: string } | { readonly folder: string };

/** SQS's longest wait: one call every twenty seconds while nothing arrives. */
const WAIT_SECONDS = 20;

/** Opens what is watched, and the store that reads what its messages name. `onRejected` is told of paths in a folder that cannot be read. */
export async function openInbox(
  watched: Watched,
  { once = false }: { readonly once?: boolean | undefined },
  connect: Connect,
  { ledger, source }: { readonly ledger: OpenLedger | undefined; readonly source: InventorySource },
  onRejected: (input: { readonly path: string; readonly reason: string }) => void,
): Promise<{ readonly inbox: Inbox; readonly logs: DeliverPorts['logs'] }> {
  if ('queue' in watched) {
    const { queueInbox } = await import('../../aws/queue-inbox.ts');
    const { queues, logs } = await connect();
    return { inbox: queueInbox(queues, watched.queue, once ? 1 : WAIT_SECONDS), logs };
  }
  const [{ folderInbox }, { lostRechecks, pendingRechecks }, held, { thisProcess }] = await Promise.all([
    import('../../local/inbox/folder-inbox.ts'),
    import('../../pipeline/recheck.ts'),
    import('../../pipeline/mails/held-findings.ts'),
    import('../watching/process-owner.ts'),
  ]);
  const now = (): Date => new Date();
  const owner = await thisProcess();
  const options = { now, onRejected, ledger, owner };
  if (ledger === undefined) {
    const inbox = folderInbox(watched.folder, options);
    return { inbox, logs: inbox.logs };
  }
  const readable = await source.scopes();
  const scopes = readable.length > 0 ? readable : await openScopes(ledger);
  const inbox = folderInbox(watched.folder, {
    ...options,
    rechecks: [...(await pendingRechecks(ledger, scopes, now())), ...(await held.releasesToCome(ledger, now()))],
    lost: async () => [
      ...(await lostRechecks(scopes, { ledger, now: now(), owner: owner.name })),
      ...(await held.lostReleases(ledger, now())),
    ],
  });
  return { inbox, logs: inbox.logs };
}

/** The accounts and regions in which findings are open: on records alone, only the ledger knows of any. */
async function openScopes(ledger: OpenLedger): Promise<readonly Scope[]> {
  const open = await ledger.entries({ status: ['open'] });
  return uniqueBy(
    open.map(({ finding: { accountId, region } }) => ({ accountId, region })),
    scopeKey,
  );
}
