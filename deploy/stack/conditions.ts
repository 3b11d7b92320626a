/** What the parameters mean for the resources, and which of them do not go together. */

import { and, condition, equals, join, not, or, ref, type Value } from './intrinsics.ts';

/** By name. */
export const CONDITIONS: Readonly<Record<string, Value>> = {
  NewTrail: equals(ref('ExistingTrailBucket'), ''),
  ExistingTrailNotifies: not(or(condition('NewTrail'), equals(ref('ExistingTrailTopicArn'), ''))),
  HasTrailTopic: or(condition('NewTrail'), condition('ExistingTrailNotifies')),
  HasTrailKey: not(equals(ref('ExistingTrailKeyArn'), '')),
  OfOrganization: not(equals(ref('OrganizationId'), '')),
  HasChat: not(equals(ref('ChatTopicArn'), '')),
  HasEventBus: not(equals(ref('EventBusArn'), '')),
  ImportsFindings: equals(ref('SecurityHub'), 'yes'),
  MailsData: equals(ref('AlertMessageStructure'), 'json'),
  HasEmail: not(equals(ref('AlertEmail'), '')),
  ListsMembers: not(equals(join('', ref('MemberAccounts')), '')),
  HasUnits: not(equals(join('', ref('MemberUnits')), '')),
  HasMembers: or(condition('ListsMembers'), condition('HasUnits')),
  HearsMembers: not(equals(ref('MemberEventsFrom'), '')),
  HearsLaunches: and(condition('HearsMembers'), condition('OnLaunch')),
  HearsTasks: and(condition('HearsMembers'), condition('ForTasks')),
  HearsSuspicions: and(condition('HearsMembers'), condition('OnSuspicion')),
  HasOrganizationRole: not(equals(ref('OrganizationRoleArn'), '')),
  HasRegions: not(equals(join('', ref('Regions')), '')),
  HasExternalId: not(equals(ref('MemberExternalId'), '')),
  ImportsForMembers: and(condition('ImportsFindings'), condition('HasMembers')),
  ImportsForUnits: and(condition('ImportsFindings'), condition('HasUnits')),
  HasWriteRole: and(condition('HasMembers'), not(equals(ref('MemberWriteRoleName'), ''))),
  KeepsExternalId: not(equals(ref('ExternalIdParameter'), '')),
  Locks: not(equals(ref('ObjectLockDays'), 0)),
  MadeConfig: equals(ref('ConfigS3Bucket'), ''),
  HasTags: not(equals(join('', ref('RequiredTags')), '')),
  Mirroring: not(
    or(
      equals(ref('MirrorMode'), 'off'),
      equals(ref('MirrorFilterId'), ''),
      equals(join('', ref('MirrorTargetIds')), ''),
    ),
  ),
  HasCodeVersion: not(equals(ref('CodeS3ObjectVersion'), '')),
  LogsAccess: not(equals(ref('AccessLogBucket'), '')),
  OnDemand: equals(ref('EnableTargetsOnDemand'), 'true'),
  SweepsFirst: equals(ref('EnableForExistingInstances'), 'true'),
  OnLaunch: equals(ref('EnableForInstanceLaunch'), 'true'),
  OnHook: not(equals(ref('LaunchHookGroups'), '')),
  OnSuspicion: equals(ref('EnableForGuardDuty'), 'true'),
  ForTasks: equals(ref('EnableForFargate'), 'true'),
};

/** CloudFormation refuses a stack that one of these does not hold for. */
export const RULES: Readonly<Record<string, Value>> = {
  ListsHaveNoGaps: {
    Assertions: [
      {
        Assert: and(
          or({ 'Fn::EachMemberEquals': [ref('RequiredTags'), ''] }, not({ 'Fn::Contains': [ref('RequiredTags'), ''] })),
          or(
            { 'Fn::EachMemberEquals': [ref('MirrorTargetIds'), ''] },
            not({ 'Fn::Contains': [ref('MirrorTargetIds'), ''] }),
          ),
          or(
            { 'Fn::EachMemberEquals': [ref('MemberAccounts'), ''] },
            not({ 'Fn::Contains': [ref('MemberAccounts'), ''] }),
          ),
          or({ 'Fn::EachMemberEquals': [ref('MemberUnits'), ''] }, not({ 'Fn::Contains': [ref('MemberUnits'), ''] })),
        ),
        AssertDescription: 'RequiredTags, MirrorTargetIds, MemberAccounts and MemberUnits: no comma too many',
      },
    ],
  },
  MirroringNeedsTargets: {
    RuleCondition: and(equals(ref('ConfigS3Bucket'), ''), not(equals(ref('MirrorMode'), 'off'))),
    Assertions: [
      {
        Assert: not(or(equals(ref('MirrorFilterId'), ''), { 'Fn::EachMemberEquals': [ref('MirrorTargetIds'), ''] })),
        AssertDescription: 'MirrorMode plan and apply need MirrorFilterId and MirrorTargetIds',
      },
    ],
  },
};
