/** What an exemption means in mode `apply`: the finding is muted, and what it covers is left as it is. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Config, parseConfig } from '../../src/config.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import type { TrafficMirrorSession } from '../../src/inventory/mirror.ts';
import { deliver } from '../../src/pipeline/deliver.ts';
import { recheckMessage } from '../../src/pipeline/own-messages.ts';
import { type Swept, sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket } from '../support/deliveries.ts';
import {
  ACCOUNT,
  anInterface,
  anInventory,
  aSensorInterface,
  aSession,
  attachedTo,
  REGION,
} from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { aFleet } from '../support/plans.ts';
import { at } from '../support/sightings.ts';

const COUNCIL = { reason: 'the works council forbids it', owner: 'rosa@example.com', expires: '2099-12-31' };

function configured(exemption: object | undefined, mirroring: object = {}): Config {
  const exemptions = exemption === undefined ? [] : [{ ...COUNCIL, ...exemption }];
  return parseConfig(
    JSON.stringify({
      exemptions,
      mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'], ...mirroring },
    }),
    'config.json',
  );
}

interface Result {
  readonly swept: Swept;
  readonly sessions: readonly string[];
  /** `rule resource status`. */
  readonly findings: readonly string[];
  /** `resource: reason`, for each source that the plan leaves out. */
  readonly leftOut: readonly string[];
}

async function swept(inventory: Inventory, config: Config): Promise<Result> {
  const account = anAccountOf(inventory);
  const { source, writer, launcher } = account;
  const ports = { inventory: source, writer, launcher, ledger: aLedger() };
  const result = await sweep(ports, config, { now: at(0), clock: STOPPED_CLOCK, name: 'sweep' });
  return {
    swept: result,
    sessions: (account.inventories()[0]?.trafficMirrorSessions ?? []).map(
      (each) => `${each.networkInterfaceId} → ${each.trafficMirrorTargetId} #${each.sessionNumber}`,
    ),
    findings: result.acted.findings
      .filter(({ resourceId }) => !resourceId.startsWith('i-sensor'))
      .map(({ rule, resourceId, status }) => `${rule} ${resourceId} ${status}`),
    leftOut: (result.acted.plan.exempted ?? []).map(({ resourceId, reason }) => `${resourceId}: ${reason}`),
  };
}

const bare = aFleet(2);
const withSessions = (...sessions: readonly Partial<TrafficMirrorSession>[]): Inventory =>
  anInventory({ trafficMirrorSessions: sessions.map((each) => aSession(each)) });
/** i-1's session of ours goes to a sensor that is gone; tmt-b works. */
const dead = anInventory({
  trafficMirrorSessions: [aSession()],
  instances: (anInventory().instances ?? []).filter(({ instanceId }) => instanceId !== 'i-sensor-a'),
  networkInterfaces: [anInterface(), aSensorInterface('b')],
});
const WHY = 'exempted by rosa@example.com until 2099-12-31: the works council forbids it';

