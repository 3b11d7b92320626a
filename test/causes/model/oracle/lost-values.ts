/** What the record of each call leaves out: the other values that could have been there before it. One line a call of the model. */

import { type Account, type AclEntry, drop, entryKey, put, routeKey } from '../account.ts';
import type { Call, CallName, CallOf } from '../call.ts';
import { withAttachment } from '../calls/interfaces.ts';
import {
  type Alternative,
  initially,
  moved,
  otherGroups,
  otherSessions,
  others,
  otherTags,
  type Question,
} from './alternatives.ts';
import { omittedIn } from './omitted.ts';

type Lost = { readonly [N in CallName]: (call: CallOf<N>, question: Question) => readonly Alternative[] };

const nothing = (): readonly Alternative[] => [];

/**
 * The alternatives by call. They need not be possible: a past with another value counts only if it leaves the same records and the
 * same account. Few values of each kind suffice: one that lets the copies through or keeps the rule, one that does not, and none.
 */
const LOST: Lost = {
  RunInstances: nothing,
  CreateTags: ({ params: { resourceIds, tags } }, question) => tagsLost(question, resourceIds, Object.keys(tags)),
  DeleteTags: ({ params: { resourceIds, tags } }, question) =>
    tagsLost(question, resourceIds, tags === 'all' ? Object.keys(question.tagValues) : tags.map(({ key }) => key)),
  StartInstances: nothing,
  StopInstances: nothing,
  TerminateInstances: ({ params }, question) => params.instanceIds.flatMap((id) => hungOn(id, question)),
  ModifyInstanceAttribute: ({ params }, question) =>
    'type' in params
      ? others(question, 'instances', params.instanceId, [{ type: 'm7i.large' }, { type: 't2.large' }])
      : Object.values(question.past.initial.interfaces)
          .filter(({ attachment }) => attachment?.instanceId === params.instanceId && attachment.deviceIndex === 0)
          .flatMap(({ id }) => otherGroups(question, id)),
  CreateNetworkInterface: nothing,
  DeleteNetworkInterface: ({ params }, question) => otherGroups(question, params.interfaceId),
  AttachNetworkInterface: nothing,
  DetachNetworkInterface: ({ params }, question) => otherAttachments(params.attachmentId, question),
  ModifyNetworkInterfaceAttribute: ({ params }, question) => otherGroups(question, params.interfaceId),
  AuthorizeSecurityGroupIngress: nothing,
  AuthorizeSecurityGroupEgress: nothing,
  RevokeSecurityGroupIngress: ({ params: { by } }, question) =>
    'ruleIds' in by ? by.ruleIds.flatMap((id) => others(question, 'groupRules', id, PERMISSIONS)) : [],
  RevokeSecurityGroupEgress: nothing,
  ModifySecurityGroupRules: ({ params: { rules } }, question) =>
    rules.flatMap(({ ruleId }) => others(question, 'groupRules', ruleId, PERMISSIONS)),
  CreateNetworkAclEntry: nothing,
  ReplaceNetworkAclEntry: ({ params }, question) => others(question, 'aclEntries', entryKey(params), ENTRIES),
  DeleteNetworkAclEntry: ({ params }, question) => others(question, 'aclEntries', entryKey(params), ENTRIES),
  ReplaceNetworkAclAssociation: ({ params: { associationId } }, question) => {
    const { subnets, acls } = question.past.initial;
    const subnet = Object.values(subnets).find(({ aclAssociationId }) => aclAssociationId === associationId);
    const possible = Object.values(acls).filter(({ vpcId }) => vpcId === subnet?.vpcId);
    return subnet === undefined
      ? []
      : possible.flatMap(({ id }) => otherSubnet(question, 'acl', subnet.id, { aclId: id }));
  },
  CreateRoute: nothing,
  ReplaceRoute: ({ params }, question) => otherRoutes(routeKey(params), question),
  DeleteRoute: ({ params }, question) => otherRoutes(routeKey(params), question),
  AssociateRouteTable: nothing,
  ReplaceRouteTableAssociation: ({ params: { associationId } }, question) => [
    ...otherTables(associationId, question),
    ...otherMainTables(associationId, question),
  ],
  DisassociateRouteTable: ({ params: { associationId } }, question) => [
    ...otherTables(associationId, question),
    ...otherSubnets(associationId, question),
  ],
  CreateTrafficMirrorSession: nothing,
  ModifyTrafficMirrorSession: ({ params: { sessionId, targetId, filterId } }, { past: { initial } }) => {
    const session = initial.sessions[sessionId];
    if (session === undefined) return [];
    const targets = targetId === null ? [session.targetId] : Object.keys(initial.targets);
    const filters = filterId === null ? [session.filterId] : Object.keys(initial.filters);
    return targets.flatMap((target) => filters.map((filter) => moved(session, { targetId: target, filterId: filter })));
  },
  DeleteTrafficMirrorSession: ({ params }, question) => otherSessions(question, params.sessionId),
  CreateTrafficMirrorTarget: nothing,
  DeleteTrafficMirrorTarget: ({ params }, question) =>
    others(
      question,
      'targets',
      params.targetId,
      Object.keys(question.past.initial.interfaces).map((interfaceId) => ({ interfaceId })),
    ),
  CreateTrafficMirrorFilter: nothing,
  DeleteTrafficMirrorFilter: nothing,
  CreateTrafficMirrorFilterRule: nothing,
  ModifyTrafficMirrorFilterRule: ({ params }, question) =>
    others(question, 'filterRules', params.ruleId, [
      { action: 'accept', number: 1 },
      { action: 'reject', number: 1 },
      { action: 'accept' },
      { action: 'reject' },
    ]),
  DeleteTrafficMirrorFilterRule: ({ params }, question) =>
    others(
      question,
      'filterRules',
      params.ruleId,
      Object.keys(question.past.initial.filters).flatMap((filterId) =>
        (['ingress', 'egress'] as const).flatMap((direction) =>
          (['accept', 'reject'] as const).map((action) => ({
            ...{ filterId, direction, action },
            number: 7,
            protocol: null,
          })),
        ),
      ),
    ),
};

