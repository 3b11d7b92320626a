import { describe, expect, it } from 'vitest';
import { audit } from '../../../src/audit/audit.ts';
import type { Exemption } from '../../../src/audit/exemptions.ts';
import type { RuleId } from '../../../src/audit/finding.ts';
import type { CommandOption } from '../../../src/audit/fixes/command.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../../src/inventory/mirror.ts';
import type { MirrorPolicy } from '../../../src/mirror/policy.ts';
import { withFixes } from '../../../src/remediation/advice/fixes.ts';
import { planRemediation } from '../../../src/remediation/plan-remediation.ts';
import { NOW } from '../../support/findings.ts';
import {
  anAcl,
  anAclEntry,
  anInterface,
  anInventory,
  anOurs,
  aPolicy,
  aSecurityGroup,
  aSession,
  aTaskInterface,
} from '../../support/inventories.ts';

/** The fix of the rule's only finding about `i-1` or its session. */
function fixOf(
  rule: RuleId,
  inventory: Inventory,
  options: readonly CommandOption[] = [],
  exemptions: readonly Exemption[] = [],
  policy: Partial<MirrorPolicy> = {},
): string {
  const audited = audit(
    { inventory, sightings: [], scope: 'all', now: NOW },
    { tags: { requiredTags: [] }, mirror: aPolicy(policy), exemptions, severities: {}, graceSeconds: 0 },
  );
  const { account, resources, forbidden } = audited;
  if (account === null) throw new Error('mirroring was not judged');
  const plan = planRemediation(account, { forbidden });
  const findings = withFixes(audited.findings, [{ account, resources, forbidden, plan }], options);
  const found = findings.filter((one) => one.rule === rule && !one.resourceId.startsWith('i-sensor'));
  expect(found).toHaveLength(1);
  return found[0]?.fix ?? '';
}

const theirs = (parts: Partial<TrafficMirrorSession> = {}): TrafficMirrorSession => aSession({ tags: [], ...parts });
const withSessions = (...trafficMirrorSessions: readonly TrafficMirrorSession[]): Inventory =>
  anInventory({ trafficMirrorSessions });
const second = { trafficMirrorSessionId: 'tms-2', sessionNumber: 2, trafficMirrorTargetId: 'tmt-b' };
const closed = { securityGroups: [aSecurityGroup({ groupId: 'sg-sensor', ipPermissions: [] })] };
const DELETE = 'aws ec2 delete-traffic-mirror-session --region eu-west-1 --traffic-mirror-session-id';

