import { anInstance, anInventory, aSecurityGroup, aSession } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('mirror-ineffective', {
  title: 'Mirror session that carries nothing',
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
