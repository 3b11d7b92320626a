/** How long it takes to place a whole account: interfaces × targets × security groups, on one core. */

import type { Inventory } from '../../src/inventory/inventory.ts';
import type { NetworkInterface } from '../../src/inventory/network-interface.ts';
import { assign } from '../../src/mirror/assign.ts';
import { verdictOf } from '../../src/mirror/coverage.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import { surveyOf } from '../../src/mirror/survey.ts';
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

/** One measurement; times are milliseconds, the best of the runs. */
export interface PlannerResult {
  readonly name: string;
  readonly interfaces: number;
  readonly targets: number;
  readonly groups: number;
  /** Indexing the inventory and placing every interface. */
  readonly assignMs: number;
  /** The verdict of every interface, on a fresh index. */
  readonly verdictsMs: number;
  readonly placed: number;
}

const TARGETS = 200;
const GROUPS = 50;
const SUBNETS = 60;
const RUNS = 3;

/**
 * Places 1,000 to 20,000 interfaces that have no session on 200 targets behind 50 groups. `plain`: rules name whole subnets.
 * `scattered`: every group has 60 rules for ranges of 16 addresses, so that hardly two sources are alike.
 */
export function plannerSuite(): readonly PlannerResult[] {
  return (['plain', 'scattered'] as const).flatMap((kind) =>
    [1_000, 2_000, 5_000, 10_000, 20_000].map((interfaces) => measure(kind, interfaces)),
  );
}

function measure(kind: 'plain' | 'scattered', interfaces: number): PlannerResult {
  const { inventory, policy, sources } = anAccount(kind, interfaces);
  const runs = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    const { placed } = assign(surveyOf(inventory, policy), sources);
    const middle = performance.now();
    const survey = surveyOf(inventory, policy);
    for (const source of sources) verdictOf(source, survey);
    return { assignMs: middle - start, verdictsMs: performance.now() - middle, placed: placed.length };
  });
  return {
    name: `planner ${kind} ${interfaces}`,
    interfaces,
    targets: TARGETS,
    groups: GROUPS,
    assignMs: Math.min(...runs.map(({ assignMs }) => assignMs)),
    verdictsMs: Math.min(...runs.map(({ verdictsMs }) => verdictsMs)),
    placed: runs[0]?.placed ?? 0,
  };
}

interface Account {
  readonly inventory: Inventory;
  readonly policy: MirrorPolicy;
  readonly sources: readonly NetworkInterface[];
}

/** Subnets of /16 over three zones; half of the sensors take 100 sources, half 10; ACLs of 20 denials before the allow. */
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
