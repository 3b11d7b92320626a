/** How often the parts of an account are parsed: once each, however many sources, subnets, targets and sets of groups share them. */

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Route } from '../../src/inventory/route.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { verdictOf } from '../../src/mirror/coverage.ts';
import { explain } from '../../src/mirror/explain.ts';
import { assign } from '../../src/mirror/placement/assign.ts';
import { planRemediation } from '../../src/remediation/plan-remediation.ts';
import {
  anAcl,
  anAclEntry,
  anInstance,
  anInterface,
  anInventory,
  aPeering,
  aPermission,
  aPolicy,
  aRouteTable,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aSubnet,
  aTarget,
  attachedTo,
  type Override,
} from '../support/inventories.ts';

const parsed = vi.hoisted(() => new Map<string, number>());

vi.mock('ip-address', async (importOriginal) => {
  const { Address4: Original, ...others } = await importOriginal<typeof import('ip-address')>();
  class Address4 extends Original {
    constructor(text: string) {
      super(text);
      parsed.set(text, (parsed.get(text) ?? 0) + 1);
    }
  }
  return { ...others, Address4 };
});

beforeEach(() => parsed.clear());

const SUBNETS = 6;
const TARGETS = 8;
const SOURCES = 30;
const FAR: Route = { destinationCidrBlock: '10.9.0.0/16', vpcPeeringConnectionId: 'pcx-1', state: 'active' };
const policy = aPolicy({ targets: numbered(TARGETS, (index) => ({ id: `tmt-${index}` })), cleanup: true });

/** 30 sources in 6 subnets of vpc-1. Each of the 8 sensors, in vpc-2, is in two of nine groups; no two are in the same two. */
function anAccount(overrides: Override<Inventory>): Inventory {
  const subnets = numbered(SUBNETS, (index) => aSubnet({ subnetId: `subnet-${index}` }));
  const sources = numbered(SOURCES, (index) =>
    anInterface({
      networkInterfaceId: `eni-${index}`,
      subnetId: `subnet-${index % SUBNETS}`,
      privateIpAddress: `10.0.1.${index}`,
      attachment: attachedTo(`i-${index}`),
    }),
  );
  const sensors = numbered(TARGETS, (index) =>
    aSensorInterface('x', {
      networkInterfaceId: `eni-t${index}`,
      subnetId: 'subnet-far',
      vpcId: 'vpc-2',
      privateIpAddress: `10.9.0.${index}`,
      groupIds: [`sg-${index}`, `sg-${index + 1}`],
      attachment: attachedTo(`i-t${index}`),
    }),
  );
  return anInventory({
    instances: [...sources, ...sensors].map(({ attachment }) => anInstance({ instanceId: attachment?.instanceId })),
    networkInterfaces: [...sources, ...sensors],
    subnets,
    routeTables: [aRouteTable({ routes: [FAR] })],
    vpcPeeringConnections: [aPeering()],
    networkAcls: [anAcl({ subnetIds: [...subnets.map(({ subnetId }) => subnetId), 'subnet-far'] })],
    securityGroups: numbered(TARGETS + 1, (index) => aSecurityGroup({ groupId: `sg-${index}` })),
    trafficMirrorTargets: sensors.map(({ networkInterfaceId }, index) =>
      aTarget({ trafficMirrorTargetId: `tmt-${index}`, networkInterfaceId }),
    ),
    ...overrides,
  });
}

/** Verdicts, explanations, the placement and the plan of the whole account. Returns how many sources are placed. */
function judgeAll(inventory: Inventory): number {
  const account = indexAccount(inventory, policy);
  const sources = (inventory.networkInterfaces ?? []).slice(0, SOURCES);
  for (const source of sources) {
    verdictOf(source, account);
    explain(source.networkInterfaceId, account);
  }
  planRemediation(account);
  return assign(account, sources).placed.length;
}

