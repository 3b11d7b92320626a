import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { type Delivered, type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { ownCall } from '../../src/sighting/own-calls.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord } from '../support/deliveries.ts';
import {
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aSecurityGroup,
  aSensorInterface,
  aSession,
  attachedTo,
} from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const config = (mirroring: object = {}, graceSeconds = 300): Config =>
  parseConfig(
    JSON.stringify({
      graceSeconds,
      mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'], ...mirroring },
    }),
    'config.json',
  );

/** With which credentials we run: those of another account, from which we assume the member role. */
const HOME = 'arn:aws:iam::999900001111:user/runner';

/** An account with its ledger and mailbox. `deliver` delivers records in a new file. */
function aSetup(inventory: Inventory, settings: Config = config()) {
  const account = anAccountOf(inventory);
  const bucket = aBucket();
  const mails: AlertMessage[] = [];
  const ledger = aLedger();
  const ports: DeliverPorts = {
    logs: bucket.logs,
    inventory: account.source,
    writer: account.writer,
    ledger,
    publisher: {
      publish: async (message) => {
        mails.push(message);
        return `mail-${mails.length}`;
      },
    },
  };
  let files = 0;
  return {
    account,
    mails,
    ledger,
    ports,
    sessions: () => account.inventories()[0]?.trafficMirrorSessions ?? [],
    sweep: (now: Date) => sweep(ports, settings, { now, clock: STOPPED_CLOCK, name: now.toISOString() }),
    deliver(records: readonly Readonly<Record<string, unknown>>[], now: Date): Promise<Delivered> {
      files += 1;
      bucket.put(aLogKey(files), records);
      const options = { now, clock: STOPPED_CLOCK, callerArn: async () => HOME };
      return deliver([aNotice(`m${files}`, aLogKey(files))], ports, settings, options);
    },
  };
}

const deletion = (minute: number, id: string, more: Readonly<Record<string, unknown>> = {}) =>
  aRecord(
    'DeleteTrafficMirrorSession',
    minute,
    { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id } },
    { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: id } },
    more,
  );

const two = anInventory({
  instances: [...(anInventory().instances ?? []), anInstance({ instanceId: 'i-2', networkInterfaceIds: ['eni-2'] })],
  networkInterfaces: [
    ...(anInventory().networkInterfaces ?? []),
    anInterface({ networkInterfaceId: 'eni-2', privateIpAddress: '10.0.0.6', attachment: attachedTo('i-2') }),
  ],
});

