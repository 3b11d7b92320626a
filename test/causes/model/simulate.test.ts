import { describe, expect, it } from 'vitest';
import type { CloudTrailRecord } from '../../../src/cloudtrail/record.ts';
import type { Account, AclEntry } from './account.ts';
import type { Wish } from './histories/intents.ts';
import { anAccount, type Deed, launchOf, OPEN, SESSION, told } from './histories/told.ts';

/** What the last of some calls does, and its record. */
function last(...wishes: readonly (Wish & Partial<Deed>)[]): {
  readonly account: Account;
  readonly record: CloudTrailRecord;
} {
  const { final, records } = told(wishes.map((wish) => ({ by: 'ana' as const, ...wish })));
  const record = records.at(-1);
  if (record === undefined) throw new Error('no call');
  return { account: final, record };
}

const shown = ({ requestParameters, responseElements }: CloudTrailRecord): string =>
  JSON.stringify([requestParameters, responseElements]);

const create = (fields: Partial<typeof SESSION>): Wish => ({
  eventName: 'CreateTrafficMirrorSession',
  params: { ...SESSION, id: 'tms-2', number: 2, ...fields },
});
const entry: AclEntry = {
  ...{ aclId: 'acl-open', number: 100, egress: false, action: 'deny', protocol: '17' },
  ...{ fromPort: 4789, toPort: 4789, cidr: '0.0.0.0/0' },
};
const route = { tableId: 'rtb-1', destination: '10.9.0.0/16', target: 'pcx-1' };

describe('a call that cannot be made', () => {
  const cases: readonly (readonly [string, Wish, string])[] = [
    ['a taken ACL number', { eventName: 'CreateNetworkAclEntry', params: entry }, 'NetworkAclEntryAlreadyExists'],
    [
      'an ACL entry that is not there',
      { eventName: 'DeleteNetworkAclEntry', params: { ...entry, number: 1 } },
      'InvalidNetworkAclEntry.NotFound',
    ],
    [
      'an existing route',
      { eventName: 'CreateRoute', params: { ...route, destination: '10.0.0.0/16' } },
      'RouteAlreadyExists',
    ],
    ['a route that is not there', { eventName: 'DeleteRoute', params: route }, 'InvalidRoute.NotFound'],
    [
      'a rule that is there',
      {
        eventName: 'AuthorizeSecurityGroupIngress',
        params: { groupId: 'sg-sensor', rules: [{ ...OPEN, ruleId: 'sgr-9' }], flat: true },
      },
      'InvalidPermission.Duplicate',
    ],
    [
      'a rule that is not there',
      {
        eventName: 'RevokeSecurityGroupIngress',
        params: { groupId: 'sg-work', by: { permissions: [OPEN] }, answer: 'short' },
      },
      'InvalidPermission.NotFound',
    ],
    ['a taken session number', create({ number: 1 }), 'InvalidParameterValue'],
    ['a session on a sensor', create({ interfaceId: 'eni-s' }), 'InterfaceInUseByTrafficMirrorTarget'],
    [
      'a session that is gone',
      { eventName: 'DeleteTrafficMirrorSession', params: { sessionId: 'tms-0' } },
      'InvalidTrafficMirrorSessionId.NotFound',
    ],
    [
      'a target in use',
      { eventName: 'DeleteTrafficMirrorTarget', params: { targetId: 'tmt-1' } },
      'TrafficMirrorTargetInUseException',
    ],
    [
      'a filter in use',
      { eventName: 'DeleteTrafficMirrorFilter', params: { filterId: 'tmf-1' } },
      'TrafficMirrorFilterInUse',
    ],
    [
      'a primary interface',
      { eventName: 'DetachNetworkInterface', params: { attachmentId: 'eni-attach-1' } },
      'OperationNotPermitted',
    ],
    [
      'an interface in use',
      { eventName: 'DeleteNetworkInterface', params: { interfaceId: 'eni-1' } },
      'InvalidParameterValue',
    ],
    [
      'the type of a running instance',
      { eventName: 'ModifyInstanceAttribute', params: { instanceId: 'i-1', type: 't2.large' } },
      'IncorrectInstanceState',
    ],
    [
      'an instance that does not exist',
      { eventName: 'StopInstances', params: { instanceIds: ['i-0'] } },
      'InvalidInstanceID.NotFound',
    ],
  ];
  it.each(cases)('leaves no effect, an error and no response: %s', (_, wish, error) => {
    const { account, record } = last(wish);
    expect(account).toEqual(anAccount());
    expect(record).toMatchObject({ errorCode: `Client.${error}`, responseElements: null });
  });

  it('is also the fourth session on an interface', () => {
    const { record } = last(create({}), create({ id: 'tms-3', number: 3 }), create({ id: 'tms-4', number: 4 }));
    expect(record.errorCode).toBe('Client.TrafficMirrorSessionsPerInterfaceLimitExceeded');
  });

  it('is a dry run', () => {
    const { account, record } = last({ ...launchOf({}), refused: 'Client.DryRunOperation' });
    expect(account).toEqual(anAccount());
    expect(record).toMatchObject({ errorCode: 'Client.DryRunOperation', responseElements: null });
  });
});

