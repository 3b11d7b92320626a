/** Network ACLs: their entries, and which ACL a subnet has. */

import { type Account, type AclEntry, drop, entryKey, put, type Subnet } from '../account.ts';
import { type CallKind, done, failed, type Params, returnTrue } from '../call.ts';

const NO_ACL = 'Client.InvalidNetworkAclID.NotFound';
const NO_ENTRY = 'Client.InvalidNetworkAclEntry.NotFound';

/** CreateNetworkAclEntry wants its number free, ReplaceNetworkAclEntry taken. */
function writeEntry(wants: 'free' | 'taken'): CallKind<AclEntry> {
  return {
    apply(account, { aclId, number, egress, action, protocol, fromPort, toPort, cidr }) {
      if (account.acls[aclId] === undefined) return failed(NO_ACL);
      const entry = { aclId, number, egress, action, protocol, fromPort, toPort, cidr };
      const key = entryKey(entry);
      const isTaken = account.aclEntries[key] !== undefined;
      if (wants === 'free' && isTaken) return failed('Client.NetworkAclEntryAlreadyExists');
      if (wants === 'taken' && !isTaken) return failed(NO_ENTRY);
      return done(put(account, 'aclEntries', key, entry), returnTrue);
    },
    request: ({ aclId, number, egress, action, protocol, fromPort, toPort, cidr }) => ({
      networkAclId: aclId,
      ruleNumber: number,
      egress,
      ruleAction: action,
      icmpTypeCode: {},
      portRange: fromPort === null ? {} : { from: fromPort, to: toPort },
      aclProtocol: protocol,
      cidrBlock: cidr,
    }),
    encoding: 'classic',
    about: ({ aclId }) => [aclId],
  };
}

const deleteNetworkAclEntry: CallKind<Params['DeleteNetworkAclEntry']> = {
  apply(account, params) {
    if (account.acls[params.aclId] === undefined) return failed(NO_ACL);
    const key = entryKey(params);
    if (account.aclEntries[key] === undefined) return failed(NO_ENTRY);
    return done(drop(account, 'aclEntries', [key]), returnTrue);
  },
  request: ({ aclId, number, egress }) => ({ networkAclId: aclId, ruleNumber: number, egress }),
  encoding: 'classic',
  about: ({ aclId }) => [aclId],
};

/** The association gets a new id. Another association with the ACL it has is refused. The record names neither the subnet nor the ACL before. */
const replaceNetworkAclAssociation: CallKind<Params['ReplaceNetworkAclAssociation']> = {
  apply(account, { associationId, aclId, newAssociationId }) {
    const subnet = withAclAssociation(account, associationId);
    if (subnet === undefined) return failed('Client.InvalidAssociationID.NotFound');
    if (account.acls[aclId]?.vpcId !== subnet.vpcId) return failed(NO_ACL);
    if (subnet.aclId === aclId) return failed('Client.InvalidParameterValue');
    const after = put(account, 'subnets', subnet.id, { ...subnet, aclId, aclAssociationId: newAssociationId });
    return done(after, () => ({ newAssociationId }));
  },
  request: ({ associationId, aclId }) => ({ associationId, networkAclId: aclId }),
  encoding: 'classic',
  about: ({ associationId, newAssociationId }) => [associationId, newAssociationId],
};

function withAclAssociation(account: Account, associationId: string): Subnet | undefined {
  return Object.values(account.subnets).find(({ aclAssociationId }) => aclAssociationId === associationId);
}

export const NETWORK_ACL_CALLS = {
  CreateNetworkAclEntry: writeEntry('free'),
  ReplaceNetworkAclEntry: writeEntry('taken'),
  DeleteNetworkAclEntry: deleteNetworkAclEntry,
  ReplaceNetworkAclAssociation: replaceNetworkAclAssociation,
} as const;
