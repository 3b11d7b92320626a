/** Findings as events on a bus of EventBridge, for tickets and automations: each change of a finding is one event. */

import { plural } from '../../collections.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { AlertStage, LedgerEntry } from '../../ledger/ledger.ts';
import { arnOf } from '../../report/security-hub/arn.ts';
import { type ClaimPorts, claimDue, release } from '../claim-due.ts';
import { type AlertPolicy, alertClaim, type DueAlert, dueAlerts } from '../digest.ts';
import { findingJson } from './finding-data.ts';

/** One event, before the bus gives it an id. Its source is `mirrorwatch`. */
export interface FindingEvent {
  readonly detailType: string;
  /** JSON: the finding. */
  readonly detail: string;
  /** The ARN of what the finding is about. */
  readonly resource: string;
  readonly time: Date;
}

/** Why the bus did not take an event. */
export interface EventFailure {
  /** The event's place among those that were given. */
  readonly index: number;
  readonly awsCode: string;
  readonly reason: string;
}

/** The port to a bus. */
export interface EventBus {
  /** Puts the events on the bus, and returns those that it did not take. One that fails does not stop the others. */
  put(events: readonly FindingEvent[]): Promise<readonly EventFailure[]>;
}

/** What happened, by the stage that the ledger notes. */
export const DETAIL_TYPES = {
  notified: 'Finding Opened',
  'reminded-day': 'Finding Still Open',
  'reminded-week': 'Finding Still Open',
  resolved: 'Finding Resolved',
} as const satisfies Record<AlertStage, string>;

/** Whoever gets events chooses by their severity in a rule, so findings of every severity become events. */
const EVERY_SEVERITY: AlertPolicy = { immediate: 'low' };

/** Events of one run: few enough for a function's time. The next sweep sends the others, the least urgent. */
const MOST_EVENTS = 1_000;

/**
 * The most that an entry may have, in bytes. EventBridge takes more in most regions now, but what gets the events may not.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
const MAX_DETAIL_BYTES = 200_000;

/** Failed events that an error names. */
const NAMED = 3;

/**
 * Puts an event on the bus for each change that it was not told of: claims them, sends them, and settles those that the bus took. Returns
 * the ids of due findings that another run has claimed and not settled. `ledger` and `entries` are the channel's.
 *
 * Throws PipelineError `alert-failed` if the bus did not take some of them, or taking them could not be recorded. Those that it did not take
 * are released, and due again; the others are settled. A process that dies between the two may send an event twice, with the same `thread`.
 */
export async function sendEvents(
  ports: ClaimPorts & { readonly eventBus: EventBus },
  entries: readonly LedgerEntry[],
  now: Date,
): Promise<readonly string[]> {
  const dueOf = (some: readonly LedgerEntry[]) => dueAlerts(some, EVERY_SEVERITY, now);
  const due = dueOf(entries).slice(0, MOST_EVENTS);
  if (due.length === 0) return [];
  const { alerts, busy } = await claimDue(ports, due, dueOf, now);
  if (alerts.length === 0) return busy;
  const claimsOf = (some: readonly DueAlert[]) => some.map((each) => alertClaim(each, now));
  let failures: readonly EventFailure[];
  try {
    failures = await ports.eventBus.put(alerts.map((alert) => eventOf(alert, now)));
  } catch (cause) {
    await release(ports, claimsOf(alerts), now, cause);
    throw failed(`sending ${plural(alerts.length, 'event')} failed: ${messageOf(cause)}`, cause);
  }
  const refused = new Set(failures.map(({ index }) => index));
  const settle = (): Promise<void> =>
    ports.ledger.settle(claimsOf(alerts.filter((_, index) => !refused.has(index))), {
      ...{ now, owner: ports.owner, how: 'done' },
    });
  try {
    // What is not noted is sent again when its lease is over: one fault that passes must not cause that.
    await settle().catch(settle);
  } catch (cause) {
    throw failed(`events were sent, but recording it failed: ${messageOf(cause)}`, cause);
  }
  if (failures.length === 0) return busy;
  const cause = failed(failureWords(failures, alerts));
  await release(ports, claimsOf(alerts.filter((_, index) => refused.has(index))), now, cause);
  throw cause;
}

function eventOf({ entry, stage }: DueAlert, now: Date): FindingEvent {
  const { finding, openedAt, resolvedAt } = entry;
  const times: Record<AlertStage, Date> = {
    notified: openedAt,
    'reminded-day': now,
    'reminded-week': now,
    resolved: resolvedAt ?? now,
  };
  const { schema, id, rule, severity, status } = finding;
  return {
    detailType: DETAIL_TYPES[stage],
    detail:
      findingJson(entry, MAX_DETAIL_BYTES, (json) => Buffer.byteLength(json)) ??
      JSON.stringify({ schema, id, rule, severity, status, tooLarge: true }),
    resource: arnOf(finding),
    time: times[stage],
  };
}

function failureWords(failures: readonly EventFailure[], alerts: readonly DueAlert[]): string {
  const named = failures.slice(0, NAMED).flatMap(({ index, awsCode, reason }) => {
    const alert = alerts[index];
    return alert === undefined ? [] : [`${DETAIL_TYPES[alert.stage]} ${alert.entry.finding.id}: ${awsCode} ${reason}`];
  });
  const more = failures.length > named.length ? `; and ${failures.length - named.length} more` : '';
  return `the event bus did not take ${failures.length} of ${plural(alerts.length, 'event')}: ${named.join('; ')}${more}`;
}

function failed(message: string, cause?: unknown): PipelineError {
  return new PipelineError('alert-failed', message, { cause, retryable: true });
}
