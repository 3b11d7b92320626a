import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { parseConfig } from '../../src/config.ts';
import type { Message } from '../../src/delivery/envelope.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aRecord } from '../support/deliveries.ts';
import { ACCOUNT, anInventory, aSession, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

type Json = Readonly<Record<string, unknown>>;

const CONFIG = parseConfig(
  JSON.stringify({ mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a'] } }),
  'config.json',
);

/** i-1 was terminated. The session on its interface is another tool's and bears no name. */
const LEFT_BEHIND = anInventory({ trafficMirrorSessions: [aSession({ tags: [] })] });
const { instances = [], networkInterfaces = [] } = LEFT_BEHIND;
const others = instances.filter(({ instanceId }) => instanceId !== 'i-1');

const ACCOUNTS: readonly (readonly [string, Inventory])[] = [
  [
    'is gone with its interface',
    {
      ...LEFT_BEHIND,
      instances: others,
      networkInterfaces: networkInterfaces.filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
    },
  ],
  [
    'is listed as terminated, and its interface is attached to nothing',
    {
      ...LEFT_BEHIND,
      instances: [...others, ...instances.filter((each) => !others.includes(each))].map((each) =>
        each.instanceId === 'i-1' ? { ...each, state: 'terminated' as const, networkInterfaceIds: [] } : each,
      ),
      networkInterfaces: networkInterfaces.map(({ attachment, ...each }) =>
        each.networkInterfaceId === 'eni-1' ? { ...each, status: 'available' } : { ...each, attachment },
      ),
    },
  ],
];

const state = (code: number, name: string): Json => ({ code, name });
const TERMINATION = aRecord(
  'TerminateInstances',
  30,
  { instancesSet: { items: [{ instanceId: 'i-1' }] } },
  {
    instancesSet: {
      items: [{ instanceId: 'i-1', currentState: state(32, 'shutting-down'), previousState: state(16, 'running') }],
    },
  },
);
const LAUNCH = aLaunchRecord(
  1,
  'i-1',
  {},
  {
    responseElements: {
      reservationId: 'r-1',
      instancesSet: {
        items: [
          {
            instanceId: 'i-1',
            instanceType: 'm7i.large',
            networkInterfaceSet: {
              items: [
                {
                  networkInterfaceId: 'eni-1',
                  subnetId: 'subnet-a',
                  vpcId: 'vpc-1',
                  privateIpAddress: '10.0.0.5',
                  attachment: { attachmentId: 'eni-attach-1', deviceIndex: 0 },
                },
              ],
            },
          },
        ],
      },
    },
  },
);
const MIRRORED = aRecord(
  'CreateTrafficMirrorSession',
  2,
  {
    CreateTrafficMirrorSessionRequest: {
      NetworkInterfaceId: 'eni-1',
      TrafficMirrorTargetId: 'tmt-a',
      TrafficMirrorFilterId: 'tmf-1',
      SessionNumber: 1,
    },
  },
  {
    CreateTrafficMirrorSessionResponse: {
      trafficMirrorSession: {
        trafficMirrorSessionId: 'tms-1',
        networkInterfaceId: 'eni-1',
        trafficMirrorTargetId: 'tmt-a',
        trafficMirrorFilterId: 'tmf-1',
        sessionNumber: 1,
      },
    },
  },
);

const NOW = at(40);

/** How a record reaches us: in a log file, or as an API call from EventBridge. */
const WAYS: Readonly<
  Record<string, (records: readonly Json[], put: (records: readonly Json[]) => void) => readonly Message[]>
> = {
  'a log file': (records, put) => {
    put(records);
    return [aNotice('m1', aLogKey(1))];
  },
  'events of EventBridge': (records) =>
    records.map((detail, n) => ({
      messageId: `m${n}`,
      body: JSON.stringify({
        ...{ version: '0', id: `event-${n}`, 'detail-type': 'AWS API Call via CloudTrail', source: 'aws.ec2' },
        ...{ account: ACCOUNT, time: detail.eventTime, region: REGION, resources: [], detail },
      }),
    })),
};

/** The open findings that a delivery of these records makes, and those of an audit of the whole account after it. */
async function foundBy(way: string, records: readonly Json[], inventory: Inventory) {
  const bucket = aBucket();
  const ports = { logs: bucket.logs, inventory: anAccountOf(inventory).source, ledger: aLedger() };
  const messages = WAYS[way]?.(records, (all) => bucket.put(aLogKey(1), all)) ?? [];
  const delivered = await deliver(messages, ports, CONFIG, { now: NOW, clock: STOPPED_CLOCK });
  const audited = await sweep(ports, CONFIG, { now: NOW, clock: STOPPED_CLOCK, name: 'sweep' });
  const openIn = (findings: readonly Finding[]): readonly Finding[] =>
    findings.filter(({ status }) => status === 'open');
  return { scanned: openIn(delivered.acted.findings), audited: openIn(audited.acted.findings) };
}

describe.each(ACCOUNTS)("another tool's session whose source %s", (_, inventory) => {
  describe.each(Object.keys(WAYS))('after its termination was delivered by %s', (way) => {
    it('is an orphan by the termination, if the launch is recorded', async () => {
      const { scanned, audited } = await foundBy(way, [LAUNCH, MIRRORED, TERMINATION], inventory);
      expect(scanned).toMatchObject([
        {
          ...{ rule: 'mirror-orphan', resourceId: 'tms-1' },
          cause: { kind: 'call', calls: [{ actor: 'dana', eventName: 'TerminateInstances' }] },
          evidence: expect.arrayContaining([
            expect.objectContaining({ role: 'cause', eventName: 'TerminateInstances' }),
          ]),
        },
      ]);
      expect(audited.map(({ id, cause, evidence }) => ({ id, cause, evidence }))).toEqual(
        scanned.map(({ id, cause, evidence }) => ({ id, cause, evidence })),
      );
    });

    it('is an orphan of which the termination is a possible cause, if no record tells what was on the instance', async () => {
      const { scanned, audited } = await foundBy(way, [TERMINATION], inventory);
      expect(scanned).toMatchObject([
        {
          ...{ rule: 'mirror-orphan', resourceId: 'tms-1' },
          cause: { kind: 'possible', calls: [{ actor: 'dana', eventName: 'TerminateInstances' }] },
        },
      ]);
      expect(audited.map(({ id, cause, evidence }) => ({ id, cause, evidence }))).toEqual(
        scanned.map(({ id, cause, evidence }) => ({ id, cause, evidence })),
      );
    });
  });
});
