import { anInventory, aPermission, aSecurityGroup } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

const openTo = (...cidrIps: readonly string[]) =>
  anInventory({
    networkInterfaces: [],
    securityGroups: [
      aSecurityGroup({ ipPermissions: [aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIps })] }),
    ],
  });

describeRule('security-group-open', {
  title: 'Security group open to the world',
  severity: 'medium',
  phrase: 'open to the world',
  judges: 'security-group',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'if security groups are judged',
  figures: {},
  cases: {
    failing: {
      given: openTo('0.0.0.0/0'),
      answer:
        'open medium AWS::EC2::SecurityGroup sg-sensor: sg-sensor is open to the world: tcp/22 from 0.0.0.0/0; nothing uses it now.',
    },
    passing: {
      given: openTo('0.0.0.0/1'),
      answer: 'pass AWS::EC2::SecurityGroup sg-sensor: nothing is open to every address that may not be',
    },
    notApplicable: { given: anInventory({ securityGroups: [] }), answer: null },
  },
});
