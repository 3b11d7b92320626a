/** Sends the mails that are due, each once: claim, compose from what was claimed, publish, settle. */

import { createHash } from 'node:crypto';
import { uniqueBy } from '../collections.ts';
import { messageOf, PipelineError } from '../errors.ts';
import type { Channel, Claim, LedgerEntry } from '../ledger/ledger.ts';
import type { FloodLog } from '../ledger/mails/floods.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { type ClaimPorts, claimAll, claimDue, release, releasingOnFault } from './claim-due.ts';
import { composeDigest, type DigestSource } from './compose-digest.ts';
import { composeBurst, composeFindingsMail, composeReminder, type DeliveryAlert } from './compose-findings.ts';
import { composeFailure, composeResolved, type Failure } from './compose-notes.ts';
import { type AlertPolicy, alertClaim, type DueAlert, dueAlerts } from './digest.ts';
import { type Gated, isBurst, throughGate } from './flood-gate.ts';
import type { AlertMessage } from './message.ts';
import type { MailContext } from './sections.ts';

/** The port that sends mail. */
export interface Publisher {
  /** Sends one mail and returns its id. Throws when it is not certain that the mail was accepted. */
  publish(message: AlertMessage): Promise<string>;
}

/** The ports that mails need. */
export interface MailPorts extends ClaimPorts {
  readonly publisher: Publisher;
}

/** The ports that alerts need. */
export interface AlertPorts extends MailPorts {
  readonly ledger: ClaimPorts['ledger'] & FloodLog;
}

/** What one delivery or sweep might mail. `sendAlerts` decides which of it is due. */
export interface AlertRequest {
  /** Ledger entries, read after the observation was recorded. */
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly Outcome[];
  readonly failures?: readonly Failure[] | undefined;
  /** True if the findings were held back until now: then nothing is held back again. @default false */
  readonly released?: boolean | undefined;
}

/** The mail that was sent with its id, or neither when nothing was due or another run had claimed it. */
type SentMail =
  | { readonly message: AlertMessage; readonly messageId: string }
  | { readonly message?: undefined; readonly messageId?: undefined };

/** What became of the mail that was due. */
export type SentAlert = SentMail & {
  /** How many new findings are held back after a flood, and until when. Nobody mails them then unless somebody asks for it. */
  readonly held: number;
  readonly heldUntil?: Date | undefined;
  /**
   * Ids of due findings that another run has claimed and not settled: it is still mailing them, or it died. A caller that has to be
   * sure retries after the lease.
   */
  readonly busy: readonly string[];
  /** The same in the other channels. Absent if there are none. */
  readonly alsoBusy?: readonly { readonly channel: Channel; readonly id: string }[] | undefined;
};

/**
 * Sends at most one mail for a delivery: its new findings, together with the reminders, all-clears and failures that are due.
 *
 * Replays and concurrent runs send nothing twice: what is due is claimed, read again, and mailed if it still is due. In a flood new
 * findings are held back until the quarter of an hour ends. They stay due, so nothing is lost.
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
  const dueOf = (entries: readonly LedgerEntry[]) => dueAlerts(entries, policy, now);
  const due = dueOf(request.entries);
  const gated: Gated =
    request.released === true ? { alerts: due, held: [], place: [] } : await throughGate(due, ports, now);
  const { held, heldUntil, place } = gated;
  const { alerts, busy } = await releasingOnFault(ports, place, now, () => claimDue(ports, gated.alerts, dueOf, now));
  const alertClaims = alerts.map((each) => alertClaim(each, now));
  const failures = uniqueBy(
    (request.failures ?? []).map((failure) => failureClaim(failure, now)),
    ({ key }) => key,
  );
  const failureClaims = await releasingOnFault(ports, [...place, ...alertClaims], now, () =>
    claimAll(ports, failures, now),
  );
  const claims = [...alertClaims, ...failureClaims];
  const alert = claimedAlert(claims, alerts, request, now);
  const isTaken = place.length > 0 && alert.entries.length > 0;
  if (place.length > 0 && !isTaken) await ports.ledger.settle(place, { now, owner: ports.owner, how: 'released' });
  const message = composeDeliveryAlert(alert, context);
  const sent = await publish(
    ports,
    message && { ...message, ...reportedIn(alert, context) },
    isTaken ? [...claims, ...place] : claims,
    now,
  );
  return { ...sent, held: held.length, ...(heldUntil !== undefined && { heldUntil }), busy };
}

/** Sends the digest of a day or a week once. Returns undefined when it was sent already. Throws as `sendAlerts` does. */
export async function sendDigest(
  ports: MailPorts,
  source: DigestSource,
  context: MailContext,
): Promise<SentAlert | undefined> {
  const key = `digest:${source.every}:${dayOf(context.now, source.every)}`;
  const claims = await claimAll(ports, [{ kind: 'digest', key }], context.now);
  if (claims.length === 0) return undefined;
  return { ...(await publish(ports, composeDigest(source, context), claims, context.now)), held: 0, busy: [] };
}

