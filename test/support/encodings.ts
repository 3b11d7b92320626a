/** Writes a call in both of EC2's encodings, so that one table tests both. */

import type { Change } from '../../src/sighting/changes/change.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { aRecord } from './records.ts';

type Part = Readonly<Record<string, unknown>> | null;

/** A call in the classic encoding: `{items: […]}`, lower-camel names, no wrapper. */
export interface ClassicCall {
  readonly eventName: string;
  readonly request?: Part;
  readonly response?: Part;
}

/** Request lists whose name, or whose members, the newer encoding writes otherwise. */
const REQUEST_LISTS: Readonly<Record<string, { readonly name: string; readonly memberId?: string }>> = {
  resourcesSet: { name: 'ResourceId', memberId: 'resourceId' },
  instancesSet: { name: 'InstanceId', memberId: 'instanceId' },
  groupSet: { name: 'SecurityGroupId', memberId: 'groupId' },
  securityGroupRuleIdSet: { name: 'SecurityGroupRuleId', memberId: 'securityGroupRuleId' },
  tagSet: { name: 'Tag' },
  networkInterfaceSet: { name: 'NetworkInterface' },
};

/** What the call's record says changed, in each encoding: they must be the same. */
export function changesInBoth(call: ClassicCall): {
  readonly classic: readonly Change[] | undefined;
  readonly newer: readonly Change[] | undefined;
} {
  const { eventName, request = null, response = null } = call;
  return {
    classic: changesIn({ eventName, requestParameters: request, responseElements: response }),
    newer: changesIn(inNewerEncoding(call)),
  };
}

/** What a record says changed. */
export function changesIn(fields: Readonly<Record<string, unknown>>): readonly Change[] | undefined {
  return sightingsOf(aRecord(fields))[0]?.changes;
}

/** The call as XML turned into JSON: wrapped, a list of one as an object, list members numbered, account ids as numbers. */
export function inNewerEncoding(call: ClassicCall): Readonly<Record<string, unknown>> {
  const { eventName, request = null, response = null } = call;
  return {
    eventName,
    requestParameters: request && { [`${eventName}Request`]: newerRequest(request) },
    responseElements: response && {
      [`${eventName}Response`]: { xmlns: 'http://ec2…', ...objectOf(newerResponse(response)) },
    },
  };
}

function newerRequest(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return asNumber(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const { name, memberId } = REQUEST_LISTS[key] ?? { name: pascal(key) };
      const items = itemsOf(member);
      if (items === undefined) return [name, newerRequest(member)];
      const members = items.map((item, index) =>
        memberId === undefined
          ? { ...objectOf(newerRequest(item)), tag: index + 1 }
          : { content: objectOf(item)[memberId], tag: index + 1 },
      );
      return [name, oneOrMany(members)];
    }),
  );
}

function newerResponse(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return asNumber(value);
  const items = itemsOf(value);
  if (items !== undefined) return items.length === 0 ? '' : { item: oneOrMany(items.map(newerResponse)) };
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, newerResponse(member)]));
}

/** The members of a classic list, `{}` among them; undefined for anything else. */
function itemsOf(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { items } = objectOf(value);
  if (Array.isArray(items)) return items;
  return Object.keys(value).length === 0 ? [] : undefined;
}

const oneOrMany = (members: readonly unknown[]): unknown =>
  members.length === 0 ? '' : members.length === 1 ? members[0] : members;
const pascal = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);
const asNumber = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{12}$/.test(value) ? Number(value) : value;
const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
