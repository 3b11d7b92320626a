/** Opens what outlives a command: the ledger that `--ledger` names, and the destination of `--mail`. */

import type { Channels } from '../alert/channels/tell-everywhere.ts';
import { MAILS_AT_ONCE } from '../alert/flood-gate.ts';
import type { Publisher, SentAlert } from '../alert/send-alert.ts';
import { plural } from '../collections.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import type { FullLedger } from '../ledger/change-log.ts';
import { MOST_AT_ONCE } from '../ledger/mails/floods.ts';
import type { ClaimHolders } from '../local/inbox/file-claims.ts';
import type { Connect } from './connection.ts';
import { fileExists } from './output.ts';

/** A ledger to be closed after use. */
export type OpenLedger = FullLedger & Partial<ClaimHolders> & { close(): Promise<void> };

/**
 * Opens an SQLite file or `dynamodb://TABLE`. A missing file is created. Throws PipelineError `usage` instead when it must be
 * `existing`, or is only read.
 */
export async function openLedger(
  location: string,
  connect: Connect,
  { existing = false, reading = false }: { readonly existing?: boolean; readonly reading?: boolean } = {},
): Promise<OpenLedger> {
  const table = /^dynamodb:\/\/(.+)$/.exec(location)?.[1];
  if (table !== undefined) return { ...(await connect()).ledger(table), close: async () => undefined };
  if ((existing || reading) && !(await fileExists(location))) {
    const message = `there is no ledger at ${location}; run "mirrorwatch scan" or "audit" with --ledger to create one`;
    throw new PipelineError('usage', message, { path: location });
  }
  const { openSqliteLedger } = await import('../local/sqlite-ledger.ts');
  const ledger = openSqliteLedger(location, { reading });
  return { ...ledger, close: async () => ledger.close() };
}

/** Where mail goes: a folder, or the configured topic if `folder` is empty. Throws PipelineError `usage` when there is neither. */
export async function openPublisher(
  folder: string,
  { alertTopicArn, alerts }: Config,
  now: () => Date,
  connect: Connect,
): Promise<Publisher> {
  if (folder !== '') {
    const { mailFolder } = await import('../local/mail-folder.ts');
    return mailFolder(folder, now);
  }
  if (alertTopicArn === undefined)
    throw new PipelineError(
      'usage',
      'mail has no destination: give --mail FOLDER, or set alertTopicArn in the configuration',
    );
  return (await connect()).publisher(alertTopicArn, alerts.messageStructure);
}

/** What findings are told in besides mail: what the configuration says, unless mail goes to a `folder`, which is a rehearsal. */
export async function openChannelsFor(folder: string, { alerts }: Config, connect: Connect): Promise<Channels> {
  const { chatTopicArn, eventBusName } = alerts;
  if (folder !== '' || (chatTopicArn === undefined && eventBusName === undefined)) return {};
  const aws = await connect();
  return {
    chat: chatTopicArn === undefined ? undefined : aws.publisher(chatTopicArn, 'chat'),
    eventBus: eventBusName === undefined ? undefined : aws.eventBus(eventBusName),
  };
}

/** What to say of a run's mail: what was sent, and what waits. */
export function mailLines(sent: SentAlert | undefined): readonly string[] {
  return [...(sent?.message === undefined ? [] : [`mailed: ${sent.message.subject}`]), ...heldLines(sent)];
}

/** How many new findings wait after a flood, and until when. Empty if none do. */
export function heldLines(sent: SentAlert | undefined): readonly string[] {
  const { held = 0, heldUntil } = sent ?? {};
  if (held === 0 || heldUntil === undefined) return [];
  const found = plural(held, 'new finding');
  const until = heldUntil.toISOString().replace('.000', '');
  const why = `this quarter of an hour had ${MAILS_AT_ONCE} mails about new findings, or more than ${MOST_AT_ONCE} of them`;
  return [`held back: ${found} until ${until}, as ${why}`];
}