/** The alternatives to what the record of a call leaves out. */
export function lostIn(call: Call, question: Question): readonly Alternative[] {
  const lost = question.rule === 'instance-untagged' && !isOnTags(call) ? [] : lostBy(call, question);
  return call.omitted === true ? [...lost, ...omittedIn(call, question)] : lost;
}

function isOnTags({ eventName }: Call): boolean {
  return eventName === 'CreateTags' || eventName === 'DeleteTags';
}

function lostBy<N extends CallName>(call: CallOf<N>, question: Question): readonly Alternative[] {
  return LOST[call.eventName](call, question);
}

const PERMISSIONS = [
  { protocol: 'udp', fromPort: 4789, toPort: 4789, cidr: '10.0.0.0/8', peerGroupId: null },
  { protocol: 'udp', fromPort: 4789, toPort: 4789, cidr: '10.0.0.0/9', peerGroupId: null },
  { protocol: 'tcp', fromPort: 8443, toPort: 8443, cidr: '10.0.0.0/8', peerGroupId: null },
  // One that no call of a history makes.
  { protocol: 'tcp', fromPort: 9, toPort: 9, cidr: '192.0.2.0/24', peerGroupId: null },
] as const;

const ENTRIES: readonly Partial<AclEntry>[] = [
  { action: 'allow', protocol: '-1', fromPort: null, toPort: null, cidr: '0.0.0.0/0' },
  { action: 'deny', protocol: '-1', fromPort: null, toPort: null, cidr: '0.0.0.0/0' },
  { action: 'allow', protocol: '6', fromPort: 443, toPort: 443, cidr: '0.0.0.0/0' },
];

function tagsLost(question: Question, resourceIds: readonly string[], keys: readonly string[]): readonly Alternative[] {
  return resourceIds.filter((id) => question.instanceIds.includes(id)).flatMap((id) => otherTags(question, id, keys));
}

/** The record of a termination does not say what hung on the instance: which interfaces with which groups, if any. */
function hungOn(instanceId: string, question: Question): readonly Alternative[] {
  const { initial } = question.past;
  const instance = initial.instances[instanceId];
  if (instance === undefined) return [];
  const gone = Object.values(initial.interfaces)
    .filter(({ attachment }) => attachment?.instanceId === instanceId)
    .flatMap(({ id }) => [
      ...otherGroups(question, id),
      ...others(question, 'interfaces', id, [{ attachment: null }]),
      initially(`interfaces:${id}`, (account) => drop(account, 'interfaces', [id])),
    ]);
  const lacking = Object.values(initial.targets).filter(
    ({ interfaceId }) => initial.interfaces[interfaceId] === undefined,
  );
  const there = lacking.flatMap(({ interfaceId: id }) =>
    Object.keys(initial.groups).map((groupId) =>
      initially(`interfaces:${id}`, (account) => {
        const attachment = { id: `eni-attach-${id}`, instanceId, deviceIndex: 7, deleteOnTermination: true };
        const { subnetId } = instance;
        return put(account, 'interfaces', id, { id, subnetId, address: '10.0.0.250', groupIds: [groupId], attachment });
      }),
    ),
  );
  return [...gone, ...there];
}

