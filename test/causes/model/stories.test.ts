/** Stories with known answers: what the rule on causes says of each, and what the records prove. */

import { describe, expect, it } from 'vitest';
import { put } from './account.ts';
import { ACTORS } from './actors.ts';
import type { History } from './histories/history.ts';
import type { Wish } from './histories/intents.ts';
import { anAccount, type Deed, launchOf, OPEN, SESSION, told, withMachine } from './histories/told.ts';
import { REQUIRED_TAGS } from './histories/world.ts';
import { type Expected, expectationsOf } from './oracle/expectations.ts';

/** What is said of one finding: `proven ben`, `proven ben and cleo`, `possible ben`, `unknown`. */
function said(history: History, rule: string, resourceId: string, withLedger = false): string {
  const found = expectationsOf(history).find((each) => each.rule === rule && each.resourceId === resourceId);
  if (found === undefined) return 'no such finding';
  const answer: Expected = withLedger ? found.withLedger : found.expected;
  if (answer.kind === 'unknown') return 'unknown';
  const actors = answer.eventIDs.map((id) => {
    const call = history.calls.find(({ eventID }) => eventID === id);
    return call === undefined ? 'nobody' : ACTORS[call.actor].name;
  });
  return `${answer.kind === 'possible' ? 'possible' : 'proven'} ${actors.join(' and ')}`;
}

const untag = { eventName: 'DeleteTags', params: { resourceIds: ['i-1'], tags: [{ key: 'OwnerTeam' }] } } as const;
const tag = { eventName: 'CreateTags', params: { resourceIds: ['i-1'], tags: { OwnerTeam: 'team-a' } } } as const;
const untagLaunched = {
  eventName: 'DeleteTags',
  params: { resourceIds: ['i-9'], tags: [{ key: 'OwnerTeam' }] },
} as const;
const deleteSession = { eventName: 'DeleteTrafficMirrorSession', params: { sessionId: 'tms-1' } } as const;
const closeGroup = {
  eventName: 'RevokeSecurityGroupIngress',
  params: { groupId: 'sg-sensor', by: { permissions: [OPEN] }, answer: 'short' },
} as const;
const openGroup = {
  eventName: 'AuthorizeSecurityGroupIngress',
  params: { groupId: 'sg-sensor', rules: [{ ...OPEN, ruleId: 'sgr-2' }], flat: false },
} as const;
const closeAcl: Wish = {
  eventName: 'CreateNetworkAclEntry',
  params: {
    ...{ aclId: 'acl-open', number: 50, egress: false, action: 'deny', protocol: '17' },
    ...{ fromPort: 4789, toPort: 4789, cidr: '0.0.0.0/0' },
  },
};
const reopenAcl = {
  eventName: 'DeleteNetworkAclEntry',
  params: { aclId: 'acl-open', number: 50, egress: false },
} as const;
const toStrict = {
  eventName: 'ReplaceNetworkAclAssociation',
  params: { associationId: 'aclassoc-b', aclId: 'acl-strict', newAssociationId: 'aclassoc-c' },
} as const;
const createSession = (targetId: string, id = 'tms-9', interfaceId = 'eni-9') =>
  ({
    eventName: 'CreateTrafficMirrorSession',
    params: { ...SESSION, id, interfaceId, targetId, managed: false },
  }) as const;