describe('the fix of a finding about mirroring', () => {
  it('needs no option in the deployed stack, and has those of the run elsewhere', () => {
    const bare = anInventory();
    expect(fixOf('instance-unmirrored', bare)).toBe('mirrorwatch mirror apply --only i-1');
    const options = [['--account', 'a b.json'] as const, ['--regions', 'eu-west-1'] as const];
    expect(fixOf('instance-unmirrored', bare, options)).toBe(
      "mirrorwatch mirror apply --only i-1 --account 'a b.json' --regions eu-west-1",
    );
  });

  it('is words when no target serves the source', () => {
    expect(fixOf('instance-unmirrored', anInventory(closed))).toBe(
      'No command can mirror it as things are, for the reason that the finding gives. Each check is shown by: mirrorwatch mirror explain i-1',
    );
  });

  it('mirrors the interfaces that get a session where others get none, and says so', () => {
    const twoInterfaces = anInventory({
      networkInterfaces: [
        ...(anInventory().networkInterfaces ?? []),
        anInterface({ networkInterfaceId: 'eni-2', privateIpAddress: '10.0.0.11' }),
      ],
    });
    const oneplace = { targets: [{ id: 'tmt-a', maxSources: 1 }] };
    expect(fixOf('instance-unmirrored', twoInterfaces, [], [], oneplace)).toMatch(
      /^No command can mirror all of it, for the reason that the finding gives\. This one mirrors eni-[12]: mirrorwatch mirror apply --only i-1$/,
    );
  });

  it('does not call a dead session of ours one of others when no target has room for it', () => {
    const full = { targets: [{ id: 'tmt-b', maxSources: 0 }] };
    const ours = anOurs({ sentTo: { 'tms-1': ['tmt-a'] } });
    const fix = fixOf('mirror-ineffective', { ...withSessions(aSession()), ours }, [], [], full);
    expect(fix).toMatch(/^No command can repair it as things are, for the reason that the finding gives\. Each check/);
  });

  it('redirects our session to an unknown target, and only advises to look at those of others', () => {
    const unknown = { trafficMirrorTargetId: 'tmt-x' };
    expect(fixOf('mirror-rogue', withSessions(aSession(unknown)))).toBe('mirrorwatch mirror apply --only i-1');
    const fix = fixOf('mirror-rogue', withSessions(theirs(unknown)));
    expect(fix).toMatch(/^No command .* who reads tmt-x\..*: /);
    expect(fix.endsWith(`: ${DELETE} tms-1`)).toBe(true);
    // One of two sessions is not ours: redirecting the other does not resolve the finding.
    const both = withSessions(aSession(unknown), theirs({ ...second, ...unknown }));
    expect(fixOf('mirror-rogue', both)).toMatch(/^No command /);
  });

  it('moves our dead session', () => {
    const dead = anInventory({
      trafficMirrorSessions: [aSession()],
      trafficMirrorTargets: (anInventory().trafficMirrorTargets ?? []).filter(
        ({ trafficMirrorTargetId }) => trafficMirrorTargetId !== 'tmt-a',
      ),
    });
    expect(fixOf('mirror-ineffective', dead)).toBe('mirrorwatch mirror apply --only i-1');
  });

  it('opens the security group for the source of a session of others, if nothing else stops it', () => {
    const stopped = anInventory({ trafficMirrorSessions: [theirs()], ...closed });
    expect(fixOf('mirror-ineffective', stopped)).toBe(
      'aws ec2 authorize-security-group-ingress --region eu-west-1 --group-id sg-sensor --protocol udp --port 4789 --cidr 10.0.0.5/32',
    );
    // The network ACLs deny it too, so opening the group alone would not help.
    const acls = ['subnet-a', 'subnet-b'].map((subnetId) =>
      anAcl({
        networkAclId: `acl-${subnetId}`,
        subnetIds: [subnetId],
        entries: [anAclEntry({ ruleNumber: 1, ruleAction: 'deny', protocol: '-1', cidrBlock: '0.0.0.0/0' })],
      }),
    );
    const shut = anInventory({
      trafficMirrorSessions: [theirs({ trafficMirrorTargetId: 'tmt-b' })],
      networkAcls: acls,
      ...closed,
    });
    expect(fixOf('mirror-ineffective', shut)).toMatch(/^No command of ours changes a session of others/);
  });

  it('cleans up duplicates of ours, and leaves those of others to their maker', () => {
    expect(fixOf('mirror-duplicate', withSessions(aSession(), aSession(second)))).toBe(
      'mirrorwatch mirror apply --cleanup --only i-1',
    );
    expect(fixOf('mirror-duplicate', withSessions(theirs(), theirs(second)))).toBe(
      `No command of ours deletes a session of others. Here tms-2 repeats tms-1. Its maker can delete it: ${DELETE} tms-2`,
    );
  });

  it.each<[string, TrafficMirrorSession, Partial<Inventory>, string | RegExp]>([
    ['ours', aSession({ networkInterfaceId: 'eni-9' }), {}, 'mirrorwatch mirror apply --cleanup --only tms-1'],
    ['of others whose source is gone', theirs({ networkInterfaceId: 'eni-8' }), {}, `${DELETE} tms-1`],
    [
      'of others whose source may return',
      theirs({ networkInterfaceId: 'eni-9' }),
      {},
      /^No command should delete a session of others\. If eni-9 /,
    ],
    [
      'ours while the account was read in part',
      aSession({ networkInterfaceId: 'eni-9' }),
      { incomplete: { instances: 'one page is missing' } },
      /^No command is safe/,
    ],
  ])('deletes an orphan %s only if it is of no use to anybody', (_, session, parts, expected) => {
    const detached = anInterface({ networkInterfaceId: 'eni-9', status: 'available', attachment: undefined });
    const inventory = anInventory({
      trafficMirrorSessions: [aSession({ trafficMirrorSessionId: 'tms-0' }), session],
      networkInterfaces: [...(anInventory().networkInterfaces ?? []), detached],
      ...parts,
    });
    const fix = fixOf('mirror-orphan', inventory);
    if (typeof expected === 'string') expect(fix).toBe(expected);
    else expect(fix).toMatch(expected);
  });

  it('is empty for what an exemption leaves as it is, and not for what it still wants repaired', () => {
    const decision = { match: { resource: 'i-1' }, rule: '*', reason: 'r', owner: 'o', expires: '2099-12-31' };
    expect(fixOf('instance-unmirrored', anInventory(), [], [decision])).toBe('');
    expect(fixOf('instance-unmirrored', anInventory(), [], [{ ...decision, still: 'repair' }])).toBe(
      'mirrorwatch mirror apply --only i-1',
    );
  });

  it('names the interfaces of a resource whose id has a comma', () => {
    const description = 'arn:aws:ecs:eu-west-1:111122223333:attachment/a,b';
    const inventory = anInventory({
      trafficMirrorSessions: [aSession()],
      networkInterfaces: [...(anInventory().networkInterfaces ?? []), aTaskInterface({ description })],
    });
    expect(fixOf('instance-unmirrored', inventory)).toBe('mirrorwatch mirror apply --only eni-task');
  });
});
