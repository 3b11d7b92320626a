/** A sensor that dies while its sources are mirrored to it, in the functions as they are deployed: one finds, another repairs. */

import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { aLaunchRecord, aRecord } from '../support/deliveries.ts';
import { type HandingOver, handingOver } from '../support/handing-over.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, aSession, attachedTo, REGION } from '../support/inventories.ts';
import { aFakeAws, livePorts, seed } from '../support/live.ts';

const fakeAws = aFakeAws();

const config = (targets: readonly string[]): Config =>
  parseConfig(JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets } }), 'config.json');
const CONFIG = config(['tmt-a', 'tmt-b']);

type Json = Readonly<Record<string, unknown>>;

const sources = ['1', '2', '3', '4'];

/** Four instances in sensor a's zone, two of which are mirrored to each sensor. */
const MIRRORED: Inventory = anInventory({
  instances: [
    ...(anInventory().instances ?? []).filter(({ instanceId }) => instanceId !== 'i-1'),
    ...sources.map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
  ],
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []).filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
    ...sources.map((n) =>
      anInterface({
        networkInterfaceId: `eni-${n}`,
        privateIpAddress: `10.0.0.${Number(n) + 4}`,
        attachment: attachedTo(`i-${n}`),
      }),
    ),
  ],
  trafficMirrorSessions: sources.map((n, index) =>
    aSession({
      trafficMirrorSessionId: `tms-${n}`,
      networkInterfaceId: `eni-${n}`,
      trafficMirrorTargetId: index < 2 ? 'tmt-a' : 'tmt-b',
    }),
  ),
});

const without = <T>(items: readonly T[] | undefined, isLeft: (item: T) => boolean): readonly T[] =>
  (items ?? []).filter((item) => !isLeft(item));

/** The account after sensor a was terminated: EC2 lists neither its instance nor its interface any more. */
const TERMINATED: Inventory = {
  ...MIRRORED,
  instances: without(MIRRORED.instances, ({ instanceId }) => instanceId === 'i-sensor-a'),
  networkInterfaces: without(MIRRORED.networkInterfaces, (each) => each.networkInterfaceId === 'eni-sensor-a'),
};

/** The account after sensor a was stopped. */
const STOPPED: Inventory = {
  ...MIRRORED,
  instances: MIRRORED.instances?.map((each) =>
    each.instanceId === 'i-sensor-a' ? { ...each, state: 'stopped' as const } : each,
  ),
};

/** The account after sensor a's interface was detached. */
const DETACHED: Inventory = {
  ...MIRRORED,
  networkInterfaces: MIRRORED.networkInterfaces?.map(({ attachment, ...each }) =>
    each.networkInterfaceId === 'eni-sensor-a' ? { ...each, status: 'available' } : { ...each, attachment },
  ),
};

const ended = (eventName: string, code: number, name: string) =>
  aRecord(
    eventName,
    5,
    { instancesSet: { items: [{ instanceId: 'i-sensor-a' }] } },
    {
      instancesSet: {
        items: [
          {
            instanceId: 'i-sensor-a',
            currentState: { code, name },
            previousState: { code: 16, name: 'running' },
          },
        ],
      },
    },
  );

/** Every function starts cold. */
const aStack = (settings: Config): HandingOver => handingOver(() => livePorts(), settings);

const targetsNow = (): readonly string[] =>
  (fakeAws().account(ACCOUNT, REGION).lists.TrafficMirrorSessions ?? []).map((each) => each.TrafficMirrorTargetId);

/** The launch of sensor a, which says that its interface was made with it. */
const LAUNCHED = aLaunchRecord(
  1,
  'i-sensor-a',
  {},
  {
    responseElements: {
      reservationId: 'r-1',
      instancesSet: {
        items: [
          {
            instanceId: 'i-sensor-a',
            networkInterfaceSet: {
              items: [
                {
                  ...{ networkInterfaceId: 'eni-sensor-a', subnetId: 'subnet-a', vpcId: 'vpc-1' },
                  privateIpAddress: '10.0.0.100',
                  groupSet: { items: [{ groupId: 'sg-sensor' }] },
                  attachment: { attachmentId: 'eni-attach-sensor-a', deviceIndex: 0 },
                },
              ],
            },
          },
        ],
      },
    },
  },
);
const TERMINATION = ended('TerminateInstances', 32, 'shutting-down');
const DETACHMENT = aRecord(
  'DetachNetworkInterface',
  5,
  { attachmentId: 'eni-attach-sensor-a', force: true },
  { _return: true },
);

