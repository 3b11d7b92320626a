/** The contract of every Ledger, run against SQLite, the table in memory, and the DynamoDB adapter over a fake endpoint. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSE_NOT_EXAMINED, type Cause } from '../../src/audit/cause.ts';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import { failedLook, type Gap } from '../../src/audit/gaps/gap.ts';
import { groupBy } from '../../src/collections.ts';
import { MAX_OUTCOMES } from '../../src/ledger/fold.ts';
import type { Ledger, LedgerEntry, LedgerQuery, Observation } from '../../src/ledger/ledger.ts';
import { NOTHING_READ, readingOf } from '../../src/ledger/reading.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import { aCall, possible, unknown } from '../support/causes.ts';
import { aFinding, aJudgement, aLook, anEvidence, aReading } from '../support/findings.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aStep } from '../support/plans.ts';
import { claimsContract } from './claims.ts';
import { sightContract } from './sight.ts';

const ID = aFinding().id;
const RESOURCE = aFinding().resourceId;

/** The time `minute` minutes into the history. */
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

function observed(minute: number, parts: Partial<Observation> = {}): Observation {
  return { at: at(minute), findings: [], judgements: [], outcomes: [], ...parts };
}

const open = (minute: number, parts: Partial<Finding> = {}): Observation =>
  observed(minute, { findings: [aFinding(parts)] });
const muted = (minute: number): Observation => open(minute, { status: 'muted' });
const judged = (minute: number, parts: Partial<Judgement> = {}): Observation =>
  observed(minute, { judgements: [aJudgement({ resourceId: RESOURCE, ...parts })] });

/** The call that is proven to have resolved the finding. */
const RESOLUTION = anEvidence({
  role: 'resolution',
  eventID: 'resolution',
  eventName: 'CreateTags',
  eventTime: '2026-11-20T12:04:00.000Z',
  actor: 'lee@example.com',
});

const DENIED: Gap = { kind: 'list', name: 'securityGroups', reason: 'denied' };
const UNJUDGED: Gap = { kind: 'rule', name: 'instance-unmirrored', reason: 'no list', count: 2, resources: ['i-1'] };

const NO_CHANGES = { opened: [], reopened: [], resolved: [], unchanged: [] };

async function onlyEntry(ledger: Ledger): Promise<LedgerEntry> {
  const all = await ledger.entries({});
  expect(all).toHaveLength(1);
  return all[0] as LedgerEntry;
}

async function entryAfter(ledger: Ledger, ...observations: readonly Observation[]): Promise<LedgerEntry> {
  for (const observation of observations) await ledger.record(observation);
  return onlyEntry(ledger);
}

