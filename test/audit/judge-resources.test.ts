import { describe, expect, it } from 'vitest';
import {
  type JudgedResource,
  judgeInstances,
  judgeMirroredResources,
  judgeSessions,
  namedTags,
} from '../../src/audit/judge-resources.ts';
import { mirroredResourcesOf } from '../../src/audit/mirrored-resource.ts';
import { rulesWhere } from '../../src/audit/rule-book.ts';
import { RULES as BUILT_IN } from '../../src/audit/rules/registry.ts';
import type { Subject } from '../../src/audit/subjects.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { indexAccount } from '../../src/mirror/account-index.ts';
import type { Tag } from '../../src/sighting/sighting.ts';
import { anInstance, anInterface, anInventory, aPolicy, aSession, aTaskInterface } from '../support/inventories.ts';

const summary = (judged: readonly JudgedResource[]): readonly string[] =>
  judged.map(({ rule, resourceId, answer }) => `${rule} ${resourceId} ${answer.result}`).toSorted();

const present: Subject = { instanceId: 'i-1', state: 'present', instance: anInstance() };
const gone: Subject = { instanceId: 'i-1', state: 'gone' };
const unknown: Subject = { instanceId: 'i-1', state: 'unknown' };

describe('judgeInstances', () => {
  const policy = { requiredTags: [{ key: 'CostCenter', allowEmpty: false }] };
  const tagged = anInstance({ tags: [{ key: 'CostCenter', value: '4711' }] });

  it.each<[string, Subject, string]>([
    ['fails an instance without the tag', present, 'fail'],
    ['passes an instance with the tag', { ...present, instance: tagged }, 'pass'],
    ['answers gone for an instance that is not there, without asking the rule', gone, 'gone'],
    ['answers unknown for an instance that is not visible', unknown, 'unknown'],
    [
      'answers unknown when neither account nor records show its tags',
      { instanceId: 'i-1', state: 'present' },
      'unknown',
    ],
  ])('%s', (_, subject, result) => {
    expect(summary(judgeInstances([subject], policy, anInventory()))).toEqual([`instance-untagged i-1 ${result}`]);
  });

  it('knows the tags and the place of the instance', () => {
    expect(judgeInstances([{ ...present, instance: tagged }], policy, anInventory())).toMatchObject([
      { tags: tagged.tags, place: { vpcId: 'vpc-1', availabilityZone: 'eu-west-1a' } },
    ]);
  });
});