describe('tags', () => {
  it('are possibly removed by a deletion that answers yes either way, of an instance launched before the logs', () => {
    expect(said(told([{ ...untag, by: 'ben' }]), 'instance-untagged', 'i-1')).toBe('possible ben');
  });

  it('are proven removed when the launch is in the logs', () => {
    const deeds: readonly Deed[] = [
      { ...launchOf(REQUIRED_TAGS), by: 'ana' },
      { ...untagLaunched, by: 'ben' },
    ];
    expect(said(told(deeds), 'instance-untagged', 'i-9')).toBe('proven ben');
  });

  it('are proven removed when a call before it set them', () => {
    const deeds: readonly Deed[] = [
      { ...tag, by: 'ana' },
      { ...untag, by: 'ben' },
      { ...untag, by: 'cleo' },
    ];
    expect(said(told(deeds), 'instance-untagged', 'i-1')).toBe('proven ben');
  });

  it('that a launch left out are the launcher’s doing, not that of whoever removes them in vain', () => {
    const deeds: readonly Deed[] = [
      { ...launchOf({ Environment: 'prod' }), by: 'ana' },
      { ...untagLaunched, by: 'ben' },
    ];
    expect(said(told(deeds), 'instance-untagged', 'i-9')).toBe('proven ana');
  });

  it('of a launch whose record is omitted prove nobody', () => {
    const deeds: readonly Deed[] = [
      { ...launchOf(REQUIRED_TAGS), by: 'ana', omitted: true },
      { ...untagLaunched, by: 'ben' },
    ];
    expect(said(told(deeds), 'instance-untagged', 'i-9')).toBe('possible ben and ana');
  });

  it('that were missing before the logs are unknown, and who helped with the other is not named', () => {
    const bare = withMachine(anAccount(), '1', 'subnet-a', 'sg-work', {});
    const help = { eventName: 'CreateTags', params: { resourceIds: ['i-1'], tags: { Environment: 'prod' } } } as const;
    expect(said(told([{ ...help, by: 'ben' }], bare), 'instance-untagged', 'i-1')).toBe('unknown');
  });

  it('that a refused call would have removed are there, and nobody is named', () => {
    const refused = { ...untag, by: 'ben', refused: 'Client.DryRunOperation' } as const;
    expect(said(told([refused]), 'instance-untagged', 'i-1')).toBe('no such finding');
    expect(expectationsOf(told([refused]))).toEqual([]);
  });

  it('removed and set again by two within one second, and gone, leave it open who was first', () => {
    const at = '2026-03-17T08:01:00Z';
    const deeds: readonly Deed[] = [
      { ...launchOf(REQUIRED_TAGS), by: 'ana' },
      { ...untagLaunched, by: 'ben', at },
      { ...untagLaunched, by: 'cleo', at },
    ];
    expect(said(told(deeds), 'instance-untagged', 'i-9')).toBe('possible ben and cleo');
  });
});

describe('doors', () => {
  it('closed by one are proven by a revocation by permission, and who closes what is closed is not named', () => {
    const again = { ...closeGroup, by: 'cleo' } as const;
    expect(said(told([{ ...closeGroup, by: 'ben' }, again]), 'mirror-ineffective', 'i-1')).toBe('proven ben');
  });

  it('closed by two are the doing of both', () => {
    const deeds: readonly Deed[] = [
      { ...closeGroup, by: 'ben' },
      { ...closeAcl, by: 'cleo' },
    ];
    expect(said(told(deeds), 'mirror-ineffective', 'i-1')).toBe('proven ben and cleo');
  });

  it('closed and opened again by another are nobody’s doing; only the one that stays closed counts', () => {
    const deeds: readonly Deed[] = [
      { ...closeAcl, by: 'ben' },
      { ...closeGroup, by: 'cleo' },
      { ...reopenAcl, by: 'dan' },
    ];
    expect(said(told(deeds), 'mirror-ineffective', 'i-1')).toBe('proven cleo');
  });

  it('opened by a helper while another stays closed do not make the helper a cause', () => {
    const deeds: readonly Deed[] = [
      { ...closeAcl, by: 'ben' },
      { ...closeGroup, by: 'cleo' },
      { ...openGroup, by: 'dan' },
    ];
    expect(said(told(deeds), 'mirror-ineffective', 'i-1')).toBe('proven ben');
  });

  it('closed by one are not the doing of who closes them again together with others', () => {
    const both = { resourceIds: ['i-1', 'i-s'], tags: [{ key: 'OwnerTeam' }] };
    const deeds: readonly Deed[] = [
      { ...tag, by: 'ana' },
      { ...untag, by: 'ben' },
      { eventName: 'DeleteTags', params: both, by: 'cleo' },
    ];
    expect(said(told(deeds), 'instance-untagged', 'i-1')).toBe('proven ben');
  });

  it('closed by another ACL are not proven while an ACL of the VPC would have let nothing in either', () => {
    const also = put(anAccount(), 'acls', 'acl-shut', { id: 'acl-shut', vpcId: 'vpc-1', isDefault: false });
    expect(said(told([{ ...toStrict, by: 'ben' }], also), 'mirror-ineffective', 'i-1')).toBe('possible ben');
  });

  it('closed by another ACL are proven by elimination when every other ACL lets the copies in', () => {
    expect(said(told([{ ...toStrict, by: 'ben' }]), 'mirror-ineffective', 'i-1')).toBe('proven ben');
  });

  it('closed by a rule id are proven by the full answer, possible by the short one', () => {
    const byId = (answer: 'short' | 'full'): Deed => ({
      ...{ eventName: 'RevokeSecurityGroupIngress', by: 'ben' },
      params: { groupId: 'sg-sensor', by: { ruleIds: ['sgr-1'] }, answer },
    });
    expect(said(told([byId('full')]), 'mirror-ineffective', 'i-1')).toBe('proven ben');
    expect(said(told([byId('short')]), 'mirror-ineffective', 'i-1')).toBe('possible ben');
  });

  it('closed by stopping the sensor are proven; by terminating one from before the logs, possible', () => {
    const params = { instanceIds: ['i-s'] };
    const stopped = told([{ eventName: 'StopInstances', params, by: 'ben' }]);
    const terminated = told([{ eventName: 'TerminateInstances', params, by: 'ben' }]);
    expect(said(stopped, 'mirror-ineffective', 'i-1')).toBe('proven ben');
    expect(said(terminated, 'mirror-ineffective', 'i-1')).toBe('possible ben');
  });
});

