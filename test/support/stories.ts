/** Stories: an account as it stands and the calls that were recorded, oldest first, and what our answers about them say in words. */

import { type AuditPolicy, audit } from '../../src/audit/audit.ts';
import type { Cause } from '../../src/audit/cause.ts';
import type { Finding } from '../../src/audit/finding.ts';
import type { TagPolicy } from '../../src/audit/tag-policy.ts';
import { inventoryAt } from '../../src/causes/account-at.ts';
import { investigate, withCauses } from '../../src/causes/attribute.ts';
import type { OlderAccount } from '../../src/causes/older/older-account.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import { anAcl, anInventory, aPolicy, aSession, type Override } from './inventories.ts';
import { aRecord } from './records.ts';
import { at } from './sightings.ts';

type Part = Readonly<Record<string, unknown>>;

/** A call in the classic encoding by an IAM user, in minutes after noon. It succeeded, unless `fields` say otherwise. */
export function call(
  actor: string,
  minute: number,
  eventName: string,
  request: Part | null,
  response: Part | null = { _return: true },
  fields: Part = {},
): readonly Sighting[] {
  const record = aRecord({
    userIdentity: {
      type: 'IAMUser',
      userName: actor,
      arn: `arn:aws:iam::111122223333:user/${actor}`,
      accountId: '111122223333',
    },
    eventName,
    eventTime: at(minute).toISOString().replace('.000Z', 'Z'),
    eventID: `${eventName} ${minute} ${actor}`,
    requestParameters: request,
    responseElements: response,
    ...fields,
  });
  return sightingsOf(record, 'log.json.gz');
}

/** A list as EC2's classic encoding writes it. */
export function items(...members: readonly Part[]): Part {
  return { items: members };
}

/** DeleteTags or CreateTags on one resource. Values that are undefined aren't in the record. */
export function tags(resourceId: string, values: Readonly<Record<string, string | undefined>>): Part {
  const entries = Object.entries(values).map(([key, value]) => (value === undefined ? { key } : { key, value }));
  return { resourcesSet: items({ resourceId }), tagSet: items(...entries) };
}

/** RunInstances of one instance with its primary interface, in subnet-a: a new interface, or an existing one. */
export function launchOf(
  actor: string,
  minute: number,
  values: Readonly<Record<string, string>> = {},
  { instanceId = 'i-1', networkInterfaceId = 'eni-1', groupId = 'sg-workload', existing = false } = {},
): readonly Sighting[] {
  const tagSet = items(...Object.entries(values).map(([key, value]) => ({ key, value })));
  const networkInterface = {
    ...{ networkInterfaceId, subnetId: 'subnet-a', vpcId: 'vpc-1', privateIpAddress: '10.0.0.5' },
    ...{ ownerId: '111122223333', interfaceType: 'interface', groupSet: items({ groupId }), tagSet: {} },
    attachment: { attachmentId: `attach-${networkInterfaceId}`, deviceIndex: 0, networkCardIndex: 0 },
  };
  const instance = {
    ...{ instanceId, instanceType: 'm7i.large', subnetId: 'subnet-a', vpcId: 'vpc-1', privateIpAddress: '10.0.0.5' },
    placement: { availabilityZone: 'eu-west-1a' },
    ...{ tagSet, networkInterfaceSet: items(networkInterface) },
  };
  const request = existing ? { networkInterfaceSet: items({ deviceIndex: 0, networkInterfaceId }) } : {};
  return call(actor, minute, 'RunInstances', request, { reservationId: 'r-1', instancesSet: items(instance) });
}

/** A policy that requires the tag `Owner` and mirrors nothing. */
export const OWNER_TAG: TagPolicy = { requiredTags: [{ key: 'Owner', allowEmpty: false }] };

/** The healthy account with a session on eni-1. Its ACL's associations have ids. */
export function aMirroredAccount(overrides: Override<Inventory> = {}): Inventory {
  return anInventory({ trafficMirrorSessions: [aSession()], networkAcls: [anAssociatedAcl()], ...overrides });
}

/** `acl-1` with the associations `aclassoc-a` and `aclassoc-b` of its two subnets. */
export function anAssociatedAcl(overrides: Parameters<typeof anAcl>[0] = {}): ReturnType<typeof anAcl> {
  return anAcl({
    associations: [
      { networkAclAssociationId: 'aclassoc-a', subnetId: 'subnet-a' },
      { networkAclAssociationId: 'aclassoc-b', subnetId: 'subnet-b' },
    ],
    ...overrides,
  });
}

/** An account, the calls on it, and what it is judged by. */
export interface Story {
  /** The account as it stands after the calls. */
  readonly now: Inventory;
  readonly calls: readonly (readonly Sighting[])[];
  /** @default none required */
  readonly required?: TagPolicy | undefined;
  /** @default `aPolicy()`; null judges no mirroring */
  readonly mirror?: MirrorPolicy | null | undefined;
  /** The account as it was read at earlier times. */
  readonly older?: readonly OlderAccount[] | undefined;
  /** Records alone are judged where `now` has no instances. */
  readonly scope?: 'all' | 'sighted' | undefined;
}

/** The findings of the account as it stands, with their causes. */
export function findingsOf(story: Story): readonly Finding[] {
  const { now, calls, older, scope = 'all' } = story;
  const policy = policyOf(story);
  const sightings = calls.flat();
  const { findings } = audit({ inventory: now, sightings, scope, now: at(60 * 24) }, policy);
  return withCauses(
    findings.filter(({ status }) => status === 'open'),
    { inventory: now, sightings, policy, older },
  );
}

/** The cause of each finding in words, by resource and rule. */
export function causesOf(story: Story): Readonly<Record<string, string>> {
  return Object.fromEntries(
    findingsOf(story).map(({ resourceId, rule, cause }) => [`${resourceId} ${rule}`, inWords(cause)]),
  );
}

/** The account as it was at a minute after noon: the calls after it are taken back. */
export function accountBefore(story: Story, minute: number): Inventory {
  const { now, calls } = story;
  return inventoryAt(investigate({ inventory: now, sightings: calls.flat(), policy: policyOf(story) }), at(minute));
}

/** A cause in one line: `by erin (DeleteTags)`, `maybe erin (DeleteTags): why`, `unknown: why`. */
export function inWords(cause: Cause): string {
  if (!('calls' in cause)) return `${cause.kind}: ${cause.reason}`;
  const named = cause.calls.map(({ actor, eventName }) => `${actor} (${eventName})`).join(' and ');
  return cause.kind === 'possible' ? `maybe ${named}: ${cause.reason}` : `by ${named}`;
}

function policyOf({ required = { requiredTags: [] }, mirror = aPolicy() }: Story): AuditPolicy {
  return { tags: required, mirror, exemptions: [], severities: {}, graceSeconds: 0 };
}
