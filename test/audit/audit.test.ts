import { describe, expect, it } from 'vitest';
import { type AuditInput, type AuditPolicy, audit } from '../../src/audit/audit.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { rulesWhere } from '../../src/audit/rule-book.ts';
import { anInstance, anInterface, anInventory, aPolicy, aSession, attachedTo } from '../support/inventories.ts';
import { at, deleted, launched, sessionDeleted, tagged, terminated } from '../support/sightings.ts';

const COST = { key: 'CostCenter', value: '4711' };
const tagPolicy: AuditPolicy = {
  tags: { requiredTags: [{ key: 'CostCenter', allowEmpty: false }] },
  mirror: null,
  exemptions: [],
  severities: {},
  graceSeconds: 300,
};
const mirrorPolicy: AuditPolicy = { ...tagPolicy, tags: { requiredTags: [] }, mirror: aPolicy() };
const NOTHING = { accountId: '111122223333', region: 'eu-west-1' };

function results(input: Partial<AuditInput>, policy: AuditPolicy = tagPolicy): readonly string[] {
  const { findings, judgements } = audit(
    { inventory: NOTHING, sightings: [], scope: 'sighted', now: at(60), ...input },
    policy,
  );
  return [
    ...findings.map(({ rule, resourceId, status }) => `${rule} ${resourceId} ${status}`),
    ...judgements.map(({ rule, resourceId, result }) => `${rule} ${resourceId} ${result}`),
  ].toSorted();
}

function findingsOf(input: Partial<AuditInput>, policy: AuditPolicy = tagPolicy): readonly Finding[] {
  return audit({ inventory: NOTHING, sightings: [], scope: 'sighted', now: at(60), ...input }, policy).findings;
}

