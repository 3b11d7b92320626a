/** The contract of what a ledger keeps in sight and what it leaves to complete looks; `ledgerContract` runs it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Finding, goneJudgement, type Judgement } from '../../src/audit/finding.ts';
import type { JudgedRules } from '../../src/audit/gaps/gap.ts';
import { EXCEPTION_CHARS } from '../../src/audit/gaps/judged.ts';
import type { Scope } from '../../src/inventory/inventory.ts';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import type { Ledger, LedgerEntry, Observation } from '../../src/ledger/ledger.ts';
import { isInSight } from '../../src/ledger/sight/in-sight.ts';
import { aFinding, aJudgement, aLook, anEvidence, aReading } from '../support/findings.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { type Judgeable, naiveEntries } from '../support/naive-ledger.ts';

const SCOPE: Scope = { accountId: ACCOUNT, region: REGION };
const OTHER_SCOPE: Scope = { accountId: ACCOUNT, region: 'us-east-1' };

/** The time `minute` minutes into the history. */
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

const observed = (minute: number, parts: Partial<Observation>): Observation => ({
  ...{ at: at(minute), findings: [], judgements: [], outcomes: [] },
  ...parts,
});

const seen = (minute: number, parts: Partial<Finding> = {}): Finding =>
  aFinding({ ...SCOPE, lastSeen: at(minute).toISOString(), ...parts });
const open = (minute: number, parts: Partial<Finding> = {}): Observation =>
  observed(minute, { findings: [seen(minute, parts)] });
const passed = (minute: number, parts: Partial<Judgement> = {}): Observation =>
  observed(minute, { judgements: [aJudgement({ ...SCOPE, resourceId: aFinding().resourceId, ...parts })] });

/** What a complete look saw. What is not named here was in order. */
interface Seen {
  readonly findings?: readonly Finding[];
  readonly passes?: readonly Judgement[];
  readonly judged?: Partial<JudgedRules>;
  readonly scope?: Scope;
}

function looked(minute: number, { findings = [], passes = [], judged = {}, scope = SCOPE }: Seen = {}): Observation {
  const rules = ['instance-untagged', 'instance-unmirrored'] as const;
  const look = aLook({ ...scope, judged: { at: at(minute).toISOString(), rules, except: [], ...judged } });
  const ids = new Set(passes.map(({ id }) => id));
  return observed(minute, { findings, judgements: passes, looked: ids, reading: aReading({ looks: [look] }) });
}

async function entriesAfter(ledger: Ledger, ...observations: readonly Observation[]): Promise<readonly LedgerEntry[]> {
  for (const each of observations) await ledger.record(each);
  return ledger.entries({});
}

/** The history of an entry, as far as it does not depend on what was written. */
function lifeOf({ finding, openedAt, resolvedAt, generation, openSpans }: LedgerEntry): object {
  const { status, reason, firstSeen } = finding;
  return { status, reason, firstSeen, openedAt, resolvedAt, generation, openSpans };
}

