/** Every combination of the stack's parameters: what each is refused for, or the configuration that it makes. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mirrorPolicyFor } from '../src/config/mirroring-config.ts';
import { parseConfig } from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
import { deployed, readTemplate, refusalsOf, resolved, resourceFor } from './support/cloudformation.ts';

const template = readTemplate('template.json');

type Parameters = Readonly<Record<string, string>>;

/** The names of all resources: enough to resolve the outputs. */
const stubs = Object.fromEntries(Object.keys(template.Resources).map((name) => [name, {}]));

/** Values of the parameters that are part of the configuration: each default, and each other that makes a difference. */
const CONFIGURING = {
  RequiredTags: ['', 'CostCenter', 'CostCenter,Owner'],
  MirrorMode: ['off', 'plan', 'apply'],
  MirrorFilterId: ['', 'tmf-1'],
  MirrorTargetIds: ['', 'tmt-1', 'tmt-1,tmt-2'],
  ExistingTrailBucket: ['', 'logs'],
  ExistingTrailTopicArn: ['', 'arn:aws:sns:eu-west-1:111122223333:trail'],
  MemberAccounts: ['', '444455556666', '444455556666,777788889999'],
  MemberExternalId: ['', 'a-secret'],
  MemberUnits: ['', 'ou-ab12-11111111', 'r-ab12,ou-ab12-22222222'],
} as const;

const HABITS = {
  GraceSeconds: ['300', '0', '86400'],
  AlertImmediate: ['medium', 'low', 'high', 'critical'],
  AlertDigest: ['daily', 'off', 'weekly'],
  EnableForFargate: ['true', 'false'],
  MirrorLocalZoneOnly: ['false', 'true'],
  MirrorCleanup: ['false', 'true'],
} as const;

/** Parameters that decide what is created, and not what is configured. */
const CREATING = {
  AlertEmail: ['', 'sec@example.com'],
  ConfigS3Bucket: ['', 'settings'],
  ConfigS3Pin: ['', `#sha256=${'0'.repeat(64)}`],
  ConfigTargetIds: ['*', 'tmt-1,tmt-2'],
  ExistingTrailAccount: ['*', '999988887777'],
  MemberWriteRoleName: ['', 'mirrorwatch-member-write'],
  OrganizationRoleArn: ['', 'arn:aws:iam::999900001111:role/mirrorwatch-organization'],
  MemberEventsFrom: ['', 'o-abcdefghij'],
  AlertMessageStructure: ['', 'json'],
  ChatTopicArn: ['', 'arn:aws:sns:eu-west-1:111122223333:chat'],
  EventBusArn: ['', 'arn:aws:events:eu-west-1:111122223333:event-bus/findings'],
  SecurityHub: ['no', 'yes'],
  ExternalIdParameter: ['', '/mirrorwatch/external-id'],
  ObjectLockDays: ['0', '365'],
  CodeS3ObjectVersion: ['', 'v1'],
  ExistingTrailKeyArn: ['', 'arn:aws:kms:eu-west-1:111122223333:key/1'],
  OrganizationId: ['', 'o-abcdefghij'],
  AccessLogBucket: ['', 'access-logs'],
  Regions: ['', 'eu-west-1,eu-central-1'],
  EnableTargetsOnDemand: ['false', 'true'],
  EnableForExistingInstances: ['true', 'false'],
  EnableForInstanceLaunch: ['true', 'false'],
  EnableForGuardDuty: ['true', 'false'],
  LaunchHookGroups: ['', '*', 'web-*'],
} as const;

/** Parameters that are only text to the template: no value of theirs makes another stack. */
const TEXT = [
  ...['CodeS3Bucket', 'CodeS3Key', 'ConfigS3Key', 'MemberRoleName', 'SweepSchedule', 'ReportSchedule'],
  ...['ScheduleTimezone', 'LogRetentionDays', 'ReportRetentionDays'],
];

function* combinationsOf(choices: Readonly<Record<string, readonly string[]>>): Generator<Parameters> {
  const [[name, values] = ['', []], ...rest] = Object.entries(choices);
  for (const value of values) {
    if (rest.length === 0) yield { [name]: value };
    else for (const others of combinationsOf(Object.fromEntries(rest))) yield { [name]: value, ...others };
  }
}

const configText = (parameters: Parameters): string =>
  deployed(resourceFor(template, 'ConfigParameter', parameters)?.Properties.Value);
const split = (list = ''): readonly string[] => list.split(',').filter((part) => part !== '');

/** The problems of the configuration that these parameters make. */
function problemsOf(parameters: Parameters): readonly unknown[] {
  try {
    const config = parseConfig(configText(parameters), 'ConfigParameter');
    const asked = split(parameters.RequiredTags);
    expect(config.tags.requiredTags.map(({ key }) => key)).toEqual(asked);
    const accounts = ['111122223333', ...split(parameters.MemberAccounts)];
    const units = split(parameters.MemberUnits);
    expect(config.trail.accounts).toEqual(units.length === 0 ? accounts : ['organization']);
    expect(config.organization?.include).toEqual(units.length === 0 ? undefined : [...units, ...accounts]);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [{ parameters, problems: error.problems }];
  }
}

