/** Every finding says what made us look, without a person's name; a later look neither replaces it nor becomes the cause. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { recordInWords, withSeenBecause } from '../../../src/audit/seen/seen-because.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aRecord } from '../../support/deliveries.ts';
import { aFinding } from '../../support/findings.ts';
import { ACCOUNT, anInstance, anInventory, aSecurityGroup, aSession, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at, launched, tagged } from '../../support/sightings.ts';

const TAGS = { requiredTags: ['CostCenter'] };
const MIRRORING = { mirroring: { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } };
const AT_LAUNCH = 'RunInstances at 2026-03-17T12:00:00Z';

/** An account whose findings are known to the ledger and mailed. */
function aSetup(inventory: Inventory, config: object) {
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const publisher = { publish: async (message: AlertMessage) => `mail-${mails.push(message)}` };
  const ports = { logs: bucket.logs, inventory: anAccountOf(inventory).source, ledger: aLedger(), publisher };
  const parsed = parseConfig(JSON.stringify(config), 'config.json');
  return {
    mails,
    bucket,
    deliver: (messages: readonly Message[], now: Date) =>
      deliver(messages, ports, parsed, { now, clock: STOPPED_CLOCK }),
    sweep: (now: Date) => sweep(ports, parsed, { now, clock: STOPPED_CLOCK, name: 'daily' }),
    seenBecause: async () => {
      const entries = await ports.ledger.entries({ status: ['open'] });
      return Object.fromEntries(
        entries.map(({ finding }) => [`${finding.rule} ${finding.resourceId}`, finding.seenBecause]),
      );
    },
  };
}

const running = (minute: number): Message => ({
  messageId: `running-${minute}`,
  body: JSON.stringify({
    ...{ version: '0', id: `event-${minute}`, source: 'aws.ec2', account: ACCOUNT, region: REGION },
    'detail-type': 'EC2 Instance State-change Notification',
    time: at(minute).toISOString(),
    resources: [],
    detail: { 'instance-id': 'i-0a1', state: 'running' },
  }),
});
const UNTAGGED = anInventory({ instances: [anInstance({ instanceId: 'i-0a1' })] });

describe('what made us look', () => {
  it('is the newest record of the run that names the resource', async () => {
    const setup = aSetup(UNTAGGED, TAGS);
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    await setup.deliver([aNotice('m1', aLogKey(1))], at(60));
    expect(await setup.seenBecause()).toEqual({ 'instance-untagged i-0a1': AT_LAUNCH });
  });

  it('is an EC2 state-change notification, with its time', async () => {
    const setup = aSetup(UNTAGGED, TAGS);
    await setup.deliver([running(1)], at(60));
    expect(await setup.seenBecause()).toEqual({
      'instance-untagged i-0a1': 'an EC2 state-change notification at 2026-03-17T12:01:00Z',
    });
  });

  it('is a look at the whole account in a sweep', async () => {
    const setup = aSetup(UNTAGGED, TAGS);
    await setup.sweep(at(0));
    expect(await setup.seenBecause()).toEqual({ 'instance-untagged i-0a1': 'a look at the whole account' });
  });

  it('stays the launch after a state change and a re-check, and the mail names the launcher as the cause', async () => {
    const setup = aSetup(UNTAGGED, TAGS);
    setup.bucket.put(aLogKey(1), [aLaunchRecord(0, 'i-0a1')]);
    const { rechecks } = await setup.deliver([aNotice('m1', aLogKey(1))], at(1));
    await setup.deliver([running(2)], at(3));
    expect(rechecks).toHaveLength(1);
    expect(setup.mails).toEqual([]);
    await setup.deliver(
      rechecks.map(({ body }) => ({ body })),
      at(10),
    );
    expect(setup.mails.map(({ body }) => body)).toEqual([expect.stringMatching(/^Caused by: dana \(RunInstances, /m)]);
    expect(setup.mails[0]?.body).toContain(`Seen because: ${AT_LAUNCH}`);
    expect(`${setup.mails[0]?.subject}${setup.mails[0]?.body}`).not.toMatch(/aws\.ec2|by EC2/);
  });

  it('is a re-check if the re-check is the first to find it', () => {
    const requested = { instanceIds: ['i-1'], networkInterfaceIds: [] };
    const [finding] = withSeenBecause([aFinding({ resourceId: 'i-1', evidence: [] })], {
      ...{ sightings: [], scope: 'sighted', account: null, requested },
    });
    expect(finding?.seenBecause).toBe('a re-check after the grace period');
  });

  it('is the newest record that concerns the resource, where none names it', async () => {
    const setup = aSetup(
      anInventory({
        securityGroups: [aSecurityGroup({ ipPermissions: [] }), aSecurityGroup({ groupId: 'sg-workload' })],
        trafficMirrorSessions: [aSession()],
      }),
      MIRRORING,
    );
    const revoked = aRecord(
      'RevokeSecurityGroupIngress',
      5,
      { groupId: 'sg-sensor', ipPermissions: { items: [{ ipProtocol: 'udp', fromPort: 4789, toPort: 4789 }] } },
      { _return: true },
    );
    setup.bucket.put(aLogKey(1), [revoked]);
    await setup.deliver([aNotice('m1', aLogKey(1))], at(60));
    expect(await setup.seenBecause()).toMatchObject({
      'mirror-ineffective i-1': 'RevokeSecurityGroupIngress at 2026-03-17T12:05:00Z',
    });
  });

  it('prefers a record that names the resource to a newer one that names another', () => {
    const [finding] = withSeenBecause([aFinding({ resourceId: 'i-1', evidence: [] })], {
      sightings: [tagged(9, 'i-2', []), launched(0, 'i-1', []), tagged(4, 'i-1', [], 'erin')],
      scope: 'sighted',
      account: null,
    });
    expect(finding?.seenBecause).toBe('CreateTags at 2026-03-17T12:04:00Z');
  });
});

it.each([
  ['EC2 Instance State-change Notification', 'an EC2 state-change notification'],
  ['ECS Task State Change', 'an ECS task state change'],
  ['GuardDuty Finding', 'a GuardDuty finding'],
  ['RunInstances', 'RunInstances'],
])('names %s by what it is', (eventName, words) => {
  const eventTime = '2026-03-17T12:00:00.000Z';
  expect(recordInWords({ eventName, eventTime })).toBe(`${words} at 2026-03-17T12:00:00Z`);
});