describe('a whole account is judged and planned', () => {
  it('by parsing each route of a table once, for 6 subnets and 8 targets', () => {
    const others = blocks(50).map((destinationCidrBlock) => ({ destinationCidrBlock, natGatewayId: 'nat-1' }));
    const inventory = anAccount({ routeTables: [aRouteTable({ routes: [...others, FAR] })] });
    expect(judgeAll(inventory)).toBe(SOURCES);
    expect(timesParsed(blocks(50))).toEqual(new Set([1]));
  });

  it('by parsing each table of a subnet once', () => {
    const routeTables = numbered(SUBNETS, (index) =>
      aRouteTable({
        routeTableId: `rtb-${index}`,
        main: false,
        subnetIds: [`subnet-${index}`],
        routes: [...blocks(50).map((destinationCidrBlock) => ({ destinationCidrBlock, natGatewayId: 'nat-1' })), FAR],
      }),
    );
    expect(judgeAll(anAccount({ routeTables }))).toBe(SOURCES);
    expect(timesParsed(blocks(50))).toEqual(new Set([SUBNETS]));
  });

  it('by parsing each entry of a prefix list once, for all groups and routes that name the list', () => {
    const prefixListIds = ['pl-1'];
    const inventory = anAccount({
      prefixLists: [{ prefixListId: 'pl-1', cidrs: [...blocks(50), '10.0.0.0/16'] }],
      securityGroups: numbered(TARGETS + 1, (index) =>
        aSecurityGroup({ groupId: `sg-${index}`, ipPermissions: [aPermission({ prefixListIds })] }),
      ),
      routeTables: [aRouteTable({ routes: [FAR, { destinationPrefixListId: 'pl-1', natGatewayId: 'nat-1' }] })],
    });
    expect(judgeAll(inventory)).toBe(SOURCES);
    expect(timesParsed(blocks(50))).toEqual(new Set([1]));
  });

  it('by parsing each rule of a security group once, for all sets that the group is in', () => {
    const inventory = anAccount({
      securityGroups: numbered(TARGETS + 1, (index) =>
        aSecurityGroup({
          groupId: `sg-${index}`,
          ipPermissions: [aPermission({ cidrIps: [`172.20.${index}.0/24`, '10.0.0.0/16'] })],
        }),
      ),
    });
    expect(judgeAll(inventory)).toBe(SOURCES);
    expect(timesParsed(numbered(TARGETS + 1, (index) => `172.20.${index}.0/24`))).toEqual(new Set([1]));
  });

  it('by parsing each entry of an ACL once, for all subnets that have the ACL', () => {
    const denials = blocks(50).map((cidrBlock, index) =>
      anAclEntry({ ruleNumber: index + 1, ruleAction: 'deny', cidrBlock }),
    );
    const subnetIds = [...numbered(SUBNETS, (index) => `subnet-${index}`), 'subnet-far'];
    const entries = [...denials, anAclEntry({ ruleNumber: 100 }), anAclEntry({ egress: true })];
    expect(judgeAll(anAccount({ networkAcls: [anAcl({ subnetIds, entries })] }))).toBe(SOURCES);
    expect(timesParsed(blocks(50))).toEqual(new Set([1]));
  });

  it('without parsing anything again for the account as the first steps of the plan leave it', () => {
    const others = blocks(50).map((destinationCidrBlock) => ({ destinationCidrBlock, natGatewayId: 'nat-1' }));
    const inventory = anAccount({
      routeTables: [aRouteTable({ routes: [...others, FAR] })],
      // An orphan: the plan deletes it first, and places the sources in the account without it.
      trafficMirrorSessions: [aSession({ networkInterfaceId: 'eni-gone', trafficMirrorTargetId: 'tmt-0' })],
    });
    const { steps } = planRemediation(indexAccount(inventory, policy));
    expect(steps.map(({ kind }) => kind)).toEqual(['delete-session', ...numbered(SOURCES, () => 'create-session')]);
    expect(timesParsed(blocks(50))).toEqual(new Set([1]));
  });
});

/** Blocks that hold none of the addresses. */
function blocks(count: number): readonly string[] {
  return numbered(count, (index) => `172.16.${index}.0/24`);
}

function timesParsed(texts: readonly string[]): ReadonlySet<number> {
  return new Set(texts.map((text) => parsed.get(text) ?? 0));
}

function numbered<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