describe('a record that leaves something out', () => {
  const cases: readonly (readonly [string, Wish, RegExp])[] = [
    [
      'what a deleted session was',
      { eventName: 'DeleteTrafficMirrorSession', params: { sessionId: 'tms-1' } },
      /eni-1|tmt-1|tmf-1/,
    ],
    [
      'which rule was deleted',
      { eventName: 'DeleteTrafficMirrorFilterRule', params: { ruleId: 'tmfr-ingress' } },
      /tmf-1|accept/,
    ],
    [
      'the ACL before',
      {
        eventName: 'ReplaceNetworkAclAssociation',
        params: { associationId: 'aclassoc-b', aclId: 'acl-strict', newAssociationId: 'aclassoc-c' },
      },
      /acl-open|subnet/,
    ],
    [
      'the rule of an id',
      {
        eventName: 'RevokeSecurityGroupIngress',
        params: { groupId: 'sg-sensor', by: { ruleIds: ['sgr-1'] }, answer: 'short' },
      },
      /4789/,
    ],
    [
      'what a modified session was',
      {
        eventName: 'ModifyTrafficMirrorSession',
        params: { sessionId: 'tms-1', targetId: 'tmt-2', filterId: null, number: null },
      },
      /tmt-1/,
    ],
    [
      'the entry',
      { eventName: 'DeleteNetworkAclEntry', params: { aclId: 'acl-open', number: 100, egress: false } },
      /allow|0\.0\.0\.0/,
    ],
    [
      'what hung on the instance',
      { eventName: 'TerminateInstances', params: { instanceIds: ['i-1'] } },
      /eni-1|tms-1|sg-/,
    ],
  ];
  it.each(cases)('%s', (_, wish, lost) => {
    const { account, record } = last(wish);
    expect(account).not.toEqual(anAccount());
    expect(record.errorCode).toBeUndefined();
    expect(shown(record)).not.toMatch(lost);
  });

  it('shows all of a launch, unless its parameters are omitted', () => {
    expect(shown(last(launchOf({ OwnerTeam: 'team-a' })).record)).toMatch(/eni-9.*OwnerTeam|OwnerTeam.*eni-9/);
    const omitted = last({ ...launchOf({ OwnerTeam: 'team-a' }), omitted: true }).record;
    expect(shown(omitted)).not.toMatch(/eni-9|OwnerTeam/);
    expect(omitted).toMatchObject({ requestParameters: { omitted: true }, responseElements: { omitted: 'true' } });
    expect(JSON.stringify(omitted.resources)).toContain('instance/i-9');
  });
});

