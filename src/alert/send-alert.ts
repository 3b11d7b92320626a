/** Sends what is due, each thing once: claim, compose from what was claimed, publish, settle. */

import { createHash } from 'node:crypto';
import { messageOf, PipelineError } from '../errors.ts';
import type { Claim, Ledger, LedgerEntry } from '../ledger/ledger.ts';
import type { Outcome } from '../remediation/outcome.ts';
import { composeDigest, type DigestSource } from './compose-digest.ts';
import { composeBurst, composeFindingsMail, composeReminder, type DeliveryNews } from './compose-findings.ts';
import { composeFailure, composeResolved, type Failure } from './compose-notes.ts';
import { type AlertPolicy, alertClaim, burstWindow, type DueAlert, dueAlerts, isBurst } from './digest.ts';
import type { AlertMessage } from './message.ts';
import type { MailContext } from './sections.ts';

/** The port through which mail goes out. */
export interface Publisher {
  /** Sends one mail and returns the id it was given. Throws when it cannot know that it was accepted. */
  publish(message: AlertMessage): Promise<string>;
}

/** What alerts go through. */
export interface AlertPorts {
  readonly ledger: Pick<Ledger, 'claim' | 'settle'>;
  readonly publisher: Publisher;
}

/** What one delivery or sweep has to tell; what of it is due is decided here. */
export interface AlertRequest {
  /** Ledger entries as they are after the observation was recorded. */
  readonly entries: readonly LedgerEntry[];
  readonly outcomes: readonly Outcome[];
  readonly failures?: readonly Failure[] | undefined;
  /** Findings that other deliveries opened in the last 15 minutes, for the burst breaker. @default 0 */
  readonly openedElsewhere?: number | undefined;
}

/** What went out; no message when nothing was due or another writer had it. */
export interface SentAlert {
  readonly message?: AlertMessage | undefined;
  readonly messageId?: string | undefined;
  /** Findings that wait for the next window, after a flood. */
  readonly held: number;
  /**
   * Ids of due ones that another run had claimed and not settled when they were read: it is at work on them, or died over them.
   * Who cannot be sure must come again when its lease is over.
   */
  readonly busy: readonly string[];
}

/** Longer than a delivery may take; a claim that a crash left behind is free again after it. */
const LEASE_SECONDS = 900;

/**
 * Sends at most one mail for a delivery: new findings with the reminders, resolved notes and failures that are due with them.
 *
 * Replays and concurrent writers send nothing twice: only what could be claimed is mailed. After a burst mail, new findings
 * beyond the limit are held back until the next quarter of an hour; they stay due, nothing is lost.
 *
 * Throws PipelineError `alert-failed` when the mail did not go out or could not be recorded: the delivery must not be
 * acknowledged. Claims are given back only when publishing failed. A process that dies between publishing and recording
 * may cause a second mail after 15 minutes: SNS mail has no deduplication of its own.
 */
export async function sendAlerts(
  ports: AlertPorts,
  request: AlertRequest,
  policy: AlertPolicy,
  context: MailContext,
): Promise<SentAlert> {
  const { now } = context;
  const due = dueAlerts(request.entries, policy, now);
  const fresh = due.filter(({ stage }) => stage === 'notified');
  const burst = isBurst(fresh.length, request.openedElsewhere);
  const failures = request.failures ?? [];
  const wanted = [...due.map(alertClaim), ...failures.map((failure) => failureClaim(failure, now))];
  const claimed = await claimAll(ports.ledger, wanted, now);
  const news = claimedNews(claimed, due, request, now);
  const ours = new Set(claimed.map(({ key }) => key));
  const busy = due.filter((alert) => !ours.has(alertClaim(alert).key)).map(({ entry }) => entry.finding.id);
  if (!burst || news.entries.length === 0) {
    return { ...(await publish(ports, composeNews(news, context), claimed, now)), busy };
  }

  const window = await claimAll(ports.ledger, [{ kind: 'digest', key: `burst:${burstWindow(now)}` }], now);
  if (window.length > 0) {
    return { ...(await publish(ports, composeBurst(news, context), [...claimed, ...window], now)), busy };
  }
  const held = claimsOf(news.entries, 'notified');
  await ports.ledger.settle(held, now, 'released');
  const kept = claimed.filter((claim) => !held.some(({ key }) => key === claim.key));
  const sent = await publish(ports, composeNews({ ...news, entries: [] }, context), kept, now);
  return { ...sent, held: held.length, busy };
}

/** Sends the digest of a day or a week once; returns undefined when it has gone out already. Throws as `sendAlerts` does. */
export async function sendDigest(
  ports: AlertPorts,
  source: DigestSource,
  context: MailContext,
): Promise<SentAlert | undefined> {
  const key = `digest:${source.every}:${dayOf(context.now, source.every)}`;
  const claimed = await claimAll(ports.ledger, [{ kind: 'digest', key }], context.now);
  if (claimed.length === 0) return undefined;
  return { ...(await publish(ports, composeDigest(source, context), claimed, context.now)), busy: [] };
}