describe('audit: instance-untagged', () => {
  it.each<[string, Partial<AuditInput>, readonly string[]]>([
    ['a launch without the tag is a finding', { sightings: [launched(0, 'i-1', [])] }, ['instance-untagged i-1 open']],
    ['a launch with the tag passes', { sightings: [launched(0, 'i-1', [COST])] }, ['instance-untagged i-1 pass']],
    [
      'a tag set later makes it pass',
      { sightings: [launched(0, 'i-1', []), tagged(1, 'i-1', [COST])] },
      ['instance-untagged i-1 pass'],
    ],
    [
      'a tag deleted later is a finding',
      { sightings: [launched(0, 'i-1', [COST]), deleted(1, 'i-1', [{ key: 'CostCenter' }])] },
      ['instance-untagged i-1 open'],
    ],
    [
      'a terminated instance needs nothing',
      { sightings: [launched(0, 'i-1', []), terminated(1, 'i-1')] },
      ['instance-untagged i-1 gone'],
    ],
    [
      'a launch whose response was omitted is unknown',
      { sightings: [launched(0, 'i-1', undefined)] },
      ['instance-untagged i-1 unknown'],
    ],
    [
      'the account outranks the records',
      { sightings: [launched(0, 'i-1', [])], inventory: { ...NOTHING, instances: [anInstance({ tags: [COST] })] } },
      ['instance-untagged i-1 pass'],
    ],
    [
      'an instance that is not in the account is gone',
      { sightings: [launched(0, 'i-1', [])], inventory: { ...NOTHING, instances: [] } },
      ['instance-untagged i-1 gone'],
    ],
    [
      'an instance launched this minute may just not be visible yet',
      { sightings: [launched(60, 'i-1', [])], inventory: { ...NOTHING, instances: [] } },
      ['instance-untagged i-1 unknown'],
    ],
    ['an instance that no record touched is not judged', { inventory: { ...NOTHING, instances: [anInstance()] } }, []],
    [
      'a sweep judges every instance',
      {
        scope: 'all',
        inventory: { ...NOTHING, instances: [anInstance(), anInstance({ instanceId: 'i-2', state: 'terminated' })] },
      },
      ['instance-untagged i-1 open', 'instance-untagged i-2 gone'],
    ],
    [
      'a sensor of another account is judged in that account',
      { scope: 'all', inventory: { ...NOTHING, instances: [anInstance({ ownerId: '222222222222' })] } },
      [],
    ],
    [
      'a re-check judges the requested resources',
      {
        requested: { instanceIds: ['i-1'], networkInterfaceIds: [] },
        inventory: { ...NOTHING, instances: [anInstance()] },
      },
      ['instance-untagged i-1 open'],
    ],
  ])('%s', (_, input, expected) => {
    expect(results(input)).toEqual(expected);
  });

  it.each([
    ['the Owner tag', [{ key: 'Owner', value: 'team-web@example.com' }], 'team-web@example.com'],
    ['nobody without one, whoever launched it', [], undefined],
    ['nobody when the tag is empty', [{ key: 'Owner', value: '' }], undefined],
  ])('names as the owner %s', (_, tags, owner) => {
    const [finding] = findingsOf({ sightings: [launched(0, 'i-1', tags, 'dana')] });
    expect(finding).toMatchObject({ resourceId: 'i-1', rule: 'instance-untagged' });
    expect(finding?.owner).toBe(owner);
    expect(JSON.stringify(finding?.detail)).not.toMatch(/dana|owner/i);
  });

  it('lists the call that deleted the tag before the launch, and names nobody: a cause has to be proven first', () => {
    const [finding] = findingsOf({
      sightings: [launched(0, 'i-1', [COST], 'dana'), deleted(1, 'i-1', [{ key: 'CostCenter' }], 'mallory')],
    });
    expect(finding).toMatchObject({
      cause: { kind: 'unknown' },
      detail: { missingTags: ['CostCenter'] },
      firstSeen: at(1).toISOString(),
      lastSeen: at(1).toISOString(),
    });
    expect(finding?.evidence.map(({ eventName }) => eventName)).toEqual(['DeleteTags', 'RunInstances']);
    expect(finding?.fix).toBe(
      'No command can know the right values. Set these tags on i-1 in eu-west-1, by "aws ec2 create-tags" or in the console: CostCenter (any value but an empty one)',
    );
  });

  it('holds a finding back during its grace period', () => {
    const young = findingsOf({ sightings: [launched(58, 'i-1', [])] })[0];
    expect(young?.detail.pendingUntil).toBe(at(63).toISOString());
    expect(findingsOf({ sightings: [launched(50, 'i-1', [])] })[0]?.detail.pendingUntil).toBeUndefined();
  });

  it('gives the same resource and rule the same id, from records or a live look', () => {
    const [one] = findingsOf({ sightings: [launched(0, 'i-1', [])] });
    const [other] = findingsOf({ scope: 'all', inventory: { ...NOTHING, instances: [anInstance()] } });
    expect(one?.id).toBe(other?.id);
  });

  it('takes severities and exemptions from the policy', () => {
    const policy: AuditPolicy = {
      ...tagPolicy,
      severities: { 'instance-untagged': 'critical' },
      exemptions: [{ match: { resource: 'i-1' }, rule: '*', reason: 'r', owner: 'o', expires: '2027-01-01' }],
    };
    expect(findingsOf({ sightings: [launched(0, 'i-1', [])] }, policy)).toMatchObject([
      { severity: 'critical', status: 'muted' },
    ]);
  });
});

