/** Histories told by hand: a small account in which everything is in order, and who does what to it. */

import { type Account, EMPTY, entryKey, put, routeKey, type Session, type Tags } from '../account.ts';
import type { ActorName } from '../actors.ts';
import type { Call } from '../call.ts';
import { type History, historyOf } from './history.ts';
import type { Wish } from './intents.ts';
import { policyFor, REQUIRED_TAGS } from './world.ts';

const ANY = '0.0.0.0/0';

/** The session of `i-1`, which is ours. */
export const SESSION: Session = {
  ...{ id: 'tms-1', interfaceId: 'eni-1', targetId: 'tmt-1', filterId: 'tmf-1', number: 1, managed: true },
};

/** The permission that lets copies in to the sensor: rule `sgr-1` of group `sg-sensor`. */
export const OPEN = { protocol: 'udp', fromPort: 4789, toPort: 4789, cidr: '10.0.0.0/8', peerGroupId: null } as const;

/**
 * One VPC. `i-1` with `eni-1` in `subnet-a` is tagged, and its session `tms-1` goes by filter `tmf-1` to target `tmt-1`, which is
 * sensor `i-s` with `eni-s` in `subnet-b`, behind group `sg-sensor` and ACL `acl-open`. Target `tmt-2` (`i-t`) is not configured.
 * `acl-strict`, `sg-closed` and filter `tmf-2` would stop the copies.
 */
export function anAccount(): Account {
  let account = EMPTY;
  for (const id of ['sg-work', 'sg-sensor', 'sg-closed']) account = put(account, 'groups', id, { id, vpcId: 'vpc-1' });
  account = put(account, 'groupRules', 'sgr-1', { id: 'sgr-1', groupId: 'sg-sensor', isEgress: false, ...OPEN });
  for (const [id, action] of [
    ['acl-open', 'allow'],
    ['acl-also-open', 'allow'],
    ['acl-strict', 'deny'],
  ] as const) {
    account = put(account, 'acls', id, { id, vpcId: 'vpc-1', isDefault: id === 'acl-open' });
    const entry = {
      aclId: id,
      number: 100,
      egress: false,
      action,
      protocol: '-1',
      fromPort: null,
      toPort: null,
      cidr: ANY,
    };
    account = put(account, 'aclEntries', entryKey(entry), entry);
  }
  account = put(account, 'routeTables', 'rtb-1', { id: 'rtb-1', vpcId: 'vpc-1', mainAssociationId: 'rtbassoc-1' });
  const local = { tableId: 'rtb-1', destination: '10.0.0.0/16', target: 'local' };
  account = put(account, 'routes', routeKey(local), local);
  for (const zone of ['a', 'b']) {
    const id = `subnet-${zone}`;
    account = put(account, 'subnets', id, {
      ...{ id, vpcId: 'vpc-1', cidr: `10.0.${zone === 'a' ? 1 : 2}.0/24`, zone },
      ...{ aclId: 'acl-open', aclAssociationId: `aclassoc-${zone}`, tableId: null, tableAssociationId: null },
    });
  }
  for (const id of ['tmf-1', 'tmf-2']) account = put(account, 'filters', id, { id });
  for (const direction of ['ingress', 'egress'] as const) {
    const id = `tmfr-${direction}`;
    account = put(account, 'filterRules', id, {
      ...{ id, filterId: 'tmf-1', direction, number: 100, action: 'accept', protocol: null },
    });
  }
  account = withMachine(account, 's', 'subnet-b', 'sg-sensor', REQUIRED_TAGS);
  account = withMachine(account, 't', 'subnet-b', 'sg-sensor', REQUIRED_TAGS);
  account = put(account, 'targets', 'tmt-1', { id: 'tmt-1', interfaceId: 'eni-s' });
  account = put(account, 'targets', 'tmt-2', { id: 'tmt-2', interfaceId: 'eni-t' });
  account = withMachine(account, '1', 'subnet-a', 'sg-work', REQUIRED_TAGS);
  return put(account, 'sessions', SESSION.id, SESSION);
}

/** The account with a running instance `i-NAME` and its interface `eni-NAME`. */
export function withMachine(before: Account, name: string, subnetId: string, groupId: string, tags: Tags): Account {
  const [instanceId, interfaceId] = [`i-${name}`, `eni-${name}`];
  const attachment = { id: `eni-attach-${name}`, instanceId, deviceIndex: 0, deleteOnTermination: true };
  const address = `${subnetId === 'subnet-a' ? '10.0.1' : '10.0.2'}.${10 + name.charCodeAt(0)}`;
  const account = put(before, 'instances', instanceId, {
    ...{ id: instanceId, subnetId, type: 'm7i.large', state: 'running', tags, imageId: 'ami-1' },
    ...{ reservationId: `r-${name}`, launchTime: '2026-02-01T06:00:00Z' },
  });
  return put(account, 'interfaces', interfaceId, {
    ...{ id: interfaceId, subnetId, address, groupIds: [groupId], attachment },
  });
}

/** A wish with who makes it, and what is odd about it. */
export type Deed = Wish & Partial<Pick<Call, 'refused' | 'omitted'>> & { readonly by: ActorName; readonly at?: string };

/** The history in which these calls are made a minute apart, unless a deed says when. */
export function told(deeds: readonly Deed[], initial: Account = anAccount(), ledger: readonly Session[] = []): History {
  const calls = deeds.map(({ by, at, ...wish }, index): Call => {
    const minute = String(index).padStart(2, '0');
    const eventID = `00000000-0000-4000-a000-0000000000${minute}`;
    return { ...wish, actor: by, eventTime: at ?? `2026-03-17T08:${minute}:00Z`, eventID };
  });
  return historyOf({ initial, calls, policy: policyFor('tmf-1', ['tmt-1']), ledger });
}

/** The RunInstances of `i-9` with `eni-9` in `subnet-a`. */
export function launchOf(tags: Tags): Wish {
  return {
    eventName: 'RunInstances',
    params: {
      machines: [{ instanceId: 'i-9', interfaceId: 'eni-9', attachmentId: 'eni-attach-9', address: '10.0.1.99' }],
      ...{ subnetId: 'subnet-a', groupIds: ['sg-work'], tags, type: 'm7i.large' },
      ...{ imageId: 'ami-1', reservationId: 'r-9', launchTime: '2026-03-17T08:00:00Z' },
    },
  };
}
