import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { VARIABLES } from '../src/lambda/runtime/environment.ts';
import { WANTED_CALLS } from '../src/sighting/readers.ts';
import { deployed, type Json, listed, readTemplate, resolved, statementsOf } from './support/cloudformation.ts';

const ROOT = new URL('../', import.meta.url);
const main = readTemplate('template.json');
const member = readTemplate('deploy/member-role.json');
const iamCalls = readTemplate('deploy/iam-calls.json');
const history = readTemplate('deploy/history.json');
const memberEvents = readTemplate('deploy/member-events.json');
const organizationRole = readTemplate('deploy/organization-role.json');
const stack = resolved(main, {
  AlertEmail: 'sec@example.com',
  MemberAccounts: '444455556666',
  MemberExternalId: 'a-secret',
});
const resources = (type: string): readonly [string, Json][] =>
  Object.entries(stack.Resources).filter(([, { Type }]) => Type === type);

describe.each([
  ['template.json', main],
  ['deploy/member-role.json', member],
  ['deploy/iam-calls.json', iamCalls],
  ['deploy/history.json', history],
  ['deploy/member-events.json', memberEvents],
  ['deploy/organization-role.json', organizationRole],
])('%s', (path, template) => {
  let spec: Awaited<ReturnType<typeof loadAwsServiceSpec>>;
  beforeAll(async () => {
    spec = await loadAwsServiceSpec();
  });

  it('says at each parameter that turns a property on or off for which AWS replaces the resource with its data, that it does', () => {
    const turning: string[] = [];
    const conditionsIn = (value: Json): readonly string[] =>
      [...JSON.stringify(value).matchAll(/"Fn::If":\["(\w+)"/g)].map(([, name = '']) => name);
    for (const { Type, Properties, UpdateReplacePolicy } of Object.values(template.Resources)) {
      if (UpdateReplacePolicy !== 'Retain') continue;
      const { properties } = spec.lookup('resource', 'cloudFormationType', 'equals', Type).only();
      for (const [name, value] of Object.entries<Json>(Properties))
        if (properties[name]?.causesReplacement !== undefined) turning.push(...conditionsIn(value));
    }
    const parametersOf = (condition: string): readonly string[] =>
      [...JSON.stringify(template.Conditions[condition]).matchAll(/"Ref":"(\w+)"/g)].map(([, name = '']) => name);
    const named = [...new Set(turning.flatMap(parametersOf))];
    expect(named).toEqual(path === 'template.json' ? ['ObjectLockDays'] : []);
    for (const name of named) expect(template.Parameters[name].Description).toContain('replaces both buckets');
  });

  it('has only resources, properties and attributes that AWS knows, and all required ones', () => {
    const problems: string[] = [];
    const check = (at: string, held: Json, properties: Json): void => {
      for (const [name, property] of Object.entries<Json>(properties)) {
        if (property.required && held[name] === undefined) problems.push(`${at} lacks ${name}`);
      }
      for (const [name, value] of Object.entries<Json>(held)) {
        const property = properties[name];
        if (property === undefined) problems.push(`${at}.${name} does not exist`);
        else descend(`${at}.${name}`, value, property.type);
      }
    };
    const descend = (at: string, value: Json, type: Json): void => {
      if (type.type === 'array' && Array.isArray(value)) {
        for (const [index, each] of value.entries()) descend(`${at}[${index}]`, each, type.element);
      } else if (type.type === 'ref' && typeof value === 'object') {
        check(at, value, spec.get('typeDefinition', type.reference.$ref).properties);
      } else if (
        ['integer', 'number'].includes(type.type) &&
        typeof value !== 'number' &&
        !String(value).startsWith('<')
      ) {
        problems.push(`${at} is ${typeof value}, expected a number`);
      } else if (type.type === 'boolean' && typeof value !== 'boolean') problems.push(`${at} is not a boolean`);
    };
    for (const [name, { Type, Properties }] of Object.entries(resolved(template).Resources)) {
      if (Type.startsWith('Custom::')) continue;
      const [known] = spec.lookup('resource', 'cloudFormationType', 'equals', Type);
      if (known === undefined) problems.push(`${name}: there is no ${Type}`);
      else check(name, Properties, known.properties);
    }
    for (const [, resource, attribute] of JSON.stringify(resolved(template)).matchAll(/<(\w+)\.(\w+)>/g)) {
      const type = template.Resources[resource ?? ''].Type;
      const [known] = spec.lookup('resource', 'cloudFormationType', 'equals', type);
      if (known?.attributes[attribute ?? ''] === undefined) problems.push(`${type} has no attribute ${attribute}`);
    }
    expect(problems).toEqual([]);
  });

  it('uses every parameter and condition', () => {
    const text = JSON.stringify([template.Conditions, template.Resources, template.Outputs]);
    const unused = Object.keys(template.Parameters).filter(
      (name) => !text.includes(`{"Ref":"${name}"}`) && !text.includes(`\${${name}}`),
    );
    const idle = Object.keys(template.Conditions ?? {}).filter((name) => text.split(`"${name}"`).length < 3);
    expect({ unused, idle }).toEqual({ unused: [], idle: [] });
  });

  const lints = spawnSync('cfn-lint', ['--version']).status === 0;
  it.runIf(lints)(
    'passes cfn-lint without errors, warnings or notes',
    () => {
      const { stdout, stderr } = spawnSync('cfn-lint', ['-c', 'I', '--', fileURLToPath(new URL(path, ROOT))], {
        encoding: 'utf8',
      });
      expect(stdout + stderr).toBe('');
    },
    120_000,
  );
});

describe('the dashboard', () => {
  const { DashboardBody } = resolved(main).Resources.Dashboard.Properties;
  const { widgets } = JSON.parse(DashboardBody) as {
    widgets: readonly { x: number; y: number; width: number; height: number; properties: Json }[];
  };
  const metrics = widgets.flatMap(({ properties }) => properties.metrics as readonly (readonly Json[])[]);
  const sources = ['src/lambda/telemetry.ts', 'src/report/figures/daily-figures.ts']
    .map((path) => readFileSync(new URL(path, ROOT), 'utf8'))
    .join('\n');

  it('has a place for each widget, and none over another', () => {
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
    const places = widgets.map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('shows of our metrics only those that a function writes, with the dimensions that it writes', () => {
    const own = metrics.filter(([namespace]) => namespace === 'Mirrorwatch');
    expect(own.length).toBeGreaterThan(10);
    for (const [, name, first, service, ...dimensions] of own) {
      expect(sources, name).toContain(`'${name}'`);
      expect(first).toBe('service');
      expect(['watch', 'respond', 'remediate', 'report']).toContain(service);
      const [key] = dimensions.filter((part) => typeof part === 'string');
      if (key !== undefined) expect(sources).toMatch(new RegExp(`\\b${key}\\b`));
    }
  });

  it('shows queues of the stack, by their names', () => {
    const queues = metrics.filter(([namespace]) => namespace === 'AWS/SQS');
    expect(queues).toHaveLength(5);
    for (const [, , dimension, name] of queues) {
      expect(dimension).toBe('QueueName');
      expect(name).toMatch(/^<(Deliveries|Remediations|\w+DeadLetters)\.QueueName>$/);
    }
  });
});

describe('docs/operate.md', () => {
  const text = readFileSync(new URL('docs/operate.md', ROOT), 'utf8');

  it.each(resources('AWS::CloudWatch::Alarm').map(([name]) => name))('says what to do at %s', (name) => {
    expect(text).toContain(`| \`${name}\` |`);
  });

  it('explains every widget of the dashboard by its title', () => {
    const { DashboardBody } = resolved(main).Resources.Dashboard.Properties;
    for (const { properties } of JSON.parse(DashboardBody).widgets)
      expect(text).toContain(`| ${properties.title.replace(/ \(.*\)$/, '')} |`);
  });
});

describe('the bus for member accounts', () => {
  const hearing = resolved(main, { MemberEventsFrom: 'o-abcdefghij' }).Resources;
  const rules = (resources: Json): readonly Json[] =>
    Object.values<Json>(resources).filter(({ Type }) => Type === 'AWS::Events::Rule');

  it('is there only on request', () => {
    const names = Object.keys(resolved(main).Resources).filter((name) => name.startsWith('Member'));
    expect(names).toEqual([]);
  });

  it('takes events of that organization, and of nobody else', () => {
    expect(hearing.MemberBusPolicy.Properties.Statement).toMatchObject({
      ...{ Effect: 'Allow', Principal: '*', Action: 'events:PutEvents' },
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abcdefghij' } },
    });
  });

  it('is sent by members what respond gets of the own account, but launches that are held back', () => {
    const patterns = (all: readonly Json[]): readonly string[] =>
      all.map(({ Properties }) => JSON.stringify(Properties.EventPattern)).toSorted();
    const on = { EnableForInstanceLaunch: 'true', EnableForFargate: 'true', EnableForGuardDuty: 'true' };
    const all = resolved(main, { ...on, MemberEventsFrom: 'o-abcdefghij' }).Resources;
    const [own, ofMembers] = [false, true].map((isMembers) =>
      rules(all).filter(({ Properties }) => (Properties.EventBusName !== undefined) === isMembers),
    );
    expect(ofMembers).toHaveLength(4);
    expect(patterns(ofMembers ?? [])).toEqual(patterns(own ?? []));
    expect(patterns(rules(resolved(memberEvents).Resources))).toEqual(patterns(own ?? []));
  });

  it('may invoke respond: its rules are named after the stack', () => {
    const { SourceArn } = hearing.RulesInvoke.Properties;
    expect(JSON.stringify(SourceArn)).toMatch(/:rule\/[^"]*-\*"/);
    expect(JSON.stringify(hearing.MemberBus.Properties.Name)).toMatch(/-members"/);
  });

  it('gets events from each region by a role that may do nothing else; no name is taken twice in an account', () => {
    const { SendRole, ...others } = resolved(memberEvents).Resources;
    expect(SendRole.Properties.Policies).toHaveLength(1);
    expect(listed(SendRole.Properties.Policies[0].PolicyDocument.Statement).map(({ Action }: Json) => Action)).toEqual([
      'events:PutEvents',
    ]);
    for (const { Properties } of [SendRole, ...rules(others)])
      expect(Object.keys(Properties)).not.toContain(Properties.RoleName === undefined ? 'Name' : 'RoleName');
  });
});

describe('the stack', () => {
  it('has one function per handler of the zip, on a supported runtime', () => {
    const handlers = resources('AWS::Lambda::Function').map(([, { Properties }]) => Properties.Handler);
    expect(handlers.toSorted()).toEqual([
      'remediate.handler',
      'report.handler',
      'respond.handler',
      'sweep.handler',
      'watch.handler',
    ]);
    for (const [, { Properties }] of resources('AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        DeadLetterConfig: {},
        LoggingConfig: {},
      });
    }
  });

  it('sets the variables that the functions read, and no others', () => {
    const names = Object.values(VARIABLES).map(({ name }) => name);
    const read = names.filter((name) => name.startsWith('MIRRORWATCH_'));
    const onlyIn: Readonly<Record<string, readonly string[]>> = {
      MIRRORWATCH_REPORT_BUCKET: ['Report'],
      MIRRORWATCH_REGIONS: ['Sweep'],
      MIRRORWATCH_SECURITY_HUB: ['Watch', 'Report'],
      MIRRORWATCH_ALERT_TOPIC_ARN: ['Watch', 'Respond', 'Remediate', 'Report'],
      MIRRORWATCH_REMEDIATION_QUEUE_URL: ['Watch', 'Respond', 'Remediate'],
      MIRRORWATCH_WRITER_ROLE_ARN: ['Watch', 'Respond', 'Remediate'],
    };
    for (const [name, { Properties }] of resources('AWS::Lambda::Function')) {
      const expected = read.filter((variable) => onlyIn[variable]?.includes(name) ?? true);
      expect(Object.keys(Properties.Environment.Variables).toSorted()).toEqual(expected.toSorted());
    }
  });

  it('keeps the history when it is deleted, and nothing else', () => {
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key']) {
      for (const [, resource] of resources(type)) {
        expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      }
    }
    // Deleted with the stack, which is the default.
    for (const type of ['AWS::SQS::Queue', 'AWS::Logs::LogGroup'])
      for (const [name, resource] of resources(type))
        expect([name, resource.DeletionPolicy, resource.UpdateReplacePolicy]).toEqual([name, undefined, undefined]);
  });

  it('keeps every function’s log for a limited time, encrypted', () => {
    expect(resources('AWS::Logs::LogGroup')).toHaveLength(5);
    for (const [, { Properties }] of resources('AWS::Logs::LogGroup')) {
      expect(Properties).toMatchObject({ RetentionInDays: 30, KmsKeyId: '<Key.Arn>' });
    }
  });

  it('encrypts topics, queues, table and buckets, and denies access without TLS or from other accounts', () => {
    for (const [, { Properties }] of resources('AWS::SNS::Topic')) expect(Properties.KmsMasterKeyId).toBe('<Key>');
    for (const [, { Properties }] of resources('AWS::SQS::Queue')) expect(Properties.SqsManagedSseEnabled).toBe(true);
    for (const [, { Properties }] of resources('AWS::S3::Bucket')) {
      expect(Object.values(Properties.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
      expect(Properties.VersioningConfiguration.Status).toBe('Enabled');
      expect(JSON.stringify(Properties.BucketEncryption)).toContain('aws:kms');
    }
    const denied = statementsOf(stack)
      .filter(({ statement }) => statement.Sid === 'OnlyOverTls')
      .map(({ of }) => of);
    const guarded = [...resources('AWS::S3::Bucket'), ...resources('AWS::SQS::Queue'), ...resources('AWS::SNS::Topic')];
    expect(denied.toSorted()).toEqual(guarded.map(([name]) => `${name}Policy`).toSorted());
  });

  it('creates a trail of all regions with validated files, and only this trail may write them', () => {
    expect(stack.Resources.Trail.Properties).toMatchObject({
      IsMultiRegionTrail: true,
      EnableLogFileValidation: true,
      IsLogging: true,
      KMSKeyId: '<Key.Arn>',
    });
    expect(stack.Resources.Trail.DependsOn).toEqual(['TrailBucketPolicy', 'TrailTopicPolicy']);
    const trail = `arn:aws:cloudtrail:eu-west-1:111122223333:trail/${stack.Resources.Trail.Properties.TrailName}`;
    const byService = statementsOf(stack).filter(
      ({ statement }) => statement.Principal?.Service === 'cloudtrail.amazonaws.com',
    );
    expect(byService).toHaveLength(4);
    for (const { statement } of byService) expect(statement.Condition.StringEquals['aws:SourceArn']).toBe(trail);
  });

  it('limits each service to the account it acts for', () => {
    const services = statementsOf(stack).filter(
      ({ of, statement }) => statement.Principal?.Service !== undefined && !of.endsWith('Role'),
    );
    for (const { of, statement } of services) {
      expect(JSON.stringify(statement.Condition), of).toMatch(/aws:Source(Arn|Account)|kms:EncryptionContext/);
    }
    for (const [, { Properties }] of resources('AWS::Lambda::Permission')) {
      expect(Properties).toMatchObject({ SourceArn: expect.any(String), SourceAccount: '111122223333' });
    }
  });

  it('hides a message for six times the function’s timeout, and gives up after five attempts', () => {
    for (const [, { Properties }] of resources('AWS::Lambda::EventSourceMapping')) {
      const queue = stack.Resources[Properties.EventSourceArn.slice(1, -'.Arn>'.length)].Properties;
      const { Timeout } = stack.Resources[Properties.FunctionName.slice(1, -1)].Properties;
      expect(queue.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Timeout);
      expect(queue.RedrivePolicy.maxReceiveCount).toBe(5);
      expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(Properties.ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });

  it('has alarms for dead letters, message age, errors, what could not be read, and an hour without logs', () => {
    const alarms = resources('AWS::CloudWatch::Alarm').map(([, { Properties }]) => Properties);
    const about = (metric: string) => alarms.filter(({ MetricName }) => MetricName === metric);
    expect(about('ApproximateNumberOfMessagesVisible')).toHaveLength(3);
    const watched = about('ApproximateNumberOfMessagesVisible').map(({ Dimensions }) => Dimensions[0].Value);
    const deadLetters = resources('AWS::SQS::Queue').map(([name]) => name);
    expect(watched.toSorted()).toEqual(
      deadLetters
        .filter((name) => name.endsWith('DeadLetters'))
        .map((name) => `<${name}.QueueName>`)
        .toSorted(),
    );
    expect(about('ApproximateAgeOfOldestMessage')).toHaveLength(1);
    expect(about('Errors')).toHaveLength(5);
    expect(about('ObjectsScanned')).toMatchObject([{ Period: 3600, TreatMissingData: 'breaching' }]);
    // What the functions leave unread shows even if nothing of it ends up among the dead letters.
    expect(about('ParseErrors')).toMatchObject([
      { Namespace: 'Mirrorwatch', Dimensions: [{ Name: 'service', Value: 'watch' }], Statistic: 'Sum', Threshold: 1 },
    ]);
    const telemetry = readFileSync(new URL('src/lambda/telemetry.ts', ROOT), 'utf8');
    for (const metric of ['ObjectsScanned', 'ParseErrors']) expect(telemetry).toContain(`'${metric}'`);
    for (const alarm of alarms) expect(alarm.AlarmActions).toEqual(['<AlertTopic>']);
  });

  it.each([
    ['EnableForExistingInstances', ['SweepNow']],
    ['EnableForInstanceLaunch', ['InstanceRule']],
    ['EnableForGuardDuty', ['SuspicionRule']],
    ['EnableForFargate', ['TaskRule']],
  ])('leaves out what %s turns off', (parameter, expected) => {
    const without = resolved(main, { [parameter]: 'false' });
    const left = Object.keys(resolved(main).Resources).filter((name) => without.Resources[name] === undefined);
    expect(left).toEqual(expected);
  });

  it('mirrors no tasks if Fargate is turned off, in a sweep neither', () => {
    const mirrored = { MirrorMode: 'apply', MirrorFilterId: 'tmf-1', MirrorTargetIds: 'tmt-1' };
    const without = resolved(main, { EnableForFargate: 'false', ...mirrored });
    expect(without.Resources.ConfigParameter.Properties.Value).toContain('"fargate":false');
  });

  it('hears within seconds of every call that ends sessions, their target or their filter', () => {
    const { EventPattern } = stack.Resources.CallRule.Properties;
    expect(EventPattern.detail.eventName).toEqual(
      expect.arrayContaining([
        'DeleteTrafficMirrorSession',
        'ModifyTrafficMirrorSession',
        'DeleteTrafficMirrorTarget',
        'DeleteTrafficMirrorFilter',
        'DeleteTrafficMirrorFilterRule',
        'ModifyTrafficMirrorFilterRule',
      ]),
    );
    expect(stack.Resources.InstanceRule.Properties.EventPattern.detail.state).toEqual(
      expect.arrayContaining(['stopped', 'terminated']),
    );
    expect([...WANTED_CALLS]).toEqual(expect.arrayContaining(EventPattern.detail.eventName));
  });

  it('is small enough for CloudFormation to take from a bucket, and is deployed from one', () => {
    expect(readFileSync(new URL('template.json', ROOT)).length).toBeLessThanOrEqual(1_000_000);
    const page = readFileSync(new URL('docs/deploy.md', ROOT), 'utf8');
    const deploys = page.match(/aws cloudformation deploy (?:[^\n]*\\\n)*[^\n]*/g) ?? [];
    const main = deploys.filter((command) => command.includes(' template.json'));
    expect(main).toHaveLength(1);
    expect(main[0]).toContain('--s3-bucket "$CODE_BUCKET"');
  });

  it('has one property a line, each parameter in one group, and no line that a person cannot read', () => {
    const text = readFileSync(new URL('template.json', ROOT), 'utf8');
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), undefined, 2)}\n`);
    const { Metadata, Parameters } = JSON.parse(text);
    const groups: readonly { Parameters: readonly string[] }[] =
      Metadata['AWS::CloudFormation::Interface'].ParameterGroups;
    expect(groups.flatMap(({ Parameters: names }) => names)).toEqual(Object.keys(Parameters));
  });

  it('names everything after its stack, so that one account can have two', () => {
    const fixed = [
      'BucketName',
      'TopicName',
      'QueueName',
      'TableName',
      'FunctionName',
      'RoleName',
      'LogGroupName',
      'AlarmName',
      'Name',
    ];
    const named = Object.entries(stack.Resources)
      .filter(
        ([, { Type }]) =>
          !['AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Permission', 'AWS::Lambda::EventInvokeConfig'].includes(
            Type,
          ),
      )
      .flatMap(([name, { Properties }]) =>
        fixed
          .filter((key) => key in Properties && !/^\/?mirrorwatch[-/]/.test(Properties[key]))
          .map((key) => `${name}.${key}`),
      );
    expect(named).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['as it comes', {}],
    ['with mirroring', { MirrorMode: 'apply', MirrorFilterId: 'tmf-1', MirrorTargetIds: 'tmt-1,tmt-2' }],
    ['with members', { MemberAccounts: '444455556666,777788889999', MemberExternalId: 'a-secret' }],
    [
      'with a trail that is there',
      { ExistingTrailBucket: 'logs', ExistingTrailTopicArn: 'arn:aws:sns:eu-west-1:111122223333:t' },
    ],
    ['with a bucket that notifies by itself', { ExistingTrailBucket: 'logs' }],
  ])('builds a valid configuration, %s', (_, parameters) => {
    const { Value } = resolved(main, { RequiredTags: 'CostCenter,Owner', ...parameters }).Resources.ConfigParameter
      .Properties;
    const config = parseConfig(deployed(Value), 'ConfigParameter');
    expect(config.alertTopicArn).toBe(deployed('<AlertTopic>'));
    expect(config.trail.buckets).toEqual([parameters.ExistingTrailBucket ?? deployed('<TrailBucket>')]);
    expect(config.mirroring?.mode).toBe(parameters.MirrorMode);
    expect(config.trail.accounts).toEqual(['111122223333', ...(parameters.MemberAccounts?.split(',') ?? [])]);
    expect(config.assumeRole?.roleName).toBe(parameters.MemberAccounts && 'mirrorwatch-member');
  });

  it('tells nobody but mail unless it is asked to, and then exactly those', () => {
    const configOf = (parameters: Record<string, string>) =>
      parseConfig(deployed(resolved(main, parameters).Resources.ConfigParameter.Properties.Value), 'ConfigParameter')
        .alerts;
    expect(configOf({})).toEqual({ immediate: 'medium', digest: 'daily' });
    const ChatTopicArn = 'arn:aws:sns:eu-west-1:111122223333:chat';
    const EventBusArn = 'arn:aws:events:eu-west-1:111122223333:event-bus/security';
    expect(configOf({ AlertMessageStructure: 'json', ChatTopicArn, EventBusArn })).toMatchObject({
      ...{ messageStructure: 'json', chatTopicArn: ChatTopicArn, eventBusName: EventBusArn },
    });
    const actionsWith = (parameters: Record<string, string>) =>
      JSON.stringify([
        resolved(main, parameters).Resources.JudgePolicy,
        resolved(main, parameters).Resources.EventBusPolicy,
      ]);
    expect(actionsWith({})).not.toMatch(/events:PutEvents|:chat/);
    expect(actionsWith({ ChatTopicArn })).toMatch(
      new RegExp(`"Action":"sns:Publish","Resource":\\["[^"]+","${ChatTopicArn}"\\]`),
    );
    expect(actionsWith({ EventBusArn })).toContain(
      `{"Effect":"Allow","Action":"events:PutEvents","Resource":"${EventBusArn}"}`,
    );
  });

  it('lets watch and report import findings only if SecurityHub says so, and report into members only then', () => {
    const policiesWith = (parameters: Record<string, string>) =>
      Object.keys(resolved(main, parameters).Resources).filter((name) =>
        ['SecurityHubPolicy', 'ReportMemberPolicy', 'ReportOrganizationPolicy', 'SecurityHubAlarm'].includes(name),
      );
    const MemberAccounts = '444455556666';
    expect(policiesWith({ MemberAccounts, MemberUnits: 'r-ab12' })).toEqual([]);
    expect(policiesWith({ SecurityHub: 'yes' })).toEqual(['SecurityHubPolicy', 'SecurityHubAlarm']);
    expect(policiesWith({ SecurityHub: 'yes', MemberAccounts })).toContain('ReportMemberPolicy');
    expect(policiesWith({ SecurityHub: 'yes', MemberUnits: 'r-ab12' })).toHaveLength(4);
    const trusted = (parameters: Record<string, string>): string =>
      resolved(main, parameters).Outputs.FunctionRoleArns.Value;
    expect(trusted({})).not.toContain('ReportRole');
    expect(trusted({ SecurityHub: 'yes' })).toContain('ReportRole');
  });

  it('creates neither the trail nor the parameter if both exist', () => {
    const { Resources } = resolved(main, { ExistingTrailBucket: 'logs', ConfigS3Bucket: 'settings' });
    for (const name of ['Trail', 'TrailBucket', 'TrailTopic', 'NewTrailSubscription', 'ConfigParameter'])
      expect(Resources).not.toHaveProperty(name);
    expect(Resources.Watch.Properties.Environment.Variables.MIRRORWATCH_CONFIG).toBe('s3://settings/config.json');
  });
});

describe('permissions', () => {
  const granted = (template: typeof main): ReadonlySet<string> =>
    new Set(
      statementsOf(template)
        .filter(({ statement }) => statement.Principal === undefined && statement.Effect === 'Allow')
        .flatMap(({ statement }) => listed<string>(statement.Action)),
    );

  it('to change EC2 belong to remediate alone', () => {
    const who = statementsOf(stack).filter(
      ({ statement }) =>
        statement.Principal === undefined &&
        listed<string>(statement.Action).some((action) => /^ec2:(?!Describe|Get)/.test(action)),
    );
    expect(new Set(who.map(({ of }) => of))).toEqual(new Set(['RemediateRole']));
    for (const { statement } of who) expect(listed<string>(statement.Resource)).not.toContain('*');
  });

  it('never cover a whole service, and cover all resources only for calls without resource-level permissions', () => {
    const statements = statementsOf(stack).filter(({ statement }) => statement.Principal === undefined);
    for (const { of, statement } of statements) {
      for (const action of listed<string>(statement.Action)) {
        expect(action, of).not.toContain('*');
        // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
        if (listed(statement.Resource).includes('*'))
          expect(action, of).toMatch(/:Describe|^cloudwatch:GetMetricData$/);
      }
    }
  });

  it.each([
    ['template.json', main, {}],
    ['deploy/member-role.json', member, { Writes: 'yes' }],
  ])(
    'to complete lifecycle hooks are in %s only on request, and only for the groups that are named',
    (_, template, parameters) => {
      const completing = 'autoscaling:CompleteLifecycleAction';
      expect(granted(resolved(template, parameters))).not.toContain(completing);
      const asked = resolved(template, { ...parameters, LaunchHookGroups: 'web-*' });
      const [grant, ...others] = statementsOf(asked).filter(({ statement }) =>
        listed(statement.Action).includes(completing),
      );
      expect(others).toEqual([]);
      expect(grant?.statement.Resource).toMatch(/:autoScalingGroup:\*:autoScalingGroupName\/web-\*$/);
    },
  );

  it('hears of launches that are held back only on request, and only in the groups that are named', () => {
    expect(resolved(main).Resources).not.toHaveProperty('LaunchHookRule');
    const { LaunchHookRule } = resolved(main, { LaunchHookGroups: 'web-*' }).Resources;
    expect(LaunchHookRule.Properties.EventPattern.detail).toEqual({ AutoScalingGroupName: [{ wildcard: 'web-*' }] });
  });

  it.each([
    ['template.json', main, {}],
    ['deploy/member-role.json', member, { Writes: 'yes', WriterRoleArn: 'arn:aws:iam::111122223333:role/r' }],
  ])('to launch and terminate sensors are in %s only on request, and only with our tag', (_, template, parameters) => {
    const launching = ['ec2:CreateTrafficMirrorTarget', 'ec2:RunInstances', 'ec2:TerminateInstances'];
    expect(launching.filter((action) => granted(resolved(template, parameters)).has(action))).toEqual([]);
    const asked = resolved(template, { ...parameters, EnableTargetsOnDemand: 'true' });
    expect(launching.filter((action) => granted(asked).has(action))).toEqual(launching);
    const onInstances = statementsOf(asked).filter(
      ({ statement }) =>
        listed<string>(statement.Action).some((action) => /:(Run|Terminate)Instances$/.test(action)) &&
        listed<string>(statement.Resource).some((resource) => /:instance\/\*$/.test(resource)),
    );
    expect(onInstances.map(({ statement }) => statement.Condition)).toEqual([
      { StringEquals: { 'aws:RequestTag/mirrorwatch:managed': 'true' } },
      {
        StringEquals: { 'aws:ResourceTag/mirrorwatch:managed': 'true' },
        StringLike: { 'aws:ResourceTag/mirrorwatch:pool': '?*' },
      },
    ]);
  });

  it.each([
    ['template.json', main, {}],
    ['deploy/member-role.json', member, { Writes: 'yes', WriterRoleArn: 'arn:aws:iam::111122223333:role/r' }],
  ])('to act on instances are in %s none but to launch and end sensors, on request', (_, template, parameters) => {
    const acting = (more: Record<string, string>): readonly string[] =>
      [...granted(resolved(template, { ...parameters, ...more }))]
        .filter((action) => /^ec2:(?!Describe|Get)\w*Instance/.test(action))
        .toSorted();
    expect(acting({})).toEqual([]);
    expect(acting({ EnableTargetsOnDemand: 'true' })).toEqual(['ec2:RunInstances', 'ec2:TerminateInstances']);
  });

  it('to tag are limited to new resources, on request to sensors and their targets', () => {
    const created = (parameters: Record<string, string>): readonly string[] =>
      statementsOf(resolved(main, parameters))
        .filter(({ statement }) => listed(statement.Action).includes('ec2:CreateTags'))
        .flatMap(({ statement }) => listed<string>(statement.Condition.StringEquals['ec2:CreateAction']));
    expect(created({})).toEqual(['CreateTrafficMirrorSession']);
    expect(created({ EnableTargetsOnDemand: 'true' })).toEqual([
      ...['CreateTrafficMirrorSession', 'CreateTrafficMirrorTarget', 'RunInstances'],
    ]);
  });
});
