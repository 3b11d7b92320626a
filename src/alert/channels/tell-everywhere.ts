/** Tells every configured channel what is due in it: mail, chat and events. None waits for another, or fails with it. */

import { messageOf, PipelineError } from '../../errors.ts';
import type { AlertPolicy } from '../digest.ts';
import type { MailContext } from '../sections.ts';
import { type AlertPorts, type AlertRequest, type Publisher, type SentAlert, sendAlerts } from '../send-alert.ts';
import { channelLedger, entriesIn } from './channel-ledger.ts';
import { type EventBus, sendEvents } from './finding-events.ts';

/** What is told besides mail. */
export interface Channels {
  readonly chat?: Publisher | undefined;
  readonly eventBus?: EventBus | undefined;
}

/** Where findings are told. At least one place makes sense. */
export interface Places {
  /** Mail. */
  readonly publisher?: Publisher | undefined;
  readonly channels?: Channels | undefined;
}

/** The ports that telling needs. */
export type TellPorts = Omit<AlertPorts, 'publisher'> & Places;

/** True if there is anybody to tell. */
export function tellsAnybody({ publisher, channels = {} }: Places): boolean {
  return [publisher, channels.chat, channels.eventBus].some((place) => place !== undefined);
}

const NOTHING_SENT: SentAlert = { held: 0, busy: [] };

/**
 * Sends what is due: a mail, the same to the chat channel, and an event for each change of a finding. Each place has its own claims and its
 * own notes in the ledger, so what failed in one is sent there alone the next time. Returns what became of the mail; findings that are held
 * back or busy in any of them are among `held` and `alsoBusy`.
 *
 * Throws PipelineError `alert-failed` after all have been tried if any failed, with the words of each.
 */
export async function tellEverywhere(
  { ledger, owner, publisher, channels = {} }: TellPorts,
  request: AlertRequest,
  policy: AlertPolicy,
  context: MailContext,
): Promise<SentAlert> {
  const { chat, eventBus } = channels;
  const faults: unknown[] = [];
  const attempt = async <T>(send: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await send();
    } catch (fault) {
      faults.push(fault);
      return otherwise;
    }
  };
  const mailed = await attempt(
    async () =>
      publisher === undefined ? NOTHING_SENT : sendAlerts({ ledger, owner, publisher }, request, policy, context),
    NOTHING_SENT,
  );
  const chatted = await attempt(
    async () =>
      chat === undefined
        ? NOTHING_SENT
        : sendAlerts(
            { ledger: channelLedger('chat', ledger), owner, publisher: chat },
            { ...request, entries: entriesIn('chat', request.entries) },
            policy,
            context,
          ),
    NOTHING_SENT,
  );
  const busyEvents = await attempt(
    async () =>
      eventBus === undefined
        ? []
        : sendEvents(
            { ledger: channelLedger('events', ledger), owner, eventBus },
            entriesIn('events', request.entries),
            context.now,
          ),
    [],
  );
  if (faults.length > 0) throw together(faults);
  const alsoBusy = [
    ...chatted.busy.map((id) => ({ channel: 'chat', id }) as const),
    ...busyEvents.map((id) => ({ channel: 'events', id }) as const),
  ];
  const heldUntil = mailed.heldUntil ?? chatted.heldUntil;
  return {
    ...mailed,
    held: Math.max(mailed.held, chatted.held),
    ...(heldUntil !== undefined && { heldUntil }),
    ...(alsoBusy.length > 0 && { alsoBusy }),
  };
}

/** One fault as it is; several as one. */
function together(faults: readonly unknown[]): unknown {
  if (faults.length === 1) return faults[0];
  const retryable = faults.some((fault) => !(fault instanceof PipelineError) || fault.retryable);
  return new PipelineError('alert-failed', faults.map(messageOf).join('; '), {
    cause: new AggregateError(faults, 'several channels failed'),
    retryable,
  });
}
