import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { sessionFindings, verdictOf } from '../../src/mirror/coverage.ts';
import type { MirrorPolicy } from '../../src/mirror/policy.ts';
import type { Verdict } from '../../src/mirror/verdict.ts';
import {
  ACCOUNT,
  aBalancerTarget,
  aFilter,
  aListener,
  aLoadBalancer,
  anAcl,
  anAclEntry,
  anInstance,
  anInterface,
  anInventory,
  anOurs,
  anUnknownTarget,
  aPolicy,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  aTarget,
  type Override,
} from '../support/inventories.ts';

const toB = aSession({ trafficMirrorTargetId: 'tmt-b' });

/** The verdict of eni-1, which has our session to tmt-b in another subnet and zone. */
function verdict(inventory: Override<Inventory> = {}, policy: Partial<MirrorPolicy> = {}): Verdict {
  return verdictOf(
    anInterface(),
    indexAccount(anInventory({ trafficMirrorSessions: [toB], ...inventory }), aPolicy(policy)),
  );
}

const accept = { ruleNumber: 100, ruleAction: 'accept' } as const;
const reject = { ruleNumber: 50, ruleAction: 'reject' } as const;
const nlb = {
  trafficMirrorTargets: [aBalancerTarget({ trafficMirrorTargetId: 'tmt-b' })],
};
const filter = (overrides: Parameters<typeof aFilter>[0]) => ({ trafficMirrorFilters: [aFilter(overrides)] });
const sensorB = (overrides: Parameters<typeof aSensorInterface>[1]) => ({
  networkInterfaces: [anInterface(), aSensorInterface('b', overrides)],
});

