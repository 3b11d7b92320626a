import { anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('mirror-duplicate', {
  title: 'Interface mirrored more than once',
  severity: 'low',
  phrase: 'mirrored twice',
  judges: 'mirrored-resource',
  whatWeDid: 'nothing',
  repairedBy: ['delete-session'],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: {},
  cases: {
    failing: {
      given: anInventory({
        trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })],
      }),
      answer:
        'open low AWS::EC2::Instance i-1: i-1 has more than one mirror session for the same purpose: 2 sessions do the same and each is billed: tms-1, tms-2; only tms-1 gets packets.',
    },
    passing: {
      given: anInventory({ trafficMirrorSessions: [aSession()] }),
      answer: 'pass AWS::EC2::Instance i-1: no interface has two sessions for the same purpose',
    },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'terminated' })], networkInterfaces: [] }),
      answer: 'gone AWS::EC2::Instance i-1: the instance no longer exists',
    },
  },
});
