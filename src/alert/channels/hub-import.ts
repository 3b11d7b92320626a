/** Imports into AWS Security Hub what it has to be told of findings, and notes in the ledger what it took. */

import pLimit from 'p-limit';
import { groupBy, plural } from '../../collections.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { Claim, LedgerEntry } from '../../ledger/ledger.ts';
import { type AsffFinding, findingToAsff } from '../../report/security-hub/asff.ts';
import { type ClaimPorts, claimDue, release } from '../claim-due.ts';
import { alertClaim, type DueAlert } from '../digest.ts';
import { channelLedger, entriesIn } from './channel-ledger.ts';
import { dueImports, toRefresh } from './hub-due.ts';

/** A finding that Security Hub did not take. */
export interface ImportFailure {
  /** Its place among those that were given. */
  readonly index: number;
  /** Its `Id` in Security Hub. */
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  readonly awsCode: string;
  readonly reason: string;
  /** True if the same call may succeed later. */
  readonly retry: boolean;
  /** True if it was not refused itself: the call failed, and with it each finding of its account and region that was left. */
  readonly isCall: boolean;
}

/** What Security Hub took, and what not. */
export interface Imported {
  readonly imported: number;
  readonly failed: readonly ImportFailure[];
}

/** The port to Security Hub, in every account and region that has a hub. */
export interface SecurityHub {
  /** Imports each finding into the hub of its own account and region. One that fails, or an account that does, does not stop the others. */
  importFindings(findings: readonly AsffFinding[]): Promise<Imported>;
}

/** Findings that are claimed, imported and noted together: those of one call. An account that refuses costs the ledger no more than these. */
const AT_ONCE = 100;
/** Findings of one account and region in one run: few enough for a function's time. The next run sends the others, the least urgent. */
const MOST_IMPORTS = 5_000;
/** Accounts and regions at the same time. */
const SCOPES_AT_ONCE = 8;

const NOTHING: Imported = { imported: 0, failed: [] };

/** What importing needs. */
export type ImportPorts = ClaimPorts & {
  readonly hub: SecurityHub;
  /** True once the run has no time for another hundred: the next run imports the rest. @default never */
  readonly isLate?: (() => boolean) | undefined;
};

/**
 * Imports each finding of the entries that Security Hub does not have as it is, once: claims them, imports them, and notes those that it took.
 * A process that dies between the two imports them again, which changes nothing there.
 *
 * Returns what failed. It is due again, and nothing else fails with it: an account without a hub must not hold up its sweeps. Throws
 * PipelineError `alert-failed` if what was imported could not be noted.
 */
export async function importDue(
  { ledger, ...others }: ImportPorts,
  entries: readonly LedgerEntry[],
  now: Date,
): Promise<Imported> {
  const ports = { ledger: channelLedger('hub', ledger), ...others };
  const due = dueImports(entriesIn('hub', entries), now);
  const limit = pLimit(SCOPES_AT_ONCE);
  const byScope = groupBy(due, ({ entry }) => scopeKey(entry.finding));
  const all = await Promise.all(
    [...byScope.values()].map((some) => limit(() => importScope(ports, some.slice(0, MOST_IMPORTS), now))),
  );
  return joinImports(all) ?? NOTHING;
}

/** Imports what is due in one account and region. If a call fails, the next would as well: what is left fails with it. */
async function importScope(ports: ImportPorts, due: readonly DueAlert[], now: Date): Promise<Imported> {
  const parts: Imported[] = [];
  for (let from = 0; from < due.length && ports.isLate?.() !== true; from += AT_ONCE) {
    const part = await importSome(ports, due.slice(from, from + AT_ONCE), now);
    parts.push(part);
    const fault = part.failed.find(({ isCall }) => isCall);
    if (fault === undefined) continue;
    const left = due.slice(from + AT_ONCE);
    parts.push({ imported: 0, failed: left.map(({ entry }) => ({ ...fault, id: asffOf(entry, now).Id })) });
    break;
  }
  return joinImports(parts) ?? NOTHING;
}

