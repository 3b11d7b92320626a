/** The complete walk for a batch of messages: collect, assess, act, and decide which messages have to be retried. */

import type { SentAlert } from '../alert/send-alert.ts';
import { uniqueBy } from '../collections.ts';
import type { Config } from '../config.ts';
import type { Message } from '../delivery/envelope.ts';
import type { LogStore } from '../delivery/fetch-log.ts';
import { scopeKey } from '../inventory/inventory.ts';
import type { InventorySource } from '../inventory/load-inventory.ts';
import type { RunClock } from '../remediation/apply-plan.ts';
import type { Sighting } from '../sighting/sighting.ts';
import { type Acted, type ActPorts, type ActRequest, act } from './act.ts';
import { type Assessment, assess } from './assess.ts';
import { type Collected, collect, type FailedMessage } from './collect.ts';
import { type JudgedSilence, judgeSilence, NO_SILENCE, noteSilence, withSilence } from './freshness/judge-silence.ts';
import { withRefusals } from './gaps/refusals.ts';
import { unreadAccounts } from './gaps/run-looks.ts';
import { withUnreadMessages } from './gaps/unread-messages.ts';
import { givenUp } from './holds/given-up.ts';
import { withOmitted } from './looks/omitted-records.ts';
import type { OwnIdentity } from './looks/own-callers.ts';
import { afterLooks } from './looks/sent-before.ts';
import { releaseHeld, releaseOf } from './mails/held-findings.ts';
import { leftBehind } from './mails/left-behind.ts';
import { pendingMail } from './mails/pending-mail.ts';
import { type Recheck, type RecheckContext, rechecksOf, sentOn } from './recheck.ts';
import type { TaskSource } from './relevant-sightings.ts';
import { pendingRepairs, type Swept, sweep, unfinishedScopes } from './sweep.ts';
import type { DoorOf } from './trust/doors.ts';

/** What a delivery works with. */
export interface DeliverPorts extends ActPorts {
  readonly logs: LogStore;
  readonly inventory: InventorySource;
  /** Absent where there is no ECS to ask (an account in a file). */
  readonly tasks?: TaskSource | undefined;
}

/** How one batch is delivered. */
export interface DeliverOptions
  extends Pick<
      ActRequest,
      'handOver' | 'handedOverWith' | 'deadline' | 'reportUrl' | 'commandOptions' | 'configFile' | 'configuration'
    >,
    OwnIdentity {
  readonly now: Date;
  readonly clock: RunClock;
  /** By which door each message came. @default a process's own queue or folder */
  readonly doorOf?: DoorOf | undefined;
  /** True to judge who is silent, though nothing is delivered. @default false */
  readonly asksForSilence?: boolean | undefined;
}

/** The result of a batch. */
export interface Delivered {
  /** Messages that must not be acknowledged, each with the reason. */
  readonly failed: readonly FailedMessage[];
  /** Messages to send (`sendRechecks`), for findings that have to be checked again when they are no longer held back. */
  readonly rechecks: readonly Recheck[];
  readonly collected: Collected;
  readonly assessment: Assessment;
  readonly acted: Acted;
  /** The results of the sweeps that messages asked for. */
  readonly swept: readonly Swept[];
  /** Who is silent, if this run judged it. */
  readonly silence?: JudgedSilence | undefined;
  /** The mail about findings that a flood had held back. */
  readonly released?: SentAlert | undefined;
}

/**
 * Processes messages as one batch, which reads each account only once. A message fails on its own: because it or one of its objects
 * cannot be read, an account it is about cannot be judged, or a repair has to be retried.
 *
 * Throws when nothing can be recorded or mailed. Then no message may be acknowledged.
 */
