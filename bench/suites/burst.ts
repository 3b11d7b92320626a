/** A burst of events from many accounts: what of it is lost or done twice, and how long an event takes from its arrival in a function to its session. */

import { believing } from '../../src/config/organization/policy.ts';
import { type DeliveryRole, deliveryHandler } from '../../src/lambda/deliveries.ts';
import type { Runtime } from '../../src/lambda/function.ts';
import { anAccountWith, SENSORS } from '../../test/support/burst-account.ts';
import type { Row, Suite, SuiteResult } from '../measure.ts';
import { aContext, accountIdOf, type OrganizationLab, startOrganization } from '../organization-lab.ts';

export const burst: Suite = { name: 'burst: 5,000 launches in 50 accounts at once', run };

const ACCOUNTS = 50;
const LAUNCHES = 100;
/** Every twentieth event comes twice. */
const DUPLICATES = 20;
/** Invocations of `respond` at the same time. */
const AT_ONCE = 10;
/** Lambda takes that many messages of the FIFO queue at a time. */
const BATCH = 10;
const REMEDIATIONS = 'https://sqs.eu-west-1.amazonaws.com/111122223333/remediations.fifo';
const REMEDIATIONS_ARN = 'arn:aws:sqs:eu-west-1:111122223333:remediations.fifo';
const MIRRORING = {
  ...{ mode: 'apply', filterId: 'tmf-1' },
  targets: SENSORS.map((n) => ({ id: `tmt-${n}`, maxSources: 100 })),
};

/** Needs some minutes. */
async function run(): Promise<SuiteResult> {
  const inventory = anAccountWith(LAUNCHES);
  const lab = await startOrganization(ACCOUNTS, { inventory, regions: ['eu-west-1'], mirroring: MIRRORING });
  try {
    const groups = new Map<string, string[]>();
    const runtime = await runtimeOf(lab, groups);
    const events = eventsOf();
    const found = await respondTo(events, lab, runtime);
    const repaired = await repairAll(groups, lab, runtime);
    const made = sessionsIn(lab);
    const expected = ACCOUNTS * LAUNCHES;
    return {
      rows: [rowOf(`respond, ${events.length} events`, found), rowOf('remediate, up to 10 messages each', repaired)],
      targets: [
        { name: 'instances mirrored', value: new Set(made).size, goal: expected },
        { name: 'sessions too many', value: made.length - new Set(made).size, goal: 0, atMost: true },
        {
          name: 'messages that failed',
          value: lab.said.filter((line) => line.includes('Error')).length,
          goal: 0,
          atMost: true,
        },
      ],
    };
  } finally {
    await lab.stop();
  }
}

/** The functions' runtime, with the repairs that are handed over in `groups`, by account and region. */
async function runtimeOf(lab: OrganizationLab, groups: Map<string, string[]>): Promise<Runtime> {
  const { aws, config, settings } = lab.runtime;
  const asked = new Set<string>();
  const sendInOrder: typeof aws.queues.sendInOrder = async (_, body, { group, deduplicationId }) => {
    if (asked.has(deduplicationId)) return;
    asked.add(deduplicationId);
    groups.set(group, [...(groups.get(group) ?? []), body]);
  };
  return {
    ...lab.runtime,
    config: believing(config, (await lab.aws.organization?.accountIds()) ?? []),
    settings: { ...settings, ledgerTable: 'ledger', remediationQueueUrl: REMEDIATIONS },
    aws: { ...aws, queues: { ...aws.queues, sendInOrder } },
  };
}

/** An event for each launch, account after account, so that each account's come close together; every twentieth twice. */
function eventsOf(): readonly object[] {
  const all = Array.from({ length: LAUNCHES }, (_, launch) => launch).flatMap((launch) =>
    Array.from({ length: ACCOUNTS }, (_, account) => ({ launch, account: accountIdOf(account) })),
  );
  return all.flatMap(({ launch, account }, index) => {
    const event = {
      ...{ version: '0', id: `${account}-${launch}`, source: 'aws.ec2', account, region: 'eu-west-1', resources: [] },
      ...{ 'detail-type': 'EC2 Instance State-change Notification', time: '2026-11-02T08:00:00Z' },
      detail: { 'instance-id': `i-${launch}`, state: 'running' },
    };
    return index % DUPLICATES === 0 ? [event, event] : [event];
  });
}

const functionOf = (role: DeliveryRole, lab: OrganizationLab, runtime: Runtime) =>
  deliveryHandler(role, {
    ...{ open: async () => runtime, openWithoutConfig: async () => lab.aws },
    ...{ telemetry: lab.telemetry, now: lab.now, queueUrls: [REMEDIATIONS], remediationQueueUrl: REMEDIATIONS },
  });

async function respondTo(
  events: readonly object[],
  lab: OrganizationLab,
  runtime: Runtime,
): Promise<readonly number[]> {
  const respond = functionOf({ service: 'respond', repairs: 'hand-over', events: true }, lab, runtime);
  return timed(events, AT_ONCE, (event, index) => respond(event, aContext(`respond ${index}`)));
}

/** One invocation at a time for each account and region, as the FIFO queue has it. */
async function repairAll(
  groups: ReadonlyMap<string, readonly string[]>,
  lab: OrganizationLab,
  runtime: Runtime,
): Promise<readonly number[]> {
  const remediate = functionOf({ service: 'remediate', repairs: 'here' }, lab, runtime);
  const batches = [...groups.values()].map((bodies) =>
    Array.from({ length: Math.ceil(bodies.length / BATCH) }, (_, at) => bodies.slice(at * BATCH, (at + 1) * BATCH)),
  );
  const times = await Promise.all(
    batches.map((ofGroup, group) =>
      timed(ofGroup, 1, (bodies, index) => remediate(fifoEvent(bodies), aContext(`remediate ${group} ${index}`))),
    ),
  );
  return times.flat();
}

function fifoEvent(bodies: readonly string[]): object {
  return {
    Records: bodies.map((body, index) => ({
      ...{
        messageId: String(index),
        receiptHandle: 'r',
        body,
        eventSource: 'aws:sqs',
        eventSourceARN: REMEDIATIONS_ARN,
      },
      attributes: { ApproximateReceiveCount: '1' },
    })),
  };
}

/** Runs the work on every item, so many at a time, and returns how long each took, in seconds. */
async function timed<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<readonly number[]> {
  const seconds: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const begun = process.hrtime.bigint();
      await work(items[index] as T, index);
      seconds.push(Number(process.hrtime.bigint() - begun) / 1e9);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return seconds;
}

/** The interfaces of all sessions, with their account. */
function sessionsIn({ fake }: OrganizationLab): readonly string[] {
  return Array.from({ length: ACCOUNTS }, (_, account) => accountIdOf(account)).flatMap((accountId) =>
    (fake.account(accountId, 'eu-west-1').lists.TrafficMirrorSessions ?? []).map(
      ({ NetworkInterfaceId }) => `${accountId} ${NetworkInterfaceId}`,
    ),
  );
}

function rowOf(name: string, times: readonly number[]): Row {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): string => `${((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 1000).toFixed(0)} ms`;
  const seconds = times.reduce((sum, each) => sum + each, 0);
  return {
    name,
    seconds,
    note: `${times.length} invocations: half ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, longest ${at(1)}`,
  };
}
