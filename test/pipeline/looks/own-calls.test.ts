import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import { type DeliverPorts, deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket, aRecord } from '../../support/deliveries.ts';
import { ACCOUNT, anInstance, anInterface, anInventory, attachedTo, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { aFakeAws, livePorts, seed } from '../../support/live.ts';
import { at } from '../../support/sightings.ts';

const fakeAws = aFakeAws({ quotas: { sourcesPerTarget: 100 } });

const WRITER_ROLE = `arn:aws:iam::${ACCOUNT}:role/team/mw-RemediateRole-1A2B`;
const CONFIG = parseConfig(
  JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: [{ id: 'tmt-a', maxSources: 100 }] } }),
  'config.json',
);
const SOURCES = Array.from({ length: 20 }, (_, n) => n);

const twenty = anInventory({
  instances: [
    ...(anInventory().instances ?? []).filter(({ instanceId }) => instanceId !== 'i-1'),
    ...SOURCES.map((n) => anInstance({ instanceId: `i-${n}`, networkInterfaceIds: [`eni-${n}`] })),
  ],
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []).filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
    ...SOURCES.map((n) =>
      anInterface({
        networkInterfaceId: `eni-${n}`,
        privateIpAddress: `10.0.1.${n + 1}`,
        attachment: attachedTo(`i-${n}`),
      }),
    ),
  ],
});

interface Created {
  readonly TrafficMirrorSessionId: string;
  readonly NetworkInterfaceId: string;
  readonly TrafficMirrorTargetId: string;
  readonly TrafficMirrorFilterId: string;
  readonly SessionNumber: number;
}

const sessions = (): readonly Created[] =>
  (fakeAws().account(ACCOUNT, REGION).lists.TrafficMirrorSessions ?? []) as unknown as readonly Created[];

const byRole = (arn = `arn:aws:sts::${ACCOUNT}:assumed-role/mw-RemediateRole-1A2B/mw-Remediate-3C4D`) => ({
  userIdentity: { type: 'AssumedRole', principalId: 'AROAEXAMPLE:mw-Remediate-3C4D', arn, accountId: ACCOUNT },
});

/** CloudTrail's record of a creation, as EventBridge sends it. */
function creationEvent(session: Created, more: object = byRole(), minute = 1): Message {
  const request = {
    NetworkInterfaceId: session.NetworkInterfaceId,
    TrafficMirrorTargetId: session.TrafficMirrorTargetId,
    TrafficMirrorFilterId: session.TrafficMirrorFilterId,
    SessionNumber: session.SessionNumber,
  };
  const trafficMirrorSession = {
    trafficMirrorSessionId: session.TrafficMirrorSessionId,
    networkInterfaceId: session.NetworkInterfaceId,
    trafficMirrorTargetId: session.TrafficMirrorTargetId,
    trafficMirrorFilterId: session.TrafficMirrorFilterId,
    sessionNumber: session.SessionNumber,
    ownerId: ACCOUNT,
  };
  const detail = aRecord(
    'CreateTrafficMirrorSession',
    minute,
    { CreateTrafficMirrorSessionRequest: request },
    { CreateTrafficMirrorSessionResponse: { trafficMirrorSession } },
    { eventID: `creation-${session.TrafficMirrorSessionId}`, ...more },
  );
  const event = {
    ...{ version: '0', id: `e-${session.TrafficMirrorSessionId}`, source: 'aws.ec2', account: ACCOUNT, region: REGION },
    ...{ 'detail-type': 'AWS API Call via CloudTrail', time: at(minute).toISOString(), resources: [], detail },
  };
  return { messageId: `m-${session.TrafficMirrorSessionId}`, body: JSON.stringify(event) };
}

