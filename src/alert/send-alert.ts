/** Sends the mails that are due, each once: claim, compose from what was claimed, publish, settle. */

import { createHash } from 'node:crypto';
import { uniqueBy } from '../collections.ts';
import { messageOf, PipelineError } from '../errors.ts';
import type { Claim, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { composeDigest, type DigestSource } from './compose-digest.ts';
import { composeBurst, composeFindingsMail, composeReminder, type DeliveryAlert } from './compose-findings.ts';
import { composeFailure, composeResolved, type Failure } from './compose-notes.ts';
import { type AlertPolicy, alertClaim, burstWindow, type DueAlert, dueAlerts, isBurst } from './digest.ts';
import type { AlertMessage } from './message.ts';
import type { MailContext } from './sections.ts';

/** The port that sends mail. */
export interface Publisher {
  /** Sends one mail and returns its id. Throws when it is not certain that the mail was accepted. */
  publish(message: AlertMessage): Promise<string>;
}

/** The ports that alerts need. */
export interface AlertPorts {
  readonly ledger: Pick<Ledger, 'claim' | 'settle'>;
  readonly publisher: Publisher;
}

/** What one delivery or sweep might mail. `sendAlerts` decides which of it is due. */
export interface AlertRequest {
  /** Ledger entries, read after the observation was recorded. */
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly Outcome[];
  readonly failures?: readonly Failure[] | undefined;
  /** How many findings other deliveries opened in the last 15 minutes, for the burst limit. @default 0 */
  readonly openedElsewhere?: number | undefined;
}

/** The mail that was sent with its id, or neither when nothing was due or another run had claimed it. */
type SentMail =
  | { readonly message: AlertMessage; readonly messageId: string }
  | { readonly message?: undefined; readonly messageId?: undefined };

/** What became of the mail that was due. */
export type SentAlert = SentMail & {
  /** Findings that wait for the next window, after a flood. */
  readonly held: number;
  /**
   * Ids of due findings that another run has claimed and not settled: it is still mailing them, or it died. A caller that has to be
   * sure retries after the lease.
   */
  readonly busy: readonly string[];
};

/** Longer than a delivery may take. A claim left behind by a crash becomes free after this time. */
const LEASE_SECONDS = 900;

/**
 * Sends at most one mail for a delivery: its new findings, together with the reminders, all-clears and failures that are due.
 *
 * Replays and concurrent runs send nothing twice, because only what could be claimed is mailed. After a burst mail, further new
 * findings wait until the next quarter of an hour. They stay due, so nothing is lost.
 *
 * Throws PipelineError `alert-failed` when the mail was not sent or could not be recorded: the delivery must not be acknowledged.
 * Claims are released only if publishing failed. A process that dies between publishing and recording may cause a second mail
 * after 15 minutes, as SNS does not deduplicate mail.
 */
export async function sendAlerts(
  ports: AlertPorts,
  request: AlertRequest,
  policy: AlertPolicy,
  context: MailContext,
): Promise<SentAlert> {
  const { now } = context;
  const due = dueAlerts(request.entries, policy, now);
  const newlyOpened = due.filter(({ stage }) => stage === 'notified');
  const failures = request.failures ?? [];
  const wanted = [...due.map(alertClaim), ...failures.map((failure) => failureClaim(failure, now))];
  const claims = await claimAll(ports.ledger, wanted, now);
  const alert = claimedAlert(claims, due, request, now);
  const claimedKeys = new Set(claims.map(({ key }) => key));
  const busy = due.filter((each) => !claimedKeys.has(alertClaim(each).key)).map(({ entry }) => entry.finding.id);
  const isFlood = isBurst(newlyOpened.length, request.openedElsewhere) && alert.entries.length > 0;
  const sent = isFlood
    ? await sendBurst(ports, alert, claims, context)
    : await publish(ports, composeDeliveryAlert(alert, context), claims, now);
  return { ...sent, busy };
}

/** Sends the burst mail of this quarter of an hour. If it went out already, holds the new findings back and mails only the rest. */
async function sendBurst(
  ports: AlertPorts,
  alert: ClaimedAlert,
  claims: readonly Claim[],
  context: MailContext,
): Promise<SentMail & { readonly held: number }> {
  const { now } = context;
  const window = await claimAll(ports.ledger, [{ kind: 'digest', key: `burst:${burstWindow(now)}` }], now);
  if (window.length > 0) return publish(ports, composeBurst(alert, context), [...claims, ...window], now);
  const heldBack = alert.entries.map((entry) => alertClaim({ entry, stage: 'notified' }));
  await ports.ledger.settle(heldBack, now, 'released');
  const heldKeys = new Set(heldBack.map(({ key }) => key));
  const kept = claims.filter(({ key }) => !heldKeys.has(key));
  const sent = await publish(ports, composeDeliveryAlert({ ...alert, entries: [] }, context), kept, now);
  return { ...sent, held: heldBack.length };
}

/** Sends the digest of a day or a week once. Returns undefined when it was sent already. Throws as `sendAlerts` does. */
export async function sendDigest(
  ports: AlertPorts,
  source: DigestSource,
  context: MailContext,
): Promise<SentAlert | undefined> {
  const key = `digest:${source.every}:${dayOf(context.now, source.every)}`;
  const claims = await claimAll(ports.ledger, [{ kind: 'digest', key }], context.now);
  if (claims.length === 0) return undefined;
  return { ...(await publish(ports, composeDigest(source, context), claims, context.now)), busy: [] };
}

/** The alerts that this run claimed. `incidents` are those of `repaired` that deserve a mail of their own. */
interface ClaimedAlert extends DeliveryAlert {
  readonly reminders: readonly DueAlert[];
  readonly resolved: readonly LedgerEntry[];
  readonly failures: readonly Failure[];
  readonly incidents: readonly LedgerEntry[];
}

/** The mail for a delivery outside a flood. Its most important part decides the kind. Undefined when there is nothing to mail. */
function composeDeliveryAlert(alert: ClaimedAlert, context: MailContext): AlertMessage | undefined {
  if (alert.entries.length > 0) return composeFindingsMail(alert, context);
  if (alert.reminders.length > 0) return composeReminder(alert.reminders, alert, context);
  const resolved = [...alert.resolved, ...alert.incidents];
  if (resolved.length > 0) return composeResolved(resolved, context, alert.failures);
  return alert.failures.length > 0 ? composeFailure(alert.failures, context) : undefined;
}

/** Sorts the claimed alerts by their stage. */
function claimedAlert(
  claims: readonly Claim[],
  due: readonly DueAlert[],
  { entries, outcomes, failures = [] }: AlertRequest,
  now: Date,
): ClaimedAlert {
  const keys = new Set(claims.map(({ key }) => key));
  const claimed = due.filter((alert) => keys.has(alertClaim(alert).key));
  const resolved = claimed.filter(({ stage }) => stage === 'resolved').map(({ entry }) => entry);
  return {
    entries: claimed.filter(({ stage }) => stage === 'notified').map(({ entry }) => entry),
    reminders: claimed.filter(({ stage }) => stage === 'reminded-day' || stage === 'reminded-week'),
    repaired: entries.filter((entry) => wasRepairedNow(entry, outcomes)),
    resolved: resolved.filter((entry) => !wasRepairedNow(entry, outcomes)),
    incidents: resolved.filter((entry) => wasRepairedNow(entry, outcomes)),
    failures: failures.filter((failure) => keys.has(failureClaim(failure, now).key)),
    outcomes,
  };
}

/** True for a finding that was never mailed and that this run resolved. */
function wasRepairedNow({ finding, notified }: LedgerEntry, outcomes: readonly Outcome[]): boolean {
  return (
    finding.status === 'resolved' &&
    !notified.notified &&
    finding.remediation?.outcome === 'done' &&
    outcomes.some(({ result, step }) => result === 'done' && step.resourceId === finding.resourceId)
  );
}

/** An input that keeps failing for the same reason is mailed once a day, however often its delivery is retried. */
function failureClaim({ path, reason }: Failure, now: Date): Claim {
  const hash = createHash('sha256').update(`${path}\n${reason}`).digest('hex').slice(0, 32);
  return { kind: 'digest', key: `failure:${hash}:${dayOf(now, 'daily')}` };
}

/** The day in UTC, or the Monday of its week. */
function dayOf(now: Date, every: 'daily' | 'weekly'): string {
  const sinceMonday = every === 'daily' ? 0 : (now.getUTCDay() + 6) % 7;
  return new Date(now.getTime() - sinceMonday * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

async function claimAll(ledger: AlertPorts['ledger'], claims: readonly Claim[], now: Date): Promise<readonly Claim[]> {
  const distinct = uniqueBy(claims, ({ key }) => key);
  return distinct.length === 0 ? [] : ledger.claim(distinct, now, LEASE_SECONDS);
}

async function publish(
  { ledger, publisher }: AlertPorts,
  message: AlertMessage | undefined,
  claims: readonly Claim[],
  now: Date,
): Promise<SentMail & { readonly held: number }> {
  if (message === undefined) return { held: 0 };
  let messageId: string;
  try {
    messageId = await publisher.publish(message);
  } catch (cause) {
    await release(ledger, claims, now, cause);
    throw alertFailed(`sending the mail "${message.subject}" failed: ${messageOf(cause)}`, cause);
  }
  try {
    await ledger.settle(claims, now, 'done');
  } catch (cause) {
    throw alertFailed(`the mail "${message.subject}" was sent, but recording it failed: ${messageOf(cause)}`, cause);
  }
  return { message, messageId, held: 0 };
}

/** Releases the claims after publishing failed with `cause`. If that fails too, the error names both faults; the lease frees the claims. */
async function release(
  ledger: AlertPorts['ledger'],
  claims: readonly Claim[],
  now: Date,
  cause: unknown,
): Promise<void> {
  try {
    await ledger.settle(claims, now, 'released');
  } catch (fault) {
    throw alertFailed(
      `sending a mail failed: ${messageOf(cause)}; releasing its claims failed too: ${messageOf(fault)}`,
      new AggregateError([cause, fault], 'publishing failed, and so did releasing the claims'),
    );
  }
}

function alertFailed(message: string, cause: unknown): PipelineError {
  return new PipelineError('alert-failed', message, { cause, retryable: true });
}
