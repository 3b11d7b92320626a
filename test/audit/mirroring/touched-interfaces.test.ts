import { describe, expect, it } from 'vitest';
import {
  deletedSessionSources,
  evidenceAbout,
  interfacesTouched,
  isDrift,
  unexplainedDeletions,
} from '../../../src/audit/mirroring/touched-interfaces.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import type { MirrorPathSighting, SessionSighting, Sighting } from '../../../src/sighting/sighting.ts';
import { anEvidence } from '../../support/findings.ts';
import { anInterface, anInventory, aPolicy, aSession, attachedTo } from '../../support/inventories.ts';
import { launched, sessionDeleted, suspected, tagged, terminated } from '../../support/sightings.ts';

const bare = indexAccount(anInventory(), aPolicy());
const mirrored = indexAccount(anInventory({ trafficMirrorSessions: [aSession()] }), aPolicy());

/** A change of something on the path from sources to sensors. */
function pathChanged(...resourceIds: readonly string[]): MirrorPathSighting {
  const { accountId, region, eventTime, actor, evidence } = terminated(1, 'i-1');
  return {
    ...{ accountId, region, eventTime, actor, evidence },
    kind: 'mirror-path-changed',
    what: 'security-group',
    resourceIds,
  };
}

/** The account without an interface, or with it attached to nothing. */
function without(networkInterfaceId: string, isDetached = false): typeof bare {
  const inventory = anInventory({ trafficMirrorSessions: [aSession()] });
  const networkInterfaces = inventory.networkInterfaces?.flatMap((each) => {
    if (each.networkInterfaceId !== networkInterfaceId) return [each];
    return isDetached ? [{ ...each, status: 'available', attachment: undefined }] : [];
  });
  return indexAccount({ ...inventory, networkInterfaces }, aPolicy());
}

const sensorGone = without('eni-sensor-a');
const sourceGone = without('eni-1');
const detached = without('eni-1', true);

function onInstance(kind: 'started' | 'stopped' | 'terminated', ...instanceIds: readonly string[]): Sighting {
  const { accountId, region, eventTime, actor, evidence } = terminated(1, 'i-1');
  return { ...{ accountId, region, eventTime, actor, evidence }, kind, instanceIds };
}

function onInterface(kind: 'interface-detached' | 'interface-deleted', networkInterfaceId?: string): Sighting {
  const { accountId, region, eventTime, actor, evidence } = terminated(1, 'i-1');
  return { ...{ accountId, region, eventTime, actor, evidence }, kind, networkInterfaceId };
}

/** The creation of tms-old on eni-1. */
function sessionCreated(): SessionSighting {
  const { accountId, region, eventTime, actor, evidence } = sessionDeleted(1, 'tms-old');
  return {
    ...{ accountId, region, eventTime, actor, evidence: { ...evidence, eventID: 'creation' } },
    kind: 'session-created',
    trafficMirrorSessionId: 'tms-old',
    networkInterfaceId: 'eni-1',
  };
}

