/** The stack as it is deployed in the world: the functions' environment, their configuration, and the queues of template.json. */

import template from '../../template.json' with { type: 'json' };
import type { QueueSettings } from '../aws/queue.ts';
import type { WorldSettings } from '../schedule.ts';
import { FILTER, HOME, idOf, MEMBER, REGION, SENSOR_GROUP, type Sensor, SUSPICION_FILTER, VPC } from './account.ts';
import { BUCKET, TRAIL_TOPIC } from './trail.ts';

export const DELIVERIES = 'deliveries';
export const REMEDIATIONS = 'remediations.fifo';
export const CONFIG_OBJECT = 'config-bucket/config.json';
export const WRITER_ROLE = 'mirrorwatch-remediate';
export const MEMBER_WRITER_ROLE = 'mirrorwatch-member-write';

/** The variables that template.json sets, with addresses of the double. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ENDPOINT_URL: 'http://aws.double',
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'AKIAHOME',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_CONFIG_FILE: '/nonexistent',
  AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
  NODE_NO_WARNINGS: '1',
  MIRRORWATCH_CONFIG: `s3://${CONFIG_OBJECT}`,
  MIRRORWATCH_ALERT_TOPIC_ARN: `arn:aws:sns:${REGION}:${HOME}:alerts`,
  MIRRORWATCH_WRITER_ROLE_ARN: `arn:aws:iam::${HOME}:role/${WRITER_ROLE}`,
  MIRRORWATCH_LEDGER_TABLE: 'ledger',
  MIRRORWATCH_REMEDIATION_QUEUE_URL: `https://sqs.${REGION}.amazonaws.com/${HOME}/${REMEDIATIONS}`,
  MIRRORWATCH_DELIVERY_QUEUE_URL: `https://sqs.${REGION}.amazonaws.com/${HOME}/${DELIVERIES}`,
  MIRRORWATCH_REPORT_BUCKET: 'report-bucket',
  MIRRORWATCH_REGIONS: REGION,
};

/** The sensors of an account, by the capacities that the settings give. Their ids tell the accounts apart. */
export function sensorsOf({ sensors, accounts }: WorldSettings, accountId: string): readonly Sensor[] {
  const offset = 16 * accounts.indexOf(accountId);
  return sensors.map((capacity, index) => ({ targetId: idOf('tmt', offset + index + 1), capacity }));
}

/** The sensor for what GuardDuty suspects in an account. */
export function suspicionSensorOf({ accounts }: WorldSettings, accountId: string): Sensor {
  return { targetId: idOf('tmt', 16 * accounts.indexOf(accountId) + 15), capacity: 10 };
}

/** How a sensor is launched on demand, with the tag that a tag policy asks for. */
const ON_DEMAND = {
  ...{ imageId: 'ami-0bbbbbbbbbbbbbbbb', instanceType: 'c6i.large', securityGroupIds: [SENSOR_GROUP] },
  tags: { CostCenter: 'security' },
};

/** The configuration as it is written in its object. */
export function configOf(settings: WorldSettings, requiredTags: readonly string[]): object {
  const targets = settings.accounts.map((accountId) =>
    sensorsOf(settings, accountId).map(({ targetId, capacity }) => ({ id: targetId, maxSources: capacity })),
  );
  const overrides = settings.accounts.flatMap((accountId, index) =>
    index === 0 || targets[index]?.length === 0 ? [] : [{ accountId, filterId: FILTER, targets: targets[index] ?? [] }],
  );
  return {
    region: REGION,
    requiredTags,
    graceSeconds: settings.graceSeconds,
    trail: { buckets: [BUCKET], topics: [TRAIL_TOPIC], accounts: settings.accounts },
    ...(settings.accounts.includes(MEMBER) && {
      assumeRole: { roleName: 'mirrorwatch-member', writeRoleName: MEMBER_WRITER_ROLE },
    }),
    mirroring: {
      mode: 'apply',
      filterId: FILTER,
      targets: targets[0] ?? [],
      ...(overrides.length > 0 && { overrides }),
      ...(settings.onDemand && { rules: { vpcs: [{ vpcId: VPC, filterId: FILTER, onDemand: ON_DEMAND }] } }),
      ...(settings.suspicionHours !== undefined && {
        onSuspicion: {
          ...{ filterId: SUSPICION_FILTER, hours: settings.suspicionHours },
          targetIds: settings.accounts.map((accountId) => suspicionSensorOf(settings, accountId).targetId),
        },
      }),
    },
    alerts: { immediate: 'medium', digest: 'off' },
  };
}

/** The settings of a queue in template.json. */
export function queueSettings(logicalId: 'Deliveries' | 'Remediations', name: string): QueueSettings {
  const { VisibilityTimeout, RedrivePolicy } = template.Resources[logicalId].Properties;
  const { maxReceiveCount } = RedrivePolicy;
  return { name, isFifo: name.endsWith('.fifo'), visibilityMs: VisibilityTimeout * 1000, maxReceiveCount };
}

/** The calls that the rule for API calls lets through. */
export function ruledCalls(launchEvents: boolean): ReadonlySet<string> {
  const names: readonly unknown[] = template.Resources.CallRule.Properties.EventPattern.detail.eventName;
  const always = names.filter((name): name is string => typeof name === 'string');
  return new Set(launchEvents ? ['RunInstances', ...always] : always);
}