/** What was claimed; `undone` are those of `repaired` that are worth a mail by themselves. */
interface ClaimedNews extends DeliveryNews {
  readonly reminders: readonly DueAlert[];
  readonly resolved: readonly LedgerEntry[];
  readonly failures: readonly Failure[];
  readonly undone: readonly LedgerEntry[];
}

/** The mail for what a delivery has to tell when it is no flood; its kind is that of its weightiest part. */
function composeNews(news: ClaimedNews, context: MailContext): AlertMessage | undefined {
  if (news.entries.length > 0) return composeFindingsMail(news, context);
  if (news.reminders.length > 0) return composeReminder(news.reminders, news, context);
  const over = [...news.resolved, ...news.undone];
  if (over.length > 0) return composeResolved(over, context, news.failures);
  return news.failures.length > 0 ? composeFailure(news.failures, context) : undefined;
}

/** What was claimed, sorted by what it is. */
function claimedNews(
  claimed: readonly Claim[],
  due: readonly DueAlert[],
  { entries, outcomes, failures = [] }: AlertRequest,
  now: Date,
): ClaimedNews {
  const keys = new Set(claimed.map(({ key }) => key));
  const ours = due.filter((alert) => keys.has(alertClaim(alert).key));
  const over = ours.filter(({ stage }) => stage === 'resolved').map(({ entry }) => entry);
  return {
    entries: ours.filter(({ stage }) => stage === 'notified').map(({ entry }) => entry),
    reminders: ours.filter(({ stage }) => stage === 'reminded-day' || stage === 'reminded-week'),
    repaired: entries.filter((entry) => wasRepaired(entry, outcomes)),
    resolved: over.filter((entry) => !wasRepaired(entry, outcomes)),
    undone: over.filter((entry) => wasRepaired(entry, outcomes)),
    failures: failures.filter((failure) => keys.has(failureClaim(failure, now).key)),
    outcomes,
  };
}

/** Never mailed, and over by what this run did. */
function wasRepaired({ finding, notified }: LedgerEntry, outcomes: readonly Outcome[]): boolean {
  return (
    finding.status === 'resolved' &&
    !notified.notified &&
    finding.remediation?.outcome === 'done' &&
    outcomes.some(({ result, step }) => result === 'done' && step.resourceId === finding.resourceId)
  );
}

function claimsOf(entries: readonly LedgerEntry[], stage: DueAlert['stage']): readonly Claim[] {
  return entries.map((entry) => alertClaim({ entry, stage }));
}

/** The same input failing the same way is mailed once a day, however often its delivery is retried. */
function failureClaim({ path, reason }: Failure, now: Date): Claim {
  const hash = createHash('sha256').update(`${path}\n${reason}`).digest('hex').slice(0, 32);
  return { kind: 'digest', key: `failure:${hash}:${dayOf(now, 'daily')}` };
}

/** The day, or the Monday of the week, in UTC. */
function dayOf(now: Date, every: 'daily' | 'weekly'): string {
  const sinceMonday = every === 'daily' ? 0 : (now.getUTCDay() + 6) % 7;
  return new Date(now.getTime() - sinceMonday * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

async function claimAll(ledger: AlertPorts['ledger'], claims: readonly Claim[], now: Date): Promise<readonly Claim[]> {
  const distinct = [...new Map(claims.map((claim) => [claim.key, claim])).values()];
  return distinct.length === 0 ? [] : ledger.claim(distinct, now, LEASE_SECONDS);
}

async function publish(
  { ledger, publisher }: AlertPorts,
  message: AlertMessage | undefined,
  claims: readonly Claim[],
  now: Date,
): Promise<Omit<SentAlert, 'busy'>> {
  if (message === undefined) return { held: 0 };
  let messageId: string;
  try {
    messageId = await publisher.publish(message);
  } catch (cause) {
    await giveBack(ledger, claims, now, cause);
    throw alertFailed(`sending the mail "${message.subject}" failed: ${messageOf(cause)}`, cause);
  }
  try {
    await ledger.settle(claims, now, 'done');
  } catch (cause) {
    throw alertFailed(`the mail "${message.subject}" went out, but recording it failed: ${messageOf(cause)}`, cause);
  }
  return { message, messageId, held: 0 };
}

/** When even giving back fails, both faults are told; the claims are free again after their lease. */
async function giveBack(
  ledger: AlertPorts['ledger'],
  claims: readonly Claim[],
  now: Date,
  cause: unknown,
): Promise<void> {
  try {
    await ledger.settle(claims, now, 'released');
  } catch (fault) {
    throw alertFailed(
      `sending mail failed: ${messageOf(cause)}; and its claims could not be given back: ${messageOf(fault)}`,
      new AggregateError([cause, fault], 'publishing and giving back both failed'),
    );
  }
}

function alertFailed(message: string, cause: unknown): PipelineError {
  return new PipelineError('alert-failed', message, { cause, retryable: true });
}
