import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../src/alert/message.ts';
import { parseConfig } from '../../src/config.ts';
import type { ActRequest } from '../../src/pipeline/act.ts';
import { type DeliverPorts, deliver } from '../../src/pipeline/deliver.ts';
import { remediateMessage } from '../../src/pipeline/own-messages.ts';
import { suspicionsOf } from '../../src/pipeline/relevant-sightings.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../support/clocks.ts';
import { aBucket } from '../support/deliveries.ts';
import { anInstance, anInventory, aSession } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';
import { anAccountOf } from '../support/mirror-writers.ts';
import { at } from '../support/sightings.ts';

const FINDING = '16afba5c5c43e07c9e3e5e2e544e95df';
const EVENT = JSON.parse(readFileSync(new URL('../fixtures/events/guardduty-instance.json', import.meta.url), 'utf8'));
const ON_SUSPICION = { filterId: 'tmf-1', targetIds: ['tmt-b'], hours: 2 };
const configured = (mirroring: object) =>
  parseConfig(JSON.stringify({ mirroring: { mode: 'apply', onSuspicion: ON_SUSPICION, ...mirroring } }), 'config.json');
/** Mirrors only instances with a tag that no instance has. */
const NO_RULE = configured({
  rules: { tags: [{ tagList: [{ Key: 'a', Value: 'b' }], filterId: 'tmf-1', targetId: 'tmt-a' }] },
});
const ALL = configured({ filterId: 'tmf-1', targets: ['tmt-a'] });

function aSetup(config = NO_RULE, inventory = anInventory()) {
  const account = anAccountOf(inventory);
  const mails: AlertMessage[] = [];
  const ports: DeliverPorts & { ledger: ReturnType<typeof aLedger> } = {
    logs: aBucket().logs,
    inventory: account.source,
    writer: account.writer,
    ledger: aLedger(),
    publisher: {
      publish: async (message) => {
        mails.push(message);
        return `mail-${mails.length}`;
      },
    },
  };
  return {
    ...{ mails, ports },
    suspect: (minute: number, now = minute + 1) => {
      const body = { ...EVENT, id: `event-${minute}`, time: at(minute).toISOString() };
      return deliver([{ messageId: 'm', body }], ports, config, { now: at(now), clock: STOPPED_CLOCK });
    },
    sweep: (minute: number) =>
      sweep(ports, config, { now: at(minute), clock: STOPPED_CLOCK, name: `sweep at ${minute}` }),
    sessions: () =>
      (account.inventories()[0]?.trafficMirrorSessions ?? [])
        .toSorted((a, b) => a.sessionNumber - b.sessionNumber)
        .map((each) => `#${each.sessionNumber} ${each.networkInterfaceId} → ${each.trafficMirrorTargetId}`),
    tags: () => account.inventories()[0]?.trafficMirrorSessions?.[0]?.tags ?? [],
  };
}

