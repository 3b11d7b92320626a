/** Whether an observation of a finding says anything that the ledger does not have: what does not is not written again. */

import type { Finding } from '../../audit/finding.ts';
import { attributionOf, inTurn } from '../attribution.ts';
import { contentOf, type History, mergedEvidence } from '../fold.ts';
import { currentStateOf, stateAt } from '../timeline.ts';

/**
 * True if a complete look at `at` found the finding as the history has it: with the same status and content, no earlier sighting, no new
 * evidence and no better cause. Only its `lastSeen` is new, which follows from the look itself.
 */
export function saysNothingNew(
  { timeline, latest, firstSeen, evidence }: History,
  finding: Finding,
  at: Date,
): boolean {
  if (latest === undefined || firstSeen === undefined || finding.firstSeen < firstSeen) return false;
  const before = stateAt(timeline, at.getTime());
  if (before?.state !== finding.status) return false;
  // What has been resolved since was seen then, and no newer look says so.
  if (currentStateOf(timeline)?.state === 'resolved') return false;
  const { attribution } = before;
  const added = attributionOf(finding);
  if (added !== undefined && !isSame(inTurn(attribution, added), attribution)) return false;
  if (latest.at <= at.getTime() && !isSame(contentOf(finding), latest.content)) return false;
  return finding.evidence.length === 0 || isSame(mergedEvidence(evidence, finding.evidence), evidence);
}

/** Both are JSON values with their fields in the same order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
