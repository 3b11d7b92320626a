/** What `doctor` says about one thing: is it as it has to be, and if not, why and what to do. */

/** `not checked` is an answer of its own: what AWS did not tell is never guessed. */
export type CheckStatus = 'ok' | 'warn' | 'fail' | 'not checked';

/** What a check says about one thing. */
export interface Judged {
  readonly status: CheckStatus;
  /** What was asked about: a trail, a queue, a target. Absent where the account or region says it. */
  readonly subject?: string | undefined;
  /** One or two sentences. */
  readonly reason: string;
  /** A command, a policy statement or words. Absent where there is nothing to do. */
  readonly fix?: string | undefined;
}

/** A line of the answer: what a check said, and where. */
export interface CheckLine extends Judged {
  readonly check: string;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
}

/** Why AWS did not answer. `refused` are all other errors of AWS, by its code. */
export interface Fault {
  readonly kind: 'denied' | 'missing' | 'temporary' | 'refused';
  /** AWS's name for the call, such as `GetTrailStatus`. */
  readonly operation: string;
  /** AWS's error code; empty for an error of our own. */
  readonly awsCode: string;
  readonly message: string;
}

/** What AWS said, or why it said nothing. */
export type Answer<T> = { readonly value: T } | { readonly fault: Fault };

/** Ok, with what was found. */
export function ok(reason: string, subject?: string): Judged {
  return { status: 'ok', reason, subject };
}

/** Something that may be meant, or that will be a fault one day. */
export function warn(reason: string, fix?: string, subject?: string): Judged {
  return { status: 'warn', reason, fix, subject };
}

/** Something that does not work. */
export function fail(reason: string, fix?: string, subject?: string): Judged {
  return { status: 'fail', reason, fix, subject };
}

/** Something that could not be asked. */
export function notChecked(reason: string, fix?: string, subject?: string): Judged {
  return { status: 'not checked', reason, fix, subject };
}
