/** What `remediate` may do besides where it makes sensors on demand: launch, tag, and end those that it made. */

import { type Resources, ref, resource, sub, type Value } from './intrinsics.ts';
import { allow, policy } from './statements.ts';

/** Resources of this kind in the stack's account. */
const ownEc2 = (kind: string): Value => sub(`arn:*:ec2:*:\${AWS::AccountId}:${kind}/*`);

/** The policy, where sensors on demand are on. */
export const SENSORS: Resources = {
  OnDemandPolicy: resource(
    'AWS::IAM::ManagedPolicy',
    {
      Roles: [ref('RemediateRole')],
      PolicyDocument: policy(
        allow(['ec2:CreateTrafficMirrorSession', 'ec2:ModifyTrafficMirrorSession'], ownEc2('traffic-mirror-target'), {
          StringEquals: { 'aws:ResourceTag/mirrorwatch:managed': 'true' },
        }),
        allow('ec2:CreateTrafficMirrorTarget', ownEc2('network-interface')),
        allow(['ec2:CreateTrafficMirrorTarget'], ownEc2('traffic-mirror-target'), {
          StringEquals: { 'aws:RequestTag/mirrorwatch:managed': 'true' },
        }),
        allow('ec2:RunInstances', [ownEc2('instance'), ownEc2('network-interface')], {
          StringEquals: { 'aws:RequestTag/mirrorwatch:managed': 'true' },
        }),
        allow('ec2:RunInstances', [
          'arn:*:ec2:*::image/*',
          'arn:*:ec2:*:*:security-group/*',
          'arn:*:ec2:*:*:subnet/*',
          ownEc2('volume'),
        ]),
        allow('ec2:TerminateInstances', ownEc2('instance'), {
          StringEquals: { 'aws:ResourceTag/mirrorwatch:managed': 'true' },
          StringLike: { 'aws:ResourceTag/mirrorwatch:pool': '?*' },
        }),
        allow('ec2:CreateTags', [ownEc2('instance'), ownEc2('network-interface'), ownEc2('traffic-mirror-target')], {
          StringEquals: { 'ec2:CreateAction': ['CreateTrafficMirrorTarget', 'RunInstances'] },
        }),
      ),
    },
    { Condition: 'OnDemand' },
  ),
};
