/**
 * Each function's role against the calls that the function makes: none without a permission, no permission without a call. The calls are
 * found in the source, and seen in schedules of the fault campaign, in which the functions of the built zip run.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Built, buildAll } from '../../campaign/build.ts';
import { type Runner, runnerOf } from '../../campaign/pool.ts';
import { type Access, sessionPolicyOf } from '../../src/aws/access/session-policy.ts';
import { type Json, listed, readTemplate, resolved } from '../support/cloudformation.ts';
import {
  commandsIn,
  hiddenCallsIn,
  modulesOfSource,
  modulesWithCalls,
  portsNamedBy,
} from '../support/function-calls.ts';
import { statementsOfRole } from '../support/iam.ts';

const EC2_READS = [
  ...['Instances', 'NetworkAcls', 'NetworkInterfaces', 'RouteTables', 'SecurityGroupRules', 'SecurityGroups'],
  ...['Subnets', 'TrafficMirrorFilters', 'TrafficMirrorSessions', 'TrafficMirrorTargets'],
  ...['TransitGatewayVpcAttachments', 'VpcEndpoints', 'VpcPeeringConnections'],
].map((name) => `ec2:Describe${name}`);
const ELB = 'elasticloadbalancing:Describe';
const LEDGER = ['BatchGetItem', 'DeleteItem', 'PutItem', 'Query', 'TransactWriteItems'].map((one) => `dynamodb:${one}`);
const SESSIONS = ['Create', 'Delete', 'Modify'].map((verb) => `ec2:${verb}TrafficMirrorSession`);

const LISTS_ACCOUNTS = ['ListAccounts', 'ListAccountsForParent', 'ListOrganizationalUnitsForParent'].map(
  (name) => `organizations:${name}`,
);
const LISTS = {
  'organization/list-accounts': LISTS_ACCOUNTS,
  'organization/list-regions': ['account:ListRegions'],
};

const IDENTITIES = { accounts: ['sts:GetCallerIdentity'], 'access/assume-role': ['sts:AssumeRole'] };

/** The calls behind each port, by the module that sends them. A port with a dot is one of its methods. */
const PORTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  configText: { 'config-text': ['s3:GetObject', 'ssm:GetParameter'] },
  configVersions: { 'ledger/dynamodb-table': ['dynamodb:BatchGetItem', 'dynamodb:TransactWriteItems'] },
  ledger: { 'ledger/dynamodb-table': LEDGER },
  memoryLedger: {},
  // By the dates of answers to other calls.
  time: {},
  // Whichever port calls another account.
  accounts: { ...IDENTITIES },
  'accounts.caller': { accounts: ['sts:GetCallerIdentity'] },
  inventory: {
    'ec2/describe': [...EC2_READS, 'ec2:GetManagedPrefixListEntries'],
    'ec2/load-balancers': [`${ELB}Listeners`, `${ELB}LoadBalancerAttributes`, `${ELB}LoadBalancers`],
    ...IDENTITIES,
  },
  'inventory.metrics': { 'cloudwatch/read-metrics': ['cloudwatch:GetMetricData'] },
  'inventory.scopes': { ...LISTS, ...IDENTITIES },
  'inventory.leftOut': { ...LISTS, ...IDENTITIES },
  'organization.accountIds': { 'organization/list-accounts': LISTS_ACCOUNTS, ...IDENTITIES },
  tasks: { 'ec2/tasks': ['ecs:DescribeTasks'] },
  logs: { 's3/s3-log-store': ['s3:GetObject'] },
  'logs.list': { 's3/s3-log-store': ['s3:ListObjectsV2'] },
  publisher: { 'sns-publisher': ['sns:Publish'] },
  eventBus: { 'event-bus': ['events:PutEvents'] },
  'queues.send': { queues: ['sqs:SendMessage'] },
  'queues.sendInOrder': { queues: ['sqs:SendMessage'] },
  'queues.hide': { queues: ['sqs:ChangeMessageVisibility'] },
  'queues.receive': { queues: ['sqs:DeleteMessage', 'sqs:ReceiveMessage'] },
  writer: {
    'ec2/mirror-writer': [...SESSIONS, 'ec2:CreateTrafficMirrorTarget'],
    'ec2/describe': ['ec2:DescribeTrafficMirrorSessions'],
  },
  launcher: {
    'ec2/sensor-launcher': [
      'RunInstances',
      'TerminateInstances',
      'DescribeInstances',
      'DescribeTrafficMirrorTargets',
    ].map((name) => `ec2:${name}`),
  },
  lifecycle: { lifecycle: ['autoscaling:CompleteLifecycleAction'] },
  'lifecycle.complete': { lifecycle: ['autoscaling:CompleteLifecycleAction'] },
  stateMachine: {
    'step-functions': ['states:DescribeExecution', 'states:ListExecutions', 'states:StartExecution'],
  },
  historyStore: { 's3/history-bucket': ['s3:GetObject', 's3:ListObjectsV2', 's3:PutObject'] },
  reportStore: { 's3/report-store': ['s3:PutObject'] },
  securityHub: {
    'security-hub': ['securityhub:BatchImportFindings'],
    'organization/list-accounts': LISTS_ACCOUNTS,
    ...IDENTITIES,
  },
  publicKeys: { 'public-keys': ['cloudtrail:ListPublicKeys'] },
  // What the command `doctor` asks, by its parts. Changes are sent with DryRun (test/aws/doctor/doctor.test.ts).
  'doctor.identity': { 'doctor/identity': ['ec2:DescribeRegions', 'sts:GetCallerIdentity'] },
  'doctor.permissions': {
    'doctor/permissions': [
      ...EC2_READS,
      'cloudwatch:GetMetricData',
      ...['ec2:CreateTrafficMirrorSession', 'ec2:DeleteTrafficMirrorSession', 'ec2:RunInstances'],
      'ecs:DescribeTasks',
      ...[`${ELB}Listeners`, `${ELB}LoadBalancerAttributes`, `${ELB}LoadBalancers`],
    ],
  },
  'doctor.trails': {
    'doctor/trails': [
      ...['cloudtrail:DescribeTrails', 'cloudtrail:GetEventSelectors', 'cloudtrail:GetTrailStatus'],
      ...['s3:GetObject', 's3:ListObjectsV2'],
    ],
  },
  'doctor.delivery': {
    'doctor/delivery': [
      ...['dynamodb:DescribeTable', 'dynamodb:Query', 'sqs:GetQueueAttributes'],
      ...['sns:GetSubscriptionAttributes', 'sns:GetTopicAttributes', 'sns:ListSubscriptionsByTopic'],
    ],
  },
  'doctor.mirroring': { 'doctor/mirroring': ['ec2:DescribeNetworkInterfaces'] },
};

