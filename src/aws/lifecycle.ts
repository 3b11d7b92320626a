/** Auto Scaling lifecycle actions: an instance may be held back until it is mirrored, and is let go on here. */

import { AutoScalingClient, CompleteLifecycleActionCommand } from '@aws-sdk/client-auto-scaling';
import { awsCodeOf } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** `detail` of the EventBridge event *EC2 Instance-launch Lifecycle Action*. */
export interface LifecycleAction {
  readonly autoScalingGroupName: string;
  readonly lifecycleHookName: string;
  readonly lifecycleActionToken: string;
  readonly instanceId: string;
}

export interface Lifecycle {
  /** Ends the wait. An action that is over already is done: its time ran out, or an earlier delivery ended it. */
  complete(scope: Scope, action: LifecycleAction, result: 'CONTINUE' | 'ABANDON'): Promise<void>;
}

/** @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CompleteLifecycleAction.html */
export function autoScalingLifecycle(clients: Clients): Lifecycle {
  return {
    async complete(scope, action, result) {
      const autoScaling = await clients.in(AutoScalingClient, scope);
      try {
        await awsCall('CompleteLifecycleAction', { ...scope, resourceId: action.instanceId }, () =>
          autoScaling.send(
            new CompleteLifecycleActionCommand({
              AutoScalingGroupName: action.autoScalingGroupName,
              LifecycleHookName: action.lifecycleHookName,
              LifecycleActionToken: action.lifecycleActionToken,
              InstanceId: action.instanceId,
              LifecycleActionResult: result,
            }),
          ),
        );
      } catch (fault) {
        // The only validation error of a well-formed call: no active action has this token.
        if (awsCodeOf(fault) !== 'ValidationError') throw fault;
      }
    },
  };
}
