import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PrefixList } from '../../../src/inventory/prefix-list.ts';
import type { Route } from '../../../src/inventory/route.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { routeCheck } from '../../../src/mirror/checks/routes.ts';
import type { Check } from '../../../src/mirror/verdict.ts';
import { ipv4Of } from '../../../src/net/cidr.ts';
import { anInventory, aPolicy, aRouteTable } from '../../support/inventories.ts';
import { address, block, holds } from './firewall-model.ts';

/** What routes lead to; the path beyond an appliance is not known, and the reason names the appliance. */
const destination: fc.Arbitrary<Route> = fc.oneof(
  { weight: 6, arbitrary: block.map((destinationCidrBlock) => ({ destinationCidrBlock })) },
  { weight: 2, arbitrary: fc.constantFrom({ destinationPrefixListId: 'pl-1' }, { destinationPrefixListId: 'pl-2' }) },
  { weight: 1, arbitrary: fc.constant({ destinationIpv6CidrBlock: '::/0' }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom({ destinationCidrBlock: '10.0.0.0/33' }, { destinationPrefixListId: 'pl-unread' }),
  },
);
const route: fc.Arbitrary<Route> = fc
  .tuple(destination, fc.constantFrom('eni-a', 'eni-b', 'eni-c'), fc.constantFrom('active', 'active', 'blackhole'))
  .map(([to, networkInterfaceId, state]) => ({ ...to, networkInterfaceId, state }));
const list = (prefixListId: string): fc.Arbitrary<PrefixList> =>
  fc.array(block, { maxLength: 5 }).map((cidrs) => ({ prefixListId, cidrs }));

/** The longest prefix by going through all routes and blocks, bit by bit, with the reason that it deserves. */
function naiveReason(routes: readonly Route[], lists: readonly PrefixList[], to: string): string {
  let isUnread = false;
  const matches: { readonly route: Route; readonly words: string; readonly length: number }[] = [];
  for (const each of routes) {
    const { destinationCidrBlock: own, destinationPrefixListId: listId } = each;
    const named = lists.find(({ prefixListId }) => prefixListId === listId)?.cidrs;
    const blocks = own === undefined ? (named ?? []) : [own];
    if ((listId !== undefined && named === undefined) || own === '10.0.0.0/33') isUnread = true;
    for (const words of blocks.filter((one) => one !== '10.0.0.0/33' && holds(one, to))) {
      matches.push({ route: each, words, length: Number(words.split('/')[1]) });
    }
  }
  const rank = ({ route: { destinationCidrBlock, state }, length }: (typeof matches)[number]): number =>
    length * 4 + (destinationCidrBlock === undefined ? 0 : 2) + (state === 'blackhole' ? 0 : 1);
  const text = (one: (typeof matches)[number]): string => JSON.stringify(one.route);
  let best = matches[0];
  for (const one of matches) {
    if (best === undefined || rank(one) > rank(best) || (rank(one) === rank(best) && text(one) < text(best)))
      best = one;
  }
  if (isUnread && best?.length !== 32) return 'a destination or prefix list of route table rtb-1 could not be read';
  if (best === undefined) return 'route table rtb-1 has no route to the target';
  const name = `route table rtb-1 route ${best.words}`;
  return best.route.state === 'blackhole'
    ? `${name} is a blackhole`
    : `${name} leads to ${best.route.networkInterfaceId}, and the path beyond it is not known`;
}

function check(routes: readonly Route[], prefixLists: readonly PrefixList[], to: string): Check {
  const account = indexAccount(anInventory({ routeTables: [aRouteTable({ routes })], prefixLists }), aPolicy());
  return routeCheck({ subnetId: 'subnet-a', vpcId: 'vpc-1' }, { vpcId: 'vpc-2', address: ipv4Of(to) }, account);
}

describe('the look-up in a compiled route table', () => {
  it('finds the route that a walk through all routes and prefix lists finds, of both address families', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(route, { maxLength: 10 }), list('pl-1'), list('pl-2'), address, (routes, one, two, to) => {
        const { reason } = check(routes, [one, two], to);
        expect(reason).toBe(naiveReason(routes, [one, two], to));
        for (const kind of ['blackhole', 'no route', 'could not be read', 'path beyond']) {
          if (reason.includes(kind)) seen.add(kind);
        }
      }),
      { numRuns: 1000 },
    );
    expect(seen).toEqual(new Set(['blackhole', 'no route', 'could not be read', 'path beyond']));
  });

  it('takes the same route for any order of the table', () => {
    fc.assert(
      fc.property(fc.array(route, { maxLength: 8 }), list('pl-1'), list('pl-2'), address, (routes, one, two, to) => {
        expect(check(routes.toReversed(), [one, two], to).result).toBe(check(routes, [one, two], to).result);
      }),
    );
  });
});
