/** Auto Scaling lifecycle actions: a group can hold a new instance back until it is mirrored, then we release it. */

import { AutoScalingClient, CompleteLifecycleActionCommand } from '@aws-sdk/client-auto-scaling';
import { awsCodeOf } from '../errors.ts';
import type { Scope } from '../inventory/inventory.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** The `detail` of the EventBridge event *EC2 Instance-launch Lifecycle Action*. */
export interface LifecycleAction {
  readonly autoScalingGroupName: string;
  readonly lifecycleHookName: string;
  readonly lifecycleActionToken: string;
  readonly instanceId: string;
}

/** Releases instances that wait for us. */
export interface Lifecycle {
  /** Ends the wait. Resolves to false if it was over already, because it timed out or an earlier delivery ended it. */
  complete(scope: Scope, action: LifecycleAction, result: 'CONTINUE' | 'ABANDON'): Promise<boolean>;
}

/** Lifecycle actions over Auto Scaling. @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CompleteLifecycleAction.html */
export function autoScalingLifecycle(clients: Clients): Lifecycle {
  return {
    async complete(scope, action, result) {
      const autoScaling = await clients.in(AutoScalingClient, scope, 'CompleteLifecycleAction');
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
        return true;
      } catch (fault) {
        // A well-formed call gets this error for one reason only: no active action has this token.
        if (awsCodeOf(fault) !== 'ValidationError') throw fault;
        return false;
      }
    },
  };
}