describe('a call that succeeds', () => {
  it('answers yes to a deletion of tags that are not there, and does nothing', () => {
    const { account, record } = last({
      eventName: 'DeleteTags',
      params: { resourceIds: ['i-1'], tags: [{ key: 'x' }] },
    });
    expect(account).toEqual(anAccount());
    expect(record.responseElements).toMatchObject({ _return: true });
  });

  it.each([
    ['by key', [{ key: 'OwnerTeam' }], ['Environment']],
    ['by the value it has', [{ key: 'OwnerTeam', value: 'team-a' }], ['Environment']],
    ['by another value', [{ key: 'OwnerTeam', value: '' }], ['Environment', 'OwnerTeam']],
    ['all of them', 'all' as const, []],
  ])('deletes tags %s', (_, tags, left) => {
    const { account } = last({ eventName: 'DeleteTags', params: { resourceIds: ['i-1'], tags } });
    expect(Object.keys(account.instances['i-1']?.tags ?? {})).toEqual(left);
  });

  it('stops a stopped instance, and says that it was', () => {
    const stop: Wish = { eventName: 'StopInstances', params: { instanceIds: ['i-1'] } };
    expect(shown(last(stop).record)).toMatch(/stopping.*previousState.*running/);
    expect(shown(last(stop, stop).record)).toMatch(/currentState[^}]*stopped.*previousState[^}]*stopped/);
  });

  it('takes what hangs on a terminated instance with it, and only detaches what was attached later', () => {
    const { account } = last(
      {
        eventName: 'CreateNetworkInterface',
        params: { interfaceId: 'eni-2', subnetId: 'subnet-a', groupIds: ['sg-work'], address: '10.0.1.7' },
      },
      {
        eventName: 'AttachNetworkInterface',
        params: { interfaceId: 'eni-2', instanceId: 'i-1', deviceIndex: 1, attachmentId: 'eni-attach-2' },
      },
      create({ interfaceId: 'eni-2', number: 1 }),
      { eventName: 'TerminateInstances', params: { instanceIds: ['i-1'] } },
    );
    expect(account.interfaces['eni-1']).toBeUndefined();
    expect(account.interfaces['eni-2']?.attachment).toBeNull();
    expect(Object.keys(account.sessions)).toEqual(['tms-2']);
  });

  it('lists what a revocation revoked and what it did not know, in the full answer', () => {
    const other = { ...OPEN, cidr: '10.9.0.0/16' };
    const params = { groupId: 'sg-sensor', by: { permissions: [OPEN, other] }, answer: 'full' } as const;
    const { account, record } = last({ eventName: 'RevokeSecurityGroupIngress', params });
    expect(account.groupRules).toEqual({});
    expect(record.responseElements).toMatchObject({
      revokedSecurityGroupRuleSet: { items: [{ securityGroupRuleId: 'sgr-1', cidrIpv4: '10.0.0.0/8' }] },
      unknownIpPermissionSet: { items: [{ ipRanges: { items: [{ cidrIp: '10.9.0.0/16' }] } }] },
    });
  });

  it('writes the classic encoding: an empty list is an empty object', () => {
    expect(last(launchOf({})).record.responseElements).toMatchObject({ instancesSet: { items: [{ tagSet: {} }] } });
  });

  it('writes the newer encoding: wrapped, one member as an object, text that looks like a number as one', () => {
    const { record } = last({ ...create({}) });
    expect(record.requestParameters).toMatchObject({
      CreateTrafficMirrorSessionRequest: { SessionNumber: 2, TagSpecification: { Tag: { Value: true, tag: 1 } } },
    });
    expect(record.responseElements).toMatchObject({
      CreateTrafficMirrorSessionResponse: { trafficMirrorSession: { ownerId: 111122223333 } },
    });
    const rules = [{ ...OPEN, ruleId: 'sgr-1', cidr: '10.0.0.0/16' }];
    const modified = last({ eventName: 'ModifySecurityGroupRules', params: { groupId: 'sg-sensor', rules } });
    expect(modified.record.requestParameters).toMatchObject({
      ModifySecurityGroupRulesRequest: { SecurityGroupRule: { SecurityGroupRuleId: 'sgr-1', tag: 1 } },
    });
  });
});
