import { describe, expect, it } from 'vitest';
import { tiesAmong } from '../../../src/causes/effects/ties.ts';
import type { Sighting } from '../../../src/sighting/sighting.ts';
import { call, items, tags } from '../../support/stories.ts';

const redirect = (actor: string, minute: number, id: string, target: string) =>
  call(actor, minute, 'ModifyTrafficMirrorSession', {
    ModifyTrafficMirrorSessionRequest: { TrafficMirrorSessionId: id, TrafficMirrorTargetId: target },
  });
const reroute = (actor: string, minute: number, gatewayId: string) =>
  call(actor, minute, 'ReplaceRoute', { routeTableId: 'rtb-1', destinationCidrBlock: '0.0.0.0/0', gatewayId });
const entry = { networkAclId: 'acl-1', ruleNumber: 100, egress: false, aclProtocol: '-1', cidrBlock: '0.0.0.0/0' };
const replaceEntry = (actor: string, ruleAction: string) =>
  call(actor, 1, 'ReplaceNetworkAclEntry', { ...entry, ruleAction });
const regroup = (actor: string, groupId: string) =>
  call(actor, 1, 'ModifyNetworkInterfaceAttribute', { networkInterfaceId: 'eni-1', groupSet: items({ groupId }) });
const setOwner = (actor: string, value: string) => call(actor, 1, 'CreateTags', tags('i-1', { Owner: value }));
const setName = (actor: string, value: string) => call(actor, 1, 'CreateTags', tags('i-1', { Name: value }));
const deleteOwner = (actor: string) => call(actor, 1, 'DeleteTags', tags('i-1', { Owner: undefined }));

describe('tiesAmong', () => {
  const tied = (...calls: readonly (readonly Sighting[])[]): readonly string[] =>
    [...tiesAmong(calls.flat(), ['Owner']).tied].map(({ evidence }) => evidence.actor).toSorted();

  it.each([
    ['where a session goes', redirect('ana', 1, 'tms-1', 'tmt-a'), redirect('ben', 1, 'tms-1', 'tmt-b')],
    ['where a route leads', reroute('ana', 1, 'igw-1'), reroute('ben', 1, 'igw-2')],
    ['an entry of a network ACL', replaceEntry('ana', 'deny'), replaceEntry('ben', 'allow')],
    ['the groups of an interface', regroup('ana', 'sg-1'), regroup('ben', 'sg-2')],
    ['a tag', setOwner('ana', 'x'), setOwner('ben', 'y')],
  ])('are those that changed %s in the same second', (_, one, other) => {
    expect(tied(one, other)).toEqual(['ana', 'ben']);
    expect(tied(one)).toEqual([]);
  });

  it.each([
    ['in another second', redirect('ana', 1, 'tms-1', 'tmt-a'), redirect('ben', 2, 'tms-1', 'tmt-b')],
    ['about a tag that no rule asks for', setName('ana', 'x'), setName('ben', 'y')],
    ['about another session', redirect('ana', 1, 'tms-1', 'tmt-a'), redirect('ben', 1, 'tms-2', 'tmt-b')],
    [
      'that removes what the other one set, since the account tells which came last',
      setOwner('ana', 'x'),
      deleteOwner('ben'),
    ],
  ])('are not two of which one is %s', (_, one, other) => {
    expect(tied(one, other)).toEqual([]);
  });
});
