/** Every error this program throws: one base class with a code, a cause, and what the error is about. */

/** The kind of error. These codes are stable, for logs, metrics and tests. */
export type ErrorCode =
  | 'usage'
  | 'config-invalid'
  | 'config-outdated'
  | 'notification-unreadable'
  | 'log-missing'
  | 'log-unreadable'
  | 'log-too-large'
  | 'log-unproven'
  | 'not-a-log'
  | 'archive-unreadable'
  | 'snapshot-invalid'
  | 'address-invalid'
  | 'inventory-unreadable'
  | 'aws-call-failed'
  | 'ledger-failed'
  | 'alert-failed'
  | 'output-failed'
  | 'out-of-time'
  | 'stopped'
  | 'mail-claimed'
  | 'sweep-claimed'
  | 'repair-pending'
  | 'internal';

/** What the error is about: the names a person needs to find it. */
export interface ErrorConcerns {
  /** A file path, or a JSON path within a file (`config.json: mirroring.targets[0]`). */
  readonly path?: string | undefined;
  /** An S3 location, `s3://bucket/key`. */
  readonly key?: string | undefined;
  /** An AWS API operation, for example `CreateTrafficMirrorSession`. */
  readonly operation?: string | undefined;
  /** The error code AWS returned, without a `Client.` or `Server.` prefix. */
  readonly awsCode?: string | undefined;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly resourceId?: string | undefined;
}

/** The options of a `PipelineError`. */
export interface PipelineErrorOptions extends ErrorConcerns {
  readonly cause?: unknown | undefined;
  /** True when the same call may succeed later (throttling, a dropped connection, a 5xx). @default false */
  readonly retryable?: boolean | undefined;
}

/**
 * The base of every error we throw on purpose. The message says what was being done, to what, and what was expected or found; `cause`
 * keeps the original error. Anything else that is thrown is a bug.
 */
export class PipelineError extends Error {
  override name = 'PipelineError';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly concerns: ErrorConcerns;

  constructor(code: ErrorCode, message: string, options: PipelineErrorOptions = {}) {
    const { cause, retryable = false, ...concerns } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
    this.concerns = concerns;
  }
}

/** One thing wrong with a configuration or a snapshot: where (a JSON path such as `mirroring.targets[0].id`) and what. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Thrown when a configuration cannot be used. Carries every problem, not just the first. */
export class ConfigError extends PipelineError {
  override name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[], options: PipelineErrorOptions = {}) {
    const lines = problems.map(({ path, message }) => `  ${path === '' ? '(top level)' : path}: ${message}`);
    super('config-invalid', `${source} cannot be used:\n${lines.join('\n')}`, { path: source, ...options });
    this.problems = problems;
  }
}

/**
 * Thrown by an adapter when AWS refuses or doesn't answer a call. Decide by `concerns.awsCode`, AWS's own code, and nothing else; the
 * message is for people.
 */
export class AwsCallError extends PipelineError {
  override name = 'AwsCallError';

  constructor(operation: string, awsCode: string, message: string, options: PipelineErrorOptions = {}) {
    super('aws-call-failed', message, { ...options, operation, awsCode });
  }
}

/** The message of anything thrown, even if it is not an Error. Never empty. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  return typeof thrown === 'string' && thrown !== ''
    ? thrown
    : `something other than an error was thrown: ${String(thrown)}`;
}

/** AWS's error code, or undefined when the error is of another kind. */
export function awsCodeOf(thrown: unknown): string | undefined {
  return thrown instanceof AwsCallError ? thrown.concerns.awsCode : undefined;
}
