import { describeRule } from './describe-rule.ts';

const LOG = { object: 's3://b/k', type: 'log', reason: 'its hash differs' } as const;

describeRule('log-integrity', {
  title: 'Log that fails its integrity check',
  severity: 'critical',
  phrase: 'that cannot be trusted',
  judges: 'log-object',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'never',
  figures: {},
  cases: {
    failing: {
      given: { ...LOG, status: 'invalid' },
      answer: 'open critical AWS::S3::Object s3://b/k: The log file fails its check: its hash differs.',
    },
    passing: { given: { ...LOG, status: 'valid' }, answer: 'pass AWS::S3::Object s3://b/k: The log file is valid.' },
    notApplicable: { given: { ...LOG, status: 'unverified', notDue: true }, answer: null },
  },
});