describe('a deleted session', () => {
  it('of ours is created again within one delivery, and the mail names who deleted it', async () => {
    const setup = aSetup(two);
    await setup.sweep(at(0));
    const [first] = setup.sessions().filter(({ networkInterfaceId }) => networkInterfaceId === 'eni-1');
    const id = first?.trafficMirrorSessionId ?? '';
    await setup.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, id);
    const { acted } = await setup.deliver([deletion(5, id)], at(8));
    expect(acted.outcomes.map(({ result, step }) => [result, step.networkInterfaceId])).toEqual([['done', 'eni-1']]);
    expect(
      setup
        .sessions()
        .map(({ networkInterfaceId }) => networkInterfaceId)
        .toSorted(),
    ).toEqual(['eni-1', 'eni-2']);
    expect(setup.mails).toHaveLength(1);
    expect(setup.mails[0]?.body).toMatch(/i-1: instance-unmirrored resolved .* by\s+Mirrorwatch/);
    expect(setup.mails[0]?.body).toContain('Caused by: dana (DeleteTrafficMirrorSession, 12:05 UTC)');
    expect(setup.mails[0]?.body).not.toContain('i-2');
  });

  it('that no record describes is a possible cause on the source without a session, and its author is not named as the cause', async () => {
    const sessions = [
      aSession({ trafficMirrorSessionId: 'tms-old', tags: [] }),
      aSession({ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'eni-2', tags: [] }),
    ];
    const setup = aSetup({ ...two, trafficMirrorSessions: sessions });
    await setup.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, 'tms-old');
    await setup.deliver([deletion(5, 'tms-old')], at(8));
    expect(
      setup
        .sessions()
        .map(({ networkInterfaceId }) => networkInterfaceId)
        .toSorted(),
    ).toEqual(['eni-1', 'eni-2']);
    const [entry] = await setup.ledger.entries({});
    expect(entry?.finding.cause).toEqual({
      kind: 'possible',
      calls: [expect.objectContaining({ actor: 'dana', eventName: 'DeleteTrafficMirrorSession' })],
      reason: 'the record of DeleteTrafficMirrorSession names only the session, not what it was on',
    });
    expect(entry?.finding.evidence.map(({ role }) => role)).toEqual(['context']);
  });

  it('is not attributed to sources that had no session before', async () => {
    const full = config({ targets: [{ id: 'tmt-a', maxSources: 1 }], localZoneOnly: false }, 0);
    const sessions = [aSession({ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1' })];
    const setup = aSetup({ ...two, trafficMirrorSessions: sessions }, full);
    await setup.sweep(at(0));
    expect(setup.mails).toHaveLength(1);
    await setup.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, 'tms-1');
    await setup.deliver([deletion(5, 'tms-1')], at(8));
    const entries = await setup.ledger.entries({ rules: ['instance-unmirrored'], status: ['open'] });
    const named = entries.flatMap(({ finding }) => (finding.evidence.length > 0 ? [finding.resourceId] : []));
    expect(named).not.toContain('i-2');
    expect(setup.mails.at(-1)?.body).toContain('dana');
  });

  it('is mailed once for each deletion, however often its record is delivered', async () => {
    const setup = aSetup(anInventory());
    await setup.sweep(at(0));
    const remove = async (): Promise<string> => {
      const id = setup.sessions()[0]?.trafficMirrorSessionId ?? '';
      await setup.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, id);
      return id;
    };
    const first = deletion(5, await remove());
    await setup.deliver([first], at(8));
    await setup.deliver([first], at(9));
    expect(setup.mails).toHaveLength(1);
    await setup.deliver([deletion(15, await remove())], at(18));
    expect(setup.mails).toHaveLength(2);
    expect(setup.sessions()).toHaveLength(1);
  });

  const by = (role: string, accountId = '111122223333') => ({
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:mirrorwatch',
      arn: `arn:aws:sts::${accountId}:assumed-role/${role}/mirrorwatch`,
      accountId,
    },
  });
  const withMemberRole = parseConfig(
    JSON.stringify({
      trail: { accounts: ['111122223333'] },
      assumeRole: { roleName: '/audit/mirrorwatch-member' },
      mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
    }),
    'config.json',
  );

  /** The ledger's note that we deleted the session. */
  const noteDeletion = (setup: ReturnType<typeof aSetup>, trafficMirrorSessionId: string): Promise<void> => {
    const call = ownCall({ kind: 'session-deleted', trafficMirrorSessionId }, at(5));
    return setup.ledger.keep([{ accountId: two.accountId, region: two.region, ...call }], at(5));
  };

  it('is ignored when our role deleted it and the ledger knows that we did', async () => {
    const setup = aSetup(anInventory(), withMemberRole);
    await noteDeletion(setup, 'tms-1');
    const { assessment, acted } = await setup.deliver([deletion(5, 'tms-1', by('mirrorwatch-member'))], at(8));
    expect(assessment.scopes).toEqual([]);
    expect(acted.outcomes).toEqual([]);
  });

  it('is judged when our role deleted it and the ledger does not know that we did', async () => {
    const setup = aSetup(anInventory(), withMemberRole);
    await noteDeletion(setup, 'tms-2');
    const { assessment } = await setup.deliver([deletion(5, 'tms-1', by('mirrorwatch-member'))], at(8));
    expect(assessment.scopes).toHaveLength(1);
  });

  it.each([
    ['another role', withMemberRole, by('shop-web')],
    ['the role of another account', withMemberRole, by('mirrorwatch-member', '444455556666')],
    ['that role, which the configuration does not name', config(), by('mirrorwatch-member')],
  ])('is judged when %s only has a session named as ours', async (_who, settings, identity) => {
    const setup = aSetup(anInventory(), settings);
    await noteDeletion(setup, 'tms-1');
    const { assessment } = await setup.deliver([deletion(5, 'tms-1', identity)], at(8));
    expect(assessment.scopes).toHaveLength(1);
  });
});

