import { describeRule } from './describe-rule.ts';

describeRule('security-group-open', {
  title: 'Security group open to the world',
  severity: 'medium',
  phrase: 'open to the world',
  judges: 'call',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'never',
  figures: {},
  cases: null,
});
