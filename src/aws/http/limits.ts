/** How long a call to AWS may take, and the error of one that takes longer. */

/** The limits of every call. Each bounds a wait that the others leave open. */
export interface CallLimits {
  /** Until the TCP connection is there. */
  readonly connectMs: number;
  /** Until the answer begins, the TLS handshake included. A long poll and a large upload get more. */
  readonly answerMs: number;
  /** Without a byte in either direction, also in the middle of a body. It must be longer than a long poll, which is silent for 20 s. */
  readonly silenceMs: number;
  /** For an operation with all its attempts and pauses, until its answer was read. A body that is streamed is not included. */
  readonly operationMs: number;
}

/**
 * The limits in use. A silent endpoint costs an operation two attempts of 20 s and a pause. Nothing costs more than 60 s: a fifth of the
 * time of our functions.
 */
export const CALL_LIMITS: CallLimits = { connectMs: 5_000, answerMs: 20_000, silenceMs: 25_000, operationMs: 60_000 };

/** Attempts at an operation whose endpoint stays silent, the first included. Throttled and refused connections get more. */
export const MOST_SILENT_ATTEMPTS = 2;

/** How long an upload of `bytes` may take until its answer begins: it has to be sent first, at 64 KiB/s or faster. */
export function uploadMs(bytes: number, { answerMs }: CallLimits): number {
  return answerMs + Math.ceil((bytes / (64 * 1024)) * 1000);
}

/** An error with the name by which the SDK and `awsCall` know a time-out. */
export function timeoutError(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, cause === undefined ? {} : { cause }), { name: 'TimeoutError' });
}

/**
 * True for the time-out of an endpoint that said nothing, or nothing more in the middle of its answer. False for any error in an answer,
 * and for a connection that was refused or dropped.
 */
export function isSilence(fault: unknown): boolean {
  const { name, code, $metadata } = Object(fault) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  // The SDK gives dropped connections the same name, with Node's code. A success that stopped in its body has its status.
  const isTimeout = name === 'TimeoutError' && (code === undefined || code === 'ETIMEDOUT');
  return isTimeout && ($metadata?.httpStatusCode ?? 200) < 300;
}

/** The work's result. Rejects with a time-out if it does not settle within `ms`, and calls `onLate` first, to end the work. */
export async function within<T>(work: Promise<T>, ms: number, onLate: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onLate();
      reject(timeoutError(`not done after ${secondsOf(ms)}`));
    }, ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** A duration in seconds, for messages: `20 s`, `0.2 s`. */
export function secondsOf(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
