import { anInventory, aSession } from '../../support/inventories.ts';
import { aMetrics, steady } from '../../support/metrics.ts';
import { describeRule } from './describe-rule.ts';

const trafficMirrorSessions = [aSession()];

describeRule('mirror-dropping', {
  title: 'Mirror session that leaves out packets',
  severity: 'medium',
  phrase: 'mirrored with gaps',
  judges: 'traffic',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: {},
  cases: {
    failing: {
      given: anInventory({ trafficMirrorSessions, metrics: [aMetrics({ skippedPacketsIn: steady(500) })] }),
      answer:
        'open medium AWS::EC2::Instance i-1: i-1 has a mirror session that leaves out packets: 4.8 % of the packets that its filter takes were left out: 7,500 of 157,500 since 2026-11-24T10:45Z.',
    },
    passing: {
      given: anInventory({ trafficMirrorSessions, metrics: [aMetrics()] }),
      answer: 'pass AWS::EC2::Instance i-1: packets were mirrored until 2026-11-24T12:00Z',
    },
    notApplicable: { given: anInventory({ trafficMirrorSessions }), answer: null },
  },
});
