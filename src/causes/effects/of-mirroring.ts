/** The effects of calls on traffic mirror sessions, filters and targets. */

import type { TrafficMirrorFilterRule, TrafficMirrorTarget } from '../../inventory/mirror.ts';
import type {
  FilterCreated,
  FilterDeleted,
  FilterRuleCreated,
  FilterRuleDeleted,
  FilterRuleModified,
  RecordedFilterRule,
  RecordedSession,
  SessionCreated,
  SessionDeleted,
  SessionModified,
  TargetCreated,
  TargetDeleted,
} from '../../sighting/changes/mirroring.ts';
import { type CellValues, cellOf, type DirectedRule } from '../cells.ts';
import {
  alter,
  create,
  drop,
  type Effects,
  empty,
  type Knowledge,
  knownValue,
  lossOf,
  remove,
  type Unplaced,
} from './effect.ts';
import { firstTags, lastTags } from './tags.ts';

/** Exact. */
export function sessionCreated({ kind: _, ...session }: SessionCreated, knowledge: Knowledge): Effects {
  const { trafficMirrorSessionId, networkInterfaceId } = session;
  const on = knowledge.sessionsOn.get(networkInterfaceId) ?? new Set();
  knowledge.sessionsOn.set(networkInterfaceId, on.add(trafficMirrorSessionId));
  const cell = cellOf('session', trafficMirrorSessionId);
  // The account shows the session as it is now; it was created as the record says.
  const now = knowledge.account.sessions.get(trafficMirrorSessionId);
  knowledge.values.set(cell.key, { ...now, ...session });
  const created = { cell, operation: 'create', after: { ...now, ...session }, before: null } as const;
  return { effects: [created, ...firstTags(trafficMirrorSessionId, session.tags, knowledge)], unplaced: [] };
}

/** Changes the fields that the request names. Their values before are known if a record set them. */
export function sessionModified(change: SessionModified, knowledge: Knowledge): Effects {
  const { kind: _, trafficMirrorSessionId, session: after, ...fields } = change;
  const named = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const cell = cellOf('session', trafficMirrorSessionId);
  const effects = [alter(cell, (session) => ({ ...session, ...named }), knowledge, after)];
  if (after !== undefined) known(after, knowledge);
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks what the session was before') };
}

/** From now on, it is known what the session is. */
function known(session: RecordedSession, { values, sessionsOn }: Knowledge): void {
  const { trafficMirrorSessionId, networkInterfaceId } = session;
  values.set(cellOf('session', trafficMirrorSessionId).key, session);
  sessionsOn.set(networkInterfaceId, (sessionsOn.get(networkInterfaceId) ?? new Set()).add(trafficMirrorSessionId));
}

/** The session is known if a record or the ledger tells what it was. */
export function sessionDeleted({ trafficMirrorSessionId, session }: SessionDeleted, knowledge: Knowledge): Effects {
  const cell = cellOf('session', trafficMirrorSessionId);
  const before = knownValue(cell, knowledge) ?? session;
  if (before === undefined)
    return {
      ...{ effects: [], unplaced: [{ lost: 'session', trafficMirrorSessionId }] },
      lacks: 'names only the session, not what it was on',
    };
  if (before === session) firstTags(trafficMirrorSessionId, session.tags, knowledge);
  const tags = lastTags(trafficMirrorSessionId, knowledge);
  return { effects: [...tags, remove(cell, knowledge, before)], unplaced: [] };
}

function fieldsOf({ ruleNumber, ruleAction, ...rule }: RecordedFilterRule): TrafficMirrorFilterRule {
  return { ruleNumber: ruleNumber ?? 0, ruleAction: ruleAction ?? 'accept', ...rule };
}

/** Exact. */
export function filterRuleCreated(change: FilterRuleCreated, knowledge: Knowledge): Effects {
  const { trafficMirrorFilterId, direction, rule } = change;
  const { trafficMirrorFilterRuleId: id } = rule;
  knowledge.filterRules.set(id, trafficMirrorFilterId);
  const cell = cellOf('filterRule', trafficMirrorFilterId, id);
  const after: DirectedRule = { direction, rule: fieldsOf(rule) };
  knowledge.values.set(cell.key, after);
  return { effects: [{ cell, operation: 'create', after, before: null }], unplaced: [] };
}

