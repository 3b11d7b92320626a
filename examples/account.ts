/** The example account, as it is at the end of the morning that its logs record. */

import {
  describeEni,
  eni,
  interfacesOf,
  type Machine,
  machine,
  reservationOf,
  TAGGED,
  type Tags,
  tagList,
} from './fleet.ts';
import { metricsOf } from './metrics.ts';
import { describeSession, mirrorLists, type SessionParts, sensors } from './mirroring.ts';
import { ACCOUNT_ID, GROUPS, networkLists, REGION } from './network.ts';
import type { Seeded } from './seeded.ts';

/** The account, and the machines in it that the logs mention. */
export interface Account {
  readonly snapshot: object;
  readonly machines: Readonly<Record<MachineName, Machine>>;
  /** The session that someone deletes. */
  readonly deletedSession: string;
  /** The session to an unknown target. */
  readonly rogueSession: string;
}

const AUTO_SCALING_REQUESTER = '940372691376';
const GROUP_TAGS: Tags = { ...TAGGED, Name: 'shop-web', 'aws:autoscaling:groupName': 'shop-web' };
const NO_TAGS: Tags = {};

/** Machines that take part in the story; all others are extras. */
const CAST = {
  'search-1': { subnet: 'app-a', host: 21, tags: NO_TAGS, launched: '2026-03-17T08:02:11Z' },
  'search-2': { subnet: 'app-a', host: 22, tags: NO_TAGS, launched: '2026-03-17T08:02:11Z' },
  'gone-1': { subnet: 'app-a', host: 23, tags: NO_TAGS, launched: '2026-03-17T08:10:40Z', state: 'terminated' },
  'web-b1': {
    subnet: 'app-b',
    host: 31,
    tags: GROUP_TAGS,
    launched: '2026-03-17T08:20:05Z',
    requesterId: AUTO_SCALING_REQUESTER,
  },
  'web-b2': {
    subnet: 'app-b',
    host: 32,
    tags: GROUP_TAGS,
    launched: '2026-03-17T08:20:05Z',
    requesterId: AUTO_SCALING_REQUESTER,
  },
  'web-b3': {
    subnet: 'app-b',
    host: 33,
    tags: GROUP_TAGS,
    launched: '2026-03-17T08:20:05Z',
    requesterId: AUTO_SCALING_REQUESTER,
  },
  'billing-1': { subnet: 'app-c', host: 41, launched: '2026-03-17T08:41:00Z' },
  'payments-1': { subnet: 'app-a', host: 24, tags: { CostCenter: 'CC-2001' } },
  'orders-1': { subnet: 'app-b', host: 34, tags: { CostCenter: '', Owner: 'orders@example.com' } },
  'legacy-1': { subnet: 'legacy', host: 10, tags: NO_TAGS, groups: [GROUPS.legacy], launched: '2026-03-17T09:50:30Z' },
  'db-1': { subnet: 'app-a', host: 25, groups: [GROUPS.db], secondHost: 125, type: 'r6i.xlarge' },
  'report-1': { subnet: 'app-c', host: 42 },
  'search-3': { subnet: 'app-c', host: 43 },
} as const;

/** A machine of the story, by its Name tag. */
export type MachineName = keyof typeof CAST;

/** The account; the same seed always gives the same one. */
export function account(random: Seeded): Account {
  const cast = Object.entries(CAST).map(([name, parts]) => machine(random, { name, ...parts }));
  const machines = Object.fromEntries(cast.map((member) => [member.name, member])) as Record<MachineName, Machine>;
  const others = extras(random);
  const sensorMachines = sensors(random);
  const all = [...cast, ...others, ...sensorMachines.values()];
  const rogueSession = random.id('tms');
  const task = fargateTask(random);
  const detached = eni(random, 'app-b', 60, [GROUPS.app]);
  const sessions = sessionsOf(random, others, machines, detached.id, rogueSession);
  const region = {
    accountId: ACCOUNT_ID,
    region: REGION,
    Reservations: all.map((member) => reservationOf(random, member)),
    NetworkInterfaces: [
      ...all.flatMap(interfacesOf),
      task,
      describeEni(detached, { Status: 'available', Description: 'left over from batch-9' }),
      describeEni(eni(random, 'app-a', 4, []), {
        InterfaceType: 'nat_gateway',
        RequesterManaged: true,
        Description: 'Interface for NAT Gateway nat-0a000000000000001',
      }),
      describeEni(eni(random, 'app-b', 5, [GROUPS.app]), {
        InterfaceType: 'lambda',
        RequesterManaged: true,
        Description: 'AWS Lambda VPC ENI-thumbnails',
      }),
    ],
    ...networkLists(),
    ...mirrorLists(sensorMachines),
    TrafficMirrorSessions: sessions.map(describeSession),
    Metrics: metricsOf(all.filter(({ primary }) => sessions.some(({ eniId }) => eniId === primary.id))),
  };
  return {
    snapshot: { schema: 'mirrorwatch.account/1', readAt: '2026-03-17T12:00:00Z', regions: [region] },
    machines,
    deletedSession: random.id('tms'),
    rogueSession,
  };
}

