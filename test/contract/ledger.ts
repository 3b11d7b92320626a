/** What every Ledger promises: run by the SQLite file and by the DynamoDB adapter over a wire that acts as DynamoDB. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import type { Claim, Ledger, LedgerEntry, LedgerQuery, Observation } from '../../src/ledger/ledger.ts';
import type { Outcome } from '../../src/remediation/outcome.ts';
import { aFinding, aJudgement, anEvidence } from '../support/findings.ts';
import { aStep } from '../support/plans.ts';

const ID = aFinding().id;
const RESOURCE = aFinding().resourceId;

/** Minute `minute` of the history. */
const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 12, minute));

function observed(minute: number, parts: Partial<Observation> = {}): Observation {
  return { at: at(minute), findings: [], judgements: [], outcomes: [], ...parts };
}

const open = (minute: number, parts: Partial<Finding> = {}): Observation =>
  observed(minute, { findings: [aFinding(parts)] });
const muted = (minute: number): Observation => open(minute, { status: 'muted' });
const judged = (minute: number, parts: Partial<Judgement> = {}): Observation =>
  observed(minute, { judgements: [aJudgement({ resourceId: RESOURCE, ...parts })] });

const NOTHING = { opened: [], reopened: [], resolved: [], unchanged: [] };

async function the(ledger: Ledger): Promise<LedgerEntry> {
  const all = await ledger.entries({});
  expect(all).toHaveLength(1);
  return all[0] as LedgerEntry;
}

async function entryAfter(ledger: Ledger, ...observations: readonly Observation[]): Promise<LedgerEntry> {
  for (const observation of observations) await ledger.record(observation);
  return the(ledger);
}