interface FunctionPorts {
  readonly calls: readonly string[];
  /** What its code names and never calls in the stack, and why. */
  readonly never: Readonly<Record<string, string>>;
}

const ANY = ['configText', 'configVersions', 'ledger'];
const JUDGES = [...ANY, 'organization.accountIds', 'inventory', 'tasks', 'publisher', 'eventBus', 'queues.send'];
const HANDS_OVER = 'it has a queue to remediate, which alone repairs';
const NO_TABLE = 'the stack has a table';
const KNOWN_WRITER = 'the stack names the role of remediate';
const SWEEPS_ELSEWHERE = 'it sends a message for each account and region to the queue of watch';

const IMPORTED_ELSEWHERE = 'sweeps in watch and report import findings';

const FUNCTIONS: Readonly<Record<string, FunctionPorts>> = {
  watch: {
    calls: [...JUDGES, 'inventory.metrics', 'logs', 'queues.sendInOrder', 'queues.hide', 'securityHub'],
    never: {
      ...{ writer: HANDS_OVER, launcher: HANDS_OVER, lifecycle: HANDS_OVER, 'lifecycle.complete': HANDS_OVER },
      ...{ memoryLedger: NO_TABLE, accounts: KNOWN_WRITER, 'accounts.caller': KNOWN_WRITER },
    },
  },
  respond: {
    calls: [...JUDGES, 'queues.sendInOrder'],
    never: {
      ...{ writer: HANDS_OVER, launcher: HANDS_OVER, lifecycle: HANDS_OVER, 'lifecycle.complete': HANDS_OVER },
      ...{ memoryLedger: NO_TABLE, accounts: KNOWN_WRITER, 'accounts.caller': KNOWN_WRITER },
      logs: 'log deliveries come to watch',
      'queues.hide': 'no queue invokes it',
      securityHub: IMPORTED_ELSEWHERE,
    },
  },
  remediate: {
    calls: [...JUDGES, 'writer', 'launcher', 'lifecycle', 'lifecycle.complete', 'queues.hide'],
    never: {
      ...{ memoryLedger: NO_TABLE, accounts: KNOWN_WRITER, 'accounts.caller': KNOWN_WRITER },
      logs: 'log deliveries come to watch',
      'queues.sendInOrder': 'it repairs by itself',
      securityHub: IMPORTED_ELSEWHERE,
    },
  },
  sweep: {
    calls: [
      'configText',
      'configVersions',
      'inventory.scopes',
      'inventory.leftOut',
      'organization.accountIds',
      'queues.send',
    ],
    never: {
      ledger: SWEEPS_ELSEWHERE,
      publisher: SWEEPS_ELSEWHERE,
      eventBus: SWEEPS_ELSEWHERE,
      securityHub: SWEEPS_ELSEWHERE,
      inventory: SWEEPS_ELSEWHERE,
      tasks: SWEEPS_ELSEWHERE,
      writer: SWEEPS_ELSEWHERE,
      launcher: SWEEPS_ELSEWHERE,
      'queues.sendInOrder': SWEEPS_ELSEWHERE,
      memoryLedger: NO_TABLE,
    },
  },
  report: {
    calls: [...ANY, 'publisher', 'reportStore', 'time', 'securityHub'],
    never: {
      ...{ memoryLedger: NO_TABLE, 'organization.accountIds': 'it reads no records' },
      eventBus: 'it sends digests alone, and these are mailed',
    },
  },
};