describe('interfacesTouched', () => {
  it.each<[string, Sighting, typeof bare, readonly string[]]>([
    ['the security group of a sensor', pathChanged('sg-sensor'), mirrored, ['eni-1']],
    ['the filter of a session', pathChanged('tmf-1'), mirrored, ['eni-1']],
    ['the network ACL of the source', pathChanged('acl-1'), mirrored, ['eni-1']],
    ['the sensor’s instance', pathChanged('i-sensor-a'), mirrored, ['eni-1']],
    ['a path that may now serve a source without a session', pathChanged('sg-sensor'), bare, ['eni-1']],
    ['an instance itself', pathChanged('i-1'), bare, ['eni-1']],
    ['nothing on any path', pathChanged('sg-other'), mirrored, []],
    ['a filter rule, of which the record names no filter', pathChanged('tmfr-1'), mirrored, ['eni-1']],
    ['an association that ended, of which the record names no subnet', pathChanged('rtbassoc-1'), mirrored, ['eni-1']],
    ['an association of another table, which is named', pathChanged('rtb-other', 'rtbassoc-1'), mirrored, []],
    ['a prefix list', pathChanged('pl-1'), mirrored, ['eni-1']],
    ['a peering', pathChanged('pcx-1'), mirrored, ['eni-1']],
    ['a transit gateway’s attachment', pathChanged('tgw-attach-1'), mirrored, ['eni-1']],
    [
      'a listener',
      pathChanged('arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/net/sensors/50/60'),
      mirrored,
      ['eni-1'],
    ],
    ['a suspected instance, which is named by itself', suspected(1, 'i-1'), bare, []],
    ['a deleted session whose interface the record names', sessionDeleted(1, 'tms-9', 'eni-1'), bare, ['eni-1']],
    ['a deleted session that the account still lists', sessionDeleted(1, 'tms-1'), mirrored, ['eni-1']],
    ['a deleted session that nothing explains', sessionDeleted(1, 'tms-9'), bare, []],
    ['the tags of an instance', tagged(1, 'i-1', []), bare, ['eni-1']],
    ['the tags of an interface', tagged(1, 'eni-1', []), bare, ['eni-1']],
    ['the tags of something else', tagged(1, 'vol-1', []), mirrored, []],
    ['a sensor that was stopped', onInstance('stopped', 'i-sensor-a'), mirrored, ['eni-1']],
    ['a sensor that was started', onInstance('started', 'i-sensor-a'), mirrored, ['eni-1']],
    ['a sensor that was terminated with its interface', onInstance('terminated', 'i-sensor-a'), sensorGone, ['eni-1']],
    ['a source that was stopped', onInstance('stopped', 'i-1'), mirrored, ['eni-1']],
    ['a source that was terminated, whose interface is left', onInstance('terminated', 'i-1'), detached, ['eni-1']],
    ['an instance that is neither sensor nor source', onInstance('stopped', 'i-9'), mirrored, []],
    [
      'an interface that was detached, which the record does not name',
      onInterface('interface-detached'),
      detached,
      ['eni-1'],
    ],
    ['a source that was deleted', onInterface('interface-deleted', 'eni-1'), sourceGone, ['eni-1']],
    ["a sensor's interface that was deleted", onInterface('interface-deleted', 'eni-sensor-a'), sensorGone, ['eni-1']],
    ['something that the record omits', { ...pathChanged(), incomplete: true }, mirrored, ['eni-1']],
    ['an omitted instance', { ...onInstance('stopped'), incomplete: true }, mirrored, ['eni-1']],
    ['nothing that any record omits', pathChanged(), mirrored, []],
  ])('answers for a change of %s', (_, sighting, account, ids) => {
    const touched = [...interfacesTouched([sighting], account)];
    expect(touched.filter((id) => !id.startsWith('eni-sensor'))).toEqual(ids);
  });

  it('finds the source of a deleted session if it is known from elsewhere', () => {
    const deletedFrom = new Map([['tms-9', ['eni-1']]]);
    expect([...interfacesTouched([sessionDeleted(1, 'tms-9')], bare, deletedFrom)]).toEqual(['eni-1']);
  });
});

describe('unexplainedDeletions', () => {
  it.each<[string, readonly Sighting[], number]>([
    ['a deletion that nothing explains', [sessionDeleted(5, 'tms-old')], 1],
    ['a deletion whose record names the interface', [sessionDeleted(5, 'tms-old', 'eni-1')], 0],
    ['a deletion after a creation that names it', [sessionCreated(), sessionDeleted(5, 'tms-old')], 0],
    ['no deletion', [launched(1, 'i-1', [])], 0],
  ])('counts %s', (_, sightings, count) => {
    expect(unexplainedDeletions(sightings, bare)).toHaveLength(count);
  });
});

