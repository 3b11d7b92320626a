import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountCells } from '../../../src/causes/account-cells.ts';
import { inOrderOf, orderInSeconds } from '../../../src/causes/order/in-one-second.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { anInventory, aPermission, aSecurityGroup } from '../../support/inventories.ts';
import { call, items } from '../../support/stories.ts';

const ports = (port: number) => ({
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  ipRanges: items({ cidrIp: '0.0.0.0/0' }),
});
const group = (...open: readonly number[]) => ({ groupId: 'sg-1', ipPermissions: items(...open.map(ports)) });
const opened = (actor: string, minute: number, ...open: readonly number[]) =>
  call(actor, minute, 'AuthorizeSecurityGroupIngress', group(...open), { _return: true });
const shut = (actor: string, minute: number, ...open: readonly number[]) =>
  call(actor, minute, 'RevokeSecurityGroupIngress', group(...open), { _return: true });
const accountWith = (...open: readonly number[]): Inventory =>
  anInventory({
    securityGroups: [
      aSecurityGroup({
        groupId: 'sg-1',
        ipPermissions: open.map((port) =>
          aPermission({ ipProtocol: 'tcp', fromPort: port, toPort: port, cidrIps: ['0.0.0.0/0'] }),
        ),
      }),
    ],
  });
const unread = anInventory({ securityGroups: undefined });

/** The actors in order, and those of whom nobody can tell who came last. */
function ordered(account: Inventory, ...calls: readonly (readonly Sighting[])[]) {
  const sightings = calls.flat();
  const { before, tied } = orderInSeconds(sightings, accountCells(account));
  return {
    actors: inOrderOf(sightings, before).map(({ evidence: { actor } }) => actor),
    tied: [...tied].map(({ evidence: { actor } }) => actor),
  };
}

describe('orderInSeconds', () => {
  const [bob, alice] = [opened('bob', 5, 22), shut('alice', 5, 22)];

  it.each<[string, Inventory, (readonly Sighting[])[], string[]]>([
    ['made last, as it is there', accountWith(22), [bob, alice], ['alice', 'bob']],
    ['made first, as it is not there', accountWith(), [alice, bob], ['bob', 'alice']],
    ['made last, as it was made before', unread, [opened('mallory', 1, 22), bob, alice], ['mallory', 'alice', 'bob']],
    ['made first, as it was ended before', unread, [shut('erin', 1, 22), alice, bob], ['erin', 'bob', 'alice']],
    ['made last, as it is ended later', unread, [bob, alice, shut('erin', 9, 22)], ['alice', 'bob', 'erin']],
    ['made first, as it is made later', accountWith(22), [alice, bob, opened('erin', 9, 22)], ['bob', 'alice', 'erin']],
    ['in the order given, as nothing tells', unread, [bob, alice], ['bob', 'alice']],
  ])('has a rule that was made and ended: %s', (_, account, calls, actors) => {
    expect(ordered(account, ...calls)).toEqual({ actors, tied: [] });
  });

  it('orders the calls of each rule, and keeps a call whole', () => {
    const calls = [opened('a', 5, 22), shut('b', 5, 22, 80), opened('c', 5, 80)];
    expect(ordered(accountWith(22), ...calls)).toEqual({ actors: ['c', 'b', 'a'], tied: [] });
  });

  it('ties calls where the ones before and after disagree, since a record is missing', () => {
    const { tied } = ordered(accountWith(22), shut('erin', 1, 22), bob, alice);
    expect(tied).toEqual(['bob', 'alice']);
  });

  it('ties three calls', () => {
    expect(ordered(accountWith(22), bob, alice, opened('carol', 5, 22)).tied).toEqual(['bob', 'alice', 'carol']);
  });

  it('knows a rule that is ended by its id from the record that made it', () => {
    const made = call('mallory', 1, 'AuthorizeSecurityGroupIngress', group(22), {
      securityGroupRuleSet: items({
        groupId: 'sg-1',
        securityGroupRuleId: 'sgr-1',
        isEgress: false,
        ipProtocol: 'tcp',
        fromPort: 22,
        toPort: 22,
        cidrIpv4: '0.0.0.0/0',
      }),
    });
    const byId = call('alice', 5, 'RevokeSecurityGroupIngress', {
      groupId: 'sg-1',
      securityGroupRuleIds: items({ securityGroupRuleId: 'sgr-1' }),
    });
    expect(ordered(accountWith(22), made, bob, byId).actors).toEqual(['mallory', 'alice', 'bob']);
  });

  it.each([
    [
      'entries of a network ACL',
      'CreateNetworkAclEntry',
      'DeleteNetworkAclEntry',
      {
        networkAclId: 'acl-1',
        egress: false,
        ruleNumber: 7,
        protocol: '-1',
        ruleAction: 'deny',
        cidrBlock: '0.0.0.0/0',
      },
    ],
    [
      'routes',
      'CreateRoute',
      'DeleteRoute',
      { routeTableId: 'rtb-1', destinationCidrBlock: '10.9.0.0/16', gatewayId: 'igw-1' },
    ],
  ])('orders %s too', (_, makes, ends, parameters) => {
    const first = call('mallory', 1, makes, parameters, { _return: true });
    const second = [
      call('bob', 5, makes, parameters, { _return: true }),
      call('alice', 5, ends, parameters, { _return: true }),
    ];
    const none = anInventory({ networkAcls: undefined, routeTables: undefined });
    expect(ordered(none, first, ...second).actors).toEqual(['mallory', 'alice', 'bob']);
  });
});

describe('inOrderOf', () => {
  it('puts each item after those before it, keeps the others, and keeps all where the order contradicts itself', () => {
    const someItems = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(someItems, fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 8 }), (length, pairs) => {
        const all = Array.from({ length }, (_, index) => index);
        const forwards = pairs.filter(([a, b]) => a < b && b < length);
        const before = new Map<number, Set<number>>();
        for (const [later, earlier] of forwards) before.set(later, (before.get(later) ?? new Set()).add(earlier));
        const found = inOrderOf(all, before);
        expect(found.toSorted((a, b) => a - b)).toEqual(all);
        for (const [later, earlier] of forwards) expect(found.indexOf(earlier)).toBeLessThan(found.indexOf(later));
      }),
    );
    expect(
      inOrderOf(
        [1, 2],
        new Map([
          [1, new Set([2])],
          [2, new Set([1])],
        ]),
      ).toSorted(),
    ).toEqual([1, 2]);
  });

  it('follows a chain of any length', () => {
    const all = Array.from({ length: 50_000 }, (_, index) => index);
    const before = new Map(all.slice(0, -1).map((one) => [one, new Set([one + 1])] as const));
    expect(inOrderOf(all, before)[0]).toBe(49_999);
  });
});
