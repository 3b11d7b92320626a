/** Every check of `doctor`, in the order of its answer. The reference page is made from this table. */

import { targetIdsIn } from '../../mirror/policy.ts';
import { queuePolicy, subscriptions } from './ask-delivery.ts';
import { createSession, deleteSession, launchesIn, launchSensor, policyIn, targetAnswers } from './ask-mirroring.ts';
import type { Check, DoctorInput } from './check.ts';
import { judgeAlertTopic, judgeQueue, judgeTable, judgeTrailTopic } from './judge-delivery.ts';
import { judgeCaller, judgeClock, judgeMember, judgeOrganization, judgeRegion } from './judge-identity.ts';
import { filterIdsIn, judgeFilters, judgeLimits, judgeTargets } from './judge-mirroring.ts';
import { judgeReads } from './judge-permissions.ts';
import { judgeBucket, judgeCoverage, judgeDigests, judgeEvents, judgeLogging } from './judge-trails.ts';
import { DRY_RUN_READS, SMALL_READS, UNTRIED_READS } from './read-actions.ts';
import { eachTrail, logBuckets, othersLog } from './trails-in-use.ts';

/** What listing an organization takes. */
const LISTS_ORGANIZATION = [
  'account:ListRegions',
  'organizations:ListAccounts',
  'organizations:ListAccountsForParent',
  'organizations:ListOrganizationalUnitsForParent',
];

const noMirroring = ({ config }: DoctorInput): string | undefined =>
  config.mirroring === null || config.mirroring.mode === 'off' ? 'mirroring is off' : undefined;
const noQueue = ({ queueUrl }: DoctorInput): string | undefined =>
  queueUrl === undefined ? '--queue names no queue' : undefined;
const noMembers = ({ accounts }: DoctorInput): string | undefined =>
  accounts.length < 2 ? 'no other account is watched' : undefined;