describe('audit: mirroring', () => {
  const RULES = rulesWhere(({ judges }) => judges === 'mirrored-resource');
  const all = (id: string, result: string): readonly string[] => RULES.map((rule) => `${rule} ${id} ${result}`);
  const base = anInventory();
  const workload = (base.networkInterfaces ?? []).find(({ networkInterfaceId }) => networkInterfaceId === 'eni-1');

  it('finds an instance without a session by one rule only', () => {
    const found = results({ scope: 'all', inventory: base }, mirrorPolicy).filter((line) => line.includes(' i-1 '));
    expect(found).toEqual(
      all('i-1', 'pass').map((line) => line.replace('instance-unmirrored i-1 pass', 'instance-unmirrored i-1 open')),
    );
  });

  it('passes an instance with a session', () => {
    const found = results(
      { scope: 'all', inventory: { ...base, trafficMirrorSessions: [aSession()] } },
      mirrorPolicy,
    ).filter((line) => line.includes(' i-1 '));
    expect(found).toEqual(all('i-1', 'pass'));
  });

  it('makes one finding for an instance with two unmirrored interfaces', () => {
    const second = anInterface({
      networkInterfaceId: 'eni-1b',
      privateIpAddress: '10.0.0.77',
      attachment: attachedTo('i-1', 1),
    });
    const inventory = { ...base, networkInterfaces: [...(base.networkInterfaces ?? []), second] };
    const found = findingsOf({ scope: 'all', inventory }, mirrorPolicy).filter(
      ({ resourceId, status }) => resourceId === 'i-1' && status === 'open',
    );
    expect(found.map(({ detail }) => detail.interfaces?.map(({ networkInterfaceId }) => networkInterfaceId))).toEqual([
      ['eni-1', 'eni-1b'],
    ]);
  });

  it('mutes sources that are exempt from mirroring, with the reason', () => {
    const sensors = findingsOf({ scope: 'all', inventory: base }, mirrorPolicy).filter(
      ({ status }) => status === 'muted',
    );
    expect(sensors.length).toBeGreaterThan(0);
    for (const { rule, reason } of sensors)
      expect([rule, reason]).toEqual([
        'instance-unmirrored',
        expect.stringMatching(/is exempt from mirroring: .*(sensor|target)/),
      ]);
  });

  it.each([
    ['the sessions were not read', { ...base, trafficMirrorSessions: undefined }],
    ['the interfaces were not read', { ...base, networkInterfaces: undefined }],
  ])('answers unknown, never pass, when %s', (_, { trafficMirrorSessions, networkInterfaces, ...rest }) => {
    const inventory = {
      ...rest,
      ...(trafficMirrorSessions && { trafficMirrorSessions }),
      ...(networkInterfaces && { networkInterfaces }),
    };
    expect(results({ scope: 'all', inventory }, mirrorPolicy).filter((line) => line.includes(' i-1 '))).toEqual(
      all('i-1', 'unknown'),
    );
  });

  it('takes Name and Owner from the instance when only its session was touched', () => {
    const tags = [
      { key: 'Name', value: 'web-1' },
      { key: 'Owner', value: 'team-web@example.com' },
    ];
    const instances = (base.instances ?? []).map((each) => (each.instanceId === 'i-1' ? { ...each, tags } : each));
    const sightings = [sessionDeleted(5, 'tms-1', workload?.networkInterfaceId, 'mallory')];
    const [finding] = findingsOf({ inventory: { ...base, instances }, sightings }, mirrorPolicy);
    expect(finding).toMatchObject({
      rule: 'instance-unmirrored',
      resourceId: 'i-1',
      owner: 'team-web@example.com',
      detail: { name: 'web-1' },
    });
  });

  it('has the Auto Scaling group, which mails say many findings have in common', () => {
    const group = { key: 'aws:autoscaling:groupName', value: 'web-asg' };
    const [ofRecords] = findingsOf({ sightings: [launched(0, 'i-1', [group])] });
    const [ofAccount] = findingsOf({
      sightings: [launched(0, 'i-1', [])],
      inventory: { ...NOTHING, instances: [anInstance({ tags: [group] })] },
    });
    for (const finding of [ofRecords, ofAccount]) expect(finding?.detail.autoScalingGroupName).toBe('web-asg');
  });

  it('lists the deletion of the session as evidence, and names nobody', () => {
    const sightings = [
      launched(0, 'i-1', [], 'dana'),
      sessionDeleted(5, 'tms-1', workload?.networkInterfaceId, 'mallory'),
    ];
    const [finding] = findingsOf({ inventory: base, sightings }, mirrorPolicy);
    expect(finding).toMatchObject({ rule: 'instance-unmirrored', resourceId: 'i-1', cause: { kind: 'unknown' } });
    expect(finding?.evidence.map(({ actor }) => actor)).toEqual(['mallory', 'dana']);
  });

  it('finds a session whose source was stopped', () => {
    const stopped = {
      ...base,
      instances: (base.instances ?? []).map((instance) =>
        instance.instanceId === 'i-1' ? { ...instance, state: 'stopped' as const } : instance,
      ),
      trafficMirrorSessions: [aSession()],
    };
    expect(results({ scope: 'all', inventory: stopped }, mirrorPolicy)).toContain(
      `mirror-orphan ${aSession().trafficMirrorSessionId} open`,
    );
  });
});
