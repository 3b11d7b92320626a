/** Who resolved a finding: the newest call without which it would still be there, in every past that fits the records. */

import type { Finding, FindingEvidence, Judgement } from '../../audit/finding.ts';
import { isBuiltIn } from '../../audit/rule-book.ts';
import { judgeTags } from '../../audit/tag-policy.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import { type AttributionInput, type Investigation, idsOfFinding, investigate, judgedBy } from '../attribute.ts';
import { callsAround, deciding, LONGEST_LOOK_MS } from '../cause-of.ts';
import { ACCEPTED, cellOf } from '../cells.ts';
import type { ChangingSighting } from '../history.ts';
import { judgeResource } from '../judge-resource.ts';
import { type Past, pastsOf } from '../pasts.ts';
import { cellValue, type Overlay, replay } from '../replay.ts';
import { idsOf, surroundingsOf } from '../surroundings.ts';

/**
 * The judgements with the call that resolved each open finding, as evidence of the role `resolution`; without it where none is proven.
 * `open` has the findings that the ledger knows to be open, by id, as it last saw them.
 */
export function withResolutions(
  judgements: readonly Judgement[],
  open: ReadonlyMap<string, Finding>,
  input: AttributionInput,
): readonly Judgement[] {
  if (open.size === 0) return judgements;
  const investigation = investigate(input);
  return judgements.map((judgement) => {
    const finding = open.get(judgement.id);
    if (finding === undefined || judgement.result === 'unknown') return judgement;
    const found =
      judgement.result === 'gone' ? endOf(judgement.resourceId, input.sightings) : resolutionOf(finding, investigation);
    return found === undefined ? judgement : resolvedBy(judgement, found);
  });
}

/** The judgement with the call that resolved its finding. */
export function resolvedBy(judgement: Judgement, call: Evidence): Judgement {
  const others = (judgement.evidence ?? []).filter(({ eventID }) => eventID !== call.eventID);
  const resolution: FindingEvidence = { ...call, role: 'resolution' };
  return { ...judgement, evidence: [resolution, ...others] };
}

/** The newest call that ended a resource: terminated the instance, or deleted the session or interface. */
export function endOf(resourceId: string, calls: readonly ChangingSighting[]): Evidence | undefined {
  const ends = calls.filter(({ changes = [] }) => changes.some((change) => isEnd(change, resourceId)));
  return ends.toSorted((a, b) => b.eventTime.getTime() - a.eventTime.getTime())[0]?.evidence;
}

/** States in which a termination changes nothing. */
const ENDED: ReadonlySet<string | undefined> = new Set(['shutting-down', 'terminated']);

function isEnd(change: Change, resourceId: string): boolean {
  if (change.kind === 'state-set')
    return change.state === 'terminated' && change.instanceId === resourceId && !ENDED.has(change.previousState);
  if (change.kind === 'session-deleted') return change.trafficMirrorSessionId === resourceId;
  return change.kind === 'interface-deleted' && change.networkInterfaceId === resourceId;
}

function resolutionOf(finding: Finding, investigation: Investigation): Evidence | undefined {
  const { rule } = finding;
  const { history, context, tagKeys } = investigation;
  const surroundings = surroundingsOf(idsOfFinding(finding), history);
  if (!isBuiltIn(rule)) return undefined;
  const calls = callsAround(idsOf(surroundings), history).flatMap((call) => deciding(call, rule, context));
  if (calls.length === 0) return undefined;
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
  finding: Finding,
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
