/** Who resolved findings, from this run's records and from what the ledger kept of earlier ones. */

import type { Finding, Judgement } from '../../audit/finding.ts';
import { idsBehind } from '../../causes/attribute.ts';
import { endOfFinding, endsIn } from '../../causes/resolution/ends.ts';
import { resolvedBy, withResolutions } from '../../causes/resolution/resolved-by.ts';
import { groupBy } from '../../collections.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import type { ChangeLog } from '../../ledger/change-log.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { callsBehind } from './calls-behind.ts';
import { type CausesInput, notAmong } from './recorded-causes.ts';

/**
 * The judgements of one account and region with who resolved the findings that are open in the ledger. With `complete`, the ledger is
 * asked for all that are open there; otherwise for those that were judged. Nothing else is read unless one of them is resolved now.
 */
export async function withRecordedResolutions(
  judgements: readonly Judgement[],
  input: CausesInput,
  ledger: (Pick<Ledger, 'entries'> & Pick<ChangeLog, 'about'>) | undefined,
  { complete }: { readonly complete: boolean },
): Promise<readonly Judgement[]> {
  const ids = new Set(judgements.filter(({ result }) => result !== 'unknown').map(({ id }) => id));
  if (ledger === undefined || ids.size === 0) return judgements;
  const { accountId, region } = input.inventory;
  const entries = await ledger.entries(complete ? { inSight: { accountId, region } } : { ids: [...ids] });
  const resolved = entries.flatMap(({ finding }): readonly Finding[] =>
    ids.has(finding.id) && finding.status !== 'resolved' ? [finding] : [],
  );
  if (resolved.length === 0) return withResolutions(judgements, new Map(), input);
  const kept = await callsBehind(ledger, input.inventory, idsBehind(resolved, input));
  const sightings = [...input.sightings, ...notAmong(input.sightings, kept)];
  return withResolutions(judgements, new Map(resolved.map((finding) => [finding.id, finding])), {
    ...input,
    sightings,
  });
}

/** The judgements of resources that are gone from the account, with the kept call that ended each finding, if it did. */
export async function withRecordedEnds(
  gone: readonly Judgement[],
  ledger: Pick<Ledger, 'entries'> & Pick<ChangeLog, 'about'>,
): Promise<readonly Judgement[]> {
  const ended: Judgement[] = [];
  for (const ofScope of groupBy(gone, scopeKey).values()) {
    const [first] = ofScope;
    if (first === undefined) continue;
    const calls = await callsBehind(ledger, first, new Set(ofScope.map(({ resourceId }) => resourceId)));
    const ends = endsIn(calls);
    const lastSeen = await lastSeenOf(
      ofScope.filter(({ resourceId }) => (ends.get(resourceId)?.others.length ?? 0) > 0),
      ledger,
    );
    for (const judgement of ofScope) {
      const end = endOfFinding(judgement, lastSeen.get(judgement.id), ends);
      ended.push(end === undefined ? judgement : resolvedBy(judgement, end));
    }
  }
  return ended;
}

/** By finding id, when each was last seen open. */
async function lastSeenOf(
  judgements: readonly Judgement[],
  ledger: Pick<Ledger, 'entries'>,
): Promise<ReadonlyMap<string, string>> {
  if (judgements.length === 0) return new Map();
  const entries = await ledger.entries({ ids: judgements.map(({ id }) => id) });
  return new Map(entries.map(({ finding }) => [finding.id, finding.lastSeen]));
}