/** Ports that no function names: only commands use them, or Lambda itself makes the calls. */
const DOCTOR = ['identity', 'permissions', 'trails', 'delivery', 'mirroring'].map((part) => `doctor.${part}`);
const COMMAND_LINE = ['logs.list', 'queues.receive', 'publicKeys', ...DOCTOR];

/**
 * Calls whose permissions have other names, or that need more than one.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html (we send Put and Delete)
  'dynamodb:TransactWriteItems': ['dynamodb:PutItem'],
  // Tags on creation: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
  'ec2:CreateTrafficMirrorSession': ['ec2:CreateTrafficMirrorSession', 'ec2:CreateTags'],
  'ec2:CreateTrafficMirrorTarget': ['ec2:CreateTrafficMirrorTarget', 'ec2:CreateTags'],
  'ec2:RunInstances': ['ec2:RunInstances', 'ec2:CreateTags'],
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: "No permissions are required"
  'sts:GetCallerIdentity': [],
};
/** A notification of S3 may name a version: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
const VERSIONED = ['s3:GetObject', 's3:GetObjectVersion'];

/** What Lambda and encryption need besides. */
const ALWAYS = [
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
  ...['logs:CreateLogStream', 'logs:PutLogEvents'],
  // The dead-letter queue: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
  'sqs:SendMessage',
  // The variables and the ledger: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  'kms:Decrypt',
];
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions */
const FROM_A_QUEUE = ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'];
/** An encrypted topic, table or bucket: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html */
const ENCRYPTS = ['kms:GenerateDataKey'];
const SURROUNDINGS: Readonly<Record<string, readonly string[]>> = {
  watch: [...ALWAYS, ...FROM_A_QUEUE, ...ENCRYPTS, 's3:GetObjectVersion'],
  respond: [...ALWAYS, ...ENCRYPTS],
  remediate: [...ALWAYS, ...FROM_A_QUEUE, ...ENCRYPTS],
  sweep: ALWAYS,
  report: [...ALWAYS, ...ENCRYPTS],
};

const callsOf = (ports: readonly string[]): readonly string[] => [
  ...new Set(ports.flatMap((port) => Object.values(PORTS[port] ?? {}).flat())),
];
const actionsOf = (calls: readonly string[]): readonly string[] => calls.flatMap((call) => ACTIONS[call] ?? [call]);
const neededBy = (name: string): readonly string[] => [
  ...actionsOf(callsOf(FUNCTIONS[name]?.calls ?? [])),
  ...(SURROUNDINGS[name] ?? []),
];
const grantedBy = (statements: readonly Json[]): readonly string[] =>
  statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => listed<string>(Action));

