import { describe, expect, it } from 'vitest';
import { valueOpinions } from '../../src/config/value-forms.ts';

const said = (config: unknown): readonly string[] => {
  const { problems, doubts } = valueOpinions(config);
  return [
    ...problems.map(({ path, message }) => `problem ${path}: ${message}`),
    ...doubts.map(({ path, message }) => `doubt ${path}: ${message}`),
  ];
};

describe('valueOpinions', () => {
  it('has nothing to say of values as AWS gives them', () => {
    expect(
      said({
        region: 'eu-west-1',
        alertTopicArn: 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:alerts.fifo',
        trail: {
          buckets: ['my.trail-1'],
          topics: ['arn:aws:sns:eu-west-1:111122223333:t'],
          accounts: ['111122223333'],
        },
        assumeRole: { roleName: 'team/member' },
        mirroring: {
          filterId: 'tmf-0123abcd',
          targets: ['tmt-0123456789abcdef0', { id: 'tmt-0123abcd' }],
          rules: {
            tags: [{ tagList: [{ Key: 'region', Value: 'REPLACE-ME' }], filterId: 'tmf-0123abcd' }],
            subnets: [{ subnetId: 'subnet-0123abcd', filterId: 'tmf-0123abcd', targetIds: ['tmt-0123abcd'] }],
            vpcs: [
              {
                vpcId: 'vpc-0123abcd',
                filterId: 'tmf-0123abcd',
                onDemand: {
                  imageId: 'ami-0123abcd',
                  instanceType: 'c6in.large',
                  securityGroupIds: ['sg-0123abcd'],
                  tags: { region: 'not a region', account: 'team' },
                },
              },
            ],
          },
        },
        exemptions: [
          { resource: 'i-*' },
          { resource: 'arn:aws:ecs:eu-west-1:111122223333:task/x/1' },
          { account: '111122223333' },
        ],
      }),
    ).toEqual([]);
  });

  it('leaves the patterns of rules alone, whose fields have names that the configuration has too', () => {
    const pattern = {
      userIdentity: { accountId: ['anonymous'] },
      requestParameters: { targets: { id: ['i-1'] }, region: ['Ireland'], roleName: ['a b'] },
    };
    expect(said({ watch: { rules: [{ name: 'n', pattern, resolvedBy: pattern }] } })).toEqual([]);
  });

  it.each([
    [{ watch: { securityGroupOpen: { exceptGroups: ['sg-…'] } } }, /^problem .*exceptGroups\[0\]: .*is a placeholder/],
    [
      { watch: { securityGroupOpen: { exceptGroups: ['default'] } } },
      /^problem .*cannot be the id of a security group/,
    ],
    [
      { mirroring: { filterId: 'tmf-REPLACE-ME' } },
      /^problem mirroring\.filterId: "tmf-REPLACE-ME" is a placeholder: put the id of a traffic mirror filter here/,
    ],
    [
      { mirroring: { targets: ['tmt-REPLACE-ME'] } },
      /^problem mirroring\.targets\[0\]: "tmt-REPLACE-ME" is a placeholder/,
    ],
    [{ mirroring: { targets: [{ id: 'tmt-…' }] } }, /^problem mirroring\.targets\[0\]\.id: "tmt-…" is a placeholder/],
    [{ mirroring: { targets: ['<target id>'] } }, /^problem mirroring\.targets\[0\]: "<target id>" is a placeholder/],
    [{ mirroring: { targets: ['tmt-xxxxxxxx'] } }, /is a placeholder/],
    [
      { mirroring: { filterId: 'tmt-0123abcd' } },
      /^problem .*is the id of a traffic mirror target, not the id of a traffic mirror filter/,
    ],
    [{ mirroring: { targets: ['nlb'] } }, /^problem .*"nlb" cannot be the id of a traffic mirror target/],
    [{ mirroring: { targets: ['TMT-0123ABCD'] } }, /^problem /],
    [{ mirroring: { targets: ['tmt-0123ABCD'] } }, /^problem .*only lower-case letters and digits/],
    [
      { mirroring: { targets: ['tmt-0123'] } },
      /^doubt mirroring\.targets\[0\]: "tmt-0123" does not look like an id from AWS/,
    ],
    [
      { mirroring: { onSuspicion: { targetIds: ['tmt-0123abcd', 'eni-0123abcd'] } } },
      /^problem mirroring\.onSuspicion\.targetIds\[1\]: /,
    ],
    [
      { mirroring: { trustedOwners: ['1234'] } },
      /^problem mirroring\.trustedOwners\[0\]: "1234" cannot be an account id/,
    ],
    [
      { trail: { accounts: ['1234'] } },
      /^problem trail\.accounts\[0\]: "1234" cannot be an account id: those have 12 digits$/,
    ],
    [{ exemptions: [{ account: '1234' }] }, /^problem exemptions\[0\]\.account: /],
    [
      { exemptions: [{ vpc: 'subnet-0123abcd' }] },
      /^problem exemptions\[0\]\.vpc: .*is the id of a subnet, not the id of a VPC/,
    ],
    [{ exemptions: [{ resource: 'i-123' }] }, /^doubt exemptions\[0\]\.resource: /],
    [{ alertTopicArn: 'alerts' }, /^problem alertTopicArn: "alerts" cannot be the ARN of an SNS topic/],
    [{ alertTopicArn: 'arn:aws:sqs:eu-west-1:111122223333:q' }, /^problem alertTopicArn: /],
    [{ alertTopicArn: 'arn:aws:sns:eu-west-1:1234:alerts' }, /^problem alertTopicArn: "1234" cannot be an account id/],
    [
      { alertTopicArn: 'arn:aws:sns:eu-wset-1:111122223333:alerts' },
      /^doubt alertTopicArn: .*did you mean eu-west-1\?$/,
    ],
    [{ alerts: { chatTopicArn: 'chat' } }, /^problem alerts\.chatTopicArn: "chat" cannot be the ARN of an SNS topic/],
    [{ alerts: { eventBusName: 'my bus' } }, /^problem alerts\.eventBusName: .*cannot be the name or ARN/],
    [
      { alerts: { eventBusName: 'arn:aws:events:eu-west-1:111122223333:rule/r' } },
      /^problem alerts\.eventBusName: .*cannot be the name or ARN/,
    ],
    [
      { alerts: { eventBusName: 'arn:aws:events:eu-west-1:1234:event-bus/b' } },
      /^problem alerts\.eventBusName: "1234" cannot be an account id/,
    ],
    [{ trail: { topics: ['t'] } }, /^problem trail\.topics\[0\]: /],
    [{ trail: { buckets: ['s3://logs/'] } }, /^problem trail\.buckets\[0\]: .*give the name alone/],
    [
      { assumeRole: { roleName: 'arn:aws:iam::111122223333:role/r' } },
      /^problem assumeRole\.roleName: .*give the name alone/,
    ],
    [
      { region: 'eu-wset-1' },
      /^doubt region: "eu-wset-1" is not a region that AWS published; did you mean eu-west-1\?$/,
    ],
    [
      { mirroring: { overrides: [{ region: 'Ireland' }] } },
      /^problem mirroring\.overrides\[0\]\.region: "Ireland" cannot be a region/,
    ],
    [{ mirroring: { rules: { vpcs: [{ onDemand: { instanceType: 'large' } }] } } }, /^problem .*instanceType: "large"/],
  ])('of %j says what is wrong or doubtful, and where', (config, expected) => {
    expect(said(config)).toEqual([expect.stringMatching(expected)]);
  });

  it('says nothing of values that are not text: the schema does', () => {
    expect(said({ region: 5, trail: 'x', mirroring: { targets: [null, 3, ''] } })).toEqual([]);
    expect(said(null)).toEqual([]);
  });
});
