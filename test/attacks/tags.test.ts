/** Attacks by somebody who may tag resources, launch instances or name sessions in a watched account. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Instance } from '../../src/inventory/instance.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { poolOf } from '../../src/mirror/destinations.ts';
import { type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import type { Tag } from '../../src/sighting/sighting.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket, aLaunchRecord, aLogKey, aNotice, aRecord } from '../support/deliveries.ts';
import {
  ACCOUNT,
  aBalancerTarget,
  aListener,
  aLoadBalancer,
  anInstance,
  anInterface,
  anInventory,
  aSession,
  aTarget,
  attachedTo,
  REGION,
} from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anElasticAccount, aWorkload, LAUNCH } from '../support/sensors.ts';
import { at } from '../support/sightings.ts';

const POOL = poolOf(LAUNCH, 'subnet-a');
const POOL_TAGS: readonly Tag[] = [
  { key: 'mirrorwatch:managed', value: 'true' },
  { key: 'mirrorwatch:pool', value: POOL },
];
const SCOPE = { accountId: ACCOUNT, region: REGION };
const WRITER_ROLE = `arn:aws:iam::${ACCOUNT}:role/mirrorwatch-remediate`;

const config = (mirroring: object = {}, more: object = {}): Config =>
  parseConfig(
    JSON.stringify({ mirroring: { mode: 'apply', filterId: 'tmf-1', ...mirroring }, ...more }),
    'config.json',
  );
const LAUNCHING = config({ rules: { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', onDemand: { ...LAUNCH } }] } });
const FIXED = config({ targets: ['tmt-a'] });

/** The stack on an account: its ledger, its mails, its sweeps and its deliveries. `minute` is the time of the account's own clock. */
function aStack(inventory: Inventory, settings: Config = LAUNCHING, ledger = aLedger()) {
  let minute = 0;
  const account = anElasticAccount(inventory, () => at(minute));
  const mails: AlertMessage[] = [];
  const bucket = aBucket();
  const ports: DeliverPorts = {
    ...{ logs: bucket.logs, inventory: account.source, writer: account.writer, launcher: account.launcher, ledger },
    publisher: { publish: async (message) => `mail-${mails.push(message)}` },
  };
  const now = (): Readonly<Inventory> => account.inventories()[0] ?? SCOPE;
  let files = 0;
  return {
    ...{ account, mails, ledger, now },
    mailed: () => mails.map(({ subject, body }) => `${subject}\n${body}`.replaceAll(/\s+/g, ' ')).join('\n'),
    sessions: () => now().trafficMirrorSessions ?? [],
    targets: () => [...new Set((now().trafficMirrorSessions ?? []).map((each) => each.trafficMirrorTargetId))],
    sweep: async (at_: number, by: Config = settings, more: Partial<DeliverPorts> = {}) => {
      minute = at_;
      const { acted } = await sweep({ ...ports, ...more }, by, {
        now: at(at_),
        clock: STOPPED_CLOCK,
        name: `sweep at ${at_}`,
      });
      return acted;
    },
    deliver: async (records: readonly Readonly<Record<string, unknown>>[], at_: number, more: object = {}) => {
      minute = at_;
      files += 1;
      bucket.put(aLogKey(files), records);
      const options = { now: at(at_), clock: STOPPED_CLOCK, writerRoleArn: WRITER_ROLE, ...more };
      return deliver([aNotice(`m${files}`, aLogKey(files))], ports, settings, options);
    },
  };
}

/** An attacker's instance `i-evil` that receives whatever is sent to the target `tmt-evil`, beside a workload. */
function withEvil(
  inventory: Inventory,
  { tags = POOL_TAGS, ...evil }: Partial<Instance> & { tags?: readonly Tag[] } = {},
) {
  return {
    ...inventory,
    instances: [
      ...(inventory.instances ?? []),
      anInstance({ instanceId: 'i-evil', instanceType: 'c5.24xlarge', networkInterfaceIds: ['eni-evil'], ...evil }),
    ],
    networkInterfaces: [
      ...(inventory.networkInterfaces ?? []),
      anInterface({
        ...{ networkInterfaceId: 'eni-evil', attachment: attachedTo('i-evil'), groupIds: ['sg-sensor'] },
        privateIpAddress: '10.0.0.66',
      }),
    ],
    trafficMirrorTargets: [
      ...(inventory.trafficMirrorTargets ?? []),
      aTarget({ trafficMirrorTargetId: 'tmt-evil', networkInterfaceId: 'eni-evil', tags }),
    ],
  };
}