/** Twenty mirrored sources, as a sweep left them, and a way to deliver events to a function that has read nothing yet. */
async function aMirroredAccount(ledger = aLedger()) {
  seed(fakeAws().account(ACCOUNT, REGION), twenty);
  const ports = (): DeliverPorts => {
    const { inventory, writer } = livePorts();
    return { ledger, inventory, writer, logs: aBucket().logs };
  };
  await sweep(ports(), CONFIG, { now: at(1), clock: STOPPED_CLOCK, name: 'first' });
  expect(sessions()).toHaveLength(SOURCES.length);
  /** The EC2 calls that this delivery makes, by name. */
  const callsFor = async (
    messages: readonly Message[],
    writerRoleArn: string | undefined = WRITER_ROLE,
    callerArn?: () => Promise<string>,
  ) => {
    const before = fakeAws().calls.length;
    const options = { now: at(3), clock: STOPPED_CLOCK, writerRoleArn, callerArn };
    const delivered = await deliver(messages, ports(), CONFIG, options);
    expect(delivered.failed).toEqual([]);
    expect(delivered.collected.sightings).toHaveLength(messages.length);
    return fakeAws().calls.slice(before);
  };
  return { ledger, callsFor };
}

describe('the events about our own calls', () => {
  it('cause no read and no change, and are kept to prove causes with', async () => {
    const { callsFor, ledger } = await aMirroredAccount();
    expect(await callsFor(sessions().map((session) => creationEvent(session)))).toEqual([]);
    const [first] = sessions();
    const [kept] = await ledger.about({ accountId: ACCOUNT, region: REGION }, [first?.TrafficMirrorSessionId ?? '']);
    expect(kept?.parts.map(({ evidence }) => evidence.eventID)).toContain(`creation-${first?.TrafficMirrorSessionId}`);
  });

  it.each<[string, (session: Created) => Message]>([
    ['of a session that we do not know', (one) => creationEvent({ ...one, TrafficMirrorSessionId: 'tms-unknown' })],
    ['to another target than ours', (one) => creationEvent({ ...one, TrafficMirrorTargetId: 'tmt-b' })],
    ['on another interface than ours', (one) => creationEvent({ ...one, NetworkInterfaceId: 'eni-7' })],
    [
      'by another role, in a session named like our function',
      (one) => creationEvent(one, byRole(`arn:aws:sts::${ACCOUNT}:assumed-role/admin/mw-Remediate-3C4D`)),
    ],
    [
      'by a role of that name in another account',
      (one) => creationEvent(one, byRole('arn:aws:sts::444455556666:assumed-role/mw-RemediateRole-1A2B/x')),
    ],
    [
      'by a role of that name with another path',
      (one) => {
        const sessionIssuer = { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/evil/mw-RemediateRole-1A2B` };
        const { userIdentity } = byRole();
        return creationEvent(one, { userIdentity: { ...userIdentity, sessionContext: { sessionIssuer } } });
      },
    ],
    ['by a user', (one) => creationEvent(one, {})],
  ])('is looked at if it is a creation %s', async (_what, event) => {
    const { callsFor } = await aMirroredAccount();
    const [one] = sessions();
    if (one === undefined) throw new Error('the sweep made no session');
    expect(await callsFor([event(one)])).toContain('DescribeTrafficMirrorSessions');
  });

  it('cause no read when the process that made the calls has the credentials of a user', async () => {
    const { callsFor } = await aMirroredAccount();
    const arn = `arn:aws:iam::${ACCOUNT}:user/runner`;
    const byUser = { userIdentity: { type: 'IAMUser', userName: 'runner', arn, accountId: ACCOUNT } };
    const events = sessions().map((session) => creationEvent(session, byUser));
    expect(await callsFor(events, undefined, async () => arn)).toEqual([]);
    expect(await callsFor(events, undefined, async () => `${arn}-2`)).toContain('DescribeTrafficMirrorSessions');
  });

  it('are looked at if no role is configured as ours', async () => {
    const { callsFor } = await aMirroredAccount();
    const events = sessions().map((session) => creationEvent(session));
    expect(await callsFor(events, '')).toContain('DescribeTrafficMirrorSessions');
  });
});
