/** The causes of findings, from this run's records and from what the ledger kept of earlier ones. */

import type { Finding } from '../../audit/finding.ts';
import { type AttributionInput, idsBehind, withCauses } from '../../causes/attribute.ts';
import type { ChangeLog, ChangingCall, KeptCall } from '../../ledger/change-log.ts';
import { idsChangedBy } from '../../ledger/changed-ids.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { callIdOf } from '../../ledger/resource-calls.ts';
import { openSince as openSinceOf } from '../finding-history.ts';
import { callsBehind } from './calls-behind.ts';
import { type KeptPolicies, withConfigurationCauses } from './configuration-causes.ts';

/** The findings of one account and region, and this run's calls there. */
export interface CausesInput extends AttributionInput {
  readonly sightings: readonly ChangingCall[];
}

/**
 * The findings with their causes. The ledger is asked once for all of them, and not at all without findings. A call that came after the
 * ledger knew a finding to be open is not a possible cause of it. What no call explains may be due to our configuration.
 */
export async function withRecordedCauses(
  findings: readonly Finding[],
  input: CausesInput,
  ledger: (Pick<Ledger, 'entries'> & Pick<ChangeLog, 'about'> & KeptPolicies) | undefined,
): Promise<readonly Finding[]> {
  if (ledger === undefined || findings.length === 0) return withCauses(findings, input);
  const kept = await callsBehind(ledger, input.inventory, idsBehind(findings, input));
  const complete = { ...input, sightings: [...input.sightings, ...notAmong(input.sightings, kept)] };
  // Without the account, a finding is about the time of its records, and calls after that are about another.
  if (input.inventory.instances === undefined) return causesAtTheirTime(findings, complete);
  const found = withCauses(findings, complete);
  const possible = found.filter(({ cause }) => cause?.kind === 'possible').map(({ id }) => id);
  const openSince = await openSinceOf(possible, ledger);
  const reconsidered = withCauses(
    found.filter(({ id }) => openSince.has(id)),
    { ...complete, openSince },
  );
  const byId = new Map(reconsidered.map((finding) => [finding.id, finding]));
  const explained = openSince.size === 0 ? found : found.map((finding) => byId.get(finding.id) ?? finding);
  return withConfigurationCauses(explained, complete, ledger);
}

function causesAtTheirTime(findings: readonly Finding[], input: CausesInput): readonly Finding[] {
  const callsOn = new Map<string, ChangingCall[]>();
  for (const call of input.sightings) {
    for (const id of new Set((call.changes ?? []).flatMap(idsChangedBy))) {
      const known = callsOn.get(id);
      if (known === undefined) callsOn.set(id, [call]);
      else known.push(call);
    }
  }
  return findings.flatMap((finding) => {
    const until = Date.parse(finding.lastSeen);
    const sightings = (callsOn.get(finding.resourceId) ?? []).filter(({ eventTime }) => eventTime.getTime() <= until);
    return withCauses([finding], { ...input, sightings });
  });
}

/** The kept calls that this run did not read. What it read is complete; what was kept is only about some resources. */
export function notAmong(calls: readonly ChangingCall[], kept: readonly KeptCall[]): readonly KeptCall[] {
  const keptIds = new Set(kept.map((call) => call.evidence.eventID));
  const read = new Set(calls.filter(({ evidence }) => keptIds.has(evidence.eventID)).map(callIdOf));
  return kept.filter(({ callId }) => !read.has(callId));
}
