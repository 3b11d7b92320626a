/** An AWS organization on the double of AWS, with the functions of the stack in this process: what they send to queues is collected. */

import type { Context } from 'aws-lambda';
import type { AwsPorts } from '../src/aws/ports.ts';
import { parseConfig } from '../src/config.ts';
import type { Inventory } from '../src/inventory/inventory.ts';
import type { Runtime } from '../src/lambda/function.ts';
import type { SweepTelemetry } from '../src/lambda/telemetry.ts';
import type { FullLedger } from '../src/ledger/change-log.ts';
import { type FakeAws, startFakeAws } from '../test/support/fake-ec2/server.ts';
import { anInventory } from '../test/support/inventories.ts';
import { livePorts, pointAt, seed } from '../test/support/live.ts';

export const REGIONS = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1', 'eu-central-1', 'eu-north-1'],
  ...['eu-west-1', 'eu-west-2', 'eu-west-3', 'ap-south-1', 'ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
  ...['ap-southeast-1', 'ap-southeast-2'],
] as const;
export const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries';
const QUEUE_ARN = 'arn:aws:sqs:eu-west-1:111122223333:deliveries';
const MANAGEMENT = '999900001111';
const HOME = 'eu-west-1';
const MIRRORING = { mode: 'plan', filterId: 'tmf-1', targets: ['tmt-a'] };
const CONFIG = {
  ...{ region: HOME, requiredTags: ['Owner'], graceSeconds: 0 },
  assumeRole: { roleName: 'mirrorwatch-member' },
  organization: { exclude: [MANAGEMENT], roleArn: `arn:aws:iam::${MANAGEMENT}:role/lists` },
  trail: { accounts: 'organization' },
};

/** The stack on the double. */
export interface OrganizationLab {
  readonly fake: FakeAws;
  readonly aws: AwsPorts;
  readonly runtime: Runtime;
  readonly ledger: FullLedger;
  readonly telemetry: SweepTelemetry;
  /** Bodies that were sent to the queue of `watch`, in order. */
  readonly sent: string[];
  /** What functions noted and reported. */
  readonly said: string[];
  /** Adds an account with the same instances in each region. */
  addAccount(accountId: string, on?: readonly string[]): void;
  /** An account in which no role trusts us. */
  shut(accountId: string): void;
  /** Moves the clock on. */
  later(minutes: number): void;
  now(): Date;
  stop(): Promise<void>;
}

/** What the accounts of a lab have. */
export interface LabShape {
  /** In each account and region. @default some instances */
  readonly inventory?: Inventory;
  /** @default all regions that every account has on */
  readonly regions?: readonly string[];
  readonly mirroring?: object;
}

/** Starts it with `accounts` accounts. */
export async function startOrganization(accounts: number, shape: LabShape = {}): Promise<OrganizationLab> {
  const { inventory = anInventory(), regions = REGIONS, mirroring = MIRRORING } = shape;
  const fake = await startFakeAws({ quotas: { sourcesPerTarget: 1000 } });
  pointAt(fake.url);
  let clock = Date.parse('2026-11-02T08:00:00Z');
  const now = (): Date => new Date(clock);
  const sent: string[] = [];
  const said: string[] = [];
  const lists = fake.account(MANAGEMENT, HOME).lists;
  Object.assign(lists, { Accounts: [], Units: [] });
  fake.roles.push({ arn: CONFIG.organization.roleArn });
  const addAccount = (Id: string, on: readonly string[] = regions): void => {
    lists.Accounts?.push({ Id, ParentId: 'r-ab12', State: 'ACTIVE' });
    fake.roles.push({ arn: `arn:aws:iam::${Id}:role/mirrorwatch-member` });
    for (const region of regions) seed(fake.account(Id, region), { ...inventory, accountId: Id, region });
    fake.account(Id, HOME).lists.Regions = on.map((RegionName) => ({
      ...{ RegionName, RegionOptStatus: 'ENABLED_BY_DEFAULT' },
    }));
  };
  for (let number = 0; number < accounts; number += 1) addAccount(accountIdOf(number));

  const config = parseConfig(JSON.stringify({ ...CONFIG, mirroring }), 'config.json');
  const aws = livePorts({ ...config, region: HOME, accounts: undefined, now });
  const queues = { ...aws.queues, send: async (_: string, body: string) => void sent.push(body) };
  const ports = { ledger: aws.memoryLedger(), publisher: { publish: async () => 'mail' } };
  const settings = { config: 'config.json', deliveryQueueUrl: QUEUE_URL };
  const note = (message: string, fields: object = {}): void => void said.push(`${message} ${JSON.stringify(fields)}`);
  return {
    ...{ fake, aws, ledger: ports.ledger, sent, said, addAccount, now },
    runtime: { settings, config, aws: { ...aws, queues }, ports },
    telemetry: {
      ...{ begin: () => undefined, delivered: () => undefined, swept: () => undefined, end: () => undefined, note },
      notSwept: () => undefined,
      failed: (error) => note(String(error)),
      messageFailed: (error) => note(String(error)),
    },
    shut: (accountId) => {
      const at = fake.roles.findIndex(({ arn }) => arn.includes(accountId));
      fake.roles.splice(at, 1);
    },
    later: (minutes) => {
      clock += minutes * 60_000;
    },
    stop: () => fake.stop(),
  };
}

/** The account with a number. */
export function accountIdOf(number: number): string {
  return String(200_000_000_000 + number);
}

/** Lambda's context, with the time limit of the stack. */
export function aContext(awsRequestId: string): Context {
  return { awsRequestId, logStreamName: 'log', getRemainingTimeInMillis: () => 300_000 } as Context;
}

/** What Lambda hands to `watch` for messages of its queue. */
export function queueEvent(bodies: readonly string[]): object {
  const Records = bodies.map((body, index) => ({
    ...{ messageId: String(index), receiptHandle: 'r', body, eventSource: 'aws:sqs', eventSourceARN: QUEUE_ARN },
    attributes: { ApproximateReceiveCount: '1' },
  }));
  return { Records };
}
