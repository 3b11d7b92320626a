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
  readonly ledger: Pick<Ledger, 'claim' | 'settle' | 'entries'>;
  readonly publisher: Publisher;
  /** Whose the claims are: an id of this run alone, so that a duplicate of its event does not mail as well. */
  readonly owner: string;
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
 * Replays and concurrent runs send nothing twice: what is due is claimed, read again, and mailed if it still is due. After a burst mail,
 * further new findings wait until the next quarter of an hour. They stay due, so nothing is lost.
 *
 * Throws PipelineError `alert-failed` when the mail was not sent or could not be recorded: the delivery must not be acknowledged.
 * Claims are released unless the mail was sent. A process that dies between publishing and recording may cause a second mail
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
  const failures = request.failures ?? [];
  const { alerts, busy } = await claimDue(ports, due, policy, now);
  const failureClaims = await claimAll(
    ports,
    failures.map((failure) => failureClaim(failure, now)),
    now,
  );
  const claims = [...alerts.map((each) => alertClaim(each, now)), ...failureClaims];
  const alert = claimedAlert(claims, alerts, request, now);
  const isFlood = isBurst(alert.entries.length, request.openedElsewhere) && alert.entries.length > 0;
  const sent = isFlood
    ? await sendBurst(ports, alert, claims, context)
    : await publish(ports, composeDeliveryAlert(alert, context), claims, now);
  return { ...sent, busy };
}

/** What this run alone may mail now, and what another run has claimed. */
interface ClaimedDue {
  readonly alerts: readonly DueAlert[];
  /** Ids of due findings that another run has claimed. */
  readonly busy: readonly string[];
}

/** Claims what is due, and reads it again: another run may have mailed it just before, or settled what it is about. */
async function claimDue(
  ports: AlertPorts,
  due: readonly DueAlert[],
  policy: AlertPolicy,
  now: Date,
): Promise<ClaimedDue> {
  const claimed = await claimAll(
    ports,
    due.map((each) => alertClaim(each, now)),
    now,
  );
  const keys = new Set(claimed.map(({ key }) => key));
  const isClaimed = (each: DueAlert): boolean => keys.has(alertClaim(each, now).key);
  const busy = due.filter((each) => !isClaimed(each)).map(({ entry }) => entry.finding.id);
  if (claimed.length === 0) return { alerts: [], busy };
  const ids = due.filter(isClaimed).map(({ entry }) => entry.finding.id);
  try {
    const alerts = dueAlerts(await ports.ledger.entries({ ids }), policy, now).filter(isClaimed);
    const still = new Set(alerts.map((each) => alertClaim(each, now).key));
    const settled = claimed.filter(({ key }) => !still.has(key));
    if (settled.length > 0) await ports.ledger.settle(settled, { now, owner: ports.owner, how: 'released' });
    return { alerts, busy };
  } catch (cause) {
    await release(ports, claimed, now, cause);
    throw cause;
  }
}

/** Sends the burst mail of this quarter of an hour. If it went out already, holds the new findings back and mails only the rest. */
async function sendBurst(
  ports: AlertPorts,
  alert: ClaimedAlert,
  claims: readonly Claim[],
  context: MailContext,
): Promise<SentMail & { readonly held: number }> {
  const { now } = context;
  const window = await claimAll(ports, [{ kind: 'digest', key: `burst:${burstWindow(now)}` }], now);
  if (window.length > 0) return publish(ports, composeBurst(alert, context), [...claims, ...window], now);
  const heldBack = alert.entries.map((entry) => alertClaim({ entry, stage: 'notified' }, now));
  await ports.ledger.settle(heldBack, { now, owner: ports.owner, how: 'released' });
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
  const claims = await claimAll(ports, [{ kind: 'digest', key }], context.now);
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
  claimed: readonly DueAlert[],
  { entries, outcomes, failures = [] }: AlertRequest,
  now: Date,
): ClaimedAlert {
  const keys = new Set(claims.map(({ key }) => key));
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

async function claimAll({ ledger, owner }: AlertPorts, claims: readonly Claim[], now: Date): Promise<readonly Claim[]> {
  const distinct = uniqueBy(claims, ({ key }) => key);
  return distinct.length === 0 ? [] : ledger.claim(distinct, { now, leaseSeconds: LEASE_SECONDS, owner });
}

async function publish(
  ports: AlertPorts,
  message: AlertMessage | undefined,
  claims: readonly Claim[],
  now: Date,
): Promise<SentMail & { readonly held: number }> {
  if (message === undefined) return { held: 0 };
  let messageId: string;
  try {
    messageId = await ports.publisher.publish(message);
  } catch (cause) {
    await release(ports, claims, now, cause);
    throw alertFailed(`sending the mail "${message.subject}" failed: ${messageOf(cause)}`, cause);
  }
  try {
    await ports.ledger.settle(claims, { now, owner: ports.owner, how: 'done' });
  } catch (cause) {
    throw alertFailed(`the mail "${message.subject}" was sent, but recording it failed: ${messageOf(cause)}`, cause);
  }
  return { message, messageId, held: 0 };
}

/** Releases the claims after publishing failed with `cause`. If that fails too, the error names both faults; the lease frees the claims. */
async function release(
  { ledger, owner }: AlertPorts,
  claims: readonly Claim[],
  now: Date,
  cause: unknown,
): Promise<void> {
  try {
    await ledger.settle(claims, { now, owner, how: 'released' });
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