describe('judgeMirroredResources', () => {
  const RULES = rulesWhere(({ judges }) => judges === 'mirrored-resource');
  const all = (id: string, result: string): readonly string[] => RULES.map((rule) => `${rule} ${id} ${result}`);

  function judged(
    inventory: Inventory,
    subjects: readonly Subject[],
    ids: readonly string[],
  ): readonly JudgedResource[] {
    const account = indexAccount(inventory, aPolicy());
    const interfaces = (inventory.networkInterfaces ?? []).filter((each) => ids.includes(each.networkInterfaceId));
    const resources = mirroredResourcesOf(interfaces, account);
    return judgeMirroredResources({ subjects, resources, account, sightings: [], deletedFrom: new Map() });
  }

  it('passes a mirrored instance by every mirror rule', () => {
    const inventory = anInventory({ trafficMirrorSessions: [aSession()] });
    expect(summary(judged(inventory, [present], ['eni-1']))).toEqual(all('i-1', 'pass'));
  });

  it('fails an instance without a session by one rule', () => {
    expect(summary(judged(anInventory(), [present], ['eni-1']))).toEqual(
      all('i-1', 'pass').map((line) => line.replace('instance-unmirrored i-1 pass', 'instance-unmirrored i-1 fail')),
    );
  });

  it.each<[string, Inventory, Subject, string, string]>([
    ['is gone', anInventory(), gone, 'gone', ''],
    ['is not visible yet', anInventory(), unknown, 'unknown', ''],
    ['has no interface', anInventory({ networkInterfaces: [] }), present, 'unknown', 'no network interface'],
    [
      'is in an account whose interfaces could not be read',
      anInventory({ networkInterfaces: undefined, unread: { networkInterfaces: 'AccessDenied' } }),
      present,
      'unknown',
      'could not be read: AccessDenied',
    ],
  ])('answers every rule for an instance that %s', (_, inventory, subject, result, reason) => {
    const answers = judged(inventory, [subject], []);
    // Figures say nothing of an instance that is there.
    const byFigures = result === 'gone' ? ['mirror-dropping i-1 gone', 'mirror-silent i-1 gone'] : [];
    expect(summary(answers).toSorted()).toEqual([...all('i-1', result), ...byFigures].toSorted());
    for (const { answer } of answers) expect(answer.reason).toContain(reason);
  });

  it('asks a rule only about the types of resources that it applies to', () => {
    const inventory = anInventory({ networkInterfaces: [aTaskInterface()] });
    const asked = (): readonly string[] =>
      judged(inventory, [gone], ['eni-task'])
        .filter(({ rule }) => rule === 'mirror-duplicate')
        .map(({ resourceType }) => resourceType);
    const { appliesTo } = BUILT_IN['mirror-duplicate'];
    expect(asked()).toEqual(['AWS::ECS::Task', 'AWS::EC2::Instance']);
    try {
      Reflect.set(BUILT_IN['mirror-duplicate'], 'appliesTo', ['AWS::EC2::Instance']);
      expect(asked()).toEqual(['AWS::EC2::Instance']);
      Reflect.set(BUILT_IN['mirror-duplicate'], 'appliesTo', ['AWS::ECS::Task']);
      expect(asked()).toEqual(['AWS::ECS::Task']);
    } finally {
      Reflect.set(BUILT_IN['mirror-duplicate'], 'appliesTo', appliesTo);
    }
  });

  it('takes the tags from the interfaces when there is no instance', () => {
    const tags = [{ key: 'Owner', value: 'dana' }];
    const lone = anInterface({ networkInterfaceId: 'eni-lone', attachment: undefined, tags });
    const answers = judged(anInventory({ networkInterfaces: [lone] }), [], ['eni-lone']);
    for (const answer of answers) expect(answer.tags).toEqual(tags);
  });

  it('says nothing about an exempt interface that belongs to no instance or task', () => {
    const gateway = anInterface({ networkInterfaceId: 'eni-nat', interfaceType: 'nat_gateway', attachment: undefined });
    expect(judged(anInventory({ networkInterfaces: [gateway] }), [], ['eni-nat'])).toEqual([]);
  });
});

describe('judgeSessions', () => {
  const instances = (anInventory().instances ?? []).map((each) =>
    each.instanceId === 'i-1' ? anInstance({ state: 'stopped' }) : each,
  );
  const orphaned = indexAccount(anInventory({ instances, trafficMirrorSessions: [aSession()] }), aPolicy());
  const healthy = indexAccount(anInventory({ trafficMirrorSessions: [aSession()] }), aPolicy());

  it.each<[string, typeof healthy, ReadonlySet<string> | null, readonly string[]]>([
    ['finds the session of a stopped instance', orphaned, null, ['mirror-orphan tms-1 fail']],
    ['finds it when its interface was touched', orphaned, new Set(['eni-1']), ['mirror-orphan tms-1 fail']],
    ['leaves it alone when another interface was touched', orphaned, new Set(['eni-2']), []],
    ['says nothing of a session that serves', healthy, null, []],
  ])('%s', (_, account, touched, expected) => {
    expect(summary(judgeSessions(account, touched))).toEqual(expected);
  });
});

describe('namedTags', () => {
  const tag = (key: string, value: string): Tag => ({ key, value });

  it.each<[string, readonly Tag[], ReturnType<typeof namedTags>]>([
    ['Name and Owner', [tag('Name', 'web'), tag('Owner', 'dana')], { name: 'web', owner: 'dana' }],
    ['a lower-case owner', [tag('owner', 'dana')], { name: undefined, owner: 'dana' }],
    ['Owner before owner', [tag('owner', 'x'), tag('Owner', 'dana')], { name: undefined, owner: 'dana' }],
    ['an empty Name as none', [tag('Name', '')], { name: undefined, owner: undefined }],
  ])('reads %s', (_, tags, named) => {
    expect(namedTags(tags)).toEqual(named);
  });
});
