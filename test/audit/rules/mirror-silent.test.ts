import { anInstance, anInventory, aSession } from '../../support/inventories.ts';
import { aMetrics, silentMetrics } from '../../support/metrics.ts';
import { describeRule } from './describe-rule.ts';

const trafficMirrorSessions = [aSession()];

describeRule('mirror-silent', {
  title: 'Mirror session that mirrors nothing',
  severity: 'high',
  phrase: 'mirrored in name only',
  judges: 'traffic',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: { mirroring: '0 of 7', digest: 'Mirrored: 0 of 7 instances (0 %)' },
  cases: {
    failing: {
      given: anInventory({ trafficMirrorSessions, metrics: [silentMetrics()] }),
      answer:
        'open high AWS::EC2::Instance i-1: i-1 has a mirror session that carries nothing: none of 210,000 packets was mirrored in 105 min since 2026-11-24T10:00Z.',
    },
    passing: {
      given: anInventory({ trafficMirrorSessions, metrics: [aMetrics()] }),
      answer: 'pass AWS::EC2::Instance i-1: packets were mirrored until 2026-11-24T12:00Z',
    },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'terminated' })], networkInterfaces: [] }),
      answer: 'gone AWS::EC2::Instance i-1: the instance no longer exists',
    },
  },
});
