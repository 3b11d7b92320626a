import { expect, it } from 'vitest';
import { mirroredResourcesOf } from '../../../src/audit/mirrored-resource.ts';
import { mirrorIneffective } from '../../../src/audit/rules/mirror-ineffective.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { aFilter, anInstance, anInventory, aPolicy, aSecurityGroup, aSession } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('mirror-ineffective', {
  title: 'Mirror session that does not work as configured',
  severity: 'high',
  phrase: 'ineffectively mirrored',
  judges: 'mirrored-resource',
  whatWeDid: 'nothing',
  repairedBy: ['create-session', 'modify-session'],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: { mirroring: '0 of 7', digest: 'Mirrored: 0 of 7 instances (0 %)' },
  cases: {
    failing: {
      given: anInventory({
        trafficMirrorSessions: [aSession()],
        securityGroups: [aSecurityGroup({ ipPermissions: [] })],
      }),
      answer:
        'open high AWS::EC2::Instance i-1: i-1 has a mirror session that carries nothing: session tms-1 to tmt-a: security group sg-sensor allows udp 4789 from nowhere.',
    },
    passing: {
      given: anInventory({ trafficMirrorSessions: [aSession()] }),
      answer: 'pass AWS::EC2::Instance i-1: its sessions carry traffic',
    },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'terminated' })], networkInterfaces: [] }),
      answer: 'gone AWS::EC2::Instance i-1: the instance no longer exists',
    },
  },
});

it.each([
  ['has another filter', 'tmf-other', 'is not as configured: session tms-1 to tmt-a: it has filter tmf-other'],
  [
    'accepts one direction only',
    'tmf-1',
    'carries at most one direction: session tms-1 to tmt-a: filter tmf-1 accepts no',
  ],
])('says what is true of a session that %s', (_what, trafficMirrorFilterId, says) => {
  const inventory = anInventory({
    trafficMirrorFilters: [aFilter({ egressFilterRules: [] }), aFilter({ trafficMirrorFilterId: 'tmf-other' })],
    trafficMirrorSessions: [aSession({ trafficMirrorFilterId })],
  });
  const [instance] = mirroredResourcesOf(inventory.networkInterfaces ?? [], indexAccount(inventory, aPolicy()));
  const answer = instance && mirrorIneffective.judge(instance, { region: 'eu-west-1', evidence: [] });
  expect(answer).toMatchObject({
    result: 'fail',
    reason: expect.stringContaining(`i-1 has a mirror session that ${says}`),
  });
});