describe('verdictOf an interface with a session', () => {
  it.each<[string, string, Override<Inventory>, Partial<MirrorPolicy>]>([
    ['all is well', 'mirrored', {}, {}],
    ['the target is in another zone, which is billed', 'mirrored', {}, { localZoneOnly: false }],
    ['the target is in another zone, which is forbidden', 'CROSS_AZ', {}, { localZoneOnly: true }],
    ['the sensor interface is gone', 'TARGET_RESOURCE_GONE', { networkInterfaces: [anInterface()] }, {}],
    [
      'the sensor interface is not attached',
      'TARGET_RESOURCE_GONE',
      sensorB({ attachment: undefined, status: 'available' }),
      {},
    ],
    [
      'the sensor is stopped',
      'TARGET_RESOURCE_GONE',
      { instances: [anInstance(), anInstance({ instanceId: 'i-sensor-b', state: 'stopped' })] },
      {},
    ],
    ['the sensor is terminated', 'TARGET_RESOURCE_GONE', { instances: [anInstance()] }, {}],
    ['the target was withdrawn', 'TARGET_WITHDRAWN', { trafficMirrorTargets: [aTarget()] }, {}],
    [
      'the target is of an unknown type',
      'unknown',
      { trafficMirrorTargets: [anUnknownTarget({ trafficMirrorTargetId: 'tmt-b' })] },
      {},
    ],
    ['the balancer is gone', 'TARGET_RESOURCE_GONE', { ...nlb }, {}],
    [
      'the balancer has failed',
      'TARGET_RESOURCE_GONE',
      { ...nlb, loadBalancers: [aLoadBalancer({ state: 'failed' })], listeners: [aListener()] },
      {},
    ],
    [
      'the balancer lost its listener',
      'NLB_NO_UDP_4789',
      { ...nlb, loadBalancers: [aLoadBalancer()], listeners: [aListener({ port: 53 })] },
      {},
    ],
    [
      'the balancer listens for TCP',
      'NLB_NO_UDP_4789',
      { ...nlb, loadBalancers: [aLoadBalancer()], listeners: [aListener({ protocol: 'TCP' })] },
      {},
    ],
    [
      'the balancer listens for both',
      'mirrored',
      { ...nlb, loadBalancers: [aLoadBalancer()], listeners: [aListener({ protocol: 'TCP_UDP' })] },
      {},
    ],
    [
      "the balancer's group refuses",
      'BLOCKED_SG',
      { ...nlb, loadBalancers: [aLoadBalancer({ securityGroupIds: ['sg-workload'] })], listeners: [aListener()] },
      {},
    ],
    [
      'the listeners could not be read',
      'unknown',
      { ...nlb, loadBalancers: [aLoadBalancer()], listeners: undefined },
      {},
    ],
    ['the filter is gone', 'FILTER_GONE', { trafficMirrorFilters: [] }, {}],
    ['the filter could not be read', 'unknown', { trafficMirrorFilters: undefined }, {}],
    ['the filter has no rules', 'FILTER_EMPTY', filter({ ingressFilterRules: [], egressFilterRules: [] }), {}],
    [
      'the filter only rejects',
      'FILTER_EMPTY',
      filter({ ingressFilterRules: [reject], egressFilterRules: [reject] }),
      {},
    ],
    [
      'the filter rejects all before it accepts',
      'FILTER_EMPTY',
      filter({ ingressFilterRules: [accept, reject], egressFilterRules: [accept, reject] }),
      {},
    ],
    [
      'the filter rejects some before it accepts',
      'mirrored',
      filter({ ingressFilterRules: [accept, { ...reject, protocol: 6 }] }),
      {},
    ],
    ['the filter takes inbound only', 'FILTER_ONE_WAY', filter({ egressFilterRules: [] }), {}],
    ['the filter takes outbound only', 'FILTER_ONE_WAY', filter({ ingressFilterRules: [] }), {}],
    ['the group refuses', 'BLOCKED_SG', { securityGroups: [aSecurityGroup({ ipPermissions: [] })] }, {}],
    [
      'the ACL refuses',
      'BLOCKED_NACL',
      { networkAcls: [anAcl({ entries: [anAclEntry({ ruleAction: 'deny' })] })] },
      {},
    ],
    [
      "the source's ACL denies outbound, which only warns",
      'mirrored',
      { networkAcls: [anAcl({ entries: [anAclEntry()] })] },
      {},
    ],
    [
      "the source's ACL denies outbound, and the policy enforces it",
      'BLOCKED_NACL',
      { networkAcls: [anAcl({ entries: [anAclEntry()] })] },
      { sourceEgressAcl: 'enforce' },
    ],
    ['there is no route', 'NO_ROUTE', sensorB({ vpcId: 'vpc-2' }), {}],
    [
      'one check blocks and another is unknown: the block',
      'BLOCKED_SG',
      { securityGroups: [aSecurityGroup({ ipPermissions: [] })], networkAcls: undefined },
      {},
    ],
    ['groups could not be read', 'unknown', { securityGroups: undefined }, {}],
    ['sessions could not be read', 'unknown', { trafficMirrorSessions: undefined }, {}],
    ['the source has stopped', 'exempt', { instances: [anInstance({ state: 'stopped' })] }, {}],
    ['our session has a filter from an old configuration', 'WRONG_FILTER', {}, { filterId: 'tmf-new' }],
    [
      'our session goes to a target from an old configuration, as the ledger knows',
      'WRONG_TARGET',
      { ours: anOurs({ sentTo: { 'tms-1': ['tmt-b'] } }) },
      { targets: [{ id: 'tmt-a' }] },
    ],
    [
      'a session with our tag goes to a target that an earlier configuration named',
      'WRONG_TARGET',
      { ours: anOurs({ formerTargetIds: ['tmt-b'] }) },
      { targets: [{ id: 'tmt-a' }] },
    ],
    [
      'a session that only carries our tag goes to a target that is not configured',
      'rogue',
      {},
      { targets: [{ id: 'tmt-a' }] },
    ],
    [
      'our session goes to a target that is not configured and to which we did not send it',
      'rogue',
      { ours: anOurs({ sentTo: { 'tms-1': ['tmt-a'] } }) },
      { targets: [{ id: 'tmt-a' }] },
    ],
  ])('%s: %s', (_, expected, inventory, policy) => {
    const found = verdict(inventory, policy);
    expect(found.kind === 'ineffective' ? found.code : found.kind).toBe(expected);
    expect(found.reason).not.toBe('');
  });

  it('says that a working session is billed, and which session takes its packets', () => {
    const lower = aSession({ trafficMirrorSessionId: 'tms-other', trafficMirrorFilterId: 'tmf-other', tags: [] });
    const ours = { ...toB, sessionNumber: 2, trafficMirrorSessionId: 'tms-ours' };
    expect(verdict({ trafficMirrorSessions: [ours, lower] }).reason).toBe(
      'session tms-ours to tmt-b works; the target is in euw1-az2, the source in euw1-az1: cross-zone traffic is billed; ' +
        'session tms-other has a lower number and takes what its filter matches first',
    );
  });

  it('counts a session with the configured filter and target, no matter who made it', () => {
    expect(verdict({ trafficMirrorSessions: [{ ...toB, tags: [] }] }).kind).toBe('mirrored');
    expect(verdict({ trafficMirrorSessions: [{ ...toB, tags: [], trafficMirrorFilterId: 'tmf-other' }] }).kind).toBe(
      'missing',
    );
  });

  it("does not take a suspect's second session for a duplicate", () => {
    const suspect = aSession({
      trafficMirrorSessionId: 'tms-s',
      sessionNumber: 2,
      trafficMirrorFilterId: 'tmf-all',
      trafficMirrorTargetId: 'tmt-forensics',
    });
    const onSuspicion = { filterId: 'tmf-all', targetIds: ['tmt-forensics'], hours: 24 };
    expect(verdict({ trafficMirrorSessions: [toB, suspect] }, { onSuspicion }).kind).toBe('mirrored');
  });

  it('reports a rogue session when none of ours exists, with the target that would be selected', () => {
    const rogue = { ...toB, trafficMirrorTargetId: 'tmt-evil', tags: [] };
    expect(verdict({ trafficMirrorSessions: [rogue] })).toEqual({
      kind: 'rogue',
      reason: 'session tms-1 mirrors to tmt-evil, which is not a configured target',
      trafficMirrorSessionId: 'tms-1',
      trafficMirrorTargetId: 'tmt-a',
    });
    expect(verdict({ trafficMirrorSessions: [toB, { ...rogue, sessionNumber: 2 }] }).kind).toBe('mirrored');
  });
});

