import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { type Delivered, type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLogKey, aNotice, aRecord } from '../support/deliveries.ts';
import {
  anInstance,
  anInterface,
  anInventory,
  aPermission,
  aSecurityGroup,
  aSession,
  attachedTo,
} from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const config = (mirroring: object = {}): Config =>
  parseConfig(
    JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'], ...mirroring } }),
    'config.json',
  );

/** An account, its ledger and mailbox; `deliver` brings records, a file each time. */
function aBench(inventory: Inventory, settings: Config = config()) {
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
      return deliver([aNotice(`m${files}`, aLogKey(files))], ports, settings, { now, clock: STOPPED_CLOCK });
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
  it('that we made is back within one delivery, and the mail names who deleted it', async () => {
    const bench = aBench(two);
    await bench.sweep(at(0));
    const [first] = bench.sessions().filter(({ networkInterfaceId }) => networkInterfaceId === 'eni-1');
    const id = first?.trafficMirrorSessionId ?? '';
    await bench.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, id);
    const { acted } = await bench.deliver([deletion(5, id)], at(8));
    expect(acted.outcomes.map(({ result, step }) => [result, step.networkInterfaceId])).toEqual([['done', 'eni-1']]);
    expect(
      bench
        .sessions()
        .map(({ networkInterfaceId }) => networkInterfaceId)
        .toSorted(),
    ).toEqual(['eni-1', 'eni-2']);
    expect(bench.mails).toHaveLength(1);
    expect(bench.mails[0]?.body).toMatch(/i-1: instance-unmirrored resolved .* by\s+Mirrorwatch/);
    expect(bench.mails[0]?.body).toContain('DeleteTrafficMirrorSession by dana');
    expect(bench.mails[0]?.body).not.toContain('i-2');
  });

  it('that was there before us is laid to the source that has none since, and says so', async () => {
    const sessions = [
      aSession({ trafficMirrorSessionId: 'tms-old', tags: [] }),
      aSession({ trafficMirrorSessionId: 'tms-2', networkInterfaceId: 'eni-2', tags: [] }),
    ];
    const bench = aBench({ ...two, trafficMirrorSessions: sessions });
    await bench.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, 'tms-old');
    await bench.deliver([deletion(5, 'tms-old')], at(8));
    expect(
      bench
        .sessions()
        .map(({ networkInterfaceId }) => networkInterfaceId)
        .toSorted(),
    ).toEqual(['eni-1', 'eni-2']);
    expect(bench.mails[0]?.body).toContain('DeleteTrafficMirrorSession by dana');
    const [entry] = await bench.ledger.entries({});
    expect(entry?.finding.evidence[0]?.note).toContain('the record names only tms-old');
  });

  it('is laid to none of those that were without one before', async () => {
    const full = config({ targets: [{ id: 'tmt-a', maxSources: 1 }], localZoneOnly: false });
    const sessions = [aSession({ trafficMirrorSessionId: 'tms-1', networkInterfaceId: 'eni-1' })];
    const bench = aBench({ ...two, trafficMirrorSessions: sessions }, full);
    await bench.sweep(at(0));
    expect(bench.mails).toHaveLength(1);
    await bench.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, 'tms-1');
    await bench.deliver([deletion(5, 'tms-1')], at(8));
    const entries = await bench.ledger.entries({ rules: ['instance-unmirrored'], status: ['open'] });
    const named = entries.flatMap(({ finding }) => (finding.evidence.length > 0 ? [finding.resourceId] : []));
    expect(named).not.toContain('i-2');
    expect(bench.mails.at(-1)?.body).toContain('dana');
  });

  it('is mailed each time it is deleted, and no time when the record is delivered again', async () => {
    const bench = aBench(anInventory());
    await bench.sweep(at(0));
    const remove = async (): Promise<string> => {
      const id = bench.sessions()[0]?.trafficMirrorSessionId ?? '';
      await bench.account.writer.deleteSession({ accountId: two.accountId, region: two.region }, id);
      return id;
    };
    const first = deletion(5, await remove());
    await bench.deliver([first], at(8));
    await bench.deliver([first], at(9));
    expect(bench.mails).toHaveLength(1);
    await bench.deliver([deletion(15, await remove())], at(18));
    expect(bench.mails).toHaveLength(2);
    expect(bench.sessions()).toHaveLength(1);
  });

  it('of ours starts nothing', async () => {
    const bench = aBench(anInventory());
    const ours = {
      userIdentity: {
        type: 'AssumedRole',
        principalId: 'AROAEXAMPLE:mirrorwatch',
        arn: 'arn:aws:sts::111122223333:assumed-role/mirrorwatch-member/mirrorwatch',
        accountId: '111122223333',
      },
    };
    const { assessment, acted } = await bench.deliver([deletion(5, 'tms-1', ours)], at(8));
    expect(assessment.scopes).toEqual([]);
    expect(acted.outcomes).toEqual([]);
  });
});