describe('an exempted source in mode apply', () => {
  it('is mirrored without an exemption, so the others prove something', async () => {
    const { sessions, leftOut } = await swept(bare, configured(undefined));
    expect(sessions.map((each) => each.split(' ')[0])).toEqual(['eni-1', 'eni-2']);
    expect(leftOut).toEqual([]);
  });

  it.each<[string, object]>([
    ['its id', { resource: 'i-1' }],
    ['a wildcard and the rule', { resource: 'i-1*', rule: 'instance-unmirrored' }],
  ])('exempted by %s is muted and not mirrored, and the plan says why', async (_, exemption) => {
    const { sessions, findings, leftOut, swept: result } = await swept(bare, configured(exemption));
    expect(sessions.map((each) => each.split(' ')[0])).toEqual(['eni-2']);
    expect(findings).toEqual(['instance-unmirrored i-1 muted', 'instance-unmirrored i-2 resolved']);
    expect(leftOut).toEqual([`i-1: ${WHY}`]);
    // It is neither planned nor "not placed": nobody asked for it.
    expect(result.acted.plan.unplaced).toEqual([]);
    const muted = result.acted.findings.find(({ resourceId }) => resourceId === 'i-1');
    expect(muted?.remediation).toBeUndefined();
  });

  it.each<[string, object]>([
    ['VPC', { vpc: 'vpc-1' }],
    ['account', { account: ACCOUNT }],
  ])('is left out with every other source of its %s', async (_, exemption) => {
    const { sessions, leftOut } = await swept(bare, configured(exemption));
    expect(sessions).toEqual([]);
    expect(leftOut).toEqual([`i-1: ${WHY}`, `i-2: ${WHY}`]);
  });

  it.each<[string, object]>([
    ['for another rule', { resource: 'i-1', rule: 'instance-untagged' }],
    ['of another source', { resource: 'i-3' }],
    ['that is over', { resource: 'i-1', expires: '2020-01-01' }],
  ])('is mirrored when the exemption is one %s', async (_, exemption) => {
    const { sessions, leftOut } = await swept(bare, configured(exemption));
    expect(sessions.map((each) => each.split(' ')[0])).toEqual(['eni-1', 'eni-2']);
    expect(leftOut).toEqual([]);
  });

  it('is muted and mirrored all the same when the exemption says so', async () => {
    const {
      sessions,
      findings,
      leftOut,
      swept: result,
    } = await swept(bare, configured({ resource: 'i-1', still: 'repair' }));
    expect(sessions.map((each) => each.split(' ')[0])).toEqual(['eni-1', 'eni-2']);
    expect(findings).toEqual(['instance-unmirrored i-1 resolved', 'instance-unmirrored i-2 resolved']);
    expect(leftOut).toEqual([]);
    expect(result.acted.findings[0]?.detail.exemption).toMatchObject({ still: 'repair' });
  });

  it('is not mirrored when one of two exemptions forbids it', async () => {
    const config = parseConfig(
      JSON.stringify({
        exemptions: [
          { ...COUNCIL, resource: 'i-1', still: 'repair' },
          { ...COUNCIL, resource: 'i-1', expires: '2050-01-01' },
        ],
        mirroring: { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] },
      }),
      'config.json',
    );
    const { sessions, findings } = await swept(bare, config);
    expect(sessions.map((each) => each.split(' ')[0])).toEqual(['eni-2']);
    expect(findings[0]).toBe('instance-unmirrored i-1 muted');
  });

  it('keeps the session that it has, and the plan names it', async () => {
    const { sessions, leftOut, swept: result } = await swept(withSessions({}), configured({ resource: 'i-1' }));
    expect(sessions).toEqual(['eni-1 → tmt-a #1']);
    expect(leftOut).toEqual([
      `i-1: ${WHY}; it has a session all the same, left as found: tms-1 (ours); delete what must not be`,
    ]);
    expect(result.acted.plan.exempted?.[0]?.trafficMirrorSessionIds).toEqual(['tms-1']);
  });

  it('keeps a session that carries nothing as it is: making it work would mirror the source', async () => {
    expect((await swept(dead, configured(undefined))).sessions).toEqual(['eni-1 → tmt-b #1']);
    for (const rule of ['instance-unmirrored', 'mirror-ineffective', '*'])
      expect((await swept(dead, configured({ resource: 'i-1', rule }))).sessions).toEqual(['eni-1 → tmt-a #1']);
  });

  it('keeps its duplicate sessions, with cleanup too', async () => {
    const twice = withSessions(
      {},
      { trafficMirrorSessionId: 'tms-2', sessionNumber: 2, trafficMirrorTargetId: 'tmt-b' },
    );
    const cleanup = { cleanup: true };
    expect((await swept(twice, configured(undefined, cleanup))).sessions).toHaveLength(1);
    for (const rule of ['instance-unmirrored', 'mirror-duplicate', '*'])
      expect((await swept(twice, configured({ resource: 'i-1', rule }, cleanup))).sessions).toHaveLength(2);
  });

  it('keeps a session with nothing to mirror when that session is exempted', async () => {
    const detached = anInventory({
      networkInterfaces: [
        ...(anInventory().networkInterfaces ?? []),
        anInterface({ networkInterfaceId: 'eni-9', status: 'available', attachment: undefined }),
      ],
      trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-9', networkInterfaceId: 'eni-9' })],
    });
    const cleanup = { cleanup: true };
    expect((await swept(detached, configured(undefined, cleanup))).sessions).toHaveLength(1);
    const { sessions, findings } = await swept(detached, configured({ resource: 'tms-9' }, cleanup));
    expect(sessions).toHaveLength(2);
    expect(findings).toContain('mirror-orphan tms-9 muted');
  });

  it('keeps an exempted session in a re-check too, which judges no sessions', async () => {
    const { instances = [], networkInterfaces = [] } = anInventory();
    const stopped = anInventory({
      instances: instances.map((each) => (each.instanceId === 'i-1' ? { ...each, state: 'stopped' as const } : each)),
      networkInterfaces,
      trafficMirrorSessions: [aSession()],
    });
    const rechecked = async (exemption: object | undefined): Promise<number | undefined> => {
      const account = anAccountOf(stopped);
      const ports = { logs: aBucket().logs, inventory: account.source, writer: account.writer, ledger: aLedger() };
      const scope = { accountId: ACCOUNT, region: REGION };
      const body = recheckMessage({ ...scope, instanceIds: ['i-1'], networkInterfaceIds: [] });
      const config = configured(exemption, { cleanup: true });
      await deliver([{ messageId: 'm', body }], ports, config, { now: at(1), clock: STOPPED_CLOCK });
      return account.inventories()[0]?.trafficMirrorSessions?.length;
    };
    expect(await rechecked({ resource: 'tms-1' })).toBe(1);
    expect(await rechecked({ resource: 'tms-1', rule: 'mirror-orphan' })).toBe(1);
  });

  it('keeps a session of ours to an unknown target when mirror-rogue is exempted', async () => {
    const rogue = withSessions({ trafficMirrorTargetId: 'tmt-x' });
    expect((await swept(rogue, configured(undefined))).sessions).toEqual(['eni-1 → tmt-a #1']);
    const { sessions, leftOut } = await swept(rogue, configured({ resource: 'i-1', rule: 'mirror-rogue' }));
    expect(sessions).toEqual(['eni-1 → tmt-x #1']);
    expect(leftOut).toHaveLength(1);
  });

  it('exempted by a tag is left out by the tag of its instance', async () => {
    const { instances = [] } = anInventory();
    const tagged = anInventory({
      instances: instances.map((each) =>
        each.instanceId === 'i-1' ? { ...each, tags: [{ key: 'council', value: 'no' }] } : each,
      ),
      networkInterfaces: [
        ...(anInventory().networkInterfaces ?? []),
        anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-1', 1), privateIpAddress: '10.0.0.6' }),
      ],
    });
    const { sessions, leftOut } = await swept(tagged, configured({ tag: 'council=no' }));
    expect(sessions).toEqual([]);
    expect(leftOut).toEqual([`i-1: ${WHY}`, `i-1: ${WHY}`]);
  });

  it('is not mirrored when GuardDuty suspects it either, and the finding says why', async () => {
    const event = JSON.parse(
      readFileSync(new URL('../fixtures/events/guardduty-instance.json', import.meta.url), 'utf8'),
    ) as object;
    const body = { ...event, id: 'event', time: at(0).toISOString() };
    const onSuspicion = { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 2 };
    const suspected = async (exemption: object | undefined): Promise<readonly unknown[]> => {
      const account = anAccountOf(anInventory());
      const ports = { logs: aBucket().logs, inventory: account.source, writer: account.writer, ledger: aLedger() };
      const config = configured(exemption, { onSuspicion, rules: { vpcs: [{ vpcId: 'vpc-9', filterId: 'tmf-1' }] } });
      const { acted } = await deliver([{ messageId: 'm', body }], ports, config, { now: at(1), clock: STOPPED_CLOCK });
      const finding = acted.findings.find(({ resourceId }) => resourceId === 'i-1');
      return [
        account.inventories()[0]?.trafficMirrorSessions?.length,
        finding?.status,
        finding?.remediation?.outcome,
        finding?.remediation?.reason,
      ];
    };
    expect((await suspected(undefined)).slice(0, 3)).toEqual([1, 'resolved', 'done']);
    expect(await suspected({ resource: 'i-1' })).toEqual([0, 'open', 'unplaced', WHY]);
  });
});
