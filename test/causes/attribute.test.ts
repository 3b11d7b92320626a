import { describe, expect, it } from 'vitest';
import { anInstance, anInventory, aSecurityGroup } from '../support/inventories.ts';
import {
  aMirroredAccount,
  call,
  findingsOf,
  items,
  launchOf,
  OWNER_TAG,
  type Story,
  tags,
} from '../support/stories.ts';

const VXLAN = { ipProtocol: 'udp', fromPort: 4789, toPort: 4789, ipRanges: items({ cidrIp: '10.0.0.0/8' }) };
const onSensors = { groupId: 'sg-sensor', ipPermissions: items(VXLAN) };

/** What the finding on i-1 says of people and records. */
function told(story: Story) {
  const [finding] = findingsOf(story).filter(({ resourceId }) => resourceId === 'i-1');
  return {
    launchedBy: finding?.launchedBy,
    owner: finding?.owner,
    evidence: finding?.evidence.map(({ role, actor, eventName }) => `${role}: ${actor} ${eventName}`),
  };
}

describe('withCauses', () => {
  it('lists the cause and the launch, newest first, and no record of helpers, failures or bystanders', () => {
    const now = aMirroredAccount({ securityGroups: [aSecurityGroup({ ipPermissions: [] })] });
    const calls = [
      launchOf('dana', 0, { Owner: 'ops' }),
      call('helper', 1, 'AuthorizeSecurityGroupIngress', onSensors),
      call('bystander', 2, 'CreateTags', tags('i-1', { Name: 'web' })),
      call('mallory', 3, 'RevokeSecurityGroupIngress', onSensors, null, { errorCode: 'Client.UnauthorizedOperation' }),
      call('erin', 9, 'RevokeSecurityGroupIngress', onSensors),
    ];
    expect(told({ now, calls })).toEqual({
      launchedBy: 'dana',
      owner: undefined,
      evidence: ['cause: erin RevokeSecurityGroupIngress', 'context: dana RunInstances'],
    });
  });

  it('lists a launch that is the cause once', () => {
    const story = { now: anInventory({ instances: [anInstance()] }), required: OWNER_TAG, mirror: null };
    expect(told({ ...story, calls: [launchOf('dana', 0)] })).toEqual({
      launchedBy: 'dana',
      owner: undefined,
      evidence: ['cause: dana RunInstances'],
    });
  });

  it('says what an instance was launched through, and names its actor alone as the cause', () => {
    const story = { now: anInventory({ instances: [anInstance()] }), required: OWNER_TAG, mirror: null };
    const [finding] = findingsOf({
      ...story,
      calls: [launchOf('dana', 0, { 'aws:cloudformation:stack-name': 'web' })],
    });
    expect(finding).toMatchObject({
      launchedBy: 'dana through CloudFormation stack web',
      cause: { kind: 'call', calls: [{ actor: 'dana' }] },
    });
  });

  it('lists a possible cause as context only', () => {
    const story = { now: anInventory({ instances: [anInstance()] }), required: OWNER_TAG, mirror: null };
    const calls = [call('erin', 9, 'DeleteTags', tags('i-1', { Owner: undefined }))];
    expect(told({ ...story, calls })).toEqual({
      launchedBy: undefined,
      owner: undefined,
      evidence: ['context: erin DeleteTags'],
    });
  });

  it('says nothing of the launch of another instance, and takes the owner from the tag alone', () => {
    const now = anInventory({ instances: [anInstance({ tags: [{ key: 'Owner', value: 'ops' }] })] });
    const other = launchOf('dana', 0, {}, { instanceId: 'i-2', networkInterfaceId: 'eni-2' });
    expect(told({ now, calls: [other] })).toEqual({ launchedBy: undefined, owner: 'ops', evidence: [] });
  });

  it('dates and identifies the call as its record does', () => {
    const now = aMirroredAccount({ securityGroups: [aSecurityGroup({ ipPermissions: [] })] });
    const [finding] = findingsOf({ now, calls: [call('erin', 9, 'RevokeSecurityGroupIngress', onSensors)] });
    const named = {
      ...{ actor: 'erin', eventName: 'RevokeSecurityGroupIngress' },
      ...{ eventTime: '2026-03-17T12:09:00.000Z', eventID: 'RevokeSecurityGroupIngress 9 erin' },
    };
    expect(finding?.cause).toEqual({ kind: 'call', calls: [named] });
  });
});
