/** Hands repairs to the function that makes them, and the same ones again only after a pause. */

import { createHash } from 'node:crypto';
import type { Finding } from '../../audit/finding.ts';
import { compareText } from '../../collections.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { Claim, Ledger, LedgerEntry } from '../../ledger/ledger.ts';
import type { RemediationPlan } from '../../remediation/plan.ts';
import { resolvableBy } from '../../remediation/settle-findings.ts';
import type { Sighting } from '../../sighting/sighting.ts';
import type { AssessedScope } from '../assess.ts';
import type { ScopePlan } from '../plan-scopes.ts';
import { suspicionsOf } from '../relevant-sightings.ts';
import { keepSent, leaseToSend } from './lease-to-send.ts';

/** How repairs are handed over. */
export interface HandingOver {
  readonly handOver: (scope: AssessedScope, plan: RemediationPlan) => Promise<void>;
  readonly handedOverWith: readonly string[];
  readonly ledger: Pick<Ledger, 'claim' | 'settle'> | undefined;
  /** The findings of the run, and what the ledger knows of them by id. */
  readonly findings: readonly Finding[];
  readonly known: ReadonlyMap<string, LedgerEntry>;
  readonly now: Date;
  /** A sweep hands everything over each time: it is rare, and people start one to have repairs tried again. */
  readonly complete: boolean;
  readonly owner: string;
}

/** The events of one launch come within this time. A later one may bring what the first repair could not see in EC2's lists yet. */
const SHORTEST_PAUSE_SECONDS = 20;
const LONGEST_PAUSE_SECONDS = 3300;

/**
 * Hands over each plan that was not handed over just before. The same repair of the same opening waits 20 seconds, then as long as the
 * finding has been open, at most an hour: the pauses double. What others reported meanwhile makes it another one.
 * Throws what `handOver` throws; that repair is then free to be handed over at once. A run that dies before it has handed a repair over
 * keeps it from others for half a minute.
 */
export async function handOverDue(plans: readonly ScopePlan[], parts: HandingOver): Promise<void> {
  const { handOver, ledger, now, complete, owner } = parts;
  for (const each of plans) {
    if (ledger === undefined || complete) {
      await handOver(each.scope, each.plan);
      continue;
    }
    const { claim, pauseSeconds } = claimOf(each, parts);
    const claimed = await ledger.claim([claim], { now, leaseSeconds: leaseToSend(pauseSeconds), owner });
    if (claimed.length === 0) continue;
    try {
      await handOver(each.scope, each.plan);
    } catch (error) {
      await ledger.settle([claim], { now, owner, how: 'released' });
      throw error;
    }
    await keepSent([claim], { ledger, now, owner, seconds: pauseSeconds });
  }
}

/** What a plan asks for, as a claim, and how long it is to be asked for only once. */
function claimOf(
  { scope: { scope, sightings = [] }, plan: { steps } }: ScopePlan,
  { findings, known, now, handedOverWith }: HandingOver,
): { readonly claim: Claim; readonly pauseSeconds: number } {
  const openings = resolvableBy(findings, steps).map(({ id, lastSeen }) => {
    const entry = known.get(id);
    // A finding that is not recorded yet will be opened at the time of this look.
    const openedAt = entry?.finding.status === 'open' ? entry.openedAt.toISOString() : lastSeen;
    return { id, openedAt };
  });
  // The function that repairs plans anew, so the target of a step is not part of what is asked for.
  const content = [
    scopeKey(scope),
    [...new Set(steps.map(({ kind, networkInterfaceId }) => `${kind} ${networkInterfaceId}`))].toSorted(compareText),
    suspicionsOf(sightings)
      .map(({ guardDutyFindingId }) => guardDutyFindingId)
      .toSorted(compareText),
    changesIn(sightings),
    handedOverWith.toSorted(compareText),
    openings.map(({ id, openedAt }) => `${id} ${openedAt}`).toSorted(compareText),
  ];
  const youngest = Math.max(...openings.map(({ openedAt }) => Date.parse(openedAt)));
  const ageSeconds = openings.length === 0 ? 0 : Math.round((now.getTime() - youngest) / 1000);
  return {
    claim: { kind: 'hand-over', key: createHash('sha256').update(JSON.stringify(content)).digest('hex') },
    pauseSeconds: Math.min(Math.max(ageSeconds, SHORTEST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS),
  };
}

/** What others did to sessions, each with its time: whoever changes one again may undo what was repaired in between. */
function changesIn(sightings: readonly Sighting[]): readonly string[] {
  return sightings
    .flatMap((sighting) =>
      sighting.kind === 'session-deleted' || sighting.kind === 'session-modified'
        ? [`${sighting.kind} ${sighting.trafficMirrorSessionId ?? ''} ${sighting.eventTime.toISOString()}`]
        : [],
    )
    .toSorted(compareText);
}