describe('a session redirected to an unknown target', () => {
  it('of ours is redirected back by a sweep, which mails what happened and remembers the repair', async () => {
    const redirected = aSession({ trafficMirrorTargetId: 'tmt-unknown' });
    const setup = aSetup(anInventory({ trafficMirrorSessions: [redirected] }));
    await setup.sweep(at(0));
    expect(setup.sessions()).toMatchObject([{ trafficMirrorSessionId: 'tms-1', trafficMirrorTargetId: 'tmt-a' }]);
    const [entry] = await setup.ledger.entries({ rules: ['mirror-rogue'] });
    expect(entry).toMatchObject({
      finding: { status: 'resolved', remediation: { kind: 'modify-session', outcome: 'done' } },
      outcomes: [{ result: 'done' }],
    });
    expect(setup.mails.map(({ subject }) => subject)).toEqual([
      expect.stringContaining('RESOLVED 1 instance mirrored to an unknown target'),
    ]);
    expect(setup.mails[0]?.body.replace(/\s+/g, ' ')).toContain(
      'What: i-1 is mirrored to an unknown target by a session that carries our tag: session tms-1',
    );
    await setup.sweep(at(10));
    expect(setup.mails).toHaveLength(1);
  });

  it('of someone else keeps its fix in the mail although our own session on the interface was changed', async () => {
    const ours = aSession({ trafficMirrorSessionId: 'tms-own', trafficMirrorFilterId: 'tmf-old' });
    const foreign = aSession({ trafficMirrorTargetId: 'tmt-unknown', tags: [], sessionNumber: 7 });
    const setup = aSetup(anInventory({ trafficMirrorSessions: [ours, foreign] }));
    const { acted } = await setup.sweep(at(0));
    expect(acted.outcomes).toMatchObject([{ result: 'done', step: { trafficMirrorSessionId: 'tms-own' } }]);
    const [entry] = await setup.ledger.entries({ rules: ['mirror-rogue'] });
    expect(entry).toMatchObject({ finding: { status: 'open' }, outcomes: [] });
    expect(setup.mails[0]?.body).toMatch(
      /What we did: nothing\nFix: No command should be run unseen\.[\s\S]+ delete it:\naws ec2 delete-traffic-mirror-session /,
    );
  });

  it('of someone else stays open as critical, and is not touched', async () => {
    const foreign = aSession({ trafficMirrorTargetId: 'tmt-unknown', tags: [], sessionNumber: 7 });
    const setup = aSetup(anInventory({ trafficMirrorSessions: [foreign] }));
    await setup.sweep(at(0));
    expect(setup.sessions()).toContainEqual(foreign);
    const [entry] = await setup.ledger.entries({ rules: ['mirror-rogue'] });
    expect(entry).toMatchObject({ finding: { status: 'open', severity: 'critical' }, outcomes: [] });
    expect(setup.mails[0]?.subject).toContain('CRITICAL 1 instance mirrored to an unknown target');
  });
});

