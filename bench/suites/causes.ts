/** The time to say what caused each of 10,000 findings, with 5,000 recorded changes at hand. */

import { type AuditPolicy, audit } from '../../src/audit/audit.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { auditAsOf } from '../../src/causes/account-at.ts';
import { withCauses } from '../../src/causes/attribute.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { Change } from '../../src/sighting/changes/change.ts';
import type { Sighting } from '../../src/sighting/sighting.ts';
import {
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aTarget,
  attachedTo,
} from '../../test/support/inventories.ts';
import { race, type Suite, type SuiteResult } from '../measure.ts';

const INSTANCES = 10_000;
const SENSORS = 100;
const CHANGES = 5_000;

/**
 * Half of the sources go to sensors whose door is shut, a quarter have lost a tag and a quarter were launched without a session. Half of
 * the changes open and shut the sensors' doors, 25 times each; the rest are of single instances.
 */
export const causes: Suite = { name: 'causes: 10,000 findings, 5,000 changes, one core', run };

const POLICY: AuditPolicy = {
  tags: { requiredTags: [{ key: 'Owner', allowEmpty: false }] },
  mirror: aPolicy({ targets: Array.from({ length: SENSORS }, (_, index) => ({ id: `tmt-${index}` })) }),
  exemptions: [],
  severities: {},
  graceSeconds: 0,
};

const NOW = new Date('2026-03-17T12:00:00Z');

async function run(): Promise<SuiteResult> {
  const inventory = anAccount();
  const sightings = changes();
  const input = { inventory, sightings, scope: 'all', now: NOW } as const;
  const { findings } = audit({ ...input, sightings: [] }, POLICY);
  const { attributed, judged, asOf } = await race({
    attributed: () => withCauses(findings, { inventory, sightings, policy: POLICY }),
    judged: () => audit({ ...input, sightings: [] }, POLICY).findings.length,
    asOf: () => auditAsOf({ inventory, sightings, at: new Date('2026-03-17T06:00:00Z') }, POLICY).findings.length,
  });
  const proven = attributed.answer.filter(({ cause }: Finding) => cause.kind === 'call' || cause.kind === 'calls');
  return {
    rows: [
      { name: 'the account judged once, for comparison', seconds: judged.seconds },
      {
        name: 'a cause for each finding',
        seconds: attributed.seconds,
        note: `${findings.length} findings, ${sightings.length} changes, ${proven.length} proven`,
      },
      { name: 'the account as it was, judged', seconds: asOf.seconds },
    ],
    targets: [{ name: 'causes of 10,000 findings, s', value: attributed.seconds, goal: 10, atMost: true }],
  };
}

function anAccount(): Inventory {
  const indexes = Array.from({ length: INSTANCES }, (_, index) => index);
  const sensors = Array.from({ length: SENSORS }, (_, index) => index);
  return anInventory({
    instances: [
      ...indexes.map((index) =>
        anInstance({ instanceId: `i-${index}`, tags: index % 4 === 2 ? [] : [{ key: 'Owner', value: 'team' }] }),
      ),
      ...sensors.map((index) =>
        anInstance({
          instanceId: `i-s${index}`,
          instanceType: 'c5.24xlarge',
          tags: [{ key: 'Owner', value: 'network' }],
        }),
      ),
    ],
    networkInterfaces: [
      ...indexes.map((index) =>
        anInterface({
          networkInterfaceId: `eni-${index}`,
          privateIpAddress: `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}`,
          attachment: attachedTo(`i-${index}`),
        }),
      ),
      ...sensors.map((index) =>
        aSensorInterface('a', {
          networkInterfaceId: `eni-s${index}`,
          privateIpAddress: `10.0.200.${index + 1}`,
          groupIds: [`sg-s${index}`],
          attachment: attachedTo(`i-s${index}`),
        }),
      ),
    ],
    // The doors of the even sensors are shut.
    securityGroups: sensors.map((index) =>
      aSecurityGroup({ groupId: `sg-s${index}`, ipPermissions: index % 2 === 0 ? [] : [aPermission()] }),
    ),
    trafficMirrorTargets: sensors.map((index) =>
      aTarget({ trafficMirrorTargetId: `tmt-${index}`, networkInterfaceId: `eni-s${index}` }),
    ),
    trafficMirrorSessions: indexes
      .filter((index) => index % 4 !== 3)
      .map((index) =>
        aSession({
          trafficMirrorSessionId: `tms-${index}`,
          networkInterfaceId: `eni-${index}`,
          trafficMirrorTargetId: `tmt-${index % 2 === 0 ? sensorOf(index, 0) : sensorOf(index, 1)}`,
        }),
      ),
  });
}

/** The number of a sensor with the wanted remainder by two. */
function sensorOf(index: number, odd: 0 | 1): number {
  return ((index * 2) % SENSORS) + odd;
}

function changes(): readonly Sighting[] {
  const permission = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, cidrIp: '10.0.0.0/16' };
  const doors = Array.from({ length: CHANGES / 2 }, (_, index): Change => {
    const groupId = `sg-s${(index % (SENSORS / 2)) * 2}`;
    const isShut = Math.floor(index / (SENSORS / 2)) % 2 === 1;
    return isShut
      ? { kind: 'permissions-removed', groupId, permissions: [permission], unknownRuleIds: [] }
      : { kind: 'permissions-added', groupId, permissions: [permission] };
  });
  const instances = Array.from({ length: CHANGES / 2 }, (_, index): Change => {
    if (index % 2 === 0) return { kind: 'tags-removed', resourceId: `i-${index * 2 + 2}`, tags: [{ key: 'Owner' }] };
    const number = index * 2 + 1;
    return {
      kind: 'instance-launched',
      instanceId: `i-${number}`,
      tags: [{ key: 'Owner', value: 'team' }],
      networkInterfaces: [{ networkInterfaceId: `eni-${number}`, deviceIndex: 0, groupIds: ['sg-1'] }],
    };
  });
  return [...doors, ...instances].map((change, index) => sightingOf(change, index));
}

function sightingOf(change: Change, index: number): Sighting {
  const eventTime = new Date(Date.UTC(2026, 2, 17) + index * 8_000);
  const actor = `actor-${index % 50}`;
  return {
    kind: 'mirror-path-changed',
    what: 'security-group',
    resourceIds: [],
    accountId: '111122223333',
    region: 'eu-west-1',
    eventTime,
    actor: { name: actor, ours: false },
    evidence: { eventID: `event-${index}`, eventName: change.kind, eventTime: eventTime.toISOString(), actor },
    changes: [change],
  };
}