describe('verdictOf an interface without a session', () => {
  it.each<[string, Partial<Verdict>, Override<Inventory>, Partial<MirrorPolicy>]>([
    ['a target passes', { kind: 'missing', remediable: true, trafficMirrorTargetId: 'tmt-a' }, {}, {}],
    [
      'every target is blocked',
      { kind: 'missing', remediable: false },
      { securityGroups: [aSecurityGroup({ ipPermissions: [] })] },
      {},
    ],
    ['a target could not be checked and no other passes', { kind: 'unknown' }, { securityGroups: undefined }, {}],
    [
      'a target could not be checked, and the policy tries it',
      { kind: 'missing', remediable: true },
      { securityGroups: undefined },
      { onUnknown: 'try' },
    ],
    [
      'a target could not be checked, and another passes',
      { kind: 'missing', remediable: true, trafficMirrorTargetId: 'tmt-b' },
      {
        trafficMirrorTargets: [
          aTarget({ ownerId: '444455556666', networkInterfaceId: 'eni-far' }),
          aTarget({ trafficMirrorTargetId: 'tmt-b', networkInterfaceId: 'eni-sensor-b' }),
        ],
      },
      {},
    ],
  ])('%s', (_, expected, inventory, policy) => {
    expect(verdict({ trafficMirrorSessions: [], ...inventory }, policy)).toMatchObject(expected);
  });

  it('gives a reason for each target', () => {
    const found = verdict(
      { trafficMirrorSessions: [], securityGroups: [aSecurityGroup({ ipPermissions: [] })] },
      { localZoneOnly: true },
    );
    expect(found.reason).toBe(
      'no session, and no target serves: tmt-a: security group sg-sensor allows udp 4789 from nowhere; ' +
        'tmt-b: the target is in euw1-az2, and only euw1-az1 is allowed',
    );
  });
});