describe('a session of someone else that carries nothing', () => {
  it('gets one of ours in front of it, and the ledger keeps the repair with mirror-ineffective', async () => {
    const closed = aSensorInterface('b', { groupIds: ['sg-closed'] });
    const { networkInterfaces = [], securityGroups = [] } = anInventory();
    const inventory = anInventory({
      networkInterfaces: networkInterfaces.map((each) =>
        each.networkInterfaceId === closed.networkInterfaceId ? closed : each,
      ),
      securityGroups: [...securityGroups, aSecurityGroup({ groupId: 'sg-closed', ipPermissions: [] })],
      trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-b', tags: [], sessionNumber: 7 })],
    });
    const setup = aSetup(inventory);
    await setup.sweep(at(0));
    expect(setup.sessions()).toMatchObject([
      { trafficMirrorTargetId: 'tmt-b', sessionNumber: 7 },
      { trafficMirrorTargetId: 'tmt-a', sessionNumber: 1 },
    ]);
    const [entry] = await setup.ledger.entries({ rules: ['mirror-ineffective'] });
    expect(entry).toMatchObject({
      finding: { status: 'resolved', remediation: { kind: 'create-session', outcome: 'done' } },
      outcomes: [{ result: 'done' }],
    });
  });
});

describe('a changed path to a sensor', () => {
  const closed = [
    aSecurityGroup({ ipPermissions: [aPermission({ ipProtocol: 'tcp', cidrIps: ['10.0.0.0/8'] })] }),
    aSecurityGroup({ groupId: 'sg-workload', ipPermissions: [] }),
  ];
  const OPENED = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, ipRanges: { items: [{ cidrIp: '10.0.0.0/8' }] } };
  const authorised = aRecord(
    'AuthorizeSecurityGroupIngress',
    5,
    { groupId: 'sg-sensor', ipPermissions: { items: [OPENED] } },
    { _return: true },
  );

  it('resolves mirror-ineffective when the security group is opened', async () => {
    const before = anInventory({ securityGroups: closed, trafficMirrorSessions: [aSession()] });
    const setup = aSetup(before, config({ mode: 'plan' }, 0));
    await setup.sweep(at(0));
    const open = await setup.ledger.entries({ rules: ['mirror-ineffective'], status: ['open'] });
    expect(open.map(({ finding }) => finding.resourceId)).toEqual(['i-1']);
    const after = anAccountOf({ ...before, securityGroups: anInventory().securityGroups ?? [] });
    Object.assign(setup.ports, { inventory: after.source });
    await setup.deliver([authorised], at(8));
    const [entry] = await setup.ledger.entries({ rules: ['mirror-ineffective'] });
    expect(entry).toMatchObject({ finding: { status: 'resolved' } });
    expect(entry?.resolvedBy).toBe('dana');
    expect(setup.mails.at(-1)?.body).toContain('i-1: mirror-ineffective resolved');
  });

  it('mirrors a source that no target could take before the security group was opened', async () => {
    const setup = aSetup(anInventory({ securityGroups: closed }));
    await setup.sweep(at(0));
    expect(setup.sessions()).toEqual([]);
    const after = anAccountOf(anInventory());
    Object.assign(setup.ports, { inventory: after.source, writer: after.writer });
    await setup.deliver([authorised], at(8));
    expect(after.inventories()[0]?.trafficMirrorSessions?.map(({ networkInterfaceId }) => networkInterfaceId)).toEqual([
      'eni-1',
    ]);
    expect(await setup.ledger.entries({ rules: ['instance-unmirrored'], status: ['open'] })).toEqual([]);
  });
});

describe('an interface attached to a running instance', () => {
  it('is mirrored', async () => {
    const inventory = anInventory({
      networkInterfaces: [
        ...(anInventory().networkInterfaces ?? []),
        anInterface({ networkInterfaceId: 'eni-hot', privateIpAddress: '10.0.0.9', attachment: attachedTo('i-1', 1) }),
      ],
      trafficMirrorSessions: [aSession()],
    });
    const setup = aSetup(inventory);
    const request = { networkInterfaceId: 'eni-hot', instanceId: 'i-1', deviceIndex: 1 };
    await setup.deliver([aRecord('AttachNetworkInterface', 5, request, { attachmentId: 'eni-attach-1' })], at(8));
    expect(setup.sessions().map(({ networkInterfaceId }) => networkInterfaceId)).toEqual(['eni-1', 'eni-hot']);
  });
});
