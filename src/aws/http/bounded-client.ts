/** Makes an SDK client give up: on an endpoint that stays silent, and on an operation that takes too long. */

import type {
  AbsoluteLocation,
  DeserializeHandlerOptions,
  DeserializeMiddleware,
  Provider,
  RetryStrategy,
  RetryStrategyV2,
} from '@aws-sdk/types';
import { plural } from '../../collections.ts';
import type { AwsTime } from './aws-time.ts';
import { type CallLimits, isSilence, MOST_SILENT_ATTEMPTS, secondsOf, timeoutError, within } from './limits.ts';

/** What every SDK client has, and the limits need. */
export interface SdkClient {
  readonly config: { readonly serviceId: string; retryStrategy: Provider<RetryStrategy | RetryStrategyV2> };
  readonly middlewareStack: {
    add(middleware: DeserializeMiddleware<object, object>, options: DeserializeHandlerOptions & AbsoluteLocation): void;
  };
}

/** The settings with which the SDK's HTTP handler keeps the limits. It only warns about an answer that is late, unless told to throw. */
export interface HandlerSettings {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly socketTimeout: number;
  readonly throwOnRequestTimeout: true;
  readonly httpAgent: { readonly maxSockets: number };
  readonly httpsAgent: { readonly maxSockets: number };
}

/**
 * Connections of a client at the same time: more than calls that any part of us makes at once. A call that waits for a connection uses up its
 * limits, as if the endpoint were silent.
 */
const MAX_SOCKETS = 128;

/** The HTTP handler's settings for these limits. */
export function handlerSettings({ connectMs, answerMs, silenceMs }: CallLimits): HandlerSettings {
  return {
    connectionTimeout: connectMs,
    requestTimeout: answerMs,
    socketTimeout: silenceMs,
    throwOnRequestTimeout: true,
    httpAgent: { maxSockets: MAX_SOCKETS },
    httpsAgent: { maxSockets: MAX_SOCKETS },
  };
}

interface SendOptions {
  readonly abortSignal?: AbortSignal | undefined;
  readonly requestTimeout?: number | undefined;
}

interface BoundOptions {
  readonly limits: CallLimits;
  readonly region: string;
  readonly time: Pick<AwsTime, 'answered'>;
  /** Called when the client should not be used again: an operation of it never settled. */
  readonly onStuck: () => void;
}

/**
 * The client, with bounds on its `send`. An operation fails with an error of the name `TimeoutError` after `MOST_SILENT_ATTEMPTS` silent
 * attempts, or after `operationMs`, whatever it waits for: a connection, an answer, credentials, or the SDK's pace after throttling.
 */
export function boundedClient<C extends SdkClient>(client: C, options: BoundOptions): C {
  const { config } = client;
  const { serviceId, retryStrategy } = config;
  client.middlewareStack.add(notingTime(options.time), { step: 'deserialize', name: 'notingTime' });
  let strategy: Promise<RetryStrategy | RetryStrategyV2> | undefined;
  config.retryStrategy = () => {
    strategy ??= retryStrategy().then(withoutLongSilence);
    return strategy;
  };
  const send: unknown = Reflect.get(client, 'send');
  if (typeof send !== 'function') throw new TypeError(`a client of ${serviceId} has no send`);
  const boundedSend = (command: unknown, sendOptions: SendOptions = {}): Promise<unknown> =>
    sendWithin((bounded) => Reflect.apply(send, client, [command, bounded]), sendOptions, { ...options, serviceId });
  Object.defineProperty(client, 'send', { value: boundedSend });
  return client;
}

/** Notes the date of each answer. */
function notingTime(time: BoundOptions['time']): DeserializeMiddleware<object, object> {
  return (next) => async (args) => {
    const sentAtMs = Date.now();
    const result = await next(args);
    const { headers } = Object(result.response) as { readonly headers?: Readonly<Record<string, string>> };
    time.answered(headers?.date, sentAtMs, Date.now());
    return result;
  };
}

async function sendWithin(
  send: (options: SendOptions) => Promise<unknown>,
  options: SendOptions,
  { limits, region, serviceId, onStuck }: BoundOptions & { readonly serviceId: string },
): Promise<unknown> {
  const { abortSignal, requestTimeout = limits.answerMs } = options;
  const abort = new AbortController();
  const onAbort = (): void => abort.abort();
  if (abortSignal?.aborted) onAbort();
  abortSignal?.addEventListener('abort', onAbort, { once: true });
  const onLate = (): void => {
    abort.abort();
    onStuck();
  };
  const startedAt = performance.now();
  const mostMs = limits.operationMs + MOST_SILENT_ATTEMPTS * Math.max(0, requestTimeout - limits.answerMs);
  try {
    return await within(send({ ...options, abortSignal: abort.signal }), mostMs, onLate);
  } catch (fault) {
    if (!isSilence(fault)) throw fault;
    const took = secondsOf(performance.now() - startedAt);
    throw timeoutError(`no answer from ${serviceId} in ${region} in ${took}${attemptsOf(fault)}`, fault);
  } finally {
    abortSignal?.removeEventListener('abort', onAbort);
  }
}

/** How often the SDK tried, where it says so. */
function attemptsOf(fault: unknown): string {
  const { $metadata: { attempts } = {} } = Object(fault) as { readonly $metadata?: { readonly attempts?: number } };
  return attempts === undefined ? '' : ` and ${plural(attempts, 'attempt')}`;
}

/** The strategy, except that it gives up on an endpoint that stays silent. */
function withoutLongSilence(strategy: RetryStrategy | RetryStrategyV2): RetryStrategy | RetryStrategyV2 {
  if (!('refreshRetryTokenForRetry' in strategy)) return strategy;
  return {
    acquireInitialRetryToken: (scope) => strategy.acquireInitialRetryToken(scope),
    refreshRetryTokenForRetry: (token, fault) => {
      if (isSilence(fault.error) && token.getRetryCount() + 1 >= MOST_SILENT_ATTEMPTS)
        return Promise.reject(fault.error);
      return strategy.refreshRetryTokenForRetry(token, fault);
    },
    recordSuccess: (token) => strategy.recordSuccess(token),
  };
}
