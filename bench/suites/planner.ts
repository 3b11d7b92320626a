/** The time to place a whole account: interfaces × targets × security groups, on one core. */

import type { Inventory } from '../../src/inventory/inventory.ts';
import type { NetworkInterface } from '../../src/inventory/network-interface.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { verdictOf } from '../../src/mirror/coverage.ts';
import { assign } from '../../src/mirror/placement/assign.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import {
  anAcl,
  anAclEntry,
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSubnet,
  aTarget,
  attachedTo,
} from '../../test/support/inventories.ts';
import { type Row, race, type Suite, type SuiteResult } from '../measure.ts';

const TARGETS = 200;
const GROUPS = 50;
const SUBNETS = 60;
const SIZES = [1_000, 2_000, 5_000, 10_000, 20_000] as const;

/**
 * Places interfaces without a session on 200 targets in 50 groups, and computes each one's verdict. `plain`: rules name whole
 * subnets. `scattered`: every group has 60 rules for parts of subnets, so hardly any two sources are equivalent. This is the worst case.
 */
export const planner: Suite = { name: 'planner: 200 targets, 50 groups, one core', run };

async function run(): Promise<SuiteResult> {
  const rows: Row[] = [];
  const seconds = new Map<string, number>();
  for (const kind of ['plain', 'scattered'] as const) {
    for (const size of SIZES) {
      const { inventory, policy, sources } = anAccount(kind, size);
      const { place, verdicts } = await race({
        place: () => assign(indexAccount(inventory, policy), sources).placed.length,
        verdicts: () => {
          const account = indexAccount(inventory, policy);
          return sources.filter((source) => verdictOf(source, account).kind === 'missing').length;
        },
      });
      const name = `${kind}, ${size} interfaces`;
      seconds.set(name, place.seconds);
      rows.push({ name: `${name}: placed`, seconds: place.seconds, note: `${place.answer} placed` });
      rows.push({ name: `${name}: verdicts`, seconds: verdicts.seconds });
    }
  }
  const at = (name: string): number => seconds.get(name) ?? 0;
  const targets = [
    { name: '10,000 interfaces placed, s', value: at('plain, 10000 interfaces'), goal: 1, atMost: true },
    { name: '10,000 scattered interfaces placed, s', value: at('scattered, 10000 interfaces'), goal: 1, atMost: true },
    {
      name: 'growth from 1,000 to 20,000 scattered interfaces, times',
      value: at('scattered, 20000 interfaces') / at('scattered, 1000 interfaces'),
      goal: 25,
      atMost: true,
    },
  ] as const;
  return { rows, targets };
}

interface Account {
  readonly inventory: Inventory;
  readonly policy: MirrorPolicy;
  readonly sources: readonly NetworkInterface[];
}

/** Subnets of /16 in three zones. Half of the sensors take 100 sources, half 10. Network ACLs have 20 denials before the allow. */
function anAccount(kind: 'plain' | 'scattered', count: number): Account {
  const place = (index: number) => ({
    subnetId: `subnet-${index % SUBNETS}`,
    availabilityZone: `eu-west-1${'abc'[(index % SUBNETS) % 3]}`,
    availabilityZoneId: `euw1-az${((index % SUBNETS) % 3) + 1}`,
  });
  const sources = Array.from({ length: count }, (_, index) =>
    anInterface({
      networkInterfaceId: `eni-${index.toString(16).padStart(17, '0')}`,
      ...place(index),
      privateIpAddress: `10.${index % SUBNETS}.${(index * 7) % 251}.${index % 256}`,
      groupIds: [`sg-${index % GROUPS}`, `sg-${(index * 3 + 1) % GROUPS}`],
      attachment: attachedTo(`i-${index}`),
    }),
  );
  const sensors = Array.from({ length: TARGETS }, (_, index) =>
    aSensorInterface('x', {
      networkInterfaceId: `eni-t${index}`,
      ...place(index),
      privateIpAddress: `10.${index % SUBNETS}.255.${index % 256}`,
      groupIds: [`sg-${index % GROUPS}`],
      attachment: attachedTo(`i-t${index}`),
    }),
  );
  const groups = Array.from({ length: GROUPS }, (_, group) =>
    aSecurityGroup({
      groupId: `sg-${group}`,
      ipPermissions: [
        aPermission({
          cidrIps:
            kind === 'plain'
              ? Array.from({ length: 20 }, (_, rule) => `10.${(group * 7 + rule * 3) % SUBNETS}.0.0/16`)
              : Array.from(
                  { length: 60 },
                  (_, rule) => `10.${rule}.${(group * 5 + rule * 3) % 251}.${(group * 16) % 256}/20`,
                ),
          userIdGroupPairs: [{ groupId: `sg-${(group + 1) % GROUPS}` }],
        }),
      ],
    }),
  );
  const denials = Array.from({ length: 20 }, (_, rule) =>
    anAclEntry({ ruleNumber: 10 + rule, ruleAction: 'deny', cidrBlock: `10.${rule}.${rule}.0/24` }),
  );
  const subnets = Array.from({ length: SUBNETS }, (_, index) =>
    aSubnet({ ...place(index), cidrBlock: `10.${index}.0.0/16` }),
  );
  return {
    sources,
    policy: aPolicy({ targets: sensors.map((_, index) => ({ id: `tmt-${index}` })) }),
    inventory: anInventory({
      instances: [
        ...sources.map((_, index) => anInstance({ instanceId: `i-${index}` })),
        ...sensors.map((_, index) =>
          anInstance({ instanceId: `i-t${index}`, instanceType: index % 2 === 0 ? 'c5.large' : 'c5.24xlarge' }),
        ),
      ],
      networkInterfaces: [...sources, ...sensors],
      securityGroups: groups,
      networkAcls: [
        anAcl({
          subnetIds: subnets.map(({ subnetId }) => subnetId),
          entries: [...denials, anAclEntry({ ruleNumber: 500 })],
        }),
      ],
      subnets,
      trafficMirrorTargets: sensors.map(({ networkInterfaceId }, index) =>
        aTarget({ trafficMirrorTargetId: `tmt-${index}`, networkInterfaceId }),
      ),
    }),
  };
}