describe('the parameters of template.json', () => {
  it('are all tested here', () => {
    const tested = [...Object.keys({ ...CONFIGURING, ...HABITS, ...CREATING }), ...TEXT];
    expect(tested.toSorted()).toEqual(Object.keys(template.Parameters).toSorted());
  });

  it('have values that are allowed', () => {
    for (const [name, values] of Object.entries({ ...CONFIGURING, ...HABITS, ...CREATING })) {
      const { AllowedValues, AllowedPattern, Type } = template.Parameters[name];
      for (const value of values) {
        if (AllowedValues !== undefined) expect(AllowedValues, name).toContain(value);
        const parts = Type === 'CommaDelimitedList' ? value.split(',') : [value];
        for (const part of AllowedPattern === undefined ? [] : parts)
          expect(part, name).toMatch(new RegExp(`^(?:${AllowedPattern})$`));
      }
    }
  });

  it('make a valid configuration in every combination', () => {
    const all = [...combinationsOf(CONFIGURING)];
    expect(all).toHaveLength(3888);
    expect(all.flatMap(problemsOf).slice(0, 3)).toEqual([]);
  });

  it('set what they are named for', () => {
    const mirrored = { MirrorMode: 'apply', MirrorFilterId: 'tmf-1', MirrorTargetIds: 'tmt-1,tmt-2' };
    for (const parameters of combinationsOf(HABITS)) {
      const config = parseConfig(configText({ ...mirrored, ...parameters }), 'ConfigParameter');
      const { graceSeconds, alerts, mirroring } = config;
      expect({ graceSeconds, alerts, mirroring }, JSON.stringify(parameters)).toMatchObject({
        graceSeconds: Number(parameters.GraceSeconds),
        alerts: { immediate: parameters.AlertImmediate, digest: parameters.AlertDigest },
        mirroring: {
          ...{ mode: 'apply', filterId: 'tmf-1', targets: [{ id: 'tmt-1' }, { id: 'tmt-2' }] },
          fargate: parameters.EnableForFargate === 'true',
          localZoneOnly: parameters.MirrorLocalZoneOnly === 'true',
          cleanup: parameters.MirrorCleanup === 'true',
        },
      });
    }
  });

  it('say how the organization is listed, in which regions, and whom findings are told to', () => {
    const asked = {
      ...{ MemberUnits: 'r-ab12', Regions: 'eu-west-1,eu-central-1', AlertMessageStructure: 'json' },
      ...{ OrganizationRoleArn: CREATING.OrganizationRoleArn[1], ChatTopicArn: CREATING.ChatTopicArn[1] },
      EventBusArn: CREATING.EventBusArn[1],
    };
    const { organization, alerts } = parseConfig(configText(asked), 'ConfigParameter');
    expect(organization).toMatchObject({
      roleArn: asked.OrganizationRoleArn,
      regions: ['eu-west-1', 'eu-central-1'],
    });
    expect(alerts).toMatchObject({
      ...{ messageStructure: 'json', chatTopicArn: asked.ChatTopicArn, eventBusName: asked.EventBusArn },
    });
    expect(parseConfig(configText({ MemberUnits: 'r-ab12' }), 'ConfigParameter').organization).toMatchObject({
      regions: 'enabled',
    });
  });

  it('are refused before anything is created if mirroring is asked for without a filter or targets, and only then', () => {
    for (const parameters of combinationsOf({ ...CONFIGURING, ConfigS3Bucket: CREATING.ConfigS3Bucket })) {
      const { MirrorMode, MirrorFilterId, MirrorTargetIds, ConfigS3Bucket } = parameters;
      const isAsked = MirrorMode !== 'off' && ConfigS3Bucket === '';
      const lacks = MirrorFilterId === '' || MirrorTargetIds === '';
      expect(refusalsOf(template, parameters), JSON.stringify(parameters)).toEqual(
        isAsked && lacks ? ['MirrorMode plan and apply need MirrorFilterId and MirrorTargetIds'] : [],
      );
    }
  });

  it.each(['RequiredTags', 'MirrorTargetIds', 'MemberAccounts', 'MemberUnits'] as const)(
    'are refused before anything is created if %s has an empty entry beside others',
    (name) => {
      const sound = { MirrorMode: 'apply', MirrorFilterId: 'tmf-1', MirrorTargetIds: 'tmt-1' };
      const one = CONFIGURING[name][1];
      for (const value of ['', one, `${one},${one}`])
        expect(refusalsOf(template, { ...sound, MirrorMode: 'off', [name]: value }), value).toEqual([]);
      for (const value of [`${one},`, `,${one}`, `${one},,${one}`])
        expect(refusalsOf(template, { ...sound, [name]: value }), value).toEqual([
          'RequiredTags, MirrorTargetIds, MemberAccounts and MemberUnits: no comma too many',
        ]);
    },
  );

  it('turn mirroring off, and the outputs say so, where no rule is enforced', () => {
    for (const parameters of combinationsOf(CONFIGURING)) {
      const config = parseConfig(configText(parameters), 'ConfigParameter');
      const policy = mirrorPolicyFor(config, { accountId: '111122223333', region: 'eu-west-1' });
      const { Value } = resolved({ ...template, Resources: stubs }, parameters).Outputs.MirrorModeInEffect;
      expect(Value, JSON.stringify(parameters)).toBe(policy?.mode ?? 'off');
    }
  });

  it('never leave a reference to a resource that they leave out', () => {
    const choices = Object.entries({ ...CONFIGURING, ...HABITS, ...CREATING });
    const combination = fc.record(
      Object.fromEntries(choices.map(([name, values]) => [name, fc.constantFrom(...values)])),
    );
    fc.assert(
      fc.property(combination, (parameters: Parameters) => {
        const { Resources, Outputs } = resolved(template, parameters);
        const references = JSON.stringify([Resources, Outputs]).matchAll(/<([A-Z]\w+)(?:\.\w+)*>/g);
        const missing = [...references].map(([, name = '']) => name).filter((name) => !(name in Resources));
        const unknown = missing.filter((name) => name in template.Resources);
        expect(unknown).toEqual([]);
        const dependencies = Object.values(Resources).flatMap(({ DependsOn = [] }) => DependsOn);
        expect(dependencies.filter((name: string) => !(name in Resources))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