/** What is needed and not granted, and the reverse. */
function differences(needed: readonly string[], granted: readonly string[]) {
  const [asks, has] = [new Set(needed), new Set(granted)];
  return {
    missing: [...asks].filter((action) => !has.has(action)).toSorted(),
    unused: [...has].filter((action) => !asks.has(action)).toSorted(),
  };
}
const NONE = { missing: [], unused: [] };

const FULL = {
  ChatTopicArn: 'arn:aws:sns:eu-west-1:111122223333:chat',
  EventBusArn: 'arn:aws:events:eu-west-1:111122223333:event-bus/security',
  ...{ MemberAccounts: '444455556666', MemberWriteRoleName: 'mirrorwatch-member-write' },
  ...{ EnableTargetsOnDemand: 'true', LaunchHookGroups: 'web-*', SecurityHub: 'yes' },
};
const main = readTemplate('template.json');
const stacks = [
  resolved(main, FULL),
  resolved(main, { ...FULL, ConfigS3Bucket: 'settings' }),
  resolved(main, { ...FULL, MemberUnits: 'r-ab12' }),
];
const roleOf = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}Role`;
const statementsFor = (name: string): readonly Json[] =>
  stacks.flatMap((stack) => statementsOfRole(stack, roleOf(name)));
const member = resolved(readTemplate('deploy/member-role.json'), {
  ...{ Writes: 'yes', WriterRoleArn: 'arn:aws:iam::111122223333:role/r', ExternalId: 'a-secret' },
  ...{ EnableTargetsOnDemand: 'true', LaunchHookGroups: 'web-*', SecurityHub: 'yes' },
});
const PER_ACCOUNT = /^(ec2|ecs|elasticloadbalancing|autoscaling):/;
const isRead = (call: string): boolean => /:(Describe|Get|List)/.test(call);
const inMembers = [
  ...actionsOf(callsOf(FUNCTIONS.remediate?.calls ?? [])).filter((action) => PER_ACCOUNT.test(action)),
  ...callsOf(['inventory.metrics']),
  'account:ListRegions',
];

describe('the calls of the source', () => {
  it.each(modulesWithCalls())('in %s are those of the ports here', (path) => {
    const module = path.replace(/^src\/aws\/|\.ts$/g, '');
    const ofPorts = new Set(Object.values(PORTS).flatMap((modules) => modules[module] ?? []));
    expect([...ofPorts].toSorted()).toEqual(commandsIn(path).toSorted());
  });

  it('are commands that are imported by their names: no other way of making calls is seen here', () => {
    expect(
      modulesOfSource().flatMap(([path, source]) => hiddenCallsIn(source).map((hidden) => `${path}: ${hidden}`)),
    ).toEqual([]);
    expect(modulesWithCalls().length).toBeGreaterThan(10);
  });

  it.each([
    ["import { paginateDescribeInstances } from '@aws-sdk/client-ec2';", ['paginateDescribeInstances']],
    ["import { EC2 } from '@aws-sdk/client-ec2';", ['EC2']],
    ["import { RunInstancesCommand as Run } from '@aws-sdk/client-ec2';", ['RunInstancesCommand as Run']],
    ["import * as ec2 from '@aws-sdk/client-ec2';", ['1 clients in another way']],
    ["const ec2 = await import('@aws-sdk/client-ec2');", ['1 clients in another way']],
    ["export { RunInstancesCommand } from '@aws-sdk/client-ec2';", ['1 clients in another way']],
    ["import { EC2Client, RunInstancesCommand, type Tag } from '@aws-sdk/client-ec2';", []],
    ["import type { Tag } from '@aws-sdk/client-ec2';", []],
  ])('would not escape: %s', (source, hidden) => {
    expect(hiddenCallsIn(source)).toEqual(hidden);
  });

  it.each(Object.entries(FUNCTIONS))(
    '%s names only ports that are known to be called by it, or never in the stack',
    (name, ports) => {
      // To measure is an option of `inventory`, which only sweeps use.
      const known = [...ports.calls, ...Object.keys(ports.never)].filter((port) => port !== 'inventory.metrics');
      const named = [...portsNamedBy(name)].filter((port) => port !== 'queues' && port !== 'organization');
      expect(named.toSorted()).toEqual([...new Set(known)].toSorted());
      for (const port of [...known, ...COMMAND_LINE]) expect(PORTS).toHaveProperty([port]);
    },
  );
});

describe('the permissions of a role', () => {
  it.each(Object.keys(FUNCTIONS))('%s: every action has a call, and every call its actions', (name) => {
    expect(differences(neededBy(name), grantedBy(statementsFor(name)))).toEqual(NONE);
  });

  it.each(Object.keys(FUNCTIONS))('%s: the comparison tells an action too many and one too few', (name) => {
    const granted = grantedBy(statementsFor(name));
    expect(differences(neededBy(name), [...granted, 'ec2:ModifyInstanceAttribute']).unused).toEqual([
      'ec2:ModifyInstanceAttribute',
    ]);
    for (const action of new Set(granted)) {
      const without = granted.filter((one) => one !== action);
      expect(differences(neededBy(name), without).missing).toEqual([action]);
    }
    const called = neededBy(name).filter((action) => action !== 'kms:Decrypt');
    expect(differences(called, granted).unused).toEqual(['kms:Decrypt']);
  });

  it('that reads members: the reading calls, and to import what was found; and of the one that writes: all others', () => {
    const reads = grantedBy(statementsOfRole(member, 'MemberRole'));
    const writes = grantedBy(statementsOfRole(member, 'MemberWriteRole'));
    expect(differences([...inMembers.filter(isRead), 'securityhub:BatchImportFindings'], reads)).toEqual(NONE);
    expect(
      differences(
        inMembers.filter((action) => !isRead(action)),
        writes,
      ),
    ).toEqual(NONE);
  });

  it('names S3 objects of versions only for the logs', () => {
    for (const name of Object.keys(FUNCTIONS)) {
      const statements = statementsFor(name).filter(({ Action }) => listed(Action).includes('s3:GetObjectVersion'));
      expect(statements.map(({ Action }) => Action)).toEqual(name === 'watch' ? stacks.map(() => VERSIONED) : []);
    }
  });
});

describe('the policy of a session in another account', () => {
  const statementsOf = (access: Access): readonly Json[] => JSON.parse(sessionPolicyOf(access)).Statement;
  const changes = inMembers.filter((action) => !isRead(action) && action !== 'ec2:CreateTags');

  it('for reading has the reading calls and no others', () => {
    expect(differences(inMembers.filter(isRead), grantedBy(statementsOf('read')))).toEqual(NONE);
  });

  it('for importing findings has that call alone', () => {
    expect(grantedBy(statementsOf('security-hub'))).toEqual(['securityhub:BatchImportFindings']);
  });

  it.each(changes)('for %s has that call and the tags that it creates', (action) => {
    const access = action.split(':')[1] as Access;
    expect(differences(ACTIONS[action] ?? [action], grantedBy(statementsOf(access)))).toEqual(NONE);
    for (const { Action, Condition } of statementsOf(access))
      if (Action === 'ec2:CreateTags') expect(Condition).toEqual({ StringEquals: { 'ec2:CreateAction': access } });
  });

  it.each(['read', ...changes.map((action) => action.split(':')[1])] as Access[])(
    'fits into a request: %s',
    (access) => {
      // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
      expect(sessionPolicyOf(access).length).toBeLessThanOrEqual(2048);
    },
  );
});

describe('in schedules of the fault campaign', () => {
  let built: Built;
  let runner: Runner;
  beforeAll(async () => {
    built = await buildAll();
    runner = runnerOf(built);
  }, 120_000);
  afterAll(() => {
    runner.stop();
    built.remove();
  });

  it('the functions of the zip make no call that their table does not have', async () => {
    const seen = new Map<string, Set<string>>();
    for (const seed of [3, 4, 6]) {
      const { trace = [] } = await runner.run({ seed, trace: true });
      for (const line of trace) {
        const [, name = '', call = ''] = / (\w+)#\d+\/(\w+)\/\d+/.exec(line) ?? [];
        if (name !== '') seen.set(name, (seen.get(name) ?? new Set()).add(call));
      }
    }
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['watch', 'respond', 'remediate', 'sweep']));
    for (const [name, calls] of seen) {
      const known = callsOf(FUNCTIONS[name]?.calls ?? []).map((call) => call.split(':')[1]);
      // The answer to CloudFormation is no call of AWS's API.
      expect(
        [...calls].filter((call) => !known.includes(call) && call !== 'ResponseURL'),
        name,
      ).toEqual([]);
      expect(calls.size, name).toBeGreaterThan(1);
    }
  }, 300_000);
});
