import { anInstance, anInventory } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

describeRule('instance-untagged', {
  title: 'Instance without required tags',
  severity: 'medium',
  phrase: 'untagged',
  judges: 'instance',
  whatWeDid: 'nothing; setting tags is up to the owner',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'always',
  figures: { tags: '993 of 1000', digest: 'Tagged: 993 of 1,000 instances (99.3 %)' },
  cases: {
    failing: {
      given: anInventory(),
      answer: 'open medium AWS::EC2::Instance i-1: i-1 does not carry its required tags: Owner is missing.',
    },
    passing: {
      given: anInventory({ instances: [anInstance({ tags: [{ key: 'Owner', value: 'dana' }] })] }),
      answer: 'pass AWS::EC2::Instance i-1: carries its required tags',
    },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'terminated' })] }),
      answer: 'gone AWS::EC2::Instance i-1: the instance no longer exists',
    },
  },
});