/** The checks by their ids. */
export const CHECKS = {
  credentials: {
    group: 'identity',
    asks: 'Does AWS accept the credentials, and whose are they?',
    permissions: [],
    tries: [],
    each: 'once',
    judge: async ({ identity }) => judgeCaller(await identity.caller()),
  },
  clock: {
    group: 'identity',
    asks: "Does this machine's clock agree with the dates of AWS's answers?",
    permissions: [],
    tries: [],
    each: 'once',
    judge: async ({ identity }) => judgeClock(await identity.clock()),
  },
  region: {
    group: 'identity',
    asks: 'Is the region enabled for our account?',
    permissions: ['ec2:DescribeRegions'],
    tries: [],
    each: 'region',
    judge: async ({ identity }, _, region) => judgeRegion(region, await identity.optInStatus(region)),
  },
  organization: {
    group: 'identity',
    asks: 'Can the accounts of the organization be listed, and the regions that they have on?',
    permissions: LISTS_ORGANIZATION,
    tries: [],
    each: 'once',
    leftOut: ({ config }) =>
      config.organization === undefined ? 'the configuration names no organization' : undefined,
    judge: async ({ identity: { organization } }) =>
      organization === undefined ? [] : judgeOrganization(await organization()),
  },
  'member-role': {
    group: 'identity',
    asks: 'Can the role that reads be assumed in each other account?',
    permissions: [],
    tries: ['sts:AssumeRole'],
    each: 'account',
    leftOut: noMembers,
    judge: async ({ identity }, { config: { assumeRole } }, accountId) =>
      judgeMember(assumeRole?.roleName ?? '', accountId, await identity.member(accountId, 'read'), 'read'),
  },
  'member-write-role': {
    group: 'identity',
    asks: 'Can the role that writes be assumed in each other account?',
    permissions: [],
    tries: ['sts:AssumeRole'],
    each: 'account',
    leftOut: (input) =>
      noMembers(input) ?? (input.config.mirroring?.mode === 'apply' ? undefined : 'mirroring.mode is not "apply"'),
    judge: async ({ identity }, { config: { assumeRole } }, accountId) => {
      const { roleName = '', writeRoleName = roleName } = assumeRole ?? {};
      return judgeMember(writeRoleName, accountId, await identity.member(accountId, 'write'), 'write');
    },
  },
  reads: {
    group: 'permissions',
    asks: 'Is every read allowed that judging the account takes?',
    permissions: [],
    tries: [...DRY_RUN_READS, ...SMALL_READS],
    each: 'scope',
    judge: async ({ permissions }, _, scope) => judgeReads(await permissions.reads(scope), UNTRIED_READS),
  },
  'create-session': {
    group: 'permissions',
    asks: 'Would creating a session be allowed?',
    permissions: [
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeTrafficMirrorFilters',
      'ec2:DescribeTrafficMirrorTargets',
    ],
    tries: ['ec2:CreateTrafficMirrorSession', 'ec2:CreateTags'],
    each: 'scope',
    leftOut: noMirroring,
    judge: createSession,
  },
  'delete-session': {
    group: 'permissions',
    asks: 'Would deleting a session of ours be allowed?',
    permissions: ['ec2:DescribeTrafficMirrorSessions'],
    tries: ['ec2:DeleteTrafficMirrorSession'],
    each: 'scope',
    leftOut: ({ config }) => (config.mirroring?.cleanup === true ? undefined : 'mirroring.cleanup is off'),
    judge: deleteSession,
  },
  'launch-sensor': {
    group: 'permissions',
    asks: 'Would launching a sensor on demand be allowed?',
    permissions: ['ec2:DescribeNetworkInterfaces'],
    tries: ['ec2:RunInstances', 'ec2:CreateTags'],
    each: 'scope',
    leftOut: (input) =>
      noMirroring(input) ??
      (launchesIn(input.config.mirroring ?? {}).length === 0 ? 'no rule has onDemand' : undefined),
    judge: launchSensor,
  },
  trail: {
    group: 'trail',
    asks: 'Does a trail record the region into a bucket that is trusted?',
    permissions: ['cloudtrail:DescribeTrails'],
    tries: [],
    each: 'region',
    judge: async ({ trails }, { config }, region) =>
      judgeCoverage(region, await trails.trails(region), config.trail.buckets),
  },
  logging: {
    group: 'trail',
    asks: 'Does the trail log, and do its files arrive?',
    permissions: ['cloudtrail:GetTrailStatus'],
    tries: [],
    each: 'once',
    judge: (reads, input) =>
      eachTrail(reads, input, async (trail, all) => {
        const others = await othersLog(reads, trail, all);
        return judgeLogging(trail, await reads.trails.status(trail), { now: input.now, others });
      }),
  },
  digests: {
    group: 'trail',
    asks: 'Is log file validation on, and do digests arrive?',
    permissions: ['cloudtrail:GetTrailStatus'],
    tries: [],
    each: 'once',
    judge: (reads, input) =>
      eachTrail(reads, input, async (trail) => judgeDigests(trail, await reads.trails.status(trail), input.now)),
  },
  events: {
    group: 'trail',
    asks: 'Does the trail record the calls that change something?',
    permissions: ['cloudtrail:GetEventSelectors'],
    tries: [],
    each: 'once',
    judge: (reads, input) =>
      eachTrail(reads, input, async (trail) => judgeEvents(trail, await reads.trails.events(trail))),
  },
  bucket: {
    group: 'trail',
    asks: 'Can a log file in the bucket be read?',
    permissions: ['s3:ListBucket'],
    tries: ['s3:GetObject'],
    each: 'once',
    judge: async (reads, input) => {
      const buckets = await logBuckets(reads, input);
      const judged = buckets.map(async ({ name, prefix }) =>
        judgeBucket(name, await reads.trails.bucket(name, prefix)),
      );
      return (await Promise.all(judged)).flat();
    },
  },
  'trail-topic': {
    group: 'delivery',
    asks: "Is the trail's topic trusted, and may CloudTrail publish to it?",
    permissions: ['sns:GetTopicAttributes', 'cloudtrail:GetTrailStatus'],
    tries: [],
    each: 'once',
    judge: (reads, input) =>
      eachTrail(reads, input, async (trail) => {
        const { snsTopicArn, trailArn } = trail;
        if (snsTopicArn === undefined) return [];
        const status = await reads.trails.status(trail);
        const { latestNotificationTime: notifiedAt, latestNotificationError: notificationError = '' } =
          'value' in status ? status.value : {};
        const facts = { trusted: input.config.trail.topics, trailArn, notifiedAt, notificationError };
        return judgeTrailTopic(snsTopicArn, await reads.delivery.topic(snsTopicArn), facts);
      }),
  },
  queue: {
    group: 'delivery',
    asks: 'Is the queue there, with a dead-letter queue and a time-out that fits?',
    permissions: ['sqs:GetQueueAttributes'],
    tries: [],
    each: 'once',
    leftOut: noQueue,
    judge: async (reads, { queueUrl = '' }) => judgeQueue(queueUrl, await reads.delivery.queue(queueUrl)),
  },
  'queue-policy': {
    group: 'delivery',
    asks: "Does the queue's policy let the topic or the bucket send?",
    permissions: ['sqs:GetQueueAttributes'],
    tries: [],
    each: 'once',
    leftOut: noQueue,
    judge: queuePolicy,
  },
  subscription: {
    group: 'delivery',
    asks: 'Is the queue subscribed to the topic, and is that confirmed?',
    permissions: ['sns:ListSubscriptionsByTopic', 'sns:GetSubscriptionAttributes'],
    tries: [],
    each: 'once',
    leftOut: noQueue,
    judge: subscriptions,
  },
  'alert-topic': {
    group: 'delivery',
    asks: 'Does anybody get the mails, and the chat messages?',
    permissions: ['sns:GetTopicAttributes'],
    tries: [],
    each: 'once',
    leftOut: ({ config: { alertTopicArn, alerts } }) =>
      alertTopicArn === undefined && alerts.chatTopicArn === undefined ? 'alertTopicArn is not set' : undefined,
    judge: async (reads, { config: { alertTopicArn, alerts } }) => {
      const mailed =
        alertTopicArn === undefined ? [] : judgeAlertTopic(alertTopicArn, await reads.delivery.topic(alertTopicArn));
      const { chatTopicArn } = alerts;
      if (chatTopicArn === undefined) return mailed;
      const chatted = judgeAlertTopic(chatTopicArn, await reads.delivery.topic(chatTopicArn), 'chatTopicArn');
      return [...mailed, ...chatted];
    },
  },
  ledger: {
    group: 'delivery',
    asks: "Can the ledger's table be read, and has it our keys?",
    permissions: ['dynamodb:DescribeTable'],
    tries: ['dynamodb:Query'],
    each: 'once',
    leftOut: ({ table }) => (table === undefined ? '--ledger names no table of DynamoDB' : undefined),
    judge: async (reads, { table = '' }) => judgeTable(table, await reads.delivery.table(table)),
  },
  filter: {
    group: 'mirroring',
    asks: 'Do the configured filters exist, and do they accept packets?',
    permissions: ['ec2:DescribeTrafficMirrorFilters'],
    tries: [],
    each: 'scope',
    leftOut: noMirroring,
    judge: async ({ mirroring }, input, scope) =>
      judgeFilters(filterIdsIn(policyIn(input, scope)), scope.region, await mirroring.filters(scope)),
  },
  targets: {
    group: 'mirroring',
    asks: 'Do the configured targets exist, belong to a trusted account, and have a sensor that runs?',
    permissions: ['ec2:DescribeTrafficMirrorTargets', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeInstances'],
    tries: [],
    each: 'scope',
    leftOut: noMirroring,
    judge: async (reads, input, scope) => {
      const policy = policyIn(input, scope);
      const trusted = [...input.accounts, ...policy.trustedOwners];
      const answers = await targetAnswers(reads, scope, policy);
      return judgeTargets([...targetIdsIn(policy)], { ...scope, trusted }, answers);
    },
  },
  limits: {
    group: 'mirroring',
    asks: "How much is left of AWS's limits on sessions and sources?",
    permissions: [
      'ec2:DescribeTrafficMirrorSessions',
      'ec2:DescribeTrafficMirrorTargets',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeInstances',
    ],
    tries: [],
    each: 'scope',
    leftOut: noMirroring,
    judge: async (reads, input, scope) => {
      const policy = policyIn(input, scope);
      const sessions = await reads.mirroring.sessions(scope);
      return judgeLimits(policy, scope.accountId, { ...(await targetAnswers(reads, scope, policy)), sessions });
    },
  },
} as const satisfies Readonly<Record<string, Check>>;

/** The id of a check. */
export type CheckId = keyof typeof CHECKS;