describe('deletedSessionSources', () => {
  const deletion = sessionDeleted(5, 'tms-old');

  it('treats every source without a session as one that may have lost it', () => {
    expect(deletedSessionSources([deletion], bare)).toEqual(new Map([['tms-old', ['eni-1']]]));
    expect(deletedSessionSources([deletion], mirrored)).toEqual(new Map([['tms-old', []]]));
  });

  it('believes what is known instead of guessing', () => {
    expect(deletedSessionSources([deletion], bare, new Map([['tms-old', []]]))).toEqual(new Map([['tms-old', []]]));
  });

  it('believes a creation among the sightings', () => {
    expect(deletedSessionSources([sessionCreated(), deletion], mirrored)).toEqual(new Map([['tms-old', ['eni-1']]]));
  });
});

describe('evidenceAbout', () => {
  const source = anInterface();
  const about = (
    sightings: readonly Sighting[],
    account = bare,
    deletedFrom?: ReadonlyMap<string, readonly string[]>,
  ) => evidenceAbout([source], sightings, account, deletedFrom);

  it('lists the calls on the interface and its instance, newest first', () => {
    const sightings = [launched(0, 'i-1', []), sessionDeleted(5, 'tms-9', 'eni-1'), launched(1, 'i-2', [])];
    expect(about(sightings).map(({ eventName }) => eventName)).toEqual(['DeleteTrafficMirrorSession', 'RunInstances']);
  });

  it.each<[string, Sighting]>([
    ['tags', tagged(1, 'i-1', [])],
    ['a termination', terminated(1, 'i-1')],
    ['a launch of another instance', launched(1, 'i-2', [])],
  ])('leaves out %s', (_, sighting) => {
    expect(about([sighting])).toEqual([]);
  });

  it('lists a call once, even if two files contain it', () => {
    expect(about([launched(0, 'i-1', []), launched(0, 'i-1', [])])).toHaveLength(1);
  });

  it('notes where the source of a deletion was inferred', () => {
    const [inferred] = about([sessionDeleted(5, 'tms-9')], bare, new Map([['tms-9', ['eni-1']]]));
    expect(inferred?.note).toBe('the record names only tms-9; this source has had no session since');
    expect(about([sessionDeleted(5, 'tms-9', 'eni-1')])[0]?.note).toBeUndefined();
  });

  it('includes the calls on every interface of the resource', () => {
    const second = anInterface({ networkInterfaceId: 'eni-2', attachment: attachedTo('i-1', 1) });
    const evidence = evidenceAbout([source, second], [sessionDeleted(5, 'tms-9', 'eni-2')], bare);
    expect(evidence).toHaveLength(1);
  });
});

describe('isDrift', () => {
  it.each<[string, boolean]>([
    ['DeleteTrafficMirrorSession', true],
    ['ModifyTrafficMirrorSession', true],
    ['RevokeSecurityGroupIngress', true],
    ['ReplaceNetworkAclEntry', true],
    ['DeleteRoute', true],
    ['DeleteListener', true],
    ['ModifyInstanceAttribute', true],
    ['CreateTrafficMirrorSession', false],
    ['AuthorizeSecurityGroupIngress', false],
    ['RunInstances', false],
    ['CreateTags', false],
  ])('%s: %s', (eventName, expected) => {
    expect(isDrift(anEvidence({ eventName }), 'instance-unmirrored')).toBe(expected);
  });

  it.each([
    'TerminateInstances',
    'StopInstances',
    'BidEvictedEvent',
    'DetachNetworkInterface',
    'DeleteNetworkInterface',
  ])('%s: only of a session that carries nothing, because then it was of the sensor', (eventName) => {
    expect(isDrift(anEvidence({ eventName }), 'mirror-ineffective')).toBe(true);
    expect(isDrift(anEvidence({ eventName }), 'mirror-orphan')).toBe(false);
  });
});
