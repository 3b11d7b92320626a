import { describe, expect, it } from 'vitest';
import type { GroupChange, RuleChange } from '../../../src/audit/open-groups/group-changes.ts';
import { openToWorld } from '../../../src/audit/open-groups/open-to-world.ts';
import { replayGroup } from '../../../src/audit/open-groups/shown-rules.ts';
import type { RecordedPermission } from '../../../src/sighting/changes/network.ts';
import { at } from '../../support/sightings.ts';

const groupId = 'sg-0a';
const SSH = { ipProtocol: 'tcp', fromPort: 22, toPort: 22 };
const WORLD: RecordedPermission = { ...SSH, cidrIp: '0.0.0.0/0' };
const OFFICE: RecordedPermission = { ...SSH, cidrIp: '192.0.2.0/24' };

const added = (...permissions: readonly RecordedPermission[]): RuleChange => ({
  ...{ kind: 'permissions-added', groupId, permissions },
});
const removed = (...permissions: readonly RecordedPermission[]): RuleChange => ({
  ...{ kind: 'permissions-removed', groupId, permissions, unknownRuleIds: [] },
});
const removedById = (...unknownRuleIds: readonly string[]): RuleChange => ({
  ...{ kind: 'permissions-removed', groupId, permissions: [], unknownRuleIds },
});
const replaced = (...permissions: readonly RecordedPermission[]): RuleChange => ({
  ...{ kind: 'permissions-replaced', groupId, permissions },
});
const egress = (...securityGroupRuleIds: readonly string[]): RuleChange => ({
  ...{ kind: 'egress-rules-named', groupId, securityGroupRuleIds },
});
const withId = (permission: RecordedPermission, securityGroupRuleId: string) => ({
  ...permission,
  securityGroupRuleId,
});

/** Changes at one minute after the other, or at the minute given. */
function changesOf(
  changes: readonly (RuleChange | readonly [minute: number, change: RuleChange])[],
): readonly GroupChange[] {
  return changes.map((given, index) => {
    const [minute, change] = 'kind' in given ? [index + 1, given] : given;
    const eventName = change.kind;
    const evidence = { eventID: `e${index}`, eventName, eventTime: at(minute).toISOString(), actor: `actor-${index}` };
    return { change, eventTime: at(minute), evidence };
  });
}

const replay = (...changes: Parameters<typeof changesOf>[0]) => replayGroup(changesOf(changes), []);

