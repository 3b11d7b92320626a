import type { LastingGap } from '../../../src/audit/gaps/gap.ts';
import { ACCOUNT, REGION } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

const GAP: LastingGap = {
  accountId: ACCOUNT,
  region: REGION,
  cause: 'securityGroups',
  gaps: [{ kind: 'list', name: 'securityGroups', reason: 'ec2:DescribeSecurityGroups was denied' }],
  unjudged: { 'AWS::EC2::Instance': 14 },
  since: new Date('2026-11-19T12:00:00Z'),
};

describeRule('not-judged', {
  title: 'Account that cannot be judged',
  severity: 'medium',
  phrase: 'not fully judged',
  judges: 'account',
  whatWeDid: 'nothing; what cannot be read is neither judged nor repaired',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'never',
  figures: {},
  cases: {
    failing: {
      given: GAP,
      answer: `open medium AWS::Account ${ACCOUNT}/securityGroups: The list securityGroups of account ${ACCOUNT} in ${REGION} could not be read completely: ec2:DescribeSecurityGroups was denied; 14 instances could not be judged.`,
    },
    passing: {
      given: { ...GAP, gaps: [], unjudged: {} },
      answer: `pass AWS::Account ${ACCOUNT}/securityGroups: it could be read and judged again`,
    },
    notApplicable: {
      given: { ...GAP, cause: '', gaps: [{ kind: 'account', name: ACCOUNT, reason: 'AccessDenied' }], unjudged: {} },
      answer: `open medium AWS::Account ${ACCOUNT}: Nothing in account ${ACCOUNT} in ${REGION} could be read: AccessDenied.`,
    },
  },
});
