import {
  DeleteTrafficMirrorSessionCommand,
  DescribeInstancesCommand,
  EC2Client,
  type Instance,
  RunInstancesCommand,
  type TrafficMirrorSession,
} from '@aws-sdk/client-ec2';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import { beforeEach, describe, expect, it } from 'vitest';
import { awsPorts } from '../../src/aws/ports.ts';
import type { LedgerEntry } from '../../src/ledger/ledger.ts';
import { aScenario, calls, drained, faults, LAB_IS_THERE, resetCalls, type Scenario, sessions } from './lab.ts';
import {
  alarmsInTemplate,
  aMailbox,
  createStack,
  invokeFunction,
  metricsIn,
  putEvents,
  queueLength,
  type Stack,
  textsPrintedBy,
  until,
} from './stack.ts';
import { aCall, aLogFile, deliverLogs } from './trail.ts';

const region = 'us-east-1';
const ec2 = new EC2Client({ region });

/** A stack of the repository's template that makes its own trail, over an account with instances and sensors. */
async function aStackOver(scenario: Scenario): Promise<{ stack: Stack; mailbox: string }> {
  const stack = await createStack('mirrorwatch', {
    RequiredTags: 'CostCenter',
    GraceSeconds: '0',
    SecurityHub: 'yes',
    MirrorMode: 'apply',
    MirrorFilterId: scenario.filterId,
    MirrorTargetIds: Object.keys(scenario.targets).join(','),
  });
  return { stack, mailbox: await aMailbox(stack.id('AlertTopic')) };
}

/** A new instance beside those of the scenario, and the record of its launch by dana. */
async function aLaunch(scenario: Scenario, tags: Readonly<Record<string, string>>) {
  const [beside] = Object.keys(scenario.instances);
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: beside ? [beside] : [] }));
  const { SubnetId, ImageId } = Reservations[0]?.Instances?.[0] ?? {};
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { Instances = [] } = await ec2.send(
    new RunInstancesCommand({
      ...{ ImageId, SubnetId, InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 },
      ...(Tags.length > 0 && { TagSpecifications: [{ ResourceType: 'instance', Tags }] }),
    }),
  );
  const [instance = {} as Instance] = Instances;
  const instanceId = instance.InstanceId ?? '';
  const networkInterfaceId = instance.NetworkInterfaces?.[0]?.NetworkInterfaceId ?? '';
  const tagSet = { items: Object.entries(tags).map(([key, value]) => ({ key, value })) };
  const launched = { instanceId, subnetId: SubnetId, tagSet, networkInterfaceSet: { items: [{ networkInterfaceId }] } };
  const request = { instancesSet: { items: [{ imageId: ImageId, minCount: 1, maxCount: 1 }] } };
  const response = { instancesSet: { items: [launched] } };
  return { instanceId, networkInterfaceId, record: aCall(scenario, 'RunInstances', 'dana', request, response) };
}

const sessionsOn = async (networkInterfaceId: string) =>
  (await sessions()).filter((session) => session.NetworkInterfaceId === networkInterfaceId);

const importedFindings = async () => {
  const { Findings = [] } = await new SecurityHubClient({ region }).send(new GetFindingsCommand({}));
  return Findings.filter(({ GeneratorId }) => GeneratorId?.startsWith('mirrorwatch/'));
};

const entriesAbout = (stack: Stack, resourceId: string): Promise<readonly LedgerEntry[]> =>
  awsPorts({ region })
    .ledger(stack.id('Ledger'))
    .entries({})
    .then((entries) => entries.filter(({ finding }) => finding.resourceId === resourceId));

