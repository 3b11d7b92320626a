/** GuardDuty: its findings about instances and tasks, and until when each asks for a session. */

import type { Cloud } from '../aws/cloud.ts';
import { uuidOf } from './records.ts';
import type { Trail } from './trail.ts';

/** What is suspected. */
export type Suspect =
  | { readonly instanceId: string; readonly networkInterfaceIds: readonly string[] }
  | { readonly taskArn: string; readonly clusterArn: string; readonly resourceId: string };

/** Emits findings for worlds in which they ask for `hours` of mirroring; undefined if they ask for nothing, or no rule passes them on. */
export function suspicionsIn(
  cloud: Cloud,
  trail: Trail,
  hours: number | undefined,
): (accountId: string, suspect: Suspect) => void {
  let findings = 0;
  return (accountId, suspect) => {
    findings += 1;
    const common = { accountId, id: uuidOf(5_000_000 + findings), type: 'Backdoor:EC2/C&CActivity.B', severity: 8 };
    trail.event('aws.guardduty', 'GuardDuty Finding', accountId, { ...common, resource: resourceOf(suspect) });
    if (hours === undefined) return;
    const untilMs = hours * 3_600_000;
    cloud.suspected.set('instanceId' in suspect ? suspect.instanceId : suspect.resourceId, cloud.clock.now() + untilMs);
    cloud.changed(accountId);
    cloud.clock.after(untilMs + 1, () => cloud.changed(accountId));
  };
}

function resourceOf(suspect: Suspect): object {
  if ('instanceId' in suspect) {
    const networkInterfaces = suspect.networkInterfaceIds.map((networkInterfaceId) => ({ networkInterfaceId }));
    return { resourceType: 'Instance', instanceDetails: { instanceId: suspect.instanceId, networkInterfaces } };
  }
  const taskDetails = { arn: suspect.taskArn, launchType: 'FARGATE' };
  return { resourceType: 'ECSCluster', ecsClusterDetails: { arn: suspect.clusterArn, name: 'shop', taskDetails } };
}