export async function deliver(
  messages: readonly Message[],
  ports: DeliverPorts,
  config: Config,
  begun: DeliverOptions,
): Promise<Delivered> {
  const collected = await collect(messages, ports.logs, config, begun.now, begun.doorOf);
  const options = afterLooks(begun, collected.requested);
  const { now } = options;
  // The last attempt may have failed because a list was no longer true.
  const fresh = messages.some(({ receiveCount = 1 }) => receiveCount > 1);
  // What is delivered without a log file costs the ledger nothing.
  const isHeard = collected.heard.length > 0 || collected.asksForSilence || begun.asksForSilence === true;
  const silence = isHeard ? await judgeSilence(collected.heard, config, { now, ledger: ports.ledger }) : NO_SILENCE;
  const assessed = await assessCollected(collected, ports, config, { ...options, fresh });
  const assessment = withSilence(assessed, silence);
  const { manifest, sightings } = collected;
  const at = newestEventTime(sightings) ?? now;
  const failures = [...withOmitted(collected.input, assessment.omitted).rejected, ...unreadAccounts(assessment)];
  const input = withOmitted(withUnreadMessages(collected), assessment.omitted);
  const unchecked = givenUp(collected.requested, assessment);
  const acted = await act(
    { ...options, assessment, at, complete: false, rechecked: true, inputs: manifest, input, failures, unchecked },
    ports,
    config,
  );
  await noteSilence(silence, ports.ledger, now);
  const swept: Swept[] = [];
  for (const { name, owner, ...scope } of collected.sweeps)
    swept.push(await sweep(ports, config, { ...options, name, owner, scopes: [scope] }));
  // A run that died may have held findings back without asking for their release.
  const overdue = fresh || swept.length > 0;
  const released = await releaseHeld(collected.held, ports, config, { ...options, overdue });
  const faults = faultsByScope(assessment, swept, acted);
  const pending = await pendingMail(acted.sent, ports.ledger, config, options);
  const context = { ledger: ports.ledger, now, owner: options.clock.runId };
  // The last that is done: what is claimed for a re-check has to be sent.
  const found = [acted, ...swept.map((one) => one.acted)];
  const judged = {
    findings: found.flatMap(({ findings }) => findings),
    judgements: found.flatMap(({ judgements }) => judgements).filter(({ id }) => !unchecked.has(id)),
  };
  const rechecks = await rechecksOf(judged, collected.requested, context);
  return {
    failed: [...collected.failed, ...unfinishedMessages(messages, collected, faults), ...released.failed],
    rechecks: [
      ...collected.early.map((early) => sentOn(early, now)),
      ...rechecks,
      ...(await leftBehind(pending, context)),
      ...(await releasesOf(found, context)),
      ...released.rechecks,
    ],
    collected,
    assessment,
    acted,
    swept,
    silence: silence.judged,
    released: released.sent,
  };
}

/** The messages that have mailed what a flood holds back now. */
async function releasesOf(all: readonly Acted[], context: RecheckContext): Promise<readonly Recheck[]> {
  const releases: Recheck[] = [];
  for (const { sent } of all) releases.push(...(await releaseOf(sent, context)));
  return uniqueBy(releases, ({ body }) => body);
}

/** Assesses what was collected. Deliveries that were refused are findings too. */
async function assessCollected(
  { sightings, withdrawn, requested, refused }: Collected,
  ports: DeliverPorts,
  config: Config,
  { now, clock, writerRoleArn, callerArn, fresh }: DeliverOptions & { readonly fresh: boolean },
): Promise<Assessment> {
  const assessment = await assess(
    { sightings, withdrawn, requested, scope: 'sighted', now, clock, writerRoleArn, callerArn, fresh },
    ports.inventory,
    config,
    ports,
  );
  return withRefusals(assessment, refused, config, { now, ledger: ports.ledger });
}

/** By account and region, why the messages about it have to be retried. A scope that could not be judged outranks a pending repair. */
function faultsByScope(assessment: Assessment, swept: readonly Swept[], acted: Acted): ReadonlyMap<string, unknown> {
  const faults = [...pendingRepairs(acted), ...assessment.failed, ...swept.flatMap(unfinishedScopes)];
  return new Map(faults.map(({ scope, error }) => [scopeKey(scope), error]));
}

/** The messages that were read, but whose work is not finished. */
function unfinishedMessages(
  messages: readonly Message[],
  { failed, scopesOf }: Collected,
  faults: ReadonlyMap<string, unknown>,
): readonly FailedMessage[] {
  const notRead = new Set(failed.map(({ message }) => message));
  return messages.flatMap((message): readonly FailedMessage[] => {
    if (notRead.has(message)) return [];
    const scopes = [...(scopesOf.get(message) ?? [])];
    const faulty = scopes.find((scope) => faults.has(scope));
    return faulty === undefined ? [] : [{ message, error: faults.get(faulty) }];
  });
}

/** The time of the newest event. Undefined when there is none. */
function newestEventTime(sightings: readonly Sighting[]): Date | undefined {
  return sightings.reduce<Date | undefined>(
    (newest, { eventTime }) => (newest === undefined || eventTime > newest ? eventTime : newest),
    undefined,
  );
}
