/** Who resolved a finding: the newest call without which it would still be there, in every past that fits the records. */

import type { Finding, FindingEvidence, Judgement } from '../../audit/finding.ts';
import { isBuiltIn } from '../../audit/rule-book.ts';
import { judgeTags } from '../../audit/tag-policy.ts';
import { LONGEST_LOOK_MS } from '../../inventory/inventory.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import { type AttributionInput, type Investigation, idsOfFinding, investigate, judgedBy } from '../attribute.ts';
import { callsAround, deciding } from '../cause-of.ts';
import { ACCEPTED, cellOf } from '../cells.ts';
import { judgeResource } from '../judge-resource.ts';
import { unexplainedAround } from '../older/unexplained.ts';
import { type Past, pastsOf } from '../pasts.ts';
import { cellValue, type Overlay, replay } from '../replay.ts';
import { idsOf, surroundingsOf } from '../surroundings.ts';
import { endOfFinding, endsIn } from './ends.ts';

/**
 * The judgements with the call that resolved each open finding, as evidence of the role `resolution`; without it where none is proven.
 * `open` has the findings that the ledger knows to be open, by id, as it last saw them.
 */
export function withResolutions(
  judgements: readonly Judgement[],
  open: ReadonlyMap<string, Finding>,
  input: AttributionInput,
): readonly Judgement[] {
  // Without the account, a finding may be opened by an older record that is delivered later.
  const isAccountRead = input.inventory.instances !== undefined;
  if (open.size === 0 && isAccountRead) return judgements;
  const investigation = investigate(input);
  const ends = endsIn(input.sightings);
  return judgements.map((judgement) => {
    // Of a group, the records alone tell who closed it before somebody deleted it.
    if (judgement.evidence?.some(({ role }) => role === 'resolution') === true) return judgement;
    const finding = open.get(judgement.id);
    if (judgement.result === 'unknown' || (finding === undefined && isAccountRead)) return judgement;
    const found =
      judgement.result === 'gone'
        ? endOfFinding(judgement, finding?.lastSeen, ends)
        : finding === undefined
          ? resolutionIfOpen(judgement, investigation)
          : resolutionOf(finding, investigation);
    return found === undefined ? judgement : resolvedBy(judgement, found);
  });
}

/** The newest call that resolved the finding if it was there just before the call. */
function resolutionIfOpen(judgement: Judgement, investigation: Investigation): Evidence | undefined {
  const { calls, callsOn } = investigation.history;
  for (const index of (callsOn.get(judgement.resourceId) ?? []).toReversed()) {
    const at = calls[index]?.at;
    if (at === undefined) continue;
    const lastSeen = new Date(at - 1).toISOString();
    const found = resolutionOf({ ...judgement, detail: {}, lastSeen }, investigation);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A finding that was there, as far as its end depends on it. */
type Known = Pick<Finding, 'rule' | 'resourceType' | 'resourceId' | 'detail' | 'lastSeen'>;

/** The judgement with the call that resolved its finding. */
export function resolvedBy(judgement: Judgement, call: Evidence): Judgement {
  const others = (judgement.evidence ?? []).filter(({ eventID }) => eventID !== call.eventID);
  const resolution: FindingEvidence = { ...call, role: 'resolution' };
  return { ...judgement, evidence: [resolution, ...others] };
}

function resolutionOf(finding: Known, investigation: Investigation): Evidence | undefined {
  const { rule } = finding;
  const { history, context, tagKeys } = investigation;
  const surroundings = surroundingsOf(idsOfFinding(finding), history);
  if (!isBuiltIn(rule)) return undefined;
  const calls = callsAround(idsOf(surroundings), history).flatMap((call) => deciding(call, rule, context));
  const { unexplained } = history;
  const isUntold =
    unexplainedAround(idsOf(surroundings), rule, { unexplained, tagValues: context.tagValues }) !== undefined;
  if (calls.length === 0 || isUntold) return undefined;
  const by = judgedBy(finding, investigation);
  const account = { surroundings, history, tagKeys };
  const fails = (overlay: Overlay): boolean => judgeResource({ ...account, overlay }, by).get(rule) === 'fail';
  const { pasts, isComplete } = pastsOf(calls, context);
  if (!isComplete || fails(new Map())) return undefined;
  const fitting = pasts.filter((past) => wasThere(past, finding, fails, investigation));
  if (fitting.length === 0) return undefined;
  const isNeeded = (index: number): boolean =>
    fitting.every(
      ({ start, calls: own }) =>
        own.some((call) => call.index === index) && fails(replay(start, own, new Set([index]), history)),
    );
  return calls.findLast(({ index }) => isNeeded(index))?.evidence;
}

/**
 * True for a past in which the finding was there when it was last seen. A look at the account is dated at its beginning, so a call during
 * it may have come before.
 */
function wasThere(
  { start, calls }: Past,
  finding: Known,
  fails: (overlay: Overlay) => boolean,
  { history, policy }: Investigation,
): boolean {
  const seenAt = Date.parse(finding.lastSeen);
  const timeOf = (index: number): number => history.calls[Math.floor(index)]?.at ?? Number.POSITIVE_INFINITY;
  const before = calls.filter(({ index }) => timeOf(index) <= seenAt).length;
  const during = calls.filter(({ index }) => timeOf(index) <= seenAt + LONGEST_LOOK_MS).length;
  const keys = finding.rule === 'instance-untagged' ? (finding.detail.missingTags ?? []) : [];
  const required = policy.tags.requiredTags.filter(({ key }) => keys.includes(key));
  for (let count = before; count <= during; count++) {
    const overlay = replay(start, calls.slice(0, count), new Set(), history);
    const lacks = required.every((tag) => {
      const value = cellValue(cellOf('tag', finding.resourceId, tag.key), overlay, history);
      const values = new Map([[tag.key, value === ACCEPTED ? null : value]]);
      return value !== ACCEPTED && judgeTags({ values, rest: 'absent' }, { requiredTags: [tag] }).violations.length > 0;
    });
    if (lacks && fails(overlay)) return true;
  }
  return false;
}