describe('sessionFindings', () => {
  const kinds = (
    session: TrafficMirrorSession,
    inventory: Override<Inventory> = {},
    policy: Partial<MirrorPolicy> = {},
  ): string[] =>
    sessionFindings(indexAccount(anInventory({ trafficMirrorSessions: [session], ...inventory }), aPolicy(policy))).map(
      ({ kind }) => kind,
    );
  const stopped = { instances: [anInstance({ state: 'stopped' })] };
  const evil = { trafficMirrorTargetId: 'tmt-evil', tags: [] };
  const inOther = { trafficMirrorTargets: [aTarget({ trafficMirrorTargetId: 'tmt-evil', ownerId: '999900001111' })] };

  it.each<[string, string[], Parameters<typeof aSession>[0], Override<Inventory>, Partial<MirrorPolicy>]>([
    ['a working session', [], {}, {}, {}],
    ["another account's session", ['rogue'], { ownerId: '999900001111' }, {}, {}],
    ["a trusted account's session", [], { ownerId: '999900001111' }, {}, { trustedOwners: ['999900001111'] }],
    ['to an unknown target', ['rogue'], evil, {}, {}],
    ["to another account's target", ['rogue'], evil, inOther, {}],
    ["to a trusted account's target", [], evil, inOther, { trustedOwners: ['999900001111'] }],
    [
      'to a target of this account that is not configured',
      ['rogue'],
      evil,
      { trafficMirrorTargets: [aTarget({ trafficMirrorTargetId: 'tmt-evil' })] },
      {},
    ],
    [
      'proven ours, to a target that was removed from the configuration',
      [],
      {},
      { ours: anOurs({ sentTo: { 'tms-1': ['tmt-a'] } }) },
      { targets: [{ id: 'tmt-b' }] },
    ],
    ['only tagged like ours, to a target that is not configured', ['rogue'], {}, {}, { targets: [{ id: 'tmt-b' }] }],
    ['tagged like ours, to an unknown target', ['rogue'], { trafficMirrorTargetId: 'tmt-evil' }, {}, {}],
    ['ours on a stopped instance', ['orphan'], {}, stopped, {}],
    ["anyone's on a stopped instance", ['orphan'], { tags: [] }, stopped, {}],
    ['ours on an interface that is gone', ['orphan'], { networkInterfaceId: 'eni-gone' }, {}, {}],
    ['on an interface that could not be read', [], {}, { networkInterfaces: undefined }, {}],
    [
      'ours on an interface that a tag now excludes',
      ['orphan'],
      {},
      { networkInterfaces: [anInterface({ tags: [{ key: 'x', value: '' }] })] },
      { excludeTags: [{ key: 'x' }] },
    ],
    [
      "another tool's on an interface that a tag excludes",
      [],
      { tags: [] },
      { networkInterfaces: [anInterface({ tags: [{ key: 'x', value: '' }] })] },
      { excludeTags: [{ key: 'x' }] },
    ],
    [
      "a participant's on a shared target: we cannot see its interface",
      ['rogue'],
      { ownerId: '999900001111', networkInterfaceId: 'eni-theirs' },
      {},
      {},
    ],
  ])('%s: %j', (_, expected, session, inventory, policy) => {
    expect(kinds(aSession(session), inventory, policy)).toEqual(expected);
  });

  it('keeps the duplicate that we cannot delete', () => {
    const foreign = aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2, tags: [], ownerId: ACCOUNT });
    const account = indexAccount(anInventory({ trafficMirrorSessions: [aSession(), foreign] }), aPolicy());
    expect(sessionFindings(account)).toMatchObject([
      { kind: 'duplicate', trafficMirrorSessionId: 'tms-1', managed: true, keep: 'tms-2' },
    ]);
  });
});