/** Describes the contract. `create` opens an empty ledger; `again` opens another connection to it, if that is possible. */
export function ledgerContract(
  name: string,
  create: () => Promise<{ readonly ledger: Ledger; readonly again?: () => Promise<Ledger> }>,
  options: { readonly runs?: number } = {},
): void {
  const fresh = async (): Promise<Ledger> => (await create()).ledger;

  claimsContract(name, create);

  describe(`${name} keeps the history of a finding`, () => {
    it('opened: verbatim', async () => {
      const ledger = await fresh();
      expect(await ledger.record(open(1))).toEqual({ ...NO_CHANGES, opened: [ID] });
      expect(await onlyEntry(ledger)).toEqual({
        finding: aFinding(),
        openedAt: at(1),
        resolvedAt: null,
        generation: 1,
        notified: {},
        outcomes: [],
      });
    });

    it('seen again: with the newest content, the earliest sighting and all evidence, newest first', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      const later = { reason: 'newer', lastSeen: '2026-11-20T12:30:00.000Z', firstSeen: '2026-11-20T12:20:00.000Z' };
      const evidence = [anEvidence({ eventID: 'second', eventTime: '2026-11-20T12:25:00Z' })];
      expect(await ledger.record(open(2, { ...later, evidence }))).toEqual({ ...NO_CHANGES, unchanged: [ID] });
      const { finding, openedAt, generation } = await onlyEntry(ledger);
      expect({ openedAt, generation }).toEqual({ openedAt: at(1), generation: 1 });
      expect(finding).toMatchObject({
        reason: 'newer',
        firstSeen: '2026-11-20T10:00:00.000Z',
        lastSeen: '2026-11-20T12:30:00.000Z',
        evidence: [...evidence, ...aFinding().evidence],
      });
    });

    it('resolved when its resource passes, with the actor', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      const evidence = [RESOLUTION];
      expect(await ledger.record(judged(5, { evidence }))).toEqual({ ...NO_CHANGES, resolved: [ID] });
      expect(await onlyEntry(ledger)).toMatchObject({
        finding: { status: 'resolved', evidence: [RESOLUTION, anEvidence()] },
        openedAt: at(1),
        resolvedAt: at(5),
        resolvedBy: 'lee@example.com',
      });
    });

    it('resolved by nobody when no record proves who did it', async () => {
      const evidence = [anEvidence({ eventID: 'near', actor: 'bystander' })];
      const entry = await entryAfter(await fresh(), open(1), judged(5, { evidence }));
      expect(entry.finding).toMatchObject({ status: 'resolved', evidence: [anEvidence()] });
      expect(entry).not.toHaveProperty('resolvedBy');
    });

    it('resolved by those who did it together, oldest call first', async () => {
      const first = { ...RESOLUTION, eventID: 'first', eventTime: '2026-11-20T12:02:00.000Z', actor: 'ada' };
      const entry = await entryAfter(await fresh(), open(1), judged(5, { evidence: [RESOLUTION, first] }));
      expect(entry.resolvedBy).toBe('ada and lee@example.com');
    });

    it.each<[string, Cause, Cause, Cause]>([
      ['a re-check that shows none', aCall('dana'), CAUSE_NOT_EXAMINED, aCall('dana')],
      ['a look at other records that shows none', aCall('dana'), unknown(), aCall('dana')],
      ['a look that shows a possible one', aCall('dana'), possible('erin'), aCall('dana')],
      ['a look that proves it', possible('erin'), aCall('dana'), aCall('dana')],
      ['a sweep, with the reason why it is unknown', unknown(), CAUSE_NOT_EXAMINED, unknown()],
    ])('with its cause after %s, whichever is recorded first', async (_, opening, later, shown) => {
      const observations = [
        open(1, { cause: opening }),
        open(5, { cause: later, evidence: later === CAUSE_NOT_EXAMINED ? [] : [anEvidence()] }),
      ];
      for (const inOrder of [observations, observations.toReversed()])
        expect((await entryAfter(await fresh(), ...inOrder)).finding.cause).toEqual(shown);
    });

    it('with its cause after it is resolved, and with another one when it is reopened', async () => {
      const ledger = await fresh();
      const cause = aCall('dana');
      expect((await entryAfter(ledger, open(1, { cause }), judged(5))).finding.cause).toEqual(cause);
      const evidence = [
        anEvidence({ eventID: 'deletion', eventName: 'DeleteTags', eventTime: '2026-11-20T12:09:00Z' }),
      ];
      const again = await entryAfter(ledger, open(9, { cause: unknown(), evidence }));
      expect(again).toMatchObject({ generation: 2, finding: { cause: unknown() } });
      expect(again.finding.evidence.map(({ eventName, role }) => [eventName, role])).toEqual([
        ['DeleteTags', 'context'],
        ['RunInstances', 'context'],
      ]);
    });

    it('with the roles that its evidence has for the cause that is shown', async () => {
      const launch = anEvidence({ eventID: 'launch', eventTime: '2026-11-20T10:00:00Z', role: 'context' });
      const deletion = anEvidence({ eventID: 'deletion', eventTime: '2026-11-20T11:00:00Z', role: 'cause' });
      const cause = aCall('erin', { eventID: 'deletion' });
      const { finding } = await entryAfter(await fresh(), open(1, { cause, evidence: [launch, deletion] }), open(3));
      expect(finding.evidence.map(({ eventID, role }) => [eventID, role])).toEqual([
        ['deletion', 'cause'],
        ['launch', 'context'],
        [anEvidence().eventID, 'context'],
      ]);
    });

    it('with the record that is its cause, however many records came after it', async () => {
      const launch = anEvidence({ eventID: 'launch', eventTime: '2026-11-20T10:00:00Z', role: 'cause' });
      const later = Array.from({ length: 60 }, (_, minute) =>
        anEvidence({ eventID: `event-${minute}`, eventTime: new Date(at(minute)).toISOString() }),
      );
      const cause = aCall('dana', { eventID: 'launch' });
      const { finding } = await entryAfter(
        await fresh(),
        open(1, { cause, evidence: [launch] }),
        open(3, { evidence: later }),
      );
      expect(finding.evidence).toHaveLength(50);
      expect(finding.evidence.at(-1)).toEqual(launch);
    });

    it('with who launched the resource and what made us look as at its opening', async () => {
      const entry = await entryAfter(
        await fresh(),
        open(5, { launchedBy: undefined, seenBecause: 'a sweep of the account', evidence: [] }),
        open(1, { launchedBy: 'ada', seenBecause: 'RunInstances' }),
      );
      expect(entry.finding).toMatchObject({ launchedBy: 'ada', seenBecause: 'RunInstances' });
    });

    it('with its cause when an exemption ends: it was never resolved', async () => {
      const entry = await entryAfter(
        await fresh(),
        open(1, { cause: aCall('dana') }),
        muted(3),
        open(7, { evidence: [] }),
      );
      expect(entry).toMatchObject({ generation: 2, finding: { cause: aCall('dana') } });
    });

    it('resolved once when its resource is gone', async () => {
      const ledger = await fresh();
      const entry = await entryAfter(ledger, open(1), judged(5, { result: 'gone' }), judged(6, { result: 'gone' }));
      expect(entry).toMatchObject({ finding: { status: 'resolved' }, resolvedAt: at(5) });
      expect(entry).not.toHaveProperty('resolvedBy');
    });

    it('unchanged when its resource could not be judged', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      expect(await ledger.record(judged(5, { result: 'unknown' }))).toEqual(NO_CHANGES);
      expect((await onlyEntry(ledger)).finding.status).toBe('open');
    });

    it('reopened: a new generation with a new opening time', async () => {
      const ledger = await fresh();
      await entryAfter(ledger, open(1), judged(5));
      expect(await ledger.record(open(9))).toEqual({ ...NO_CHANGES, reopened: [ID] });
      expect(await onlyEntry(ledger)).toMatchObject({ openedAt: at(9), resolvedAt: null, generation: 2 });
    });

    it('muted, and open in a new generation when the exemption ends', async () => {
      const ledger = await fresh();
      const entry = await entryAfter(ledger, open(1), muted(3));
      expect(entry).toMatchObject({ finding: { status: 'muted' }, openedAt: at(1), resolvedAt: null, generation: 1 });
      expect(await ledger.record(open(7))).toEqual({ ...NO_CHANGES, reopened: [ID] });
      expect(await onlyEntry(ledger)).toMatchObject({ finding: { status: 'open' }, openedAt: at(7), generation: 2 });
    });

    it('not changed by an older observation', async () => {
      const entry = await entryAfter(await fresh(), open(5, { reason: 'new' }), judged(9), open(3, { reason: 'old' }));
      expect(entry).toMatchObject({
        finding: { reason: 'new', status: 'resolved' },
        openedAt: at(3),
        resolvedAt: at(9),
        generation: 1,
      });
    });

    it('open when it is observed as open and as passing at the same moment', async () => {
      expect((await entryAfter(await fresh(), judged(5), open(5))).finding.status).toBe('open');
      expect((await entryAfter(await fresh(), open(5), judged(5))).finding.status).toBe('open');
    });

    it('resolved when the passing judgement arrives before the older finding', async () => {
      const ledger = await fresh();
      expect(await ledger.record(judged(5))).toEqual(NO_CHANGES);
      expect(await ledger.entries({})).toEqual([]);
      expect(await ledger.record(open(1))).toEqual({ ...NO_CHANGES, unchanged: [ID] });
      expect(await onlyEntry(ledger)).toMatchObject({
        finding: { status: 'resolved' },
        openedAt: at(1),
        resolvedAt: at(5),
      });
    });

    it('with the fifty newest pieces of evidence, each event once, newest first', async () => {
      const ledger = await fresh();
      const events = Array.from({ length: 60 }, (_, minute) =>
        anEvidence({ eventID: `event-${minute}`, eventTime: new Date(at(minute)).toISOString() }),
      );
      for (const half of [events.slice(20), events.slice(0, 40)]) await ledger.record(open(1, { evidence: half }));
      expect((await onlyEntry(ledger)).finding.evidence).toEqual(events.slice(10).toReversed());
    });

    it('separate from findings of another rule, account or resource', async () => {
      const ledger = await fresh();
      const three = [aFinding(), aFinding({ rule: 'instance-unmirrored' }), aFinding({ accountId: '999988887777' })];
      const changes = await ledger.record(observed(1, { findings: three }));
      expect(changes.opened).toEqual(three.map(({ id }) => id));
      expect(await ledger.entries({})).toHaveLength(3);
    });

    it('with the outcomes of its repairs, oldest first and each once', async () => {
      const ledger = await fresh();
      const finding = aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1' });
      const outcome = (result: Outcome['result'], reason: string): Outcome => ({ step: aStep(), result, reason });
      const later = observed(5, { findings: [finding], outcomes: [outcome('done', 'created')] });
      await ledger.record(later);
      await ledger.record(observed(1, { findings: [finding], outcomes: [outcome('failed', 'throttled')] }));
      await ledger.record(later);
      expect((await onlyEntry(ledger)).outcomes).toEqual([
        { at: at(1), result: 'failed', reason: 'throttled' },
        { at: at(5), result: 'done', reason: 'created' },
      ]);
    });

    it('with its outcomes at the time of the answers, whatever the observation and the finding are dated', async () => {
      const ledger = await fresh();
      const finding = aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1', accountId: ACCOUNT, region: REGION });
      const outcomes: Outcome[] = [{ step: aStep(), result: 'done', reason: 'created' }];
      const times = new Map([[finding.id, at(1)]]);
      await ledger.record(observed(5, { times, findings: [finding], outcomes, repairedAt: at(7) }));
      expect((await onlyEntry(ledger)).outcomes).toEqual([{ at: at(7), result: 'done', reason: 'created' }]);
    });

    it('with each outcome at its own time, if it has one', async () => {
      const ledger = await fresh();
      const finding = aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1', accountId: ACCOUNT, region: REGION });
      const outcome = { step: aStep(), result: 'done', reason: 'created', at: at(6) } as const;
      await ledger.record(observed(5, { findings: [finding], outcomes: [outcome], repairedAt: at(7) }));
      expect((await onlyEntry(ledger)).outcomes).toEqual([{ at: at(6), result: 'done', reason: 'created' }]);
    });

    it('with no outcome of a step that was for another finding, however similar, or from before it existed', async () => {
      const ledger = await fresh();
      const place = { resourceId: 'i-1', accountId: ACCOUNT, region: REGION, detail: {} } as const;
      const unmirrored = aFinding({ ...place, rule: 'instance-unmirrored' });
      const ineffective = aFinding({ ...place, rule: 'mirror-ineffective' });
      const outcomes: Outcome[] = [{ step: aStep(), result: 'done', reason: 'created' }];
      await ledger.record(observed(1, { findings: [unmirrored], outcomes }));
      await ledger.record(observed(5, { findings: [ineffective] }));
      const entries = await ledger.entries({});
      expect(entries.map(({ finding: { rule }, outcomes: kept }) => [rule, kept.length]).toSorted()).toEqual([
        ['instance-unmirrored', 1],
        ['mirror-ineffective', 0],
      ]);
    });

    it('with its outcomes at the time of the observation, even if the finding is dated earlier', async () => {
      const ledger = await fresh();
      const finding = aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1' });
      const outcomes: Outcome[] = [{ step: aStep(), result: 'done', reason: 'created' }];
      await ledger.record(observed(5, { times: new Map([[finding.id, at(1)]]), findings: [finding], outcomes }));
      const entry = await onlyEntry(ledger);
      expect(entry.openedAt).toEqual(at(1));
      expect(entry.outcomes).toEqual([{ at: at(5), result: 'done', reason: 'created' }]);
    });

    it(`with the ${MAX_OUTCOMES} newest outcomes`, async () => {
      const ledger = await fresh();
      const finding = aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1' });
      const outcomes = Array.from({ length: MAX_OUTCOMES + 10 }, (_, number): { minute: number; reason: string } => ({
        minute: Math.floor(number / 4),
        reason: `attempt ${String(number).padStart(2, '0')}`,
      }));
      for (const [minute, attempts] of groupBy(outcomes, (each) => each.minute)) {
        const tried = attempts.map(({ reason }): Outcome => ({ step: aStep(), result: 'failed', reason }));
        await ledger.record(observed(minute, { findings: [finding], outcomes: tried.toReversed() }));
      }
      expect((await onlyEntry(ledger)).outcomes).toEqual(
        outcomes.slice(10).map(({ minute, reason }) => ({ at: at(minute), result: 'failed', reason })),
      );
    });

    it('the same for observations in any order, repeated or not, from one writer or two', async () => {
      const anObservation = fc.tuple(
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom<(minute: number, words: string) => Observation>(
          (minute, words) => open(minute, { reason: words, evidence: [anEvidence({ eventID: words })] }),
          (minute, words) => open(minute, { cause: aCall(words, { eventID: words }), launchedBy: words }),
          (minute, words) => open(minute, { cause: possible(words), seenBecause: words }),
          (minute, words) => open(minute, { cause: unknown(words) }),
          (minute) => muted(minute),
          (minute, words) => judged(minute, { evidence: [{ ...RESOLUTION, actor: words }] }),
          (minute) => judged(minute, { result: 'gone' }),
          (minute) => judged(minute, { result: 'unknown' }),
        ),
        fc.constantFrom('a', 'b', 'c'),
      );
      const observations = fc
        .array(anObservation, { minLength: 1, maxLength: 10 })
        .chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list, ...list], { minLength: 3 * list.length })),
        );
      const build = ([minute, make, words]: [number, (minute: number, words: string) => Observation, string]) =>
        make(minute, words);
      await fc.assert(
        fc.asyncProperty(observations, async ([list, shuffled]) => {
          const first = await fresh();
          for (const each of list) await first.record(build(each));
          const { ledger: second, again } = await create();
          const other = (await again?.()) ?? second;
          for (const [index, each] of shuffled.entries()) await (index % 2 === 0 ? second : other).record(build(each));
          expect(await second.entries({})).toEqual(await first.entries({}));
        }),
        { numRuns: options.runs ?? 60 },
      );
    });
  });

  sightContract(name, create, options);

  describe(`${name} answers queries`, () => {
    const severe = aFinding({ resourceId: 'i-severe', severity: 'critical', region: 'us-east-1' });
    const resolved = aFinding({ resourceId: 'i-resolved', accountId: '999988887777' });
    const exempt = aFinding({ resourceId: 'i-exempt', status: 'muted', rule: 'instance-unmirrored' });
    const reopened = aFinding({ resourceId: 'i-reopened', severity: 'low' });
    /** `severe` is open from minute 10, `resolved` from 10 to 20, `exempt` is muted from 10, `reopened` is open from 10 to 20 and from 40. */
    const aHistory = async (): Promise<Ledger> => {
      const ledger = await fresh();
      const passed = [resolved, reopened].map(({ id, accountId, resourceId }) =>
        aJudgement({ id, accountId, resourceId }),
      );
      await ledger.record(observed(10, { findings: [reopened, resolved, exempt, severe] }));
      await ledger.record(observed(20, { judgements: passed }));
      await ledger.record(observed(40, { findings: [reopened] }));
      return ledger;
    };

    it.each<[string, LedgerQuery, readonly Finding[]]>([
      ['everything, the most urgent first', {}, [severe, exempt, resolved, reopened]],
      ['ids', { ids: [resolved.id, 'none'] }, [resolved]],
      ['no ids', { ids: [] }, []],
      ['open ones', { status: ['open'] }, [severe, reopened]],
      ['open and muted ones', { status: ['open', 'muted'] }, [severe, exempt, reopened]],
      ['an account', { accountIds: ['999988887777'] }, [resolved]],
      ['a region', { regions: ['us-east-1'] }, [severe]],
      ['a rule', { rules: ['instance-unmirrored'] }, [exempt]],
      ['a severity', { minSeverity: 'medium' }, [severe, exempt, resolved]],
      ['all of it together', { status: ['open'], minSeverity: 'low', regions: ['eu-west-1'] }, [reopened]],
      ['a period before all', { period: { since: at(0), until: at(10) } }, []],
      [
        'a period that begins as they open',
        { period: { since: at(10), until: at(11) } },
        [severe, exempt, resolved, reopened],
      ],
      [
        'a period that begins as two are resolved',
        { period: { since: at(20), until: at(21) } },
        [severe, exempt, resolved, reopened],
      ],
      ['a period that begins after that', { period: { since: at(21), until: at(22) } }, [severe, exempt]],
      ['a period between', { period: { since: at(25), until: at(40) } }, [severe, exempt]],
      ['a period in which one came back', { period: { since: at(30), until: at(41) } }, [severe, exempt, reopened]],
    ])('by %s', async (_, query, expected) => {
      const found = await (await aHistory()).entries(query);
      expect(found.map(({ finding }) => finding.resourceId)).toEqual(expected.map(({ resourceId }) => resourceId));
    });
  });

  describe(`${name} keeps runs`, () => {
    const coverage = [
      { accountId: '111122223333', region: 'eu-west-1', rule: 'instance-untagged', checked: 9, passed: 7 } as const,
    ];
    const inputs = [{ path: 'a.json.gz', sha256: '00', bytes: 10, records: 2 }];

    it('oldest first, each once, and none for an observation without coverage, inputs and reading', async () => {
      const ledger = await fresh();
      const run = observed(5, { coverage, inputs });
      for (const each of [run, observed(3, { inputs }), run, observed(4)]) await ledger.record(each);
      expect(await ledger.runs({ since: at(0), until: at(9) })).toEqual([
        { at: at(3), coverage: [], inputs },
        { at: at(5), coverage, inputs },
      ]);
    });

    it('with what they read, skipped, rejected, and could not reach or judge', async () => {
      const ledger = await fresh();
      const looks = [aLook({ gaps: [DENIED] }), aLook({ region: 'us-east-1', complete: false, gaps: [UNJUDGED] })];
      const reading = aReading({ skipped: { digest: 2 }, looks });
      await ledger.record(observed(5, { inputs, reading }));
      await ledger.record(observed(5, { inputs, reading }));
      await ledger.record(observed(6, { reading: aReading({ records: 7 }) }));
      expect(await ledger.runs({ since: at(0), until: at(9) })).toEqual([
        { at: at(5), coverage: [], inputs, reading },
        { at: at(6), coverage: [], inputs: [], reading: aReading({ records: 7 }) },
      ]);
    });

    it('with a hundred thousand rejected inputs: all counted, the first hundred named, long paths and reasons cut', async () => {
      const ledger = await fresh();
      const rejected = Array.from({ length: 100_000 }, (_, n) => ({
        path: `${n}${'\u{10348}'.repeat(3000)}`,
        reason: 'x'.repeat(5000),
      }));
      const reading = readingOf({ ...NOTHING_READ, rejected }, []);
      await ledger.record(observed(5, { reading }));
      const [run] = await ledger.runs({ since: at(0), until: at(9) });
      expect(run?.reading).toEqual(reading);
      expect(run?.reading?.rejectedCount).toBe(100_000);
      expect(run?.reading?.rejected).toHaveLength(100);
      expect(JSON.stringify(run).length).toBeLessThan(300_000);
    });

    it('with thousands of accounts that could not be read', async () => {
      const ledger = await fresh();
      const looks = Array.from({ length: 3000 }, (_, n) =>
        failedLook({ accountId: String(n).padStart(12, '0'), region: REGION }, true, 'denied '.repeat(100)),
      );
      const reading = aReading({ looks });
      await ledger.record(observed(5, { reading }));
      expect(await ledger.runs({ since: at(0), until: at(9) })).toEqual([
        { at: at(5), coverage: [], inputs: [], reading },
      ]);
    });

    it('whose complete looks are found by account and region: the newest, oldest first, excluding the end', async () => {
      const ledger = await fresh();
      const other = aLook({ region: 'us-east-1' });
      for (const minute of [4, 1, 3, 2, 5])
        await ledger.record(
          observed(minute, { reading: aReading({ looks: [aLook({ gaps: minute > 2 ? [DENIED] : [] }), other] }) }),
        );
      await ledger.record(
        observed(3, { reading: aReading({ looks: [aLook({ complete: false, gaps: [UNJUDGED] })] }) }),
      );
      const looksAt = { accountId: ACCOUNT, region: REGION, count: 3 };
      const found = await ledger.runs({ since: at(0), until: at(5), looksAt });
      expect(found.map((run) => [run.at, run.reading?.looks])).toEqual([
        [at(2), [aLook()]],
        [at(3), [aLook({ gaps: [DENIED] })]],
        [at(4), [aLook({ gaps: [DENIED] })]],
      ]);
    });

    it('of a period, excluding its end', async () => {
      const ledger = await fresh();
      for (const minute of [1, 2, 3]) await ledger.record(observed(minute, { inputs }));
      const found = await ledger.runs({ since: at(2), until: at(3) });
      expect(found.map((run) => run.at)).toEqual([at(2)]);
    });
  });
}