/** Describes the contract. `create` opens an empty ledger. */
export function sightContract(
  name: string,
  create: () => Promise<{ readonly ledger: Ledger & Partial<FullLedger> }>,
  options: { readonly runs?: number } = {},
): void {
  const fresh = async (): Promise<Ledger> => (await create()).ledger;
  const pass = aJudgement({ ...SCOPE, resourceId: aFinding().resourceId });

  describe(`${name} stores a complete look once`, () => {
    it('which resolves an older finding that is recorded later', async () => {
      const [entry] = await entriesAfter(await fresh(), looked(5), open(1));
      expect(entry).toMatchObject({ finding: { status: 'resolved' }, openedAt: at(1), resolvedAt: at(5) });
    });

    it('and does not resolve a newer one, or one by a rule or on a resource that it could not judge', async () => {
      for (const judged of [{ rules: [] }, { except: [aFinding().id.slice(0, EXCEPTION_CHARS)] }]) {
        const [entry] = await entriesAfter(await fresh(), looked(5, { judged }), open(1));
        expect(entry).toMatchObject({ finding: { status: 'open', lastSeen: at(1).toISOString() } });
      }
      const [entry] = await entriesAfter(await fresh(), looked(5), open(9));
      expect(entry).toMatchObject({ finding: { status: 'open' }, openedAt: at(9) });
    });

    it('and does not resolve one of another account or region', async () => {
      const [entry] = await entriesAfter(await fresh(), looked(5, { scope: OTHER_SCOPE }), open(1));
      expect(entry).toMatchObject({ finding: { status: 'open' } });
    });

    it('and does not resolve one on a resource that AWS may not have shown yet: the next look does', async () => {
      const young = { firstSeen: at(1).toISOString(), evidence: [] };
      const [entry] = await entriesAfter(await fresh(), looked(3), open(1, young));
      expect(entry).toMatchObject({ finding: { status: 'open' } });
      const [later] = await entriesAfter(await fresh(), looked(3), looked(6), open(1, young));
      expect(later).toMatchObject({ finding: { status: 'resolved' }, resolvedAt: at(6) });
    });

    it('and is where a finding that it met again was last seen', async () => {
      const ledger = await fresh();
      const evidence = [anEvidence()];
      const [entry] = await entriesAfter(
        ledger,
        open(1, { evidence }),
        looked(5, { findings: [seen(5, { evidence })] }),
      );
      expect(entry).toMatchObject({ finding: { status: 'open', lastSeen: at(5).toISOString() }, openedAt: at(1) });
      for (const query of [{ ids: [aFinding().id] }, { inSight: SCOPE }, { status: ['open'] as const }])
        expect((await ledger.entries(query))[0]?.finding.lastSeen).toBe(at(5).toISOString());
    });

    it('and is not where a finding that it could not judge was last seen', async () => {
      const judged = { except: [aFinding().id.slice(0, EXCEPTION_CHARS)] };
      const [entry] = await entriesAfter(await fresh(), open(1), looked(5, { judged }));
      expect(entry?.finding.lastSeen).toBe(at(1).toISOString());
    });

    it('and stays where a finding was last seen, after a look that could not judge it and once it is over', async () => {
      const evidence = [anEvidence()];
      for (const judged of [{ rules: [] }, { except: [aFinding().id.slice(0, EXCEPTION_CHARS)] }]) {
        const ledger = await fresh();
        const met = (minute: number) => looked(minute, { findings: [seen(minute, { evidence })] });
        const [unjudged] = await entriesAfter(ledger, met(1), met(5), looked(9, { judged }), looked(11, { judged }));
        expect(unjudged?.finding.lastSeen).toBe(at(5).toISOString());
        const [over] = await entriesAfter(ledger, met(12), met(15), looked(19, { passes: [pass] }));
        expect(over?.finding).toMatchObject({ status: 'resolved', lastSeen: at(15).toISOString() });
      }
    });

    it('and opens a finding again that was found resolved before it: the look had it as it was', async () => {
      const [entry] = await entriesAfter(await fresh(), open(1), looked(5, { findings: [seen(5)] }), passed(3));
      expect(entry).toMatchObject({ finding: { status: 'open' }, openedAt: at(5), generation: 2 });
    });

    it('and with what it found: it resolves what is open and passes', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      const changes = await ledger.record(looked(5, { passes: [pass] }));
      expect(changes).toEqual({ opened: [], reopened: [], resolved: [pass.id], unchanged: [] });
      expect(await ledger.entries({})).toMatchObject([{ finding: { status: 'resolved' }, resolvedAt: at(5) }]);
    });

    it('and shortens a span that ended after it, though it is recorded last', async () => {
      const [entry] = await entriesAfter(await fresh(), open(1), passed(9), looked(5, { passes: [pass] }));
      expect(entry).toMatchObject({ finding: { status: 'resolved' }, resolvedAt: at(5) });
    });

    it('and counts only for what it found when a newer look is known', async () => {
      const [entry] = await entriesAfter(await fresh(), looked(9), looked(5, { findings: [seen(5)] }), open(1));
      expect(entry).toMatchObject({ finding: { status: 'resolved' }, openedAt: at(1), resolvedAt: at(9) });
    });
  });

  describe(`${name} agrees with a ledger that stores everything`, () => {
    const resources = ['i-1', 'i-2', 'i-3'];
    const judgeable = (resourceId: string): Judgeable => aJudgement({ ...SCOPE, resourceId });

    /** What a look can find of a resource; a cause that differs is new content. */
    const aSight = fc.constantFrom('open', 'worse', 'muted', 'passed', 'absent', 'unknown');
    type Sighted = 'open' | 'worse' | 'muted' | 'passed' | 'absent' | 'unknown';
    const findingOf = (minute: number, resourceId: string, sighted: Sighted): Finding =>
      seen(minute, {
        resourceId,
        status: sighted === 'muted' ? 'muted' : 'open',
        reason: sighted === 'worse' ? 'worse' : 'bad',
      });
    const lookOf = (minute: number, sights: readonly Sighted[]): Observation => {
      const of = (...kinds: readonly Sighted[]): readonly string[] =>
        resources.filter((_, n) => kinds.includes(sights[n] ?? 'absent'));
      return looked(minute, {
        findings: (['open', 'worse', 'muted'] as const).flatMap((kind) =>
          of(kind).map((resourceId) => findingOf(minute, resourceId, kind)),
        ),
        passes: of('passed').map((resourceId) => aJudgement({ ...SCOPE, resourceId })),
        judged: { except: of('unknown').map((resourceId) => judgeable(resourceId).id.slice(0, EXCEPTION_CHARS)) },
      });
    };
    /** A sweep judges as gone what the ledger has and the account has not. */
    const withGone = async (ledger: Ledger, observation: Observation): Promise<Observation> => {
      const [look] = observation.reading?.looks ?? [];
      if (look === undefined) return observation;
      const { findings, judgements } = observation;
      const met = new Set([...findings, ...judgements].map(({ id }) => id));
      const isMet = (id: string): boolean =>
        met.has(id) || look.judged?.except.includes(id.slice(0, EXCEPTION_CHARS)) === true;
      const known = (await ledger.entries({})).filter(({ finding }) => !isMet(finding.id));
      const gone = known.map(({ finding }) => goneJudgement(finding, 'gone', observation.at));
      return { ...observation, judgements: [...judgements, ...gone] };
    };
    const aFact = fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(...resources), fc.constantFrom('open', 'muted', 'passed'))
      .map(
        ([minute, resourceId, kind]): Observation =>
          kind === 'passed'
            ? passed(minute, { resourceId, id: judgeable(resourceId).id })
            : observed(minute, { findings: [findingOf(minute, resourceId, kind === 'open' ? 'open' : 'muted')] }),
      );
    const theLooks = fc
      .tuple(
        fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 5 }),
        fc.array(fc.array(aSight, { minLength: 3, maxLength: 3 }), { minLength: 5, maxLength: 5 }),
      )
      .map(([minutes, sights]) =>
        minutes.toSorted((a, b) => a - b).map((minute, n) => lookOf(minute, sights[n] ?? [])),
      );
    /** Looks in the order of their times, with facts in any order among them. */
    const aHistory = fc.tuple(theLooks, fc.array(aFact, { maxLength: 10 })).chain(([looks, facts]) => {
      const places = fc.array(fc.integer({ min: 0, max: looks.length }), {
        minLength: facts.length,
        maxLength: facts.length,
      });
      return places.map((places) =>
        [...looks, undefined].flatMap((look, n) => [
          ...facts.filter((_, fact) => places[fact] === n),
          ...(look === undefined ? [] : [look]),
        ]),
      );
    });

    it('whenever facts arrive, and has in sight what is open, muted or to be told', async () => {
      await fc.assert(
        fc.asyncProperty(aHistory, async (observations) => {
          const ledger = await fresh();
          const recorded: Observation[] = [];
          for (const each of observations) {
            const observation = await withGone(ledger, each);
            recorded.push(observation);
            // A delivery that is repeated changes nothing.
            for (const again of [observation, observation]) await ledger.record(again);
          }
          const entries = await ledger.entries({});
          const naive = naiveEntries(recorded, resources.map(judgeable));
          const lives = new Map(entries.map((entry) => [entry.finding.resourceId, lifeOf(entry)]));
          const expected = new Map([...naive.values()].map((entry) => [entry.finding.resourceId, lifeOf(entry)]));
          expect(new Map([...lives].toSorted())).toEqual(new Map([...expected].toSorted()));
          expect(await ledger.entries({ inSight: SCOPE })).toEqual(entries.filter(isInSight));
          for (const { finding } of entries)
            expect([finding.id, finding.lastSeen]).toEqual([finding.id, naive.get(finding.id)?.finding.lastSeen]);
        }),
        { numRuns: options.runs ?? 100 },
      );
    });
  });

  describe(`${name} has in sight`, () => {
    const ids = async (ledger: Ledger, scope: Scope | 'other-rules'): Promise<readonly string[]> =>
      (await ledger.entries({ inSight: scope })).map(({ finding }) => finding.resourceId).toSorted();
    const tell = async (ledger: Ledger, stage: string, ...findings: readonly Finding[]): Promise<void> =>
      ledger.settle(
        findings.map(({ id }) => ({ kind: 'alert', key: `${id}:${stage}` })),
        { now: at(30), owner: 'a', how: 'done' },
      );

    it('what is open or muted, or resolved and to be told, by account and region', async () => {
      const ledger = await fresh();
      const [opened, muted, silent, told] = ['i-open', 'i-muted', 'i-silent', 'i-told'].map((resourceId) =>
        seen(1, { resourceId, status: resourceId === 'i-muted' ? 'muted' : 'open' }),
      ) as [Finding, Finding, Finding, Finding];
      const elsewhere = seen(1, { ...OTHER_SCOPE, resourceId: 'i-elsewhere' });
      await ledger.record(observed(1, { findings: [opened, muted, silent, told, elsewhere] }));
      await tell(ledger, 'notified', told);
      const passes = [silent, told].map(({ id, resourceId }) => aJudgement({ ...SCOPE, id, resourceId }));
      await ledger.record(looked(5, { findings: [opened, muted], passes }));
      expect(await ids(ledger, SCOPE)).toEqual(['i-muted', 'i-open', 'i-told']);
      expect(await ids(ledger, OTHER_SCOPE)).toEqual(['i-elsewhere']);
      expect(await ids(ledger, { ...SCOPE, accountId: '444455556666' })).toEqual([]);
      await tell(ledger, 'resolved', told);
      expect(await ids(ledger, SCOPE)).toEqual(['i-muted', 'i-open']);
      await ledger.record(open(9, { resourceId: 'i-told' }));
      expect(await ids(ledger, SCOPE)).toEqual(['i-muted', 'i-open', 'i-told']);
    });

    it('what a complete look resolved before its mail was noted: people heard of it, and are told that it is over', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      await ledger.record(looked(5, { passes: [pass] }));
      await ledger.record(looked(9));
      expect(await ids(ledger, SCOPE)).toEqual([]);
      await tell(ledger, 'notified', aFinding());
      expect(await ids(ledger, SCOPE)).toEqual([pass.resourceId]);
    });

    it('the findings of rules that judge no account and region apart, whatever account they name', async () => {
      const ledger = await fresh();
      const refused = seen(1, {
        ...OTHER_SCOPE,
        rule: 'log-integrity',
        resourceId: 's3://a/b',
        resourceType: 'AWS::S3::Object',
      });
      await ledger.record(observed(1, { findings: [refused, seen(1)] }));
      expect(await ids(ledger, 'other-rules')).toEqual(['s3://a/b']);
      expect(await ids(ledger, OTHER_SCOPE)).toEqual([]);
      await ledger.record(observed(2, { judgements: [{ ...aJudgement(refused), result: 'gone' }] }));
      expect(await ids(ledger, 'other-rules')).toEqual([]);
    });

    it('what matches the rest of a query', async () => {
      const ledger = await fresh();
      await ledger.record(observed(1, { findings: [seen(1), seen(1, { resourceId: 'i-2', status: 'muted' })] }));
      const found = await ledger.entries({ inSight: SCOPE, status: ['muted'] });
      expect(found.map(({ finding }) => finding.resourceId)).toEqual(['i-2']);
    });
  });
}