async function importSome(ports: ImportPorts, due: readonly DueAlert[], now: Date): Promise<Imported> {
  const { ledger, owner, hub } = ports;
  const { alerts } = await claimDue(ports, due, (entries) => dueImports(entries, now), now);
  if (alerts.length === 0) return NOTHING;
  const claimsOf = (some: readonly DueAlert[]) => some.map((each) => claimFor(each, now));
  let result: Imported;
  try {
    result = await hub.importFindings(alerts.map(({ entry }) => asffOf(entry, now)));
  } catch (cause) {
    await release(ports, claimsOf(alerts), now, cause);
    throw cause;
  }
  const refused = new Set(result.failed.map(({ index }) => index));
  const taken = alerts.filter((_, index) => !refused.has(index));
  const settle = async (how: 'done' | 'released', some: readonly DueAlert[]): Promise<void> => {
    if (some.length > 0) await ledger.settle(claimsOf(some), { now, owner, how });
  };
  try {
    // What is not noted is imported again when its lease is over: one fault that passes must not cause that.
    await settle('done', taken).catch(() => settle('done', taken));
    const notTaken = alerts.filter((_, index) => refused.has(index));
    await settle('released', notTaken);
  } catch (cause) {
    const message = `Security Hub took ${plural(taken.length, 'finding')}, but noting it failed: ${messageOf(cause)}`;
    throw new PipelineError('alert-failed', message, { cause, retryable: true });
  }
  return result;
}

/** Its note tells of the finding as it is now, also of one that is over: what is noted last is what the hub has. */
function claimFor(due: DueAlert, now: Date): Claim {
  const { openedAt } = due.entry;
  return { ...alertClaim(due, now), of: openedAt > now ? openedAt : now };
}

/**
 * The same, and imports again what Security Hub would forget: for a run that is made once a day. An import more or less is no news, so
 * these are not noted.
 */
export async function importDaily(ports: ImportPorts, entries: readonly LedgerEntry[], now: Date): Promise<Imported> {
  const changed = await importDue(ports, entries, now);
  const old = toRefresh(entriesIn('hub', entries), now).slice(0, MOST_IMPORTS);
  if (old.length === 0 || ports.isLate?.() === true) return changed;
  const again = await ports.hub.importFindings(old.map((entry) => asffOf(entry, now)));
  return { imported: changed.imported + again.imported, failed: [...changed.failed, ...again.failed] };
}

/** All of them in one; undefined if there are none. */
export function joinImports(parts: readonly (Imported | undefined)[]): Imported | undefined {
  const all = parts.filter((part) => part !== undefined);
  if (all.length === 0) return undefined;
  return {
    imported: all.reduce((sum, { imported }) => sum + imported, 0),
    failed: all.flatMap(({ failed }) => failed),
  };
}

/** The entry as Security Hub gets it. One whose resolution is noted is over, whatever its status says. */
function asffOf({ finding, resolvedAt }: LedgerEntry, now: Date): AsffFinding {
  const status = finding.status === 'open' && resolvedAt !== null ? 'resolved' : finding.status;
  return findingToAsff({ ...finding, status }, now.toISOString());
}

/** How many lines `importFailures` writes at most. */
const MOST_LINES = 50;

/** What failed, in lines: one for each finding that was refused, and one for all of a call that failed. */
export function importFailures(failed: readonly ImportFailure[]): readonly string[] {
  const lines = new Map<string, number>();
  for (const { id, accountId, region, awsCode, reason, isCall } of failed) {
    const what = isCall ? `${accountId} ${region}` : id;
    const line = `${what}: ${awsCode} ${reason}`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  const all = [...lines].map(([line, count]) => (count === 1 ? line : `${line} (${count} findings)`));
  return all.length <= MOST_LINES ? all : [...all.slice(0, MOST_LINES), `and ${all.length - MOST_LINES} more`];
}
