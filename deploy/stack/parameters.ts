/** What whoever deploys the stack decides, in the groups in which the console asks for it. */

import type { Value } from './intrinsics.ts';

/** By the title of the group, then by name. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  'What is watched': {
    AlertEmail: { Type: 'String', Default: '', Description: 'Receives the mails and must confirm once.' },
    RequiredTags: {
      Type: 'CommaDelimitedList',
      Default: 'CostCenter',
      AllowedPattern: '[^"\\\\]*',
      Description: 'Tag keys every instance must have; empty for none.',
    },
    MirrorMode: {
      Type: 'String',
      Default: 'off',
      AllowedValues: ['off', 'plan', 'apply'],
      Description: 'off: tags only. plan: find and mail unmirrored instances. apply: also create sessions.',
    },
    MirrorFilterId: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^tmf-[0-9a-z]+$',
      Description: 'Traffic mirror filter; required unless MirrorMode is off.',
    },
    MirrorTargetIds: {
      Type: 'CommaDelimitedList',
      Default: '',
      AllowedPattern: '^$|^tmt-[0-9a-z]+$',
      Description: 'Traffic mirror targets; likewise required.',
    },
    MirrorLocalZoneOnly: {
      Type: 'String',
      Default: 'false',
      AllowedValues: ['true', 'false'],
      Description: 'Forbid targets in other zones.',
    },
    MirrorCleanup: {
      Type: 'String',
      Default: 'false',
      AllowedValues: ['true', 'false'],
      Description: 'Delete our own orphan and duplicate sessions.',
    },
    GraceSeconds: {
      Type: 'Number',
      Default: 300,
      MinValue: 0,
      MaxValue: 86400,
      Description: 'How long a finding waits before it is mailed.',
    },
    AlertImmediate: {
      Type: 'String',
      Default: 'medium',
      AllowedValues: ['low', 'medium', 'high', 'critical'],
      Description: 'Severity from which findings are mailed at once.',
    },
    AlertDigest: {
      Type: 'String',
      Default: 'daily',
      AllowedValues: ['off', 'daily', 'weekly'],
      Description: 'When the others are mailed.',
    },
  },
  'Where findings are told besides mail': {
    AlertMessageStructure: {
      Type: 'String',
      Default: '',
      AllowedValues: ['', 'json'],
      Description: 'json: queues, functions and web hooks that subscribe to the topic of mails get data.',
    },
    ChatTopicArn: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^arn:[a-z-]+:sns:.+$',
      Description: 'A topic that Amazon Q Developer in chat applications shows in Slack or Teams; empty for no chat.',
    },
    EventBusArn: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^arn:[a-z-]+:events:.+:event-bus/.+$',
      Description: 'The event bus that gets an event for each change of a finding; empty for no events.',
    },
    SecurityHub: {
      Type: 'String',
      Default: 'no',
      AllowedValues: ['yes', 'no'],
      Description: 'yes: sweeps and reports import findings into AWS Security Hub, each in its own account and region.',
    },
  },
  'A configuration of your own, instead of the settings above': {
    ConfigS3Bucket: {
      Type: 'String',
      Default: '',
      Description: 'Bucket with your own configuration, instead of the settings above.',
    },
    ConfigS3Key: { Type: 'String', Default: 'config.json', MinLength: 1, Description: 'Its key in ConfigS3Bucket.' },
    ConfigS3Pin: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^#sha256=[0-9a-f]{64}$',
      Description: '#sha256= and its SHA-256; other contents are refused. Empty accepts any.',
    },
    ConfigTargetIds: {
      Type: 'CommaDelimitedList',
      Default: '*',
      AllowedPattern: '^\\*$|^tmt-[0-9a-z]+$',
      Description: 'With ConfigS3Bucket: all targets that its sessions may go to; * for any.',
    },
  },
  'The code': {
    CodeS3Bucket: { Type: 'String', MinLength: 3, Description: 'Bucket in this region that holds mirrorwatch.zip.' },
    CodeS3Key: {
      Type: 'String',
      Default: 'mirrorwatch.zip',
      MinLength: 1,
      Description: 'Its key; include the version, or updates go unnoticed.',
    },
    CodeS3ObjectVersion: { Type: 'String', Default: '', Description: 'Its version, in a versioned bucket.' },
  },
  'The trail': {
    ExistingTrailBucket: {
      Type: 'String',
      Default: '',
      Description: 'Bucket of your trail; empty creates a trail, bucket and topic.',
    },
    ExistingTrailAccount: {
      Type: 'String',
      Default: '*',
      AllowedPattern: '^\\*$|^\\d{12}$',
      Description: 'The account of that bucket; * for any.',
    },
    ExistingTrailTopicArn: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^arn:[a-z-]+:sns:.+$',
      Description: 'Its topic. If it has none, let the bucket notify the deliveries queue.',
    },
    ExistingTrailKeyArn: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^arn:[a-z-]+:kms:.+$',
      Description: 'The KMS key of its files, if there is one.',
    },
    OrganizationId: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^o-[a-z0-9]{10,32}$',
      Description: "Makes the new trail an organization's; only in its management account.",
    },
  },
  'Other accounts': {
    MemberAccounts: {
      Type: 'CommaDelimitedList',
      Default: '',
      AllowedPattern: '^$|^\\d{12}$',
      Description: 'Other accounts, each with the role of deploy/member-role.json.',
    },
    MemberUnits: {
      Type: 'CommaDelimitedList',
      Default: '',
      AllowedPattern: '^$|^(r|ou)-[0-9a-z-]+$',
      Description:
        'Roots or units (r-…, ou-…) of the organization: accounts below are watched without being listed, in the regions that they have on, or in Regions.',
    },
    OrganizationRoleArn: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^arn:aws[a-z-]*:iam::\\d{12}:role/.+$',
      Description:
        'The role of deploy/organization-role.json in the management account; empty if this account may list the organization.',
    },
    MemberEventsFrom: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^o-[a-z0-9]{10,32}$',
      Description:
        'The organization whose accounts may send events to a bus of the stack (deploy/member-events.json); empty for none.',
    },
    MemberRoleName: {
      Type: 'String',
      Default: 'mirrorwatch-member',
      MinLength: 1,
      Description: 'The name of that role.',
    },
    MemberWriteRoleName: {
      Type: 'String',
      Default: '',
      Description: 'Its role that writes: mirrorwatch-member-write; empty if one role does both.',
    },
    MemberExternalId: { Type: 'String', Default: '', NoEcho: true, Description: 'The external ID it requires.' },
    ExternalIdParameter: {
      Type: 'String',
      Default: '',
      AllowedPattern: '^$|^/[\\w./-]+$',
      Description: 'Or the SecureString parameter that holds it.',
    },
  },
  'Where and when': {
    AccessLogBucket: {
      Type: 'String',
      Default: '',
      Description: 'Bucket for S3 access logs of the new buckets; empty for none.',
    },
    Regions: {
      Type: 'CommaDelimitedList',
      Default: '',
      Description: "Regions that sweeps cover; empty for the stack's own.",
    },
    SweepSchedule: { Type: 'String', Default: 'rate(6 hours)', Description: 'When to check the whole account.' },
    ReportSchedule: {
      Type: 'String',
      Default: 'cron(0 7 * * ? *)',
      Description: 'When to mail the digest and write the report.',
    },
    ScheduleTimezone: { Type: 'String', Default: 'UTC', Description: 'Time zone of both schedules.' },
  },
  'What is on': {
    EnableTargetsOnDemand: {
      Type: 'String',
      Default: 'false',
      AllowedValues: ['true', 'false'],
      Description: 'May launch sensors where a rule says onDemand.',
    },
    EnableForExistingInstances: {
      Type: 'String',
      Default: 'true',
      AllowedValues: ['true', 'false'],
      Description: 'Check the whole account when the stack is created.',
    },
    EnableForInstanceLaunch: {
      Type: 'String',
      Default: 'true',
      AllowedValues: ['true', 'false'],
      Description: 'Mirror at launch, before logs and sweeps find it.',
    },
    EnableForGuardDuty: {
      Type: 'String',
      Default: 'true',
      AllowedValues: ['true', 'false'],
      Description: 'Mirror what GuardDuty suspects (mirroring.onSuspicion).',
    },
    EnableForFargate: {
      Type: 'String',
      Default: 'true',
      AllowedValues: ['true', 'false'],
      Description: 'Mirror Fargate tasks.',
    },
    LaunchHookGroups: {
      Type: 'String',
      Default: '',
      AllowedPattern: '[^:]*',
      Description: 'Auto Scaling groups whose launch hooks may be completed; * for any characters.',
    },
  },
  'How long things are kept': {
    LogRetentionDays: {
      Type: 'Number',
      Default: 30,
      AllowedValues: [7, 14, 30, 60, 90, 180, 365, 731],
      Description: "How long the functions' own logs are kept.",
    },
    ReportRetentionDays: { Type: 'Number', Default: 400, MinValue: 30, Description: 'How long reports are kept.' },
    ObjectLockDays: {
      Type: 'Number',
      Default: 0,
      MinValue: 0,
      Description:
        'Object lock (governance) on new logs and reports; 0 for none. Turning it on later replaces both buckets.',
    },
  },
};

/** All of them. */
export const PARAMETERS: Readonly<Record<string, Value>> = Object.assign({}, ...Object.values(GROUPS));

/** What the console shows of their groups. */
export const METADATA: Value = {
  'AWS::CloudFormation::Interface': {
    ParameterGroups: Object.entries(GROUPS).map(([title, parameters]) => ({
      Label: { default: title },
      Parameters: Object.keys(parameters),
    })),
  },
};