/** Changes the named fields and removes others. The filter is known from the account or from an earlier record. */
export function filterRuleModified({ rule, removed, after }: FilterRuleModified, knowledge: Knowledge): Effects {
  const { trafficMirrorFilterRuleId: id, ...fields } = rule;
  const filterId = after?.trafficMirrorFilterId ?? knowledge.filterRules.get(id);
  if (filterId === undefined)
    return { effects: [], unplaced: [{ lost: 'filter-rule' }], lacks: 'does not say which filter it was' };
  const named = Object.fromEntries([
    ...Object.entries(fields).filter(([, value]) => value !== undefined),
    ...removed.map((name) => [name, undefined]),
  ]);
  const change = (before: DirectedRule): CellValues['filterRule'] => ({
    direction: before.direction,
    rule: { ...before.rule, ...named },
  });
  const cell = cellOf('filterRule', filterId, id);
  const shown = after === undefined ? undefined : { direction: after.direction, rule: fieldsOf(after.rule) };
  const effects = [alter(cell, change, knowledge, shown)];
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks what the rule was before') };
}

/** With more filters than this, it is not tried which of them a lost rule belonged to. */
const MOST_FILTERS = 8;

/** The rule is known if a record made it. Otherwise it may have been a rule of any filter. */
export function filterRuleDeleted({ trafficMirrorFilterRuleId: id }: FilterRuleDeleted, knowledge: Knowledge): Effects {
  const filterId = knowledge.filterRules.get(id);
  if (filterId !== undefined) {
    const effects = [remove(cellOf('filterRule', filterId, id), knowledge)];
    return { effects, unplaced: [], lacks: lossOf(effects, 'does not say what the rule was') };
  }
  const filters = [...knowledge.account.filters.keys()];
  const lacks = 'names only the rule, not its filter';
  if (filters.length > MOST_FILTERS) return { effects: [], unplaced: [{ lost: 'filter-rule' }], lacks };
  return { effects: filters.map((each) => drop(cellOf('filterRule', each, id), knowledge)), unplaced: [], lacks };
}

/** Exact. A filter is made without rules. */
export function filterCreated({ trafficMirrorFilterId }: FilterCreated, knowledge: Knowledge): Effects {
  const filter = { trafficMirrorFilterId, ingressFilterRules: [], egressFilterRules: [], tags: [] };
  return { effects: [create(cellOf('filter', trafficMirrorFilterId), filter, knowledge)], unplaced: [] };
}

/** The filter is known if a record made it; its rules, which go with it, are cells of their own. */
export function filterDeleted({ trafficMirrorFilterId }: FilterDeleted, knowledge: Knowledge): Effects {
  const rules = [...knowledge.filterRules].filter(([, filterId]) => filterId === trafficMirrorFilterId);
  const effects = [
    ...rules.flatMap(([id]) => empty(cellOf('filterRule', trafficMirrorFilterId, id), knowledge)),
    remove(cellOf('filter', trafficMirrorFilterId), knowledge),
  ];
  return { effects, unplaced: [], lacks: lossOf(effects, 'lacks the rules of the filter') };
}

/** Exact. */
export function targetCreated(change: TargetCreated, knowledge: Knowledge): Effects {
  const target = targetOf(change);
  return { effects: [create(cellOf('target', change.trafficMirrorTargetId), target, knowledge)], unplaced: [] };
}

function targetOf(change: TargetCreated): TrafficMirrorTarget {
  const { trafficMirrorTargetId, ownerId, tags } = change;
  const { networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId } = change;
  const fields = { trafficMirrorTargetId, ownerId, tags };
  if (networkInterfaceId !== undefined) return { ...fields, type: 'network-interface', networkInterfaceId };
  if (networkLoadBalancerArn !== undefined) return { ...fields, type: 'network-load-balancer', networkLoadBalancerArn };
  if (gatewayLoadBalancerEndpointId !== undefined)
    return { ...fields, type: 'gateway-load-balancer-endpoint', gatewayLoadBalancerEndpointId };
  return { ...fields, type: 'unknown', awsType: 'not recorded' };
}

/** The target is known if a record made it. */
export function targetDeleted({ trafficMirrorTargetId }: TargetDeleted, knowledge: Knowledge): Effects {
  const effects = [remove(cellOf('target', trafficMirrorTargetId), knowledge)];
  const lacks = lossOf(effects, 'does not say what was behind the target');
  return { effects, unplaced: lacks === undefined ? [] : [unplacedOn(trafficMirrorTargetId)], lacks };
}

function unplacedOn(id: string): Unplaced {
  return { lost: 'parameters', resourceIds: [id] };
}
