/** Takes what an older account shows into what is known, where no call at the time of the look makes it doubtful. */

import type { SecurityGroupRule } from '../../inventory/security-group.ts';
import type { RecordedPermission } from '../../sighting/changes/network.ts';
import type { AccountCells } from '../account-cells.ts';
import type { CellKind } from '../cells.ts';
import { type Knowledge, learnRule } from '../effects/effect.ts';
import { idIn } from '../effects/known-values.ts';
import type { IsTouched } from './calls-during.ts';
import {
  type CellName,
  EXISTENCE,
  isAttachmentNamed,
  isListComplete,
  isResourceShown,
  type ShownCells,
} from './shown-cells.ts';

/** An older account to recall. */
export interface Recollection {
  readonly account: AccountCells;
  readonly shown: ShownCells;
  readonly isTouched: IsTouched;
  /** The interfaces that a later call deletes, so that they outlived the instances they were attached to. */
  readonly deletedLater: ReadonlySet<string>;
}

/**
 * Kinds whose values are recalled. States may change without a record; which ACL and table a subnet has, and what a permission is, records
 * name by ids.
 */
const RECALLED: ReadonlySet<CellKind> = new Set([
  ...['instance', 'type', 'tag', 'interface', 'groups', 'attachment'],
  ...['entry', 'route', 'session', 'target', 'filter', 'filterRule'],
] as const);

/** Parts that are not in a thing if a look at the thing doesn't show them. */
const LISTED_PARTS: ReadonlySet<CellKind> = new Set(['entry', 'route', 'filterRule']);

/** From now on, what the older account shows is known. What earlier records told of the same is replaced: the look is newer. */
export function recall(recollection: Recollection, knowledge: Knowledge): void {
  forgetOutdated(recollection, knowledge);
  const { shown, isTouched, account } = recollection;
  for (const [key, { cell, value }] of shown)
    if (RECALLED.has(cell.kind) && !isTouched(cell)) knowledge.values.set(key, value);
  recallRules(recollection, knowledge);
  recallAttachments(recollection, knowledge);
  for (const { trafficMirrorSessionId: id, networkInterfaceId } of account.sessions.values()) {
    const known = knowledge.sessionsOn.get(networkInterfaceId) ?? new Set();
    if (!isTouched({ kind: 'session', id })) knowledge.sessionsOn.set(networkInterfaceId, known.add(id));
  }
}

/** Values that earlier records told and the look doesn't show: what is not in a complete list was not there. */
function forgetOutdated({ account, shown, isTouched }: Recollection, { values }: Knowledge): void {
  for (const key of values.keys()) {
    const cell = nameIn(key);
    if (cell === undefined || shown.has(key) || isTouched(cell)) continue;
    const isShown = isResourceShown(cell, account);
    if (isShown ? LISTED_PARTS.has(cell.kind) : EXISTENCE.has(cell.kind) && isListComplete(cell, account))
      values.set(key, null);
    else if (!isShown && isListComplete(cell, account)) values.delete(key);
  }
}

/** The kind and id in a cell's key; undefined for a kind that is not recalled. */
function nameIn(key: string): CellName | undefined {
  for (const kind of RECALLED) if (key.startsWith(`${kind} `)) return { kind, id: idIn(key) };
  return undefined;
}

function recallRules({ account, isTouched }: Recollection, knowledge: Knowledge): void {
  const { permissions, groupsOfRules } = knowledge;
  const { securityGroupRules: rules } = account.inventory;
  if (rules === undefined) return;
  const isComplete = account.inventory.incomplete?.securityGroupRules === undefined;
  const shown = new Set(rules.map(({ securityGroupRuleId }) => securityGroupRuleId));
  for (const [ruleId, id] of groupsOfRules)
    if (isComplete && !shown.has(ruleId) && !isTouched({ kind: 'permission', id })) permissions.delete(ruleId);
  for (const rule of rules) {
    if (rule.isEgress || isTouched({ kind: 'permission', id: rule.groupId })) continue;
    learnRule(rule.securityGroupRuleId, rule.groupId, permissionOf(rule), knowledge);
  }
}

function permissionOf(rule: SecurityGroupRule): RecordedPermission {
  const { ipProtocol, fromPort, toPort, cidrIpv4, cidrIpv6, prefixListId, referencedGroupInfo } = rule;
  return {
    ...{ ipProtocol, fromPort, toPort, cidrIp: cidrIpv4, cidrIpv6, prefixListId },
    referencedGroupId: referencedGroupInfo?.groupId,
    referencedUserId: referencedGroupInfo?.userId,
    securityGroupRuleId: rule.securityGroupRuleId,
  };
}

/** Which interfaces were on which instances, and which of them go with the instance: those of which no later call says that they stayed. */
function recallAttachments({ account, isTouched, deletedLater }: Recollection, knowledge: Knowledge): void {
  const { interfacesOn, launchedWith } = knowledge;
  const isSure = (id: string): boolean => !isTouched({ kind: 'attachment', id });
  const isComplete = isListComplete({ kind: 'interface', id: '' }, account);
  for (const [instanceId, on] of interfacesOn) {
    for (const id of on) {
      const one = account.networkInterfaces.get(id);
      const isElsewhere = one === undefined ? isComplete : one.attachment?.instanceId !== instanceId;
      if (isElsewhere && isSure(id)) on.delete(id);
    }
  }
  for (const [instanceId, interfaces] of account.interfacesOn) {
    if (instanceId === undefined) continue;
    const on = interfacesOn.get(instanceId) ?? new Set();
    interfacesOn.set(instanceId, on);
    for (const { networkInterfaceId: id } of interfaces) if (isSure(id)) on.add(id);
    const isWhole = interfaces.every((one) => isSure(one.networkInterfaceId) && isAttachmentNamed(one));
    if (!isComplete || !isWhole || launchedWith.has(instanceId) || isTouched({ kind: 'instance', id: instanceId }))
      continue;
    const ids = interfaces.map(({ networkInterfaceId }) => networkInterfaceId);
    launchedWith.set(instanceId, new Set(ids.filter((id) => !deletedLater.has(id))));
  }
}
