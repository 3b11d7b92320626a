/** The port through which a process that watches gets its deliveries. */

import type { Message } from '../../delivery/envelope.ts';
import type { Recheck } from '../recheck.ts';

/** Where deliveries come from: a queue or a folder. */
export interface Inbox {
  /** The next messages. Waits a while for one, and stops waiting when `signal` is aborted. Empty when none has arrived. */
  next(signal: AbortSignal): Promise<readonly Message[]>;
  /** Acknowledges a message; it is not delivered again. */
  done(message: Message): Promise<void>;
  /** Gives a message back because of this error. It is delivered again, to this reader or another, when that may help. */
  left(message: Message, error: unknown): Promise<void>;
  /** Keeps other readers from getting these messages. Called repeatedly while they are processed. */
  keep(messages: readonly Message[]): Promise<void>;
  /** Delivers one of our own messages after its delay. */
  later(recheck: Recheck): Promise<void>;
}