/** Machines that the logs do not mention: a group of ten, some in each zone, and special cases. */
function extras(random: Seeded): readonly Machine[] {
  const web = Array.from({ length: 10 }, (_, index) =>
    machine(random, {
      name: `web-a${index + 1}`,
      subnet: 'app-a',
      host: 51 + index,
      tags: GROUP_TAGS,
      requesterId: AUTO_SCALING_REQUESTER,
    }),
  );
  const carts = (['a', 'b', 'c'] as const).flatMap((zone, place) =>
    [1, 2, 3].map((number) =>
      machine(random, { name: `cart-${zone}${number}`, subnet: `app-${zone}`, host: 70 + 10 * place + number }),
    ),
  );
  return [
    ...web,
    ...carts,
    machine(random, {
      name: 'db-2',
      subnet: 'app-b',
      host: 35,
      groups: [GROUPS.db],
      secondHost: 135,
      type: 'r6i.xlarge',
    }),
    machine(random, { name: 'bastion', subnet: 'app-a', host: 90, type: 't2.micro' }),
    machine(random, { name: 'future-1', subnet: 'app-c', host: 91, type: 'm9z.large' }),
    machine(random, { name: 'batch-1', subnet: 'app-b', host: 92, state: 'stopped' }),
    machine(random, { name: 'batch-2', subnet: 'app-c', host: 92, state: 'stopped', tags: NO_TAGS }),
    machine(random, { name: 'batch-9', subnet: 'app-b', host: 93, state: 'terminated' }),
    machine(random, { name: 'ci-runner', subnet: 'tools', host: 10, groups: [GROUPS.tools] }),
  ];
}

function sessionsOf(
  random: Seeded,
  others: readonly Machine[],
  { 'search-3': search }: Readonly<Record<MachineName, Machine>>,
  detachedId: string,
  rogueSession: string,
): readonly SessionParts[] {
  const id = (): string => random.id('tms');
  const byTerraform = { ManagedBy: 'terraform' };
  const eniOf = (name: string): string => others.find((member) => member.name === name)?.primary.id ?? '';
  const web = others.filter(({ name }) => name.startsWith('web-a'));
  return [
    // Ten sources fill this sensor.
    ...web.map(({ primary }) => ({ id: id(), eniId: primary.id, target: 'a2', tags: byTerraform }) as const),
    { id: id(), eniId: eniOf('cart-a1'), target: 'a1', tags: byTerraform },
    { id: id(), eniId: eniOf('cart-b1'), target: 'b1', tags: byTerraform },
    { id: id(), eniId: eniOf('cart-c1'), target: 'c1', tags: byTerraform },
    // Created by another team's tool and working, so it is left alone.
    { id: id(), eniId: eniOf('cart-c2'), target: 'c1', number: 5, tags: { Creator: 'netops-tap' } },
    // These exist and carry nothing: a closed security group, a terminated sensor.
    { id: id(), eniId: eniOf('cart-a2'), target: 'a3', tags: byTerraform },
    { id: id(), eniId: eniOf('cart-b2'), target: 'b4', tags: byTerraform },
    // The second is billed but never gets a packet.
    { id: id(), eniId: eniOf('cart-c3'), target: 'c1', number: 1, tags: byTerraform },
    { id: id(), eniId: eniOf('cart-c3'), target: 'c1', number: 2, tags: byTerraform },
    { id: id(), eniId: detachedId, target: 'b2', tags: { 'mirrorwatch:managed': 'true', Name: 'batch-9' } },
    { id: rogueSession, eniId: search.primary.id, target: 'rogue', number: 3 },
  ];
}

/** The interface of a Fargate task: managed by AWS, attached to no instance of ours. */
function fargateTask(random: Seeded): object {
  const attachment = random.uuid();
  return describeEni(eni(random, 'app-b', 61, [GROUPS.app]), {
    Description: `arn:aws:ecs:${REGION}:${ACCOUNT_ID}:attachment/${attachment}`,
    RequesterManaged: true,
    RequesterId: '578734482556',
    Attachment: {
      AttachmentId: `ela-attach-0${random.hex(16)}`,
      InstanceOwnerId: '578734482556',
      DeviceIndex: 1,
      Status: 'attached',
    },
    TagSet: tagList({ 'aws:ecs:clusterName': 'shop', 'aws:ecs:serviceName': 'checkout' }),
  });
}