describe.runIf(LAB_IS_THERE)('a stack of template.json', () => {
  let scenario: Scenario;
  let stack: Stack;
  let mailbox: string;
  beforeEach(async () => {
    scenario = await aScenario(6);
    ({ stack, mailbox } = await aStackOver(scenario));
  });

  it('turns log files in its bucket into mails, sessions, ledger entries and a report', async () => {
    const existing = Object.values(scenario.instances).filter(({ terminated }) => !terminated);
    // The first sweep mirrors what is there, and imports what it finds.
    await until(async () => (await sessions()).length === existing.length);
    await until(async () => (await importedFindings()).length > 0);
    expect(await importedFindings()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          RecordState: 'ACTIVE',
          Compliance: { Status: 'FAILED' },
          ProductFields: expect.objectContaining({ 'mirrorwatch/rule': 'instance-untagged' }),
        }),
      ]),
    );
    const mails: string[] = [];
    const mailed = (pattern: RegExp) => async () => {
      mails.push(...(await drained(mailbox)).map(({ Body = '' }) => Body));
      return pattern.test(mails.join('\n'));
    };

    const untagged = await aLaunch(scenario, {});
    const tagged = await aLaunch(scenario, { CostCenter: '4711' });
    const unread = aLogFile([(await aLaunch(scenario, { CostCenter: '4711' })).record]);
    const damaged = unread.subarray(0, unread.length / 2);
    const files = [aLogFile([untagged.record]), aLogFile([tagged.record]), damaged];
    const [, , damagedKey = ''] = await deliverLogs(stack, scenario, files);

    const [victim] = existing;
    const [session] = await sessionsOn(victim?.networkInterfaceId ?? '');
    const TrafficMirrorSessionId = session?.TrafficMirrorSessionId ?? '';
    await ec2.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId }));
    const deletion = aCall(
      scenario,
      'DeleteTrafficMirrorSession',
      'mallory',
      { DeleteTrafficMirrorSessionRequest: { TrafficMirrorSessionId } },
      { DeleteTrafficMirrorSessionResponse: { trafficMirrorSessionId: TrafficMirrorSessionId } },
    );
    await deliverLogs(stack, scenario, [aLogFile([deletion])]);

    const sources = [untagged.networkInterfaceId, tagged.networkInterfaceId, victim?.networkInterfaceId ?? ''];
    await until(async () => (await Promise.all(sources.map(sessionsOn))).every((all) => all.length === 1));
    for (const source of sources) {
      const [made] = await sessionsOn(source);
      expect(made).toMatchObject({ TrafficMirrorFilterId: scenario.filterId });
      expect(Object.keys(scenario.targets)).toContain(made?.TrafficMirrorTargetId);
    }
    await until(mailed(new RegExp(`${untagged.instanceId}[\\s\\S]*dana`)));
    await until(mailed(/Caused by: mallory \(DeleteTrafficMirrorSession/));
    expect(mails.join('\n')).not.toMatch(new RegExp(`${tagged.instanceId}[^\\n]*untagged`));

    const statuses = async (id: string) =>
      (await entriesAbout(stack, id)).map(({ finding: { rule, status } }) => `${rule} ${status}`).toSorted();
    await until(async () => (await statuses(untagged.instanceId)).includes('instance-unmirrored resolved'));
    expect(await statuses(untagged.instanceId)).toEqual(['instance-unmirrored resolved', 'instance-untagged open']);
    await until(async () => (await statuses(tagged.instanceId)).includes('instance-unmirrored resolved'));
    expect(await statuses(tagged.instanceId)).toEqual(['instance-unmirrored resolved']);

    await invokeFunction(stack.id('Report'), {});
    const s3 = new S3Client({ region, forcePathStyle: true });
    const Bucket = stack.id('ReportBucket');
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    const names = Contents.map(({ Key = '' }) => Key.split('/').at(-1)).toSorted();
    expect(names).toEqual(['evidence.zip', 'findings.csv', 'findings.jsonl', 'report.html', 'report.json']);
    const Key = Contents.find((object) => object.Key?.endsWith('report.json'))?.Key;
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const report = JSON.parse((await Body?.transformToString()) ?? '{}');
    const reported = (report.findings as { resourceId: string; rule: string; status: string }[])
      .filter(({ resourceId }) => resourceId === untagged.instanceId)
      .map(({ rule, status }) => `${rule} ${status}`);
    expect(reported.toSorted()).toEqual(['instance-unmirrored resolved', 'instance-untagged open']);
    expect(JSON.stringify(report.input.rejected)).toContain(damagedKey);
  });

  it('retries an object that cannot be read, counts what is readable once, and dead-letters it where alarms see it', async () => {
    // Without the longer delays that the functions ask for, a message is back after the ten seconds at most of the lab's queues.
    await faults({ action: 'ChangeMessageVisibility', code: 'InternalError', status: 500, times: 10_000 });
    const launch = await aLaunch(scenario, {});
    const padding = Array.from({ length: 400 }, () => aCall(scenario, 'DescribeInstances', 'dana', {}, {}));
    const file = aLogFile([launch.record, ...padding]);
    const damaged = [file.subarray(0, file.length * 0.9), Buffer.from('<html>503 Slow Down</html>')];
    await deliverLogs(stack, scenario, damaged);

    await until(async () => (await queueLength(stack.id('DeliveryDeadLetters'))) === damaged.length, 170);
    await faults();
    const about = await entriesAbout(stack, launch.instanceId);
    const untagged = about.filter(({ finding }) => finding.rule === 'instance-untagged');
    expect(untagged.map(({ finding }) => finding.status)).toEqual(['open']);
    expect(await sessionsOn(launch.networkInterfaceId)).toHaveLength(1);
    // The stack's first sweep mails about the instances that were there before.
    const mails = (await drained(mailbox))
      .map(({ Body = '{}' }) => JSON.parse(Body) as { Subject: string; Message: string })
      .filter(({ Message }) => Message.includes(launch.instanceId));
    expect(mails.filter(({ Subject }) => /untagged/.test(Subject)).length).toBe(1);

    const runs = await awsPorts({ region })
      .ledger(stack.id('Ledger'))
      .runs({ since: new Date(0), until: new Date() });
    const launches = runs.reduce((sum, { reading }) => sum + (reading?.launches ?? 0), 0);
    expect(launches).toBe(1);

    // The lab runs no alarms: what they watch is compared with what there is.
    const { DeliveryDeadLettersAlarm: ofQueue, ParseErrorsAlarm: ofMetric } = alarmsInTemplate();
    expect(ofQueue?.Dimensions).toEqual([
      { Name: 'QueueName', Value: { 'Fn::Sub': expect.stringMatching(/^\$\{DeliveryDeadLetters\.QueueName\}$/) } },
    ]);
    expect(damaged.length).toBeGreaterThanOrEqual(ofQueue?.Threshold ?? Number.POSITIVE_INFINITY);
    const counts = metricsIn(await textsPrintedBy(stack.id('Watch')), 'watch').filter(
      (metrics) => (metrics.ParseErrors ?? 0) > 0,
    );
    expect(ofMetric).toMatchObject({ Namespace: 'Mirrorwatch', MetricName: 'ParseErrors', Threshold: 1 });
    expect(ofMetric?.Dimensions).toEqual([{ Name: 'service', Value: 'watch' }]);
    expect(counts.length).toBeGreaterThan(0);
  });

  it('reads nothing of the account for the events about the sessions that it made itself', async () => {
    const existing = Object.values(scenario.instances).filter(({ terminated }) => !terminated);
    await until(async () => (await sessions()).length === existing.length);
    const ledger = awsPorts({ region }).ledger(stack.id('Ledger'));
    const scope = { accountId: scenario.accountId, region };
    const made = await sessions();
    const ids = made.map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId);
    await until(async () => (await ledger.about(scope, ids)).length === ids.length);
    const created = made.map((session) => aCreation(scenario, session));
    const own = created.map((call) => ({ ...call, userIdentity: aSessionOf(stack.id('RemediateRole'), scenario) }));
    const someonesElse = created.slice(0, 1).map((call) => ({ ...call, eventID: crypto.randomUUID() }));

    expect(await readsFor(own)).toEqual([]);
    expect(await readsFor(someonesElse)).toContain('ec2:DescribeTrafficMirrorSessions');
  });

  /** The EC2 calls that the stack makes for these calls' events on the default bus. */
  async function readsFor(details: readonly Readonly<Record<string, unknown>>[]): Promise<readonly string[]> {
    const handled = async () => metricsIn(await textsPrintedBy(stack.id('Respond')), 'respond').length;
    const before = await handled();
    await resetCalls();
    await putEvents(details.map((detail) => ({ source: 'aws.ec2', type: 'AWS API Call via CloudTrail', detail })));
    await until(async () => (await handled()) === before + details.length);
    return Object.keys(await calls()).filter((action) => action.startsWith('ec2:'));
  }
});

