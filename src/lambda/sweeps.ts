/** The handler of sweeps, made from its parts: it answers the stack, and has each account and region swept. */

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import pLimit from 'p-limit';
import { plural } from '../collections.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { releaseHeld } from '../pipeline/mails/held-findings.ts';
import { silenceMessage, sweepMessage } from '../pipeline/own-messages.ts';
import { sweep, unfinishedScopes } from '../pipeline/sweep.ts';
import { isSweepName } from '../pipeline/trust/own-forms.ts';
import { answerStack, isStackEvent } from './custom-resource.ts';
import type { Runtime } from './function.ts';
import { handOverTo } from './hand-over.ts';
import { beginInvocation, byAwsTime, type Invocation } from './invocation.ts';
import { reporting, type SweepTelemetry } from './telemetry.ts';

/** How many messages are sent at the same time: 1,700 take some seconds. */
const SENT_AT_ONCE = 20;
/** How many accounts and regions that are not swept are named in a log. */
const MOST_NAMED = 200;

/** What a sweep's handler works with. Tests replace it. */
export interface SweepParts {
  readonly open: () => Promise<Runtime>;
  readonly telemetry: SweepTelemetry;
  readonly now: () => Date;
  /** Where all calls go instead of to AWS: an emulator's address. @default AWS */
  readonly endpoint?: string | undefined;
}

/** A sweep that an event asks for. */
interface SweepRun extends Invocation {
  /** Identifies the sweep, also when the event comes again. */
  readonly name: string;
  /** Identifies the invocation and Lambda's retries of it. */
  readonly owner: string;
}

/**
 * Sweeps every account and region. A stack's event is answered first and always: the stack must not wait for the sweep, and its
 * deletion must never hang. Throws when an account or region could not be swept; Lambda retries, and skips those already done.
 */
export function sweepHandler(parts: SweepParts): (event: unknown, context: Context) => Promise<void> {
  return async (event, context) => {
    const begun = beginInvocation(context, parts.now());
    const owner = context.awsRequestId;
    await reporting(parts.telemetry, context, () =>
      isStackEvent(event)
        ? onStack(event, context, { ...begun, owner, name: `stack:${event.RequestId}` }, parts)
        : asksForSilence(event)
          ? judgeSilent(parts)
          : sweepAll({ ...begun, owner, name: nameOf(event, owner) }, parts),
    );
  };
}

/** True for the event of the schedule by which silence is judged though nobody delivers anything. */
function asksForSilence(event: unknown): boolean {
  const { mirrorwatch } = (event ?? {}) as { readonly mirrorwatch?: unknown };
  return mirrorwatch === 'silence';
}

/** Has `watch` judge who is silent. Without a queue to it, the next sweep does. */
async function judgeSilent({ open, telemetry }: SweepParts): Promise<void> {
  const { aws, settings } = await open();
  const { deliveryQueueUrl } = settings;
  if (deliveryQueueUrl === undefined) telemetry.note('silence is judged with the next sweep: there is no queue');
  else await aws.queues.send(deliveryQueueUrl, silenceMessage());
}

/** Lambda's retry of a stack's event answers again, which CloudFormation ignores, and goes on with the sweep if even that fails. */
async function onStack(
  event: CloudFormationCustomResourceEvent,
  context: Context,
  run: SweepRun,
  parts: SweepParts,
): Promise<void> {
  try {
    await answerStack(event, context, { endpoint: parts.endpoint });
  } finally {
    const isWanted = event.ResourceProperties.EnableForExistingInstances !== 'false';
    if (event.RequestType !== 'Delete' && isWanted) await sweepAll(run, parts);
  }
}

/**
 * Sends a message for each account and region, so that no invocation has to sweep more than one. This invocation sends all of them, which
 * keeps the chain three functions long. Lambda stops longer chains as loops. Without a queue, sweeps all of them here.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
async function sweepAll(run: SweepRun, { open, telemetry }: SweepParts): Promise<void> {
  const runtime = await open();
  const { aws, settings } = runtime;
  const { deliveryQueueUrl } = settings;
  if (deliveryQueueUrl === undefined) {
    await sweepHere(run, runtime, telemetry);
    return;
  }
  const scopes = await aws.inventory.scopes();
  const { name } = run;
  const limit = pLimit(SENT_AT_ONCE);
  await Promise.all(
    scopes.map((scope) => limit(() => aws.queues.send(deliveryQueueUrl, sweepMessage({ ...scope, name })))),
  );
  telemetry.note('sweep started', { name, scopes: scopes.length });
  await noteLeftOut(runtime, telemetry);
}

/** Names what of the organization is not swept, and why, first what there may be to judge; and counts that for an alarm. */
async function noteLeftOut({ aws }: Runtime, telemetry: SweepTelemetry): Promise<void> {
  const all = (await aws.inventory.leftOut?.()) ?? [];
  const [unknown, known] = [all.filter((one) => one.unknown), all.filter((one) => !one.unknown)];
  const leftOut = [...unknown, ...known];
  for (const { path, reason, unknown: isUnknown } of leftOut.slice(0, MOST_NAMED))
    telemetry.note(`not swept: ${path}`, { reason, unknown: isUnknown });
  if (leftOut.length > MOST_NAMED) telemetry.note(`not swept: ${leftOut.length - MOST_NAMED} more`);
  if (unknown.length > 0) telemetry.notSwept(unknown.length);
}

async function sweepHere(begun: SweepRun, runtime: Runtime, telemetry: SweepTelemetry): Promise<void> {
  const { aws, ports, config } = runtime;
  const run = byAwsTime(begun, aws);
  const handOver = handOverTo(runtime, run.now);
  const writers = handOver === undefined ? { writer: aws.writer, launcher: aws.launcher } : {};
  const all = { ...ports, ...writers, inventory: aws.inventory, tasks: aws.tasks };
  await noteLeftOut(runtime, telemetry);
  const swept = await sweep(all, config, { ...run, handOver, configuration: runtime.configuration });
  telemetry.swept(swept);
  // Without a queue nobody else mails what a flood held back.
  await releaseHeld([], all, config, { ...run, overdue: true });
  const unfinished = unfinishedScopes(swept);
  const [first] = unfinished;
  if (first === undefined) return;
  const named = [...new Set(unfinished.map(({ scope: { accountId, region } }) => `${accountId} ${region}`))];
  const failures = plural(named.length, 'account or region', 'accounts or regions');
  const { error } = first;
  throw new PipelineError(
    error instanceof PipelineError ? error.code : 'inventory-unreadable',
    `${failures} could not be swept to the end (${named.join(', ')}): ${messageOf(error)}`,
    { cause: error, retryable: error instanceof PipelineError && error.retryable },
  );
}

/** A name for the sweep that stays the same when it is retried: the id or time of the schedule's event, otherwise the request's id. */
function nameOf(event: unknown, requestId: string): string {
  const { id, time } = (event ?? {}) as { readonly id?: unknown | undefined; readonly time?: unknown };
  const named = typeof id === 'string' && id !== '' ? id : time;
  return typeof named === 'string' && isSweepName(named) ? named : requestId;
}
