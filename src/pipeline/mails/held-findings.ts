/** Findings that a flood held back: a message to ourselves has them mailed when the window ends. */

import { type Places, tellEverywhere, tellsAnybody } from '../../alert/channels/tell-everywhere.ts';
import { windowEnd } from '../../alert/flood-gate.ts';
import type { SentAlert } from '../../alert/send-alert.ts';
import type { Config } from '../../config.ts';
import type { FullLedger } from '../../ledger/change-log.ts';
import type { Claim } from '../../ledger/ledger.ts';
import type { RunClock } from '../../remediation/apply-plan.ts';
import type { FailedMessage, HeldRequest } from '../collect.ts';
import { leaseToSend } from '../holds/lease-to-send.ts';
import { heldMessage } from '../own-messages.ts';
import type { Recheck, RecheckContext } from '../recheck.ts';
import { mailClaimed, pendingMail } from './pending-mail.ts';

/** What findings are released with. Without a ledger, or anybody to tell, none were held back. */
export interface ReleasePorts extends Places {
  readonly ledger?: FullLedger | undefined;
}

/** The run that releases. */
export interface ReleaseOptions {
  readonly now: Date;
  readonly clock: RunClock;
  readonly reportUrl?: string | undefined;
  /** The file of the configuration, for mails. @default the deployed configuration */
  readonly configFile?: string | undefined;
  /** True to release what is overdue even if no message asks for it: a run died, or its message was lost. */
  readonly overdue: boolean;
}

/** What became of the requests. */
export interface Released {
  readonly sent?: SentAlert | undefined;
  readonly failed: readonly FailedMessage[];
  /** Requests that came early, to be sent on. */
  readonly rechecks: readonly Recheck[];
}

/** A queue delivers a delayed message early by no more than this, and clocks differ by less. A later time was not written by us. */
const EARLIEST_MS = 20 * 60_000;

/**
 * Mails what was held back until now or earlier, in one mail that says when each was last seen, and forgets it. Nothing is forgotten that was not mailed: a finding that
 * another run has claimed stays, and the messages are retried. A request that came early is sent on.
 */
export async function releaseHeld(
  requests: readonly HeldRequest[],
  ports: ReleasePorts,
  config: Config,
  options: ReleaseOptions,
): Promise<Released> {
  const { now, overdue } = options;
  const waitOf = ({ until }: HeldRequest): number => until.getTime() - now.getTime();
  const early = requests.filter((each) => waitOf(each) > 0 && waitOf(each) <= EARLIEST_MS);
  const due = requests.filter((each) => !early.includes(each));
  const rechecks = early.map((each): Recheck => recheckOf(each.until, now));
  if (due.length === 0 && !overdue) return { failed: [], rechecks };
  try {
    const sent = await mailOverdue(ports, config, options);
    const isBusy = (await pendingMail(sent, ports.ledger, config, options)).length > 0;
    return { sent, rechecks, failed: isBusy ? due.map(({ message }) => ({ message, error: mailClaimed() })) : [] };
  } catch (error) {
    if (due.length === 0) throw error;
    return { rechecks, failed: due.map(({ message }) => ({ message, error })) };
  }
}

async function mailOverdue(
  { ledger, ...places }: ReleasePorts,
  { graceSeconds, alerts: { immediate } }: Config,
  { now, clock, reportUrl, configFile }: ReleaseOptions,
): Promise<SentAlert | undefined> {
  if (ledger === undefined || !tellsAnybody(places)) return undefined;
  const ids = await ledger.heldUntil(now);
  if (ids.length === 0) return undefined;
  const sent = await tellEverywhere(
    { ledger, publisher: places.publisher, channels: places.channels, owner: clock.runId },
    { entries: await ledger.entries({ ids }), outcomes: [], released: true },
    { immediate },
    // Nothing is looked at again for this mail, so it says how old its news are.
    { now, graceSeconds, immediate, reportUrl, configFile, unchecked: new Set(ids) },
  );
  const busy = new Set([...sent.busy, ...(sent.alsoBusy ?? []).map(({ id }) => id)]);
  await ledger.release(
    now,
    ids.filter((id) => !busy.has(id)),
  );
  return sent;
}

/** The message that has held findings mailed when their window ends, unless another run has asked for it. */
export async function releaseOf(
  sent: Pick<SentAlert, 'heldUntil'> | undefined,
  { ledger, now, owner }: RecheckContext,
): Promise<readonly Recheck[]> {
  const until = sent?.heldUntil;
  if (until === undefined) return [];
  const recheck = recheckOf(until, now);
  if (ledger === undefined) return [recheck];
  const claim: Claim = { kind: 'recheck', key: `held:${until.toISOString()}` };
  const claims = await ledger.claim([claim], { now, leaseSeconds: leaseToSend(recheck.delaySeconds), owner });
  return claims.length === 0 ? [] : [{ ...recheck, claimed: { claims, owner } }];
}

/** The messages for a process that begins: what an earlier one held back is mailed now, or when its window ends. */
export async function releasesToCome(ledger: Pick<FullLedger, 'heldUntil'>, now: Date): Promise<readonly Recheck[]> {
  const end = windowEnd(now);
  const [overdue, all] = [await ledger.heldUntil(now), await ledger.heldUntil(end)];
  return [
    ...(overdue.length > 0 ? [recheckOf(now, now)] : []),
    ...(all.length > overdue.length ? [recheckOf(end, now)] : []),
  ];
}

/** Long enough after the end of a window for a process that lives to have mailed what was held back until then. */
const LOST_AFTER_MS = 2 * 60_000;

/** The message that has mailed what a process that died should have mailed. */
export async function lostReleases(ledger: Pick<FullLedger, 'heldUntil'>, now: Date): Promise<readonly Recheck[]> {
  const overdue = await ledger.heldUntil(new Date(now.getTime() - LOST_AFTER_MS));
  return overdue.length > 0 ? [recheckOf(now, now)] : [];
}

function recheckOf(until: Date, now: Date): Recheck {
  return { body: heldMessage(until), delaySeconds: Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 1000)) };
}
