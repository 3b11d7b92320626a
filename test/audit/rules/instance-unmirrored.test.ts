import { anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('instance-unmirrored', {
  title: 'Instance whose traffic is not mirrored',
  severity: 'high',
  phrase: 'unmirrored',
  judges: 'mirrored-resource',
  whatWeDid: 'nothing',
  repairedBy: ['create-session', 'modify-session'],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: { mirroring: '993 of 1000', digest: 'Mirrored: 993 of 1,000 instances (99.3 %)' },
  cases: {
    failing: {
      given: anInventory(),
      answer: 'open high AWS::EC2::Instance i-1: i-1 is not mirrored: no session.',
    },
    passing: {
      given: anInventory({ trafficMirrorSessions: [aSession()] }),
      answer: 'pass AWS::EC2::Instance i-1: every interface that can be mirrored is',
    },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'stopped' })] }),
      answer: 'muted high AWS::EC2::Instance i-1: i-1 is exempt from mirroring: instance i-1 is stopped.',
    },
  },
});
