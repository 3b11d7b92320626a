/** Ports that begin no mail once the process was asked to stop. */

import type { FindingEvent } from '../../alert/channels/finding-events.ts';
import type { AlertMessage } from '../../alert/message.ts';
import { PipelineError } from '../../errors.ts';
import type { DeliverPorts } from '../deliver.ts';

/** Why a message is given back when the process stops. `cause` is what happened to it, if anything did. */
export function stopped(cause?: unknown): PipelineError {
  return new PipelineError('stopped', 'the process was asked to stop', { retryable: true, cause });
}

/**
 * The ports, without mail, chat and events from the moment that `signal` is aborted. A process that ends between sending a mail and recording it would send it
 * twice; a mail that was not begun is sent by whoever gets the message next.
 */
export function untilStopped(ports: DeliverPorts, signal: AbortSignal): DeliverPorts {
  const { publisher, channels: { chat, eventBus } = {} } = ports;
  const unlessStopped =
    <A, R>(send: (asked: A) => Promise<R>) =>
    (asked: A): Promise<R> =>
      signal.aborted ? Promise.reject(stopped()) : send(asked);
  return {
    ...ports,
    publisher: publisher && { publish: unlessStopped((message: AlertMessage) => publisher.publish(message)) },
    channels: {
      chat: chat && { publish: unlessStopped((message: AlertMessage) => chat.publish(message)) },
      eventBus: eventBus && { put: unlessStopped((events: readonly FindingEvent[]) => eventBus.put(events)) },
    },
  };
}
