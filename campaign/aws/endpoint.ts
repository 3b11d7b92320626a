/** The endpoint of the double: every call gets its latency and perhaps its fault, is answered, and is written into the trace. */

import { FakeFault } from '../../test/support/fake-ec2/account.ts';
import type { Clock } from '../driver/clock.ts';
import { Container, type Lambda } from '../driver/lambda.ts';
import { chanceAt } from '../driver/random.ts';
import type { Reply, Wire, WireResponse } from '../driver/wire.ts';
import type { Cloud } from './cloud.ts';
import { type Call, callOf, encodedFault, serverError, throttled } from './encoding.ts';
import type { FaultKind, Faults } from './fault.ts';
import { answerCall, type CallContext } from './services.ts';

/** What the endpoint serves. */
export interface EndpointOptions {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly lambda: () => Lambda;
  readonly faults: Faults;
  readonly seed: number;
  readonly startAt: number;
  readonly note: (line: string) => void;
  readonly onChange: CallContext['onChange'];
  readonly refusalOf: CallContext['refusalOf'];
}

const WHOLE_PAGE = 1000;
/** How long `slow` takes: from seconds to nearly a minute. */
const SLOW_MS = 50_000;
/** The share of transactions that wait, and the longest wait. */
const TAIL = 0.05;
const TAIL_MS = 4000;
/**
 * The share of batches that DynamoDB answers without one of their items, to be asked for again. It does that without any fault.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
const UNPROCESSED = 0.1;

/** Serves every request of the containers. */
export function endpointOf(options: EndpointOptions): Wire {
  const { cloud, clock, lambda, faults, seed, startAt, note, onChange, refusalOf } = options;
  return (request, reply, owner) => {
    if (!(owner instanceof Container)) throw new TypeError('only containers call');
    const call = callOf(request);
    const { invocation } = owner;
    const count = (invocation?.calls.get(call.action) ?? 0) + 1;
    invocation?.calls.set(call.action, count);
    const name = `${invocation?.name ?? owner.name}/${call.action}/${count}`;
    const [by = ''] = owner.name.split('~');
    cloud.calls.set(`${by}/${call.action}`, (cloud.calls.get(`${by}/${call.action}`) ?? 0) + 1);
    const fault = faults.at(name, clock.now() - startAt, (kind) => makesSense(kind, call));
    const chance = chanceAt(seed, 'latency', name);
    const latency = fault === 'slow' ? 1000 + SLOW_MS * chance : latencyOf(call, chance, chanceAt(seed, 'tail', name));
    const read: (() => void)[] = [];
    const context = {
      ...{ cloud, name, by, onChange, refusalOf },
      whenRead: (then: () => void) => read.push(then),
      page: fault === 'small-page' ? 1 + Math.floor(4 * chanceAt(seed, 'page', name)) : WHOLE_PAGE,
      unprocessed:
        chanceAt(seed, 'unprocessed', name) < UNPROCESSED ? chanceAt(seed, 'unprocessed key', name) : undefined,
      staleMs: fault === 'stale' ? 1000 + 180_000 * chanceAt(seed, 'stale', name) ** 3 : 0,
    };
    if (fault === 'killed-before') {
      note(`  ${name} [killed-before]`);
      clock.after(0, () => lambda().kill(owner, `at ${name}`));
      return;
    }
    clock.after(latency / 2, () => {
      const response = NEVER_DONE.has(fault) ? failureOf(fault, call) : done(call, context);
      note(
        `  ${name}${about(call)}${fault === undefined ? '' : ` [${fault}]`} ${response?.status ?? '-'}${codeIn(response)}`,
      );
      if (fault === 'killed-after') lambda().kill(owner, `after ${name}`);
      else
        owner.later(latency / 2, () => {
          if (answerWith(dated(response, clock.now()), fault, call, reply)) for (const then of read) then();
        });
    });
  };
}

/**
 * How long a call takes without a fault. Some transactions wait for others, long enough that a run which read before them writes after them.
 */
function latencyOf({ action }: Call, chance: number, tail: number): number {
  const usual = 4 + 60 * chance ** 3;
  return action === 'TransactWriteItems' && tail < TAIL ? usual + TAIL_MS * chance : usual;
}

/** Faults with which the call has no effect. */
const NEVER_DONE: ReadonlySet<FaultKind | undefined> = new Set(['throttled', 'server-error', 'reset', 'silent']);

function makesSense(kind: FaultKind, { service, action }: Call): boolean {
  if (kind === 'stale') return service === 'ec2' && action.startsWith('Describe');
  if (kind === 'small-page') return ['ec2', 'dynamodb', 'elasticloadbalancing'].includes(service);
  if (kind === 'stalled-body') return service === 's3' && action === 'GetObject';
  return true;
}

/** A page of EC2 cannot be smaller than five. */
function done(call: Call, context: CallContext): WireResponse {
  try {
    return answerCall(call, context);
  } catch (fault) {
    if (fault instanceof FakeFault) return encodedFault(call, fault);
    throw fault;
  }
}

function failureOf(fault: FaultKind | undefined, call: Call): WireResponse | undefined {
  if (fault === 'throttled') return encodedFault(call, throttled(call));
  return fault === 'server-error' ? encodedFault(call, serverError(call)) : undefined;
}

/** The answer with its date, to the second, as AWS's clock shows it. */
function dated(response: WireResponse | undefined, nowMs: number): WireResponse | undefined {
  return response && { ...response, headers: { ...response.headers, date: new Date(nowMs).toUTCString() } };
}

/** Answers as the fault has it. True if the caller has the service's own answer then. */
function answerWith(
  response: WireResponse | undefined,
  fault: FaultKind | undefined,
  call: Call,
  reply: Reply,
): boolean {
  if (fault === 'silent' || fault === 'silent-but-done') return false;
  if (fault === 'reset' || fault === 'answer-lost' || response === undefined) {
    reply.fail('ECONNRESET');
    return false;
  }
  if (fault === 'answered-with-500') {
    reply.respond(encodedFault(call, serverError(call)));
    return false;
  }
  return reply.respond({ ...response, stalls: fault === 'stalled-body' }) && fault !== 'stalled-body';
}

function about({ service, action, params }: Call): string {
  if (service === 'sqs') return ` ${String(params.MessageBody ?? params.ReceiptHandle ?? '').slice(0, 160)}`;
  if (service === 'sns') return ` ${params.Subject}`;
  if (action === 'CreateTrafficMirrorSession') return ` ${params.NetworkInterfaceId} ${params.TrafficMirrorTargetId}`;
  if (action === 'DeleteItem' || action === 'PutItem') return ` ${(params.Item ?? params.Key).pk.S.slice(0, 120)}`;
  return '';
}

function codeIn(response: WireResponse | undefined): string {
  if (response === undefined || response.status < 400) return '';
  return ` ${/#([A-Za-z.]+)"|<Code>([^<]+)/.exec(String(response.body))?.slice(1).find(Boolean) ?? ''}`;
}
