/** The calls that ended resources, and whether they ended the findings about these. */

import type { Judgement } from '../../audit/finding.ts';
import type { RuleId } from '../../audit/rule-book.ts';
import type { Change } from '../../sighting/changes/change.ts';
import type { Evidence } from '../../sighting/sighting.ts';
import type { ChangingSighting } from '../order/distinct-calls.ts';

/** The newest call that ended a resource: terminated the instance, or deleted the session, interface or security group. */
export interface End {
  readonly evidence: Evidence;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** The other calls on the resource that may have ended a finding about it before, with the rule whose findings they may end. */
  readonly others: readonly { readonly rule: RuleId; readonly at: number }[];
}

/** By resource, how it ended. Resources of which no call says so are not in it. */
export function endsIn(calls: readonly ChangingSighting[]): ReadonlyMap<string, End> {
  const ends = new Map<string, Omit<End, 'others'>>();
  const others = new Map<string, { readonly rule: RuleId; readonly at: number }[]>();
  for (const { changes = [], eventTime, evidence } of calls) {
    const at = eventTime.getTime();
    for (const change of changes) {
      const id = endedBy(change);
      if (id !== undefined && (ends.get(id)?.at ?? Number.NEGATIVE_INFINITY) <= at) ends.set(id, { at, evidence });
      const mended = mendedBy(change);
      if (mended === undefined) continue;
      const known = others.get(mended.id);
      if (known === undefined) others.set(mended.id, [{ rule: mended.rule, at }]);
      else known.push({ rule: mended.rule, at });
    }
  }
  return new Map([...ends].map(([id, end]) => [id, { ...end, others: others.get(id) ?? [] }]));
}

/**
 * The call that ended the finding with its resource. Undefined where another call came between the last look that saw the finding open
 * and this one, and may have ended it: who deletes a group that somebody else closed before has resolved nothing. Without `lastSeen`,
 * any earlier call may have.
 */
export function endOfFinding(
  { rule, resourceId }: Pick<Judgement, 'rule' | 'resourceId'>,
  lastSeen: string | undefined,
  ends: ReadonlyMap<string, End>,
): Evidence | undefined {
  const end = ends.get(resourceId);
  if (end === undefined) return undefined;
  const seenAt = Date.parse(lastSeen ?? '');
  // A look that still showed the resource after its end was out of date, also about what came before that.
  const since = seenAt < end.at ? seenAt : Number.NEGATIVE_INFINITY;
  const isOpenToDoubt = end.others.some((other) => other.rule === rule && other.at > since && other.at <= end.at);
  return isOpenToDoubt ? undefined : end.evidence;
}

/** The resource that a change may have put in order, and the rule. Sessions are ended with their sources, so they are left out. */
function mendedBy(change: Change): { readonly rule: RuleId; readonly id: string } | undefined {
  if (change.kind === 'tags-set') return { rule: 'instance-untagged', id: change.resourceId };
  if (change.kind === 'permissions-removed' || change.kind === 'permissions-replaced')
    return { rule: 'security-group-open', id: change.groupId };
  return undefined;
}

/** States in which a termination changes nothing. */
const ENDED: ReadonlySet<string | undefined> = new Set(['shutting-down', 'terminated']);

function endedBy(change: Change): string | undefined {
  if (change.kind === 'state-set')
    return change.state === 'terminated' && !ENDED.has(change.previousState) ? change.instanceId : undefined;
  if (change.kind === 'session-deleted') return change.trafficMirrorSessionId;
  if (change.kind === 'group-deleted') return change.groupId;
  return change.kind === 'interface-deleted' ? change.networkInterfaceId : undefined;
}