/** The alerts that this run claimed. `incidents` are those of `repaired` that deserve a mail of their own. */
interface ClaimedAlert extends DeliveryAlert {
  readonly reminders: readonly DueAlert[];
  readonly resolved: readonly LedgerEntry[];
  readonly failures: readonly Failure[];
  readonly incidents: readonly LedgerEntry[];
}

/** The mail for a delivery. Its most important part decides the kind. Undefined when there is nothing to mail. */
function composeDeliveryAlert(alert: ClaimedAlert, context: MailContext): AlertMessage | undefined {
  if (isBurst(alert.entries.length)) return composeBurst(alert, context);
  if (alert.entries.length > 0) return composeFindingsMail(alert, context);
  if (alert.reminders.length > 0) return composeReminder(alert.reminders, alert, context);
  const resolved = [...alert.resolved, ...alert.incidents];
  if (resolved.length > 0) return composeResolved(resolved, context, alert.failures);
  return alert.failures.length > 0 ? composeFailure(alert.failures, context) : undefined;
}

/** What the mail is about, for whoever does not read its text. */
function reportedIn(
  { entries, reminders, resolved, incidents, failures }: ClaimedAlert,
  { reportUrl }: MailContext,
): Pick<AlertMessage, 'reported' | 'failures' | 'reportUrl'> {
  return {
    reported: [
      ...entries.map((entry) => ({ change: 'opened', entry }) as const),
      ...reminders.map(({ entry }) => ({ change: 'reminded', entry }) as const),
      ...[...resolved, ...incidents].map((entry) => ({ change: 'resolved', entry }) as const),
    ],
    ...(failures.length > 0 && { failures }),
    ...(reportUrl !== undefined && { reportUrl }),
  };
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

async function publish(
  ports: MailPorts,
  message: AlertMessage | undefined,
  claims: readonly Claim[],
  now: Date,
): Promise<SentMail> {
  if (message === undefined) return {};
  let messageId: string;
  try {
    messageId = await ports.publisher.publish(message);
  } catch (cause) {
    await release(ports, claims, now, cause);
    throw alertFailed(`sending the mail "${message.subject}" failed: ${messageOf(cause)}`, cause);
  }
  const settle = (): Promise<void> => ports.ledger.settle(claims, { now, owner: ports.owner, how: 'done' });
  try {
    // What is not noted is mailed again when its lease is over: one fault that passes must not cause that.
    await settle().catch(settle);
  } catch (cause) {
    throw alertFailed(`the mail "${message.subject}" was sent, but recording it failed: ${messageOf(cause)}`, cause);
  }
  return { message, messageId };
}

function alertFailed(message: string, cause: unknown): PipelineError {
  return new PipelineError('alert-failed', message, { cause, retryable: true });
}