/** Describes the contract. `open` gives an empty ledger; `again` another connection to the same one, if there can be one. */
export function ledgerContract(
  name: string,
  create: () => Promise<{ readonly ledger: Ledger; readonly again?: () => Promise<Ledger> }>,
  options: { readonly runs?: number } = {},
): void {
  const fresh = async (): Promise<Ledger> => (await create()).ledger;

  describe(`${name} keeps the history of a finding`, () => {
    it('opened: as it was told', async () => {
      const ledger = await fresh();
      expect(await ledger.record(open(1))).toEqual({ ...NOTHING, opened: [ID] });
      expect(await the(ledger)).toEqual({
        finding: aFinding(),
        openedAt: at(1),
        resolvedAt: null,
        generation: 1,
        notified: {},
        outcomes: [],
      });
    });

    it('seen again: with the newest words, the earliest sight and all the evidence', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      const later = { reason: 'newer', lastSeen: '2026-11-20T12:30:00.000Z', firstSeen: '2026-11-20T12:20:00.000Z' };
      const evidence = [anEvidence({ eventID: 'second', eventTime: '2026-11-20T12:25:00Z' })];
      expect(await ledger.record(open(2, { ...later, evidence }))).toEqual({ ...NOTHING, unchanged: [ID] });
      const { finding, openedAt, generation } = await the(ledger);
      expect({ openedAt, generation }).toEqual({ openedAt: at(1), generation: 1 });
      expect(finding).toMatchObject({
        reason: 'newer',
        firstSeen: '2026-11-20T10:00:00.000Z',
        lastSeen: '2026-11-20T12:30:00.000Z',
        evidence: [...aFinding().evidence, ...evidence],
      });
    });

    it('resolved by what is in order, with who did it', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      const evidence = [anEvidence({ eventName: 'CreateTags', actor: 'lee@example.com' })];
      expect(await ledger.record(judged(5, { evidence }))).toEqual({ ...NOTHING, resolved: [ID] });
      expect(await the(ledger)).toMatchObject({
        finding: { status: 'resolved' },
        openedAt: at(1),
        resolvedAt: at(5),
        resolvedBy: 'lee@example.com',
      });
    });

    it('resolved by its resource being gone, once', async () => {
      const ledger = await fresh();
      const entry = await entryAfter(ledger, open(1), judged(5, { result: 'gone' }), judged(6, { result: 'gone' }));
      expect(entry).toMatchObject({ finding: { status: 'resolved' }, resolvedAt: at(5) });
      expect(entry).not.toHaveProperty('resolvedBy');
    });

    it('left as it is by what could not be judged', async () => {
      const ledger = await fresh();
      await ledger.record(open(1));
      expect(await ledger.record(judged(5, { result: 'unknown' }))).toEqual(NOTHING);
      expect((await the(ledger)).finding.status).toBe('open');
    });

    it('reopened: a new generation with a new opening', async () => {
      const ledger = await fresh();
      await entryAfter(ledger, open(1), judged(5));
      expect(await ledger.record(open(9))).toEqual({ ...NOTHING, reopened: [ID] });
      expect(await the(ledger)).toMatchObject({ openedAt: at(9), resolvedAt: null, generation: 2 });
    });

    it('muted, and back in a new generation when the exemption is over', async () => {
      const ledger = await fresh();
      const entry = await entryAfter(ledger, open(1), muted(3));
      expect(entry).toMatchObject({ finding: { status: 'muted' }, openedAt: at(1), resolvedAt: null, generation: 1 });
      expect(await ledger.record(open(7))).toEqual({ ...NOTHING, reopened: [ID] });
      expect(await the(ledger)).toMatchObject({ finding: { status: 'open' }, openedAt: at(7), generation: 2 });
    });

    it('untouched by old news', async () => {
      const entry = await entryAfter(await fresh(), open(5, { reason: 'new' }), judged(9), open(3, { reason: 'old' }));
      expect(entry).toMatchObject({
        finding: { reason: 'new', status: 'resolved' },
        openedAt: at(3),
        resolvedAt: at(9),
        generation: 1,
      });
    });

    it('open when it was told to be open and in order at the same moment', async () => {
      expect((await entryAfter(await fresh(), judged(5), open(5))).finding.status).toBe('open');
      expect((await entryAfter(await fresh(), open(5), judged(5))).finding.status).toBe('open');
    });

    it('known to be over when the news that it was in order came first', async () => {
      const ledger = await fresh();
      expect(await ledger.record(judged(5))).toEqual(NOTHING);
      expect(await ledger.entries({})).toEqual([]);
      expect(await ledger.record(open(1))).toEqual({ ...NOTHING, unchanged: [ID] });
      expect(await the(ledger)).toMatchObject({ finding: { status: 'resolved' }, openedAt: at(1), resolvedAt: at(5) });
    });

    it('keeps the fifty newest pieces of evidence, each event once', async () => {
      const ledger = await fresh();
      const events = Array.from({ length: 60 }, (_, minute) =>
        anEvidence({ eventID: `event-${minute}`, eventTime: new Date(at(minute)).toISOString() }),
      );
      for (const half of [events.slice(20), events.slice(0, 40)]) await ledger.record(open(1, { evidence: half }));
      expect((await the(ledger)).finding.evidence).toEqual(events.slice(10));
    });

    it('keeps apart what differs in rule, account or resource', async () => {
      const ledger = await fresh();
      const three = [aFinding(), aFinding({ rule: 'instance-unmirrored' }), aFinding({ accountId: '999988887777' })];
      const changes = await ledger.record(observed(1, { findings: three }));
      expect(changes.opened).toEqual(three.map(({ id }) => id));
      expect(await ledger.entries({})).toHaveLength(3);
    });

    it('shows what was done about it, by time and each time once', async () => {
      const ledger = await fresh();
      const finding = aFinding({ rule: 'instance-unmirrored', resourceId: 'i-1' });
      const outcome = (result: Outcome['result'], reason: string): Outcome => ({ step: aStep(), result, reason });
      const later = observed(5, { findings: [finding], outcomes: [outcome('done', 'created')] });
      await ledger.record(later);
      await ledger.record(observed(1, { findings: [finding], outcomes: [outcome('failed', 'throttled')] }));
      await ledger.record(later);
      expect((await the(ledger)).outcomes).toEqual([
        { at: at(1), result: 'failed', reason: 'throttled' },
        { at: at(5), result: 'done', reason: 'created' },
      ]);
    });

    it('is the same for any order of the observations, each told any number of times, and for two who tell them', async () => {
      const anObservation = fc.tuple(
        fc.integer({ min: 0, max: 12 }),
        fc.constantFrom<(minute: number, words: string) => Observation>(
          (minute, words) => open(minute, { reason: words, evidence: [anEvidence({ eventID: words })] }),
          (minute) => muted(minute),
          (minute, words) => judged(minute, { evidence: [anEvidence({ actor: words })] }),
          (minute) => judged(minute, { result: 'gone' }),
          (minute) => judged(minute, { result: 'unknown' }),
        ),
        fc.constantFrom('a', 'b', 'c'),
      );
      const told = fc
        .array(anObservation, { minLength: 1, maxLength: 10 })
        .chain((list) =>
          fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list, ...list], { minLength: 3 * list.length })),
        );
      const tell = ([minute, make, words]: [number, (minute: number, words: string) => Observation, string]) =>
        make(minute, words);
      await fc.assert(
        fc.asyncProperty(told, async ([list, shuffled]) => {
          const first = await fresh();
          for (const each of list) await first.record(tell(each));
          const { ledger: second, again } = await create();
          const other = (await again?.()) ?? second;
          for (const [index, each] of shuffled.entries()) await (index % 2 === 0 ? second : other).record(tell(each));
          expect(await second.entries({})).toEqual(await first.entries({}));
        }),
        { numRuns: options.runs ?? 60 },
      );
    });
  });

  describe(`${name} answers queries`, () => {
    const severe = aFinding({ resourceId: 'i-severe', severity: 'critical', region: 'us-east-1' });
    const over = aFinding({ resourceId: 'i-over', accountId: '999988887777' });
    const hidden = aFinding({ resourceId: 'i-hidden', status: 'muted', rule: 'instance-unmirrored' });
    const back = aFinding({ resourceId: 'i-back', severity: 'low' });
    /** Open from 10; from 10 to 20; muted from 10; from 10 to 20 and again from 40. */
    const aHistory = async (): Promise<Ledger> => {
      const ledger = await fresh();
      const passed = [over, back].map(({ id, accountId, resourceId }) => aJudgement({ id, accountId, resourceId }));
      await ledger.record(observed(10, { findings: [back, over, hidden, severe] }));
      await ledger.record(observed(20, { judgements: passed }));
      await ledger.record(observed(40, { findings: [back] }));
      return ledger;
    };

    it.each<[string, LedgerQuery, readonly Finding[]]>([
      ['everything, the most urgent first', {}, [severe, hidden, over, back]],
      ['ids', { ids: [over.id, 'none'] }, [over]],
      ['no ids', { ids: [] }, []],
      ['open ones', { status: ['open'] }, [severe, back]],
      ['open and muted ones', { status: ['open', 'muted'] }, [severe, hidden, back]],
      ['an account', { accountIds: ['999988887777'] }, [over]],
      ['a region', { regions: ['us-east-1'] }, [severe]],
      ['a rule', { rules: ['instance-unmirrored'] }, [hidden]],
      ['a severity', { minSeverity: 'medium' }, [severe, hidden, over]],
      ['all of it together', { status: ['open'], minSeverity: 'low', regions: ['eu-west-1'] }, [back]],
      ['a period before all', { period: { since: at(0), until: at(10) } }, []],
      ['a period that begins as they open', { period: { since: at(10), until: at(11) } }, [severe, hidden, over, back]],
      ['a period that begins as two are resolved', { period: { since: at(20), until: at(21) } }, [severe, hidden]],
      ['a period between', { period: { since: at(25), until: at(40) } }, [severe, hidden]],
      ['a period in which one came back', { period: { since: at(30), until: at(41) } }, [severe, hidden, back]],
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

    it('by time, each once, and none for an observation that says neither what was covered nor what was read', async () => {
      const ledger = await fresh();
      const run = observed(5, { coverage, inputs });
      for (const each of [run, observed(3, { inputs }), run, observed(4)]) await ledger.record(each);
      expect(await ledger.runs({ since: at(0), until: at(9) })).toEqual([
        { at: at(3), coverage: [], inputs },
        { at: at(5), coverage, inputs },
      ]);
    });

    it('of the period, its end excluded', async () => {
      const ledger = await fresh();
      for (const minute of [1, 2, 3]) await ledger.record(observed(minute, { inputs }));
      const found = await ledger.runs({ since: at(2), until: at(3) });
      expect(found.map((run) => run.at)).toEqual([at(2)]);
    });
  });

  describe(`${name} hands out claims`, () => {
    const one: Claim = { kind: 'delivery', key: 's3://bucket/a' };
    const two: Claim = { kind: 'delivery', key: 's3://bucket/b' };

    it('to the first who asks, until the lease is over', async () => {
      const ledger = await fresh();
      expect(await ledger.claim([one], at(0), 60)).toEqual([one]);
      expect(await ledger.claim([one, two], at(0), 60)).toEqual([two]);
      expect(await ledger.claim([one], new Date(at(1).getTime() - 1), 60)).toEqual([]);
      expect(await ledger.claim([one], at(1), 60)).toEqual([one]);
    });

    it('never again when it is done', async () => {
      const ledger = await fresh();
      await ledger.claim([one], at(0), 60);
      await ledger.settle([one], at(0), 'done');
      expect(await ledger.claim([one], at(59), 60)).toEqual([]);
      await ledger.settle([one], at(59), 'released');
      expect(await ledger.claim([one], at(59), 60)).toEqual([]);
    });

    it('at once when it is given back', async () => {
      const ledger = await fresh();
      await ledger.claim([one, two], at(0), 60);
      await ledger.settle([one], at(0), 'released');
      expect(await ledger.claim([one, two], at(0), 60)).toEqual([one]);
    });

    it('by kind and key, each on its own', async () => {
      const ledger = await fresh();
      const other: Claim = { kind: 'task', key: one.key };
      await ledger.claim([one], at(0), 60);
      expect(await ledger.claim([other], at(0), 60)).toEqual([other]);
    });

    it('to exactly one of many who ask at once', async () => {
      const { ledger, again } = await create();
      const other = (await again?.()) ?? ledger;
      const asked = Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? ledger : other).claim([one, two], at(0), 60),
      );
      expect((await Promise.all(asked)).flat()).toHaveLength(2);
    });

    it('and shows which mails about a finding went out, for its generation', async () => {
      const ledger = await fresh();
      await entryAfter(ledger, open(1));
      const sent = (generation: number, stage: string): Claim => ({
        kind: 'alert',
        key: `${ID}:${generation}:${stage}`,
      });
      await ledger.claim([sent(1, 'notified'), sent(1, 'reminded-day')], at(2), 60);
      expect((await the(ledger)).notified).toEqual({});
      await ledger.settle([sent(1, 'notified')], at(3), 'done');
      expect((await the(ledger)).notified).toEqual({ notified: at(3) });
      expect((await entryAfter(ledger, judged(5), open(9))).notified).toEqual({});
    });
  });
}
