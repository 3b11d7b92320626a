import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../src/mirror/account-index.ts';
import { explain, explainInstance } from '../../src/mirror/explain.ts';
import {
  anAcl,
  anAclEntry,
  anInterface,
  anInventory,
  aPolicy,
  aSession,
  aTaskInterface,
} from '../support/inventories.ts';

const FILTER = { check: 'filter', result: 'allow', reason: 'filter tmf-1 accepts traffic in both directions' };

describe('explain', () => {
  it('gives every check of every candidate, in words', () => {
    const acl = anAcl({
      subnetIds: ['subnet-b'],
      entries: [
        anAclEntry({ ruleNumber: 90, ruleAction: 'deny', protocol: '17', cidrBlock: '10.0.0.0/24' }),
        anAclEntry(),
      ],
    });
    const inventory = anInventory({ networkAcls: [anAcl({ networkAclId: 'acl-a', subnetIds: ['subnet-a'] }), acl] });
    expect(explain('eni-1', indexAccount(inventory, aPolicy()))).toEqual({
      networkInterfaceId: 'eni-1',
      resourceId: 'i-1',
      verdict: {
        kind: 'missing',
        reason:
          'no session; for this source alone, with the sessions of now: tmt-a is the least utilised target that passes every check in the same zone (0 of 10 sources)',
      },
      selected: 'tmt-a',
      candidates: [
        {
          trafficMirrorTargetId: 'tmt-a',
          eligible: true,
          tier: 'same-zone',
          sources: 0,
          capacity: 10,
          checks: [
            {
              check: 'alive',
              result: 'allow',
              reason: 'sensor interface eni-sensor-a is in use on i-sensor-a, which is running',
            },
            { check: 'self', result: 'allow', reason: 'the source is not a sensor' },
            { check: 'route', result: 'allow', reason: 'the local route of vpc-1 leads to the target' },
            { check: 'zone', result: 'allow', reason: 'both are in euw1-az1' },
            { check: 'capacity', result: 'allow', reason: '0 of 10 sources' },
            {
              check: 'security-group',
              result: 'allow',
              reason: 'security group sg-sensor allows udp 4789 from 10.0.0.0/8',
            },
            {
              check: 'network-acl',
              result: 'allow',
              reason: 'both are in subnet subnet-a, and network ACLs are not evaluated within a subnet',
            },
            FILTER,
          ],
        },
        {
          trafficMirrorTargetId: 'tmt-b',
          eligible: false,
          tier: 'other-zone',
          sources: 0,
          capacity: 10,
          checks: [
            {
              check: 'alive',
              result: 'allow',
              reason: 'sensor interface eni-sensor-b is in use on i-sensor-b, which is running',
            },
            { check: 'self', result: 'allow', reason: 'the source is not a sensor' },
            { check: 'route', result: 'allow', reason: 'the local route of vpc-1 leads to the target' },
            {
              check: 'zone',
              result: 'warn',
              reason: 'the target is in euw1-az2, the source in euw1-az1: cross-zone traffic is billed',
            },
            { check: 'capacity', result: 'allow', reason: '0 of 10 sources' },
            {
              check: 'security-group',
              result: 'allow',
              reason: 'security group sg-sensor allows udp 4789 from 10.0.0.0/8',
            },
            {
              check: 'network-acl',
              result: 'block',
              reason: 'network ACL acl-1 rule 90 denies udp 4789 from 10.0.0.0/24',
            },
            FILTER,
          ],
        },
      ],
    });
  });

  it('selects the target of the session, and gives an exempt interface no candidates', () => {
    const mirrored = anInventory({ trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b' })] });
    expect(explain('eni-1', indexAccount(mirrored, aPolicy()))).toMatchObject({
      verdict: { kind: 'mirrored' },
      selected: 'tmt-b',
    });
    const sensor = explain('eni-sensor-a', indexAccount(mirrored, aPolicy()));
    expect(sensor).toMatchObject({ verdict: { kind: 'exempt' }, selected: null, candidates: [] });
  });

  it('is undefined for an interface that is not in the inventory', () => {
    expect(explain('eni-none', indexAccount(anInventory(), aPolicy()))).toBeUndefined();
  });
});

describe('explainInstance', () => {
  it('explains instances and tasks, and nothing else', () => {
    const task = aTaskInterface();
    const account = indexAccount(anInventory({ networkInterfaces: [anInterface(), task] }), aPolicy());
    expect(explainInstance('i-1', account)?.interfaces.map((one) => one.networkInterfaceId)).toEqual(['eni-1']);
    expect(explainInstance(task.description ?? '', account)?.interfaces.map((one) => one.networkInterfaceId)).toEqual([
      'eni-task',
    ]);
    expect(explainInstance('i-none', account)).toBeUndefined();
  });
});
