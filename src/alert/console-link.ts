/** Links to the AWS console, built only from ids of the form AWS assigns. */

import type { Finding } from '../audit/finding.ts';
import { isRegion, isTaskArn } from '../audit/fixes/value-forms.ts';
import { partitionOf } from '../cloudtrail/partition.ts';

/** The console's domain by partition. The isolated partitions have no public console. */
const DOMAINS: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The console page of each kind of resource, recognized by its id. */
const PAGES: readonly { readonly id: RegExp; readonly page: string }[] = [
  { id: /^i-[0-9a-f]+$/, page: 'ec2/home?region=REGION#InstanceDetails:instanceId=ID' },
  { id: /^eni-[0-9a-f]+$/, page: 'ec2/home?region=REGION#NetworkInterface:networkInterfaceId=ID' },
  { id: /^sg-[0-9a-f]+$/, page: 'ec2/home?region=REGION#SecurityGroup:groupId=ID' },
  { id: /^tms-[0-9a-f]+$/, page: 'vpcconsole/home?region=REGION#TrafficMirrorSession:trafficMirrorSessionId=ID' },
];

const TASK = /:task\/([\w-]+)\/([0-9a-f]+)$/;

/** The resource's console page. Undefined when the id or region is not one that AWS would assign, or they contradict each other. */
export function resourceLink(region: string, resourceId: string): string | undefined {
  const [, cluster, task] = TASK.exec(resourceId) ?? [];
  if (cluster !== undefined && task !== undefined) {
    const isThere = isTaskArn(resourceId) && resourceId.split(':')[3] === region;
    return isThere ? consoleLink(region, `ecs/v2/clusters/${cluster}/tasks/${task}?region=REGION`) : undefined;
  }
  const page = PAGES.find(({ id }) => id.test(resourceId))?.page;
  return page === undefined ? undefined : consoleLink(region, page.replace('ID', encodeURIComponent(resourceId)));
}

/** The console page of a CloudTrail record, which AWS keeps for 90 days. Undefined when the id is not an event id. */
export function eventLink(region: string, eventID: string): string | undefined {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(eventID)) return undefined;
  return consoleLink(region, `cloudtrailv2/home?region=REGION#/events/${encodeURIComponent(eventID)}`);
}

/** The links of a finding: its resource, its mirror session if it has one, and the record that shows who caused it. */
export function linksOf(finding: Finding, eventID: string | undefined): readonly string[] {
  const session = finding.remediation?.trafficMirrorSessionId;
  return [
    resourceLink(finding.region, finding.resourceId),
    session === undefined || session === finding.resourceId ? undefined : resourceLink(finding.region, session),
    eventID === undefined ? undefined : eventLink(finding.region, eventID),
  ].filter((link) => link !== undefined);
}

function consoleLink(region: string, page: string): string | undefined {
  if (!isRegion(region)) return undefined;
  const domain = DOMAINS[partitionOf(region)];
  return domain === undefined
    ? undefined
    : `https://${region}.${domain}/${page.replace('REGION', encodeURIComponent(region))}`;
}
