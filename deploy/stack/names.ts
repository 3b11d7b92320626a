/** Names of the stack's resources that others need before they are made. */

import { sub, type Value } from './intrinsics.ts';

/** The stack's own trail. */
export const TRAIL_ARN: Value = sub(
  'arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/${AWS::StackName}-trail',
);