describe('replayGroup', () => {
  it('dates an opening by the call that completed it', () => {
    const halves = ['0.0.0.0/1', '128.0.0.0/1'].map((cidrIp) => added({ ...SSH, cidrIp }));
    expect(replay(...halves).since).toEqual(at(2));
  });

  it('dates it anew after it was closed', () => {
    expect(replay(added(WORLD), removed(WORLD), added(WORLD)).since).toEqual(at(3));
  });

  it('names the call that closed it, not a later one', () => {
    const shown = replay(added(WORLD), removed(OFFICE), removed(WORLD), removed(OFFICE));
    expect(shown).toMatchObject({ since: undefined, closedBy: { eventID: 'e2' }, doubts: [] });
  });

  it('stays open while another rule opens the same port', () => {
    const every = { ipProtocol: '-1', cidrIp: '0.0.0.0/0' };
    expect(replay(added(WORLD), added(every), removed(WORLD)).since).toEqual(at(1));
  });

  it('closes a rule that is narrowed by its id', () => {
    const shown = replay(added(withId(WORLD, 'sgr-1')), replaced(withId(OFFICE, 'sgr-1')));
    expect(shown).toMatchObject({ since: undefined, closedBy: { eventID: 'e1' }, doubts: [] });
  });

  it('knows a widened rule for ingress by the call that made it', () => {
    const [rule] = replay(added(withId(OFFICE, 'sgr-1')), replaced(withId(WORLD, 'sgr-1'))).rules;
    expect(rule).toMatchObject({ isIngress: true, permission: WORLD });
  });

  it('leaves out a rule that an earlier call made for egress', () => {
    expect(replay(egress('sgr-1'), replaced(withId(WORLD, 'sgr-1'))).rules).toEqual([]);
  });

  it('does not know the direction of a rule that no call made', () => {
    expect(replay(replaced(withId(WORLD, 'sgr-1')))).toMatchObject({ since: at(1), rules: [{ isIngress: false }] });
  });

  it.each([
    ['changed', replaced(withId(OFFICE, 'sgr-1'))],
    ['removed', removedById('sgr-1')],
  ])('doubts a rule shown without its id when one is %s by an id', (_, change) => {
    const { since, doubts } = replay(added(WORLD), change);
    expect(since).toEqual(at(1));
    expect(doubts).toMatchObject([{ at: at(2), why: expect.stringContaining('names sgr-1') }]);
  });

  it('does not doubt rules with other ids', () => {
    expect(replay(added(withId(WORLD, 'sgr-2')), removedById('sgr-1'))).toMatchObject({ since: at(1), doubts: [] });
  });

  it('doubts after a record that does not say what it changed', () => {
    const opaque: RuleChange = { kind: 'opaque', resourceIds: [groupId], lacks: 'lacks its parameters (omitted)' };
    expect(replay(added(WORLD), opaque)).toMatchObject({ since: at(1), doubts: [{ at: at(2) }] });
  });

  it('has nothing after the group was deleted', () => {
    const shown = replay(added(WORLD), { kind: 'group-deleted', groupId });
    expect(shown).toMatchObject({ rules: [], since: undefined, deletedBy: { eventID: 'e1' } });
  });

  it('forgets a deletion when a group of the same name is opened later', () => {
    const shown = replay({ kind: 'group-deleted', groupId: 'web' }, added(WORLD));
    expect(shown).toMatchObject({ since: at(2), deletedBy: undefined });
  });

  it('puts a removal before an addition of the same second if the rule was there', () => {
    const shown = replay([1, added(WORLD)], [2, added(WORLD)], [2, removed(WORLD)]);
    expect(shown).toMatchObject({ since: at(2), doubts: [] });
  });

  it('doubts the order within a second if no record shows whether the rule was there', () => {
    const shown = replay([2, removed(WORLD)], [2, added(WORLD)]);
    expect(shown).toMatchObject({ since: undefined, doubts: [{ at: at(2) }] });
  });

  it('counts additions and removals of a rule within a second', () => {
    const created: RuleChange = { kind: 'group-created', groupId };
    const again = added(withId(WORLD, 'sgr-2'));
    const open = replay([1, created], [2, added(WORLD)], [2, removed(WORLD)], [2, again]);
    expect(open).toMatchObject({ since: at(2), doubts: [] });
    const closed = replay([1, added(WORLD)], [2, removed(WORLD)], [2, again], [2, removed(WORLD)]);
    expect(closed).toMatchObject({ since: undefined, doubts: [] });
  });

  it('doubts a rule that was changed to different things within a second, in either order', () => {
    const [wide, narrow] = [replaced(withId(WORLD, 'sgr-1')), replaced(withId(OFFICE, 'sgr-1'))];
    for (const changes of [
      [wide, narrow],
      [narrow, wide],
    ])
      expect(replay(...changes.map((change) => [2, change] as const)).doubts).toMatchObject([{ at: at(2) }]);
    expect(replay([2, narrow], [2, narrow]).doubts).toEqual([]);
  });

  it('narrows a rule after it was made in the same second, whichever record comes first', () => {
    const [made, narrowed] = [added(withId(WORLD, 'sgr-1')), replaced(withId(OFFICE, 'sgr-1'))];
    expect(replay([2, narrowed], [2, made])).toMatchObject({ since: undefined, doubts: [] });
  });

  it('takes a rule for egress that has the content of an ingress rule, which EC2 would refuse', () => {
    const [ingress, other] = [withId(WORLD, 'sgr-1'), withId(WORLD, 'sgr-2')];
    const both = replay(added(ingress), replaced(other));
    expect(both.rules).toMatchObject([{ isIngress: true, evidence: { eventID: 'e0' } }]);
    expect(replay(added(ingress), replaced(other), replaced(withId(OFFICE, 'sgr-2'))).since).toEqual(at(1));
  });

  it('closes a rule of unknown direction when a rule of its content is revoked', () => {
    expect(replay(replaced(withId(WORLD, 'sgr-1')), removed(WORLD)).since).toBeUndefined();
  });

  it('says the same as looking at all rules after each call, whatever the calls', () => {
    const seed = Number(process.env.MIRRORWATCH_OPEN_GROUPS_SEED ?? 20_261_122);
    let state = seed;
    const upTo = (count: number): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state % count;
    };
    const blocks = ['0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '192.0.2.0/24', '0.0.0.0/2', '64.0.0.0/2', '0.0.0.0/8'];
    const allowed = [{ protocol: 'tcp', from: 443, to: 443 }] as const;
    for (let round = 0; round < 400; round += 1) {
      const calls = Array.from({ length: 12 }, () => {
        const port = [22, 443][upTo(2)] ?? 0;
        const permission = { ...SSH, fromPort: port, toPort: port, cidrIp: blocks[upTo(blocks.length)] };
        return upTo(3) === 0 ? removed(permission) : added(permission);
      });
      const rules = new Map<string, RecordedPermission>();
      let since: Date | undefined;
      let closedBy: string | undefined;
      for (const [index, call] of calls.entries()) {
        if (!('permissions' in call)) continue;
        for (const permission of call.permissions) {
          const key = `${permission.fromPort} ${permission.cidrIp}`;
          if (call.kind === 'permissions-added') rules.set(key, permission);
          else rules.delete(key);
        }
        const given = [...rules.values()].map(({ cidrIp = '', ...rule }) => ({
          ...{ ...rule, cidrIps: [cidrIp], cidrIpv6s: [], prefixListIds: [] },
        }));
        const isOpen = openToWorld(given, () => undefined, allowed).open.length > 0;
        if (isOpen) since ??= at(index + 1);
        else if (since !== undefined) [since, closedBy] = [undefined, `e${index}`];
      }
      const shown = replayGroup(changesOf(calls), allowed);
      expect({ seed, round, since: shown.since, closedBy: shown.closedBy?.eventID }).toEqual({
        ...{ seed, round, since, closedBy },
      });
    }
  });

  it('follows tens of thousands of calls on a group with many rules', () => {
    const rule = (n: number): RecordedPermission => ({ ...SSH, cidrIp: `10.${n % 200}.0.0/16` });
    const standing = added({ ...SSH, fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0' });
    const first = Array.from({ length: 200 }, (_, n) => added(rule(n)));
    const churn = Array.from({ length: 20_000 }, (_, n) => (n % 2 === 0 ? removed(rule(n)) : added(rule(n - 1))));
    const shown = replayGroup(changesOf([standing, ...first, ...churn]), []);
    expect(shown).toMatchObject({ since: at(1), doubts: [] });
    expect(shown.rules).toHaveLength(201);
  });
});