describe('a GuardDuty finding', () => {
  it('mirrors an instance that no rule selects, and puts its id into evidence, tags and mail', async () => {
    const setup = aSetup();
    await setup.suspect(0);
    expect(setup.sessions()).toEqual(['#1 eni-1 → tmt-b']);
    expect(setup.tags()).toContainEqual({ key: 'mirrorwatch:guardduty', value: FINDING });
    expect(setup.tags()).toContainEqual({ key: 'mirrorwatch:until', value: at(120).toISOString() });
    const [entry] = await setup.ports.ledger.entries({ rules: ['instance-unmirrored'] });
    expect(entry?.finding).toMatchObject({
      status: 'resolved',
      resourceId: 'i-1',
      detail: { guardDutyFindingId: FINDING },
    });
    expect(entry?.finding.evidence[0]?.note).toContain(FINDING);
    expect(setup.mails.map(({ body }) => body.replace(/\s+/g, ' '))).toEqual([expect.stringContaining(FINDING)]);
  });

  it('changes and mails nothing when it is delivered again', async () => {
    const setup = aSetup();
    await setup.suspect(0);
    await setup.suspect(30);
    await setup.suspect(30);
    expect(setup.sessions()).toHaveLength(1);
    expect(setup.tags()).toContainEqual({ key: 'mirrorwatch:until', value: at(120).toISOString() });
    expect(setup.mails).toHaveLength(1);
  });

  it('keeps its session until its hours have passed, when the sweep deletes it; the session never counts as an orphan', async () => {
    const setup = aSetup();
    await setup.suspect(0);
    await setup.sweep(60);
    expect(setup.sessions()).toHaveLength(1);
    expect(await setup.ports.ledger.entries({ rules: ['mirror-orphan'] })).toEqual([]);
    await setup.sweep(121);
    expect(setup.sessions()).toEqual([]);
    await setup.suspect(0, 122);
    expect(setup.sessions()).toEqual([]);
  });

  it('gets a session of its own where that of an earlier one is over and not deleted yet', async () => {
    const setup = aSetup();
    await setup.suspect(0);
    await setup.suspect(125);
    expect(setup.sessions()).toEqual(['#1 eni-1 → tmt-b']);
    expect(setup.tags()).toContainEqual({ key: 'mirrorwatch:until', value: at(245).toISOString() });
  });

  it('takes precedence over an existing session, which carries the packets again afterwards', async () => {
    const setup = aSetup(ALL, anInventory({ trafficMirrorSessions: [aSession()] }));
    await setup.suspect(0);
    expect(setup.sessions()).toEqual(['#1 eni-1 → tmt-b', '#2 eni-1 → tmt-a']);
    await setup.sweep(121);
    expect(setup.sessions()).toEqual(['#2 eni-1 → tmt-a']);
    await setup.sweep(180);
    expect(setup.sessions()).toEqual(['#2 eni-1 → tmt-a']);
  });

  it('also makes the session that the rules ask for, if there was none', async () => {
    const setup = aSetup(ALL);
    await setup.suspect(0);
    expect(setup.sessions()).toEqual(['#1 eni-1 → tmt-b', '#2 eni-1 → tmt-a']);
  });

  it('stays an open finding and is mailed immediately if no target takes the suspect', async () => {
    const instances = (anInventory().instances ?? []).map((each) =>
      each.instanceId === 'i-sensor-b' ? anInstance({ ...each, state: 'stopped' }) : each,
    );
    const setup = aSetup(NO_RULE, anInventory({ instances }));
    await setup.suspect(0);
    expect(setup.sessions()).toEqual([]);
    const [entry] = await setup.ports.ledger.entries({ status: ['open'] });
    expect(entry?.finding).toMatchObject({ resourceId: 'i-1', remediation: { outcome: 'unplaced' } });
    expect(setup.mails[0]?.body).toContain('suspected by GuardDuty');
  });

  it('is sent to the function that repairs', async () => {
    const setup = aSetup();
    const { writer: _, ...reading } = setup.ports;
    const bodies: string[] = [];
    const handOver: NonNullable<ActRequest['handOver']> = async ({ scope, sightings = [] }, { steps }) => {
      const ids = steps.map(({ networkInterfaceId }) => networkInterfaceId);
      bodies.push(remediateMessage(scope, { networkInterfaceIds: ids, suspicions: suspicionsOf(sightings) }));
    };
    const body = { ...EVENT, time: at(0).toISOString() };
    await deliver([{ body }], reading, NO_RULE, { now: at(1), clock: STOPPED_CLOCK, handOver });
    expect(setup.sessions()).toEqual([]);
    await deliver(
      bodies.map((each) => ({ body: each })),
      setup.ports,
      NO_RULE,
      { now: at(2), clock: STOPPED_CLOCK },
    );
    expect(setup.sessions()).toEqual(['#1 eni-1 → tmt-b']);
    expect(setup.tags()).toContainEqual({ key: 'mirrorwatch:guardduty', value: FINDING });
    expect(setup.mails.map(({ body: text }) => text.replace(/\s+/g, ' '))).toEqual([expect.stringContaining(FINDING)]);
  });

  it('is sent by the retry of a run that died before it had sent it, also if its finding has been open for long', async () => {
    const setup = aSetup(ALL);
    const { writer: _, ...reading } = setup.ports;
    const handedOver: string[] = [];
    const suspectedBy = (run: string, minute: number, handOver: NonNullable<ActRequest['handOver']>) => {
      const body = { ...EVENT, time: at(minute).toISOString() };
      return deliver([{ messageId: run, body }], reading, ALL, { now: at(minute), clock: STOPPED_CLOCK, handOver });
    };
    await sweep(reading, ALL, { now: at(0), clock: STOPPED_CLOCK, name: 'sweep' });
    const never = new Promise<void>(() => undefined);
    await new Promise<void>((died) => {
      void suspectedBy('the run that dies', 30, () => {
        died();
        return never;
      });
    });
    const send = (run: string) => async () => void handedOver.push(run);
    await suspectedBy('another run', 30.3, send('another run'));
    await suspectedBy('the retry', 31, send('the retry'));
    await suspectedBy('a third run', 32, send('a third run'));
    expect(handedOver).toEqual(['the retry']);
  });
});