interface Death {
  readonly account: Inventory;
  readonly records: readonly Json[];
  readonly eventName: string;
  readonly cause: 'call' | 'possible';
}

describe.each<[string, Death]>([
  [
    'was terminated, and whose launch is not recorded',
    { account: TERMINATED, records: [TERMINATION], eventName: 'TerminateInstances', cause: 'possible' },
  ],
  [
    'was terminated, and whose launch is recorded',
    { account: TERMINATED, records: [LAUNCHED, TERMINATION], eventName: 'TerminateInstances', cause: 'call' },
  ],
  [
    'was stopped',
    { account: STOPPED, records: [ended('StopInstances', 64, 'stopping')], eventName: 'StopInstances', cause: 'call' },
  ],
  [
    'was detached from its interface, and whose launch is not recorded',
    { account: DETACHED, records: [DETACHMENT], eventName: 'DetachNetworkInterface', cause: 'possible' },
  ],
  [
    'was detached from its interface, and whose launch is recorded',
    { account: DETACHED, records: [LAUNCHED, DETACHMENT], eventName: 'DetachNetworkInterface', cause: 'call' },
  ],
])('a sensor that %s', (_, { account, records, eventName, cause }) => {
  it('loses its sources to the other sensor when a sweep hands their repair over', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), account);
    const stack = aStack(CONFIG);
    await stack.sweep(10);
    expect(targetsNow()).toEqual(['tmt-a', 'tmt-a', 'tmt-b', 'tmt-b']);
    await stack.remediate(11);
    expect(targetsNow()).toEqual(['tmt-b', 'tmt-b', 'tmt-b', 'tmt-b']);
    expect(await stack.ledger.entries({ status: ['open'] })).toEqual([]);
  });

  it('loses its sources to the other sensor when the call is delivered, and one mail says what happened', async () => {
    seed(fakeAws().account(ACCOUNT, REGION), account);
    const stack = aStack(CONFIG);
    await stack.watch(records, 10);
    expect(stack.mails).toEqual([]);
    await stack.remediate(11);
    expect(targetsNow()).toEqual(['tmt-b', 'tmt-b', 'tmt-b', 'tmt-b']);
    const entries = await stack.ledger.entries({ rules: ['mirror-ineffective'] });
    expect(entries.map(({ finding }) => `${finding.rule} ${finding.resourceId} ${finding.status}`)).toEqual([
      'mirror-ineffective i-1 resolved',
      'mirror-ineffective i-2 resolved',
    ]);
    for (const { finding } of entries)
      expect(finding.cause).toMatchObject({ kind: cause, calls: [{ actor: 'dana', eventName }] });
    expect(stack.mails.map(({ subject }) => subject)).toEqual([
      expect.stringMatching(/^.*RESOLVED 2 instances ineffectively mirrored/),
    ]);
    expect(stack.mails[0]?.body).toContain(`dana (${eventName}, 12:05 UTC)`);
  });
});

it('keeps the sources of a dead sensor open and mails them if no other sensor takes them', async () => {
  seed(fakeAws().account(ACCOUNT, REGION), TERMINATED);
  const onlyA = config(['tmt-a']);
  const stack = aStack(onlyA);
  await stack.watch([TERMINATION], 10);
  await stack.remediate(11);
  const open = await stack.ledger.entries({ rules: ['mirror-ineffective'], status: ['open'] });
  expect(open.map(({ finding }) => finding.resourceId)).toEqual(expect.arrayContaining(['i-1', 'i-2']));
  expect(open[0]?.finding.reason).toContain('interface eni-sensor-a is gone');
  expect(stack.mails.map(({ subject }) => subject)).toEqual([expect.stringContaining('HIGH')]);
});
