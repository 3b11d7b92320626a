import { anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('mirror-orphan', {
  title: 'Mirror session with nothing to mirror',
  severity: 'low',
  phrase: 'with nothing to mirror',
  judges: 'session',
  whatWeDid: 'nothing',
  repairedBy: ['delete-session'],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: {},
  cases: {
    failing: {
      given: anInventory({ instances: [anInstance({ state: 'stopped' })], trafficMirrorSessions: [aSession()] }),
      answer:
        'open low AWS::EC2::TrafficMirrorSession tms-1: tms-1 is billed for nothing: its source eni-1 is exempt: instance i-1 is stopped.',
    },
    passing: { given: anInventory({ trafficMirrorSessions: [aSession()] }), answer: null },
    notApplicable: {
      given: anInventory({ trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-unknown' })] }),
      answer: null,
    },
  },
});
