import { readFileSync } from 'node:fs';
import { DeleteTrafficMirrorSessionCommand, EC2Client } from '@aws-sdk/client-ec2';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { invoke, unpackZip } from '../support/zip-functions.ts';
import { aScenario, aStack, drained, LAB_IS_THERE, type Scenario, sessions, workOff } from './lab.ts';

/** A fixture, as the scenario's account would send it about one of its instances. */
function anEvent(name: string, scenario: Scenario, ids: Readonly<Record<string, string>>): unknown {
  const file = new URL(`../fixtures/events/${name}.json`, import.meta.url);
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const all = { ...ids, '111122223333': scenario.accountId, 'eu-west-1': scenario.region };
  let text = readFileSync(file, 'utf8').replaceAll(/"(time|eventTime)": "[^"]*"/g, `"$1": "${now}"`);
  for (const [from, to] of Object.entries(all)) text = text.replaceAll(`"${from}"`, `"${to}"`);
  return JSON.parse(text);
}

describe.runIf(LAB_IS_THERE)('events about a whole account', () => {
  let zip: string;
  let scenario: Scenario;
  let env: Readonly<Record<string, string>>;
  let instanceId: string;
  let networkInterfaceId: string;
  beforeAll(async () => {
    zip = await unpackZip();
  });
  beforeEach(async () => {
    scenario = await aScenario();
    env = await aStack(scenario);
    const [first] = Object.entries(scenario.instances).filter(([, { terminated }]) => !terminated);
    [instanceId, { networkInterfaceId }] = first ?? ['', { networkInterfaceId: '' }];
    await drained(scenario.deliveriesQueueUrl);
  });

  const respond = async (event: unknown): Promise<void> => {
    await invoke(zip, 'respond', event, { env });
    await workOff(zip, 'remediate', env.MIRRORWATCH_REMEDIATION_QUEUE_URL ?? '', { env });
  };
  const sources = async (): Promise<readonly (string | undefined)[]> =>
    (await sessions()).map((session) => session.NetworkInterfaceId);

  it('mirrors the running instance and no other, once, however often the event comes', async () => {
    const event = anEvent('instance-running', scenario, { 'i-1': instanceId });
    await respond(event);
    await respond(event);
    expect(await sources()).toEqual([networkInterfaceId]);
  });

  it('restores a deleted session after one event, and the mail names who deleted it', async () => {
    await respond(anEvent('instance-running', scenario, { 'i-1': instanceId }));
    await drained(scenario.mailboxQueueUrl);
    const [session] = await sessions();
    const TrafficMirrorSessionId = session?.TrafficMirrorSessionId ?? '';
    const ec2 = new EC2Client({ region: scenario.region });
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId }));
    await respond(anEvent('call-delete-session', scenario, { 'tms-1': TrafficMirrorSessionId }));
    expect(await sources()).toContain(networkInterfaceId);
    const mails = (await drained(scenario.mailboxQueueUrl)).map(({ Body = '' }) => Body);
    expect(mails.join()).toMatch(/Caused by: mallory \(DeleteTrafficMirrorSession/);
  });
});
