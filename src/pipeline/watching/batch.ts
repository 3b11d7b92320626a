/** One batch of messages: who of them is acknowledged, who is given back, and when the process that stops does not wait any more. */

import type { Message } from '../../delivery/envelope.ts';
import type { Delivered } from '../deliver.ts';
import { failureKind, isStop } from '../retry/retry-delay.ts';
import type { Inbox } from './inbox.ts';
import { stopped } from './until-stopped.ts';

/** How long a batch may go on after the signal to stop. Then its messages are given back, which takes at most `GIVE_BACK_MS`. */
export const STOP_MS = 1_200;
export const GIVE_BACK_MS = 500;

/** How a batch is kept and given back. */
export interface BatchOptions {
  /** Aborted when the process has to stop. */
  readonly signal: AbortSignal;
  /** Calls `keep` at intervals until the returned function is called. */
  readonly repeat: (keep: () => void) => () => void;
  /** Calls `act` so many milliseconds after `signal` was aborted, unless the returned function is called before. */
  readonly afterStop: (milliseconds: number, act: () => void) => () => void;
  /**
   * Called when a batch could not be recorded or mailed, so its messages are retried, when `keep` failed, or without messages when the inbox
   * could not be read and is read again.
   */
  readonly onFault: (error: unknown, messages: readonly Message[]) => void;
  /** Called while the process stops, with messages that were given back for others to take, and those for which that failed. */
  readonly onGivenBack: (messages: readonly Message[], failed: readonly Message[]) => void;
}

/** A batch while it is processed. */
export interface Batch {
  /** Acknowledges the messages that are done and gives the others back. */
  settle(delivered: Pick<Delivered, 'failed'>): Promise<void>;
  /**
   * Keeps the messages while `work` goes on, and gives back what it leaves. Returns the error of work that failed. When the process stops, it
   * doesn't wait for the work longer than `STOP_MS`.
   */
  run(work: () => Promise<void>): Promise<unknown>;
}

/** The batch of these messages. */
export function batchOf(
  messages: readonly Message[],
  inbox: Inbox,
  { signal, repeat, afterStop, onFault, onGivenBack }: BatchOptions,
): Batch {
  const left = new Set(messages);
  let isAbandoned = false;

  /**
   * Gives messages back for these reasons. While the process stops, what may succeed elsewhere is available at once, and what is not
   * answered when `end` settles counts as failed.
   */
  const giveBack = async (
    some: readonly Message[],
    errorOf: (message: Message) => unknown,
    end: Promise<unknown> = new Promise(() => undefined),
  ): Promise<void> => {
    const reasons = some.map((message) => [message, whileStopping(errorOf(message))] as const);
    for (const message of some) left.delete(message);
    const isLate = end.then(() => false);
    const isGiven = await Promise.all(
      reasons.map(([message, error]) => {
        const given = inbox.left(message, error).then(
          () => true,
          () => false,
        );
        return Promise.race([given, isLate]);
      }),
    );
    const returned = reasons.flatMap(([message, error], at) => (isStop(error) ? [{ message, at }] : []));
    const failed = returned.filter(({ at }) => isGiven[at] === false);
    const messagesOf = (those: typeof returned): readonly Message[] => those.map(({ message }) => message);
    if (returned.length > 0) onGivenBack(messagesOf(returned), messagesOf(failed));
  };
  const whileStopping = (error: unknown): unknown =>
    signal.aborted && failureKind(error) === 'passing' ? stopped(error) : error;

  return {
    async settle({ failed }) {
      if (isAbandoned) return;
      const errors = new Map(failed.map(({ message, error }) => [message, error]));
      const acknowledge = async (message: Message): Promise<void> => {
        if (isAbandoned) return;
        await inbox.done(message);
        left.delete(message);
      };
      await Promise.all(messages.filter((message) => !errors.has(message)).map(acknowledge));
      if (isAbandoned) return;
      await giveBack(
        messages.filter((message) => errors.has(message)),
        (message) => errors.get(message),
      );
    },

    async run(work) {
      const stopKeeping = repeat(() => void inbox.keep([...left]).catch((error: unknown) => onFault(error, messages)));
      const late = moment(afterStop, STOP_MS);
      const tooLate = moment(afterStop, STOP_MS + GIVE_BACK_MS);
      try {
        const outcome = await Promise.race([outcomeOf(work), late.reached]);
        if (outcome === 'done') return undefined;
        isAbandoned = outcome === 'reached';
        const error = outcome === 'reached' ? stopped() : whileStopping(outcome.error);
        await giveBack([...left], () => error, tooLate.reached);
        return isStop(error) ? undefined : error;
      } finally {
        late.cancel();
        tooLate.cancel();
        stopKeeping();
      }
    },
  };
}

async function outcomeOf(work: () => Promise<void>): Promise<'done' | { readonly error: unknown }> {
  try {
    await work();
    return 'done';
  } catch (error) {
    return { error };
  }
}

/** A moment after the signal to stop. */
function moment(
  afterStop: BatchOptions['afterStop'],
  milliseconds: number,
): { readonly reached: Promise<'reached'>; readonly cancel: () => void } {
  let cancel = (): void => undefined;
  const reached = new Promise<'reached'>((resolve) => {
    cancel = afterStop(milliseconds, () => resolve('reached'));
  });
  return { reached, cancel };
}
