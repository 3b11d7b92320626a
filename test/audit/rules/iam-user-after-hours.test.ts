import { describeRule } from './describe-rule.ts';

describeRule('iam-user-after-hours', {
  title: 'IAM user made after hours',
  severity: 'medium',
  phrase: 'made after hours',
  judges: 'call',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'never',
  figures: {},
  cases: null,
});