describe('a changed way to a sensor', () => {
  const closed = [
    aSecurityGroup({ ipPermissions: [aPermission({ ipProtocol: 'tcp', cidrIps: ['10.0.0.0/8'] })] }),
    aSecurityGroup({ groupId: 'sg-workload', ipPermissions: [] }),
  ];
  const authorised = aRecord(
    'AuthorizeSecurityGroupIngress',
    5,
    { groupId: 'sg-sensor', ipPermissions: { items: [{ ipProtocol: 'udp', fromPort: 4789, toPort: 4789 }] } },
    { _return: true },
  );

  it('turns mirror-ineffective into resolved when the group is opened', async () => {
    const before = anInventory({ securityGroups: closed, trafficMirrorSessions: [aSession()] });
    const bench = aBench(before, config({ mode: 'plan' }));
    await bench.sweep(at(0));
    const open = await bench.ledger.entries({ rules: ['mirror-ineffective'], status: ['open'] });
    expect(open.map(({ finding }) => finding.resourceId)).toEqual(['i-1']);
    const after = anAccountOf({ ...before, securityGroups: anInventory().securityGroups ?? [] });
    Object.assign(bench.ports, { inventory: after.source });
    await bench.deliver([authorised], at(8));
    const [entry] = await bench.ledger.entries({ rules: ['mirror-ineffective'] });
    expect(entry).toMatchObject({ finding: { status: 'resolved' }, resolvedBy: 'dana' });
    expect(bench.mails.at(-1)?.body).toContain('i-1: mirror-ineffective resolved');
  });

  it('places what found no way before when the group is opened', async () => {
    const bench = aBench(anInventory({ securityGroups: closed }));
    await bench.sweep(at(0));
    expect(bench.sessions()).toEqual([]);
    const after = anAccountOf(anInventory());
    Object.assign(bench.ports, { inventory: after.source, writer: after.writer });
    await bench.deliver([authorised], at(8));
    expect(after.inventories()[0]?.trafficMirrorSessions?.map(({ networkInterfaceId }) => networkInterfaceId)).toEqual([
      'eni-1',
    ]);
    expect(await bench.ledger.entries({ rules: ['instance-unmirrored'], status: ['open'] })).toEqual([]);
  });
});

describe('an interface that is attached while the instance runs', () => {
  it('is mirrored', async () => {
    const inventory = anInventory({
      networkInterfaces: [
        ...(anInventory().networkInterfaces ?? []),
        anInterface({ networkInterfaceId: 'eni-hot', privateIpAddress: '10.0.0.9', attachment: attachedTo('i-1', 1) }),
      ],
      trafficMirrorSessions: [aSession()],
    });
    const bench = aBench(inventory);
    const request = { networkInterfaceId: 'eni-hot', instanceId: 'i-1', deviceIndex: 1 };
    await bench.deliver([aRecord('AttachNetworkInterface', 5, request, { attachmentId: 'eni-attach-1' })], at(8));
    expect(bench.sessions().map(({ networkInterfaceId }) => networkInterfaceId)).toEqual(['eni-1', 'eni-hot']);
  });
});
