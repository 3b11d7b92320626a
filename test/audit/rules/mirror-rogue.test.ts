import { anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('mirror-rogue', {
  title: 'Mirror session to an unknown target or of a foreign owner',
  severity: 'critical',
  phrase: 'mirrored to an unknown target',
  judges: 'mirrored-resource',
  whatWeDid: 'nothing',
  repairedBy: ['modify-session'],
  mailedAfterRepair: true,
  settledBySweep: 'if mirroring is judged',
  figures: {},
  cases: {
    failing: {
      given: anInventory({ trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-unknown' })] }),
      answer:
        'open critical AWS::EC2::Instance i-1: i-1 is mirrored to an unknown target by a session that carries our tag: session tms-1 mirrors to tmt-unknown, which is not a configured target; the session passes itself off as ours by the tag mirrorwatch:managed, and nothing proves that we made it.',
    },
    passing: {
      given: anInventory({ trafficMirrorSessions: [aSession()] }),
      answer: 'pass AWS::EC2::Instance i-1: its sessions go to known targets',
    },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'terminated' })], networkInterfaces: [] }),
      answer: 'gone AWS::EC2::Instance i-1: the instance no longer exists',
    },
  },
});