/** CloudTrail's record of a session's creation, by dana. */
function aCreation(scenario: Scenario, session: TrafficMirrorSession): Readonly<Record<string, unknown>> {
  const { NetworkInterfaceId, TrafficMirrorTargetId, TrafficMirrorFilterId, SessionNumber } = session;
  const trafficMirrorSession = {
    trafficMirrorSessionId: session.TrafficMirrorSessionId,
    networkInterfaceId: NetworkInterfaceId,
    trafficMirrorTargetId: TrafficMirrorTargetId,
    trafficMirrorFilterId: TrafficMirrorFilterId,
    sessionNumber: SessionNumber,
    ownerId: scenario.accountId,
  };
  const request = { NetworkInterfaceId, TrafficMirrorTargetId, TrafficMirrorFilterId, SessionNumber };
  return aCall(
    scenario,
    'CreateTrafficMirrorSession',
    'dana',
    { CreateTrafficMirrorSessionRequest: request },
    { CreateTrafficMirrorSessionResponse: { trafficMirrorSession } },
  );
}

function aSessionOf(role: string, { accountId }: Scenario): object {
  const arn = `arn:aws:sts::${accountId}:assumed-role/${role}/remediate`;
  return { type: 'AssumedRole', principalId: 'AROAEXAMPLE:remediate', arn, accountId };
}