/** The attachment may have been to another instance, or of another interface that is free now. */
function otherAttachments(attachmentId: string, question: Question): readonly Alternative[] {
  const { past, final } = question;
  const { initial } = past;
  const held = withAttachment(initial, attachmentId);
  const attachment = held?.attachment;
  if (held === undefined || attachment === null || attachment === undefined) return [];
  const instances = Object.values(initial.instances).filter(
    ({ id, state }) => id !== attachment.instanceId && state !== 'terminated',
  );
  const byState = (['stopped', 'running'] as const).flatMap(
    (state) => instances.find((each) => each.state === state) ?? [],
  );
  const free = Object.values(final.interfaces).filter(({ id, attachment: at }) => at === null && id !== held.id);
  return [
    ...others(
      question,
      'interfaces',
      held.id,
      byState.map(({ id }) => ({ attachment: { ...attachment, instanceId: id, deviceIndex: 6 } })),
    ),
    ...free
      .filter(({ id }) => initial.interfaces[id]?.attachment === null)
      .map((other) =>
        initially(`interfaces:${held.id}`, (account) => {
          const swapped = put(account, 'interfaces', held.id, { ...held, attachment: null });
          return put(swapped, 'interfaces', other.id, { ...other, attachment: { ...attachment, deviceIndex: 6 } });
        }),
      ),
  ];
}

/** A subnet's ACL and its route table are two cells. */
function otherSubnet(
  { past }: Question,
  what: 'acl' | 'table',
  id: string,
  change: Partial<Account['subnets'][string]>,
): readonly Alternative[] {
  if (past.initial.subnets[id] === undefined) return [];
  return [
    initially(`${what} of ${id}`, (account) => {
      const subnet = account.subnets[id];
      return subnet === undefined ? account : put(account, 'subnets', id, { ...subnet, ...change });
    }),
  ];
}

function otherRoutes(key: string, question: Question): readonly Alternative[] {
  const peerings = Object.keys(question.past.initial.peerings);
  return others(
    question,
    'routes',
    key,
    [...peerings, 'igw-0a1', 'nat-0a1'].map((target) => ({ target })),
  );
}

function otherTables(associationId: string, question: Question): readonly Alternative[] {
  const { subnets, routeTables } = question.past.initial;
  const subnet = Object.values(subnets).find(({ tableAssociationId }) => tableAssociationId === associationId);
  if (subnet === undefined) return [];
  return Object.values(routeTables)
    .filter(({ vpcId }) => vpcId === subnet.vpcId)
    .flatMap(({ id }) => otherSubnet(question, 'table', subnet.id, { tableId: id }));
}

/** The association may have been that of another subnet of the VPC that has no table of its own now. */
function otherSubnets(associationId: string, question: Question): readonly Alternative[] {
  const { subnets } = question.past.initial;
  const true_ = Object.values(subnets).find(({ tableAssociationId }) => tableAssociationId === associationId);
  if (true_ === undefined) return [];
  return Object.values(subnets)
    .filter(({ vpcId, tableId }) => vpcId === true_.vpcId && tableId === null)
    .map((other) =>
      initially(`table of ${true_.id}`, (account) => {
        const without = put(account, 'subnets', true_.id, { ...true_, tableId: null, tableAssociationId: null });
        const { tableId, tableAssociationId } = true_;
        return put(without, 'subnets', other.id, { ...other, tableId, tableAssociationId });
      }),
    );
}

function otherMainTables(associationId: string, { past: { initial } }: Question): readonly Alternative[] {
  const main = Object.values(initial.routeTables).find(({ mainAssociationId }) => mainAssociationId === associationId);
  if (main === undefined) return [];
  return Object.values(initial.routeTables)
    .filter(({ id, vpcId }) => vpcId === main.vpcId && id !== main.id)
    .map((other) =>
      initially(`main table of ${main.vpcId}`, (account) => {
        const without = put(account, 'routeTables', main.id, { ...main, mainAssociationId: null });
        return put(without, 'routeTables', other.id, { ...other, mainAssociationId: associationId });
      }),
    );
}
