/** What ids in an older account stand for. EC2 never uses an id for anything else, so it holds at any time, whatever came between. */

import type { AccountCells } from '../account-cells.ts';
import type { Knowledge } from '../effects/effect.ts';

/**
 * Adds what the ids of attachments, associations and rules stand for. An association or attachment never changes: a new one, with a new id,
 * takes its place. A rule's content does change, so only its group or filter is among the facts.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclAssociation.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceRouteTableAssociation.html
 */
export function addLasting(account: AccountCells, knowledge: Knowledge): void {
  const { attachments, aclAssociations, tableAssociations, associated, filterRules, egressRules } = knowledge;
  for (const { networkInterfaceId, attachment } of account.networkInterfaces.values()) {
    const { attachmentId, instanceId } = attachment ?? {};
    if (attachment === undefined || attachmentId === undefined || instanceId === undefined) continue;
    attachments.set(attachmentId, { networkInterfaceId, instanceId, attachment });
  }
  for (const { networkAclId, associations = [] } of account.networkAcls.values()) {
    for (const { networkAclAssociationId, subnetId } of associations) {
      aclAssociations.set(networkAclAssociationId, subnetId);
      associated.set(networkAclAssociationId, networkAclId);
    }
  }
  for (const { routeTableId, associations = [] } of account.routeTables.values()) {
    for (const { routeTableAssociationId, subnetId } of associations) {
      if (subnetId === undefined) continue;
      tableAssociations.set(routeTableAssociationId, subnetId);
      associated.set(routeTableAssociationId, routeTableId);
    }
  }
  for (const filter of account.filters.values()) {
    for (const { trafficMirrorFilterRuleId: id } of [...filter.ingressFilterRules, ...filter.egressFilterRules])
      if (id !== undefined) filterRules.set(id, filter.trafficMirrorFilterId);
  }
  for (const { securityGroupRuleId, groupId, isEgress } of account.inventory.securityGroupRules ?? []) {
    knowledge.groupsOfRules.set(securityGroupRuleId, groupId);
    if (isEgress) egressRules.add(securityGroupRuleId);
  }
}
