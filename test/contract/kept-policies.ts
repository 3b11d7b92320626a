/** The part of the contract of every ChangeLog that is about policies; `changeLogContract` runs it. */

import { describe, expect, it } from 'vitest';
import { type Finding, goneJudgement, type Judgement } from '../../src/audit/finding.ts';
import type { JudgingPolicy } from '../../src/causes/configuration/policy-changes.ts';
import { byText } from '../../src/collections.ts';
import type { ChangeLog, FullLedger } from '../../src/ledger/change-log.ts';
import { KEPT_POLICIES } from '../../src/ledger/judged-policies.ts';
import { aFinding, aLook, aReading } from '../support/findings.ts';
import { ACCOUNT, aPolicy, REGION } from '../support/inventories.ts';
import { at } from '../support/sightings.ts';

const SCOPE = { accountId: ACCOUNT, region: REGION };

/** Describes the contract. `create` opens an empty ledger. */
export function policyContract(name: string, create: () => Promise<FullLedger>): void {
  const requiring = (...keys: readonly string[]): JudgingPolicy => ({
    tags: { requiredTags: keys.map((key) => ({ key, allowEmpty: false })) },
    mirror: null,
  });
  const kept = async (log: ChangeLog, scope = SCOPE) =>
    (await log.policies(scope)).map(({ policy, lastLook }) => [
      policy.tags.requiredTags.map(({ key }) => key).join(),
      lastLook,
    ]);

  describe(`${name} keeps policies`, () => {
    it('with the last look that judged by each, newest first, of each account and region apart', async () => {
      const log = await create();
      await log.keepPolicy(SCOPE, requiring('A'), at(0));
      await log.keepPolicy(SCOPE, requiring('A'), at(10));
      await log.keepPolicy(SCOPE, requiring('A', 'B'), at(20));
      await log.keepPolicy({ ...SCOPE, region: 'us-east-1' }, requiring('C'), at(30));
      expect(await kept(log)).toEqual([
        ['A,B', at(20)],
        ['A', at(10)],
      ]);
      expect(await kept(log, { ...SCOPE, accountId: '444455556666' })).toEqual([]);
    });

    it('again when one comes back, and nothing of a look that is older than those kept', async () => {
      const log = await create();
      for (const [minute, key] of [
        [0, 'A'],
        [10, 'B'],
        [20, 'A'],
        [15, 'C'],
        [20, 'C'],
      ] as const)
        await log.keepPolicy(SCOPE, requiring(key), at(minute));
      expect(await kept(log)).toEqual([
        ['A', at(20)],
        ['B', at(10)],
        ['A', at(0)],
      ]);
    });

    it('up to a number and a size', async () => {
      const log = await create();
      for (let n = 0; n < KEPT_POLICIES + 3; n += 1) await log.keepPolicy(SCOPE, requiring(`${n}`), at(n));
      expect(await kept(log)).toHaveLength(KEPT_POLICIES);
      await log.keepPolicy(SCOPE, requiring('x'.repeat(70_000)), at(100));
      await log.keepPolicy(SCOPE, requiring('y'.repeat(70_000)), at(110));
      expect((await kept(log)).map(([, lastLook]) => lastLook)).toEqual([at(110)]);
      await log.keepPolicy(SCOPE, requiring('z'.repeat(200_000)), at(120));
      expect(await kept(log)).toEqual([]);
    });

    it('without what decides no judgement', async () => {
      const log = await create();
      const mirror = aPolicy();
      await log.keepPolicy(SCOPE, { ...requiring(), mirror }, at(0));
      await log.keepPolicy(SCOPE, { ...requiring(), mirror: { ...mirror, mode: 'apply', configHash: 'x' } }, at(10));
      expect((await log.policies(SCOPE)).map(({ lastLook }) => lastLook)).toEqual([at(10)]);
    });
  });

  describe(`${name} tells when a finding was last not open`, () => {
    it('even if it never was one, and of a finding that was always open since when', async () => {
      const log = await create();
      const [passed, muted, opened] = [
        aFinding({ resourceId: 'i-1' }),
        aFinding({ resourceId: 'i-2' }),
        aFinding({ resourceId: 'i-3' }),
      ];
      const record = (minute: number, findings: readonly Finding[], judgements: readonly Judgement[] = []) =>
        log.record({ at: at(minute), findings, judgements, outcomes: [] });
      const pass = { ...goneJudgement(passed, 'it complies', at(0)), result: 'pass' as const };
      await record(0, [{ ...muted, status: 'muted' }, opened], [pass]);
      await record(10, [{ ...muted, status: 'muted' }, opened], [pass]);
      await record(20, [passed, muted, opened]);
      await record(30, [passed, muted, opened]);
      const known = await log.lastInOrder([passed, muted, opened, aFinding({ resourceId: 'i-never' })]);
      expect(known.toSorted(byText(({ state }) => state))).toEqual([
        { findingId: muted.id, state: 'muted', at: at(10) },
        { findingId: opened.id, state: 'never', at: at(0) },
        { findingId: passed.id, state: 'resolved', at: at(10) },
      ]);
    });

    it('even if only a complete look says so, which did not name it', async () => {
      const log = await create();
      const rules = ['instance-untagged'];
      const lookAt = (
        minute: number,
        findings: readonly Finding[],
        except: readonly string[] = [],
      ): Promise<unknown> => {
        const look = aLook({ ...SCOPE, judged: { at: at(minute).toISOString(), rules, except } });
        return log.record({
          at: at(minute),
          findings,
          judgements: [],
          outcomes: [],
          reading: aReading({ looks: [look] }),
        });
      };
      const found = aFinding({ ...SCOPE });
      const asked = async () =>
        (await log.lastInOrder([found])).map(({ state, at: time, isImplied }) => [state, time, isImplied]);
      expect(await asked()).toEqual([]);
      await lookAt(0, []);
      expect(await asked()).toEqual([['resolved', at(0), true]]);
      await lookAt(10, [found]);
      expect(await asked()).toEqual([['resolved', at(0), true]]);
      await lookAt(20, [found]);
      await lookAt(30, [], [found.id.slice(0, 12)]);
      expect(await asked()).toEqual([['resolved', at(0), true]]);
    });
  });
}