describe('sessions', () => {
  it('deleted by their id are possibly gone by it, and proven when the ledger knows what they were', () => {
    const history = told([{ ...deleteSession, by: 'ben' }], anAccount(), [SESSION]);
    expect(said(history, 'instance-unmirrored', 'i-1')).toBe('possible ben');
    expect(said(history, 'instance-unmirrored', 'i-1', true)).toBe('proven ben');
  });

  it('deleted after they were made in the logs are proven, and the launcher is not named', () => {
    const deeds: readonly Deed[] = [
      { ...launchOf(REQUIRED_TAGS), by: 'ana' },
      { ...createSession('tmt-1'), by: 'ben' },
      { eventName: 'DeleteTrafficMirrorSession', params: { sessionId: 'tms-9' }, by: 'cleo' },
    ];
    expect(said(told(deeds), 'instance-unmirrored', 'i-9')).toBe('proven cleo');
  });

  it('that were never made are the launcher’s doing', () => {
    expect(said(told([{ ...launchOf(REQUIRED_TAGS), by: 'ana' }]), 'instance-unmirrored', 'i-9')).toBe('proven ana');
  });

  it('to an unknown target are the doing of who made them, not of who launched the instance', () => {
    const deeds: readonly Deed[] = [
      { ...launchOf(REQUIRED_TAGS), by: 'ana' },
      { ...createSession('tmt-2'), by: 'ben' },
    ];
    expect(said(told(deeds), 'mirror-rogue', 'i-9')).toBe('proven ben');
    expect(said(told(deeds), 'instance-unmirrored', 'i-9')).toBe('proven ana');
  });

  it('on an instance that is stopped are orphans by whoever stopped it', () => {
    const stop = { eventName: 'StopInstances', params: { instanceIds: ['i-1'] }, by: 'ben' } as const;
    expect(said(told([stop, { ...stop, by: 'cleo' }]), 'mirror-orphan', 'tms-1')).toBe('proven ben');
  });
});

describe('who must never be named', () => {
  it('is everybody who made a call and is not in the true answer', () => {
    const history = told([
      { ...closeAcl, by: 'ben' },
      { ...openGroup, by: 'shop' },
      { ...untag, by: 'cleo', refused: 'Client.UnauthorizedOperation' },
    ]);
    const [found] = expectationsOf(history);
    expect(found).toMatchObject({ rule: 'mirror-ineffective', resourceId: 'i-1' });
    expect(found?.neverProven).toEqual(['shop-web/i-0aaaaaaaaaaaaaaaa', 'cleo']);
  });
});