const findingsOf = (
  { findings }: { readonly findings: readonly { rule: string; status: string; resourceId: string }[] },
  rule: string,
) => findings.filter((each) => each.rule === rule && each.status === 'open').map(({ resourceId }) => resourceId);

/** An identity as CloudTrail writes it, for a session of a role. */
const asRole = (role: string, session: string, accountId = ACCOUNT) => ({
  type: 'AssumedRole',
  principalId: `AROAEXAMPLE:${session}`,
  arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`,
  accountId,
  sessionContext: {
    sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${accountId}:role/${role}`, accountId, userName: role },
  },
});

describe('candidates for sessions', () => {
  it('a target tagged with our pool by somebody else gets no session', async () => {
    const stack = aStack(withEvil(aWorkload(3)));
    await stack.sweep(0);
    expect(stack.sessions()).toHaveLength(3);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('a target behind an instance that somebody else launched with our client token gets no session', async () => {
    const stack = aStack(withEvil(aWorkload(3), { clientToken: `mirrorwatch-${POOL}-7` }));
    await stack.sweep(0);
    expect(stack.sessions()).toHaveLength(3);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('a load balancer tagged as a target of our pool gets no session', async () => {
    const stack = aStack({
      ...aWorkload(3),
      ...{ loadBalancers: [aLoadBalancer()], listeners: [aListener()] },
      trafficMirrorTargets: [aBalancerTarget({ trafficMirrorTargetId: 'tmt-evil', tags: POOL_TAGS })],
    });
    await stack.sweep(0);
    expect(stack.sessions()).toHaveLength(3);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('a target of another account tagged with our pool gets no session', async () => {
    const evil = withEvil(aWorkload(3));
    const trafficMirrorTargets = evil.trafficMirrorTargets.map((each) => ({ ...each, ownerId: '999988887777' }));
    const stack = aStack({ ...evil, trafficMirrorTargets });
    await stack.sweep(0);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('an instance that waits under our next client token becomes no target', async () => {
    const workload = aWorkload(3);
    const stack = aStack(workload);
    const { maxPerRun: _, ...launch } = LAUNCH;
    const token = `mirrorwatch-${POOL}-0`;
    const request = { ...launch, subnetId: 'subnet-a', clientToken: token, tags: sensorTagsOf(POOL) };
    const { instanceId } = await stack.account.launcher.launch(SCOPE, request);
    await stack.sweep(30);
    await stack.sweep(120);
    const sources = stack.sessions().map(({ networkInterfaceId }) => networkInterfaceId);
    expect(sources).toEqual(expect.arrayContaining(['eni-s0', 'eni-s1', 'eni-s2']));
    const evil = (stack.now().networkInterfaces ?? []).find((each) => each.attachment?.instanceId === instanceId);
    const behind = (stack.now().trafficMirrorTargets ?? []).filter(
      (each) => each.type === 'network-interface' && each.networkInterfaceId === evil?.networkInterfaceId,
    );
    expect(evil).toBeDefined();
    expect(behind).toEqual([]);
  });

  it('an instance launched with the token of our living sensor, which everybody can read, gets no session', async () => {
    const stack = aStack(aWorkload(3));
    await stack.sweep(0);
    const clientToken = stack.now().instances?.flatMap((each) => each.clientToken ?? [])[0];
    expect(clientToken).toContain(POOL);
    const evil = aStack(withEvil(stack.now(), { clientToken }), LAUNCHING, stack.ledger);
    for (const { trafficMirrorSessionId } of stack.sessions())
      await evil.account.writer.deleteSession(SCOPE, trafficMirrorSessionId);
    await evil.sweep(60);
    expect(evil.sessions()).toHaveLength(3);
    expect(evil.targets()).not.toContain('tmt-evil');
  });

  it('an instance launched with the token of a sensor that we lost sight of gets no session', async () => {
    const stack = aStack(aWorkload(3));
    const { launcher } = stack.account;
    // Our run is killed when EC2 has launched the sensor.
    const launch = async (...request: Parameters<typeof launcher.launch>) => {
      await launcher.launch(...request);
      throw new Error('killed');
    };
    await stack.sweep(0, LAUNCHING, { launcher: { ...launcher, launch } });
    const clientToken = stack.now().instances?.flatMap((each) => each.clientToken ?? [])[0];
    expect(clientToken).toContain(POOL);
    const evil = aStack(withEvil(stack.now(), { clientToken }), LAUNCHING, stack.ledger);
    await evil.sweep(60);
    expect(evil.sessions().map(({ networkInterfaceId }) => networkInterfaceId)).toEqual(
      expect.arrayContaining(['eni-s0', 'eni-s1', 'eni-s2']),
    );
    expect(evil.targets()).not.toContain('tmt-evil');
  });

  it('a source without a target is told which target only carries our tag, and what its launch lacks', async () => {
    const onDemand = { ...LAUNCH, securityGroupIds: ['sg-workload'] };
    const settings = config({ mode: 'plan', rules: { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', onDemand }] } });
    const stack = aStack(withEvil(aWorkload(1), { clientToken: `mirrorwatch-${POOL}-7` }), settings);
    const { findings } = await stack.sweep(0);
    const found = findings.find(({ resourceId, rule }) => resourceId === 'i-s0' && rule === 'instance-unmirrored');
    expect(found?.reason).toContain(
      'tmt-evil is not considered: it carries our tag mirrorwatch:pool, but i-evil has a client token like ours, but no answer',
    );
  });

  it('a launch by another role in a session named like ours proves no sensor', async () => {
    const stack = aStack(withEvil(aWorkload(3), { clientToken: `mirrorwatch-${POOL}-7` }));
    await stack.deliver([aLaunchRecord(1, 'i-evil', {}, { userIdentity: asRole('SomeRole', 'mirrorwatch') })], 2);
    await stack.sweep(10);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('a launch by a role of another account with the name of ours proves no sensor', async () => {
    const stack = aStack(withEvil(aWorkload(3), { clientToken: `mirrorwatch-${POOL}-7` }));
    const userIdentity = asRole('mirrorwatch-remediate', 'mirrorwatch', '999988887777');
    await stack.deliver([aLaunchRecord(1, 'i-evil', {}, { userIdentity })], 2);
    await stack.sweep(10);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('a launch by a role named like the member role in the account of our own credentials proves no sensor', async () => {
    const rules = { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1', onDemand: { ...LAUNCH } }] };
    const settings = config({ rules }, { assumeRole: { roleName: 'mirrorwatch-member', externalId: 'x' } });
    const stack = aStack(withEvil(aWorkload(3), { clientToken: `mirrorwatch-${POOL}-7` }), settings);
    const callerArn = async (): Promise<string> => `arn:aws:iam::${ACCOUNT}:user/ops/runner`;
    const userIdentity = asRole('mirrorwatch-member', 'mirrorwatch');
    const options = { writerRoleArn: undefined, callerArn };
    await stack.deliver([aLaunchRecord(1, 'i-evil', {}, { userIdentity })], 2, options);
    await stack.sweep(10);
    expect(stack.targets()).not.toContain('tmt-evil');
  });

  it('a record with an event id like those of our own notes proves no sensor', async () => {
    const stack = aStack(withEvil(aWorkload(3), { clientToken: `mirrorwatch-${POOL}-7` }));
    const eventID = 'mirrorwatch:sensor-launched:i-evil:2026-11-20T12:00:00.000Z';
    await stack.deliver([aLaunchRecord(1, 'i-evil', {}, { eventID })], 2);
    await stack.sweep(10);
    expect(stack.targets()).not.toContain('tmt-evil');
  });
});

const sensorTagsOf = (pool: string): readonly Tag[] => [
  { key: 'mirrorwatch:managed', value: 'true' },
  { key: 'mirrorwatch:pool', value: pool },
  { key: 'Name', value: `mirrorwatch-sensor-${pool}` },
];

describe('what is judged', () => {
  const silent = config({ mode: 'plan', targets: ['tmt-a'] });

  it('an instance that tags itself as our sensor is found unmirrored, and the finding says what the tag is worth', async () => {
    const stack = aStack(
      { ...anInventory(), instances: [anInstance({ tags: POOL_TAGS }), ...(anInventory().instances?.slice(1) ?? [])] },
      silent,
    );
    const acted = await stack.sweep(0);
    expect(findingsOf(acted, 'instance-unmirrored')).toEqual(['i-1']);
    const [finding] = acted.findings.filter(({ resourceId }) => resourceId === 'i-1');
    expect(finding?.reason).toContain('it carries the tag mirrorwatch:pool of our sensors, but i-1 was not launched');
  });

  it('an interface that is tagged as one of our sensors is found unmirrored', async () => {
    const [first, ...others] = anInventory().networkInterfaces ?? [];
    const networkInterfaces = first === undefined ? [] : [{ ...first, tags: POOL_TAGS }, ...others];
    const stack = aStack({ ...anInventory(), networkInterfaces }, silent);
    expect(findingsOf(await stack.sweep(0), 'instance-unmirrored')).toEqual(['i-1']);
  });

  it('an instance that is made a target with our tag is exempt by AWS, and the finding says what the tag is worth', async () => {
    const stack = aStack(withEvil(anInventory()), silent);
    const { findings } = await stack.sweep(0);
    const [finding] = findings.filter(({ resourceId }) => resourceId === 'i-evil');
    expect(finding?.status).toBe('muted');
    expect(finding?.reason).toContain('it carries our tag mirrorwatch:pool, but i-evil was not launched');
  });

  it('an instance launched with our client token by somebody else is judged, and never terminated', async () => {
    const evil = anInstance({
      ...{ tags: POOL_TAGS, clientToken: `mirrorwatch-${POOL}-3`, launchTime: at(-600) },
      networkInterfaceIds: ['eni-1'],
    });
    const stack = aStack({ ...anInventory(), instances: [evil, ...(anInventory().instances?.slice(1) ?? [])] }, FIXED);
    const { outcomes } = await stack.sweep(0);
    expect(outcomes.map(({ step }) => step.kind)).toEqual(['create-session']);
    expect(stack.now().instances?.map(({ state }) => state)).not.toContain('terminated');
  });
});

const toEvil = (overrides: Partial<TrafficMirrorSession> = {}): TrafficMirrorSession =>
  aSession({ trafficMirrorTargetId: 'tmt-evil', ...overrides });

describe('sessions with our tag', () => {
  it('a session tagged as ours to an unknown target is critical, and the mail says that it passes itself off as ours', async () => {
    const stack = aStack(
      { ...withEvil(anInventory(), { tags: [] }), trafficMirrorSessions: [toEvil()] },
      config({ mode: 'plan', targets: ['tmt-a'] }),
    );
    const acted = await stack.sweep(0);
    expect(acted.findings.filter(({ rule }) => rule === 'mirror-rogue')).toMatchObject([
      { severity: 'critical', status: 'open', resourceId: 'i-1' },
    ]);
    expect(stack.mailed()).toMatch(/CRITICAL/);
    expect(stack.mailed()).toContain('passes itself off as ours by the tag mirrorwatch:managed');
  });

  it('a session tagged as ours to an unknown target is sent elsewhere only with a mail about where it led', async () => {
    const stack = aStack({ ...withEvil(anInventory(), { tags: [] }), trafficMirrorSessions: [toEvil()] }, FIXED);
    await stack.sweep(0);
    expect(stack.targets()).toEqual(['tmt-a']);
    expect(stack.mailed()).toContain('session tms-1 mirrors to tmt-evil');
    expect(stack.mailed()).toContain('passes itself off as ours');
  });

  it('a session tagged as ours to a target that is tagged as of our pool is critical', async () => {
    const evil = withEvil(anInventory(), { clientToken: `mirrorwatch-${POOL}-7` });
    const stack = aStack({ ...evil, trafficMirrorSessions: [toEvil()] }, { ...LAUNCHING });
    await stack.sweep(0);
    expect(stack.mailed()).toContain('it carries our tag mirrorwatch:pool, but i-evil has a client token like ours');
  });

  it('our own session that somebody else sends to an unknown target is critical, and the mail says so', async () => {
    const stack = aStack(withEvil(anInventory(), { tags: [] }), FIXED);
    await stack.sweep(0);
    const [session] = stack.sessions();
    const trafficMirrorSessionId = session?.trafficMirrorSessionId ?? '';
    await stack.account.writer.modifySession(SCOPE, { trafficMirrorSessionId, trafficMirrorTargetId: 'tmt-evil' });
    const acted = await stack.sweep(60);
    expect(acted.findings.filter(({ rule }) => rule === 'mirror-rogue')).toMatchObject([{ severity: 'critical' }]);
    expect(stack.mailed()).toContain('we made the session for tmt-a, and somebody else sent it there');
    expect(stack.targets()).toEqual(['tmt-a']);
  });

  it('an end in the past tagged onto a session of ours does not have us delete it', async () => {
    const settings = config({ targets: ['tmt-a'], onSuspicion: { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 2 } });
    const tags = [...(aSession().tags ?? []), { key: 'mirrorwatch:until', value: '2020-01-01T00:00:00Z' }];
    const stack = aStack({ ...anInventory(), trafficMirrorSessions: [aSession({ tags })] }, settings);
    const { outcomes } = await stack.sweep(0);
    expect(outcomes.filter(({ step }) => step.kind === 'delete-session')).toEqual([]);
    expect(stack.sessions()).toHaveLength(1);
  });

  it("another tool's session that somebody tags as ours is deleted only with a mail about it", async () => {
    const stopped = (anInventory().instances ?? []).map((one) =>
      one.instanceId === 'i-1' ? { ...one, state: 'stopped' as const } : one,
    );
    const stack = aStack(
      { ...anInventory(), instances: stopped, trafficMirrorSessions: [aSession()] },
      config({ targets: ['tmt-a'], cleanup: true }),
    );
    await stack.sweep(0);
    expect(stack.sessions()).toEqual([]);
    expect(stack.mailed()).toContain('tms-1');
    expect(stack.mailed()).toContain('nothing proves that we made');
  });

  it('a suspect whose number 1 is held by a disguised session does not make its target pass for ours', async () => {
    const settings = config({
      targets: ['tmt-a'],
      mode: 'plan',
      onSuspicion: { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 2 },
    });
    const stack = aStack({ ...withEvil(anInventory(), { tags: [] }), trafficMirrorSessions: [toEvil()] }, settings);
    const acted = await stack.sweep(0);
    expect(findingsOf(acted, 'mirror-rogue')).toEqual(['i-1']);
  });
});

describe('who calls', () => {
  const deletion = (id: string, more: Readonly<Record<string, unknown>>) =>
    aRecord(
      'DeleteTrafficMirrorSession',
      5,
      { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id } },
      { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: id } },
      more,
    );
  const MEMBERS = config({ targets: ['tmt-a'] }, { assumeRole: { roleName: 'mirrorwatch-member', externalId: 'x' } });

  interface Disguise {
    readonly attack: string;
    /** What the record says differently from one of dana's. */
    readonly record: Readonly<Record<string, unknown>>;
    readonly options?: object;
  }
  const withPath = {
    ...asRole('mirrorwatch-remediate', 'x'),
    sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${ACCOUNT}:role/evil/mirrorwatch-remediate` } },
  };
  const asMember = asRole('mirrorwatch-member', 'mirrorwatch');

  it.each<Disguise>([
    {
      attack: 'a deletion by any role in a session named mirrorwatch is repaired and mailed',
      record: { userIdentity: asRole('SomeRole', 'mirrorwatch') },
    },
    {
      attack: 'a deletion by a role named like the member role in our own account is repaired and mailed',
      record: { userIdentity: asMember },
    },
    {
      attack: 'a deletion by a role named like the member role is repaired and mailed if our own account is unknown',
      record: { userIdentity: asMember },
      options: { writerRoleArn: undefined },
    },
    {
      attack: 'a deletion by a role with the name of ours and another path is repaired and mailed',
      record: { userIdentity: withPath },
    },
    {
      attack: 'a deletion with a user agent that names mirrorwatch is repaired and mailed',
      record: { userAgent: 'mirrorwatch' },
    },
    {
      attack: 'a deletion with an event id like those of our own notes is repaired and mailed',
      record: { eventID: 'mirrorwatch:session-deleted:tms-1:2026-11-20T12:05:00.000Z' },
    },
  ])('$attack', async ({ record, options }) => {
    const stack = aStack(anInventory(), MEMBERS);
    await stack.sweep(0);
    const [session] = stack.sessions();
    const id = session?.trafficMirrorSessionId ?? '';
    await stack.account.writer.deleteSession(SCOPE, id);
    await stack.deliver([deletion(id, record)], 8, options);
    expect(stack.sessions()).toHaveLength(1);
    expect(stack.mailed()).toContain('DeleteTrafficMirrorSession');
  });
});
