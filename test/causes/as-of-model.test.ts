/**
 * `auditAsOf` against the model: random histories, of which the model knows every account in between. Seeds 1 to 50, four moments
 * each; `MIRRORWATCH_MOMENTS_SEEDS=300` tries more.
 */

import { beforeAll, describe, expect, it } from 'vitest';
import { audit } from '../../src/audit/audit.ts';
import type { AuditResult } from '../../src/audit/finding.ts';
import { auditAsOf } from '../../src/causes/account-at.ts';
import { sightingsOf } from '../../src/sighting/readers.ts';
import { randomOf } from './model/histories/random.ts';
import { type History, inventoryOf, olderAccountOf, randomHistory, snapshotOf, truthsOf } from './model/model.ts';

const SEEDS = Number(process.env.MIRRORWATCH_MOMENTS_SEEDS ?? 50);
const MOMENTS = 4;

/** What an audit says about one resource by one rule. */
interface Said {
  readonly about: string;
  readonly resourceId: string;
  /** `open` and `muted` are findings. */
  readonly answer: string;
  readonly reason: string;
}

/** One history at one moment: the account's own audit, and what is told of it from the account of later. */
interface Look {
  /** To find it again: `seed 12 after 7 calls`. */
  readonly name: string;
  readonly history: History;
  readonly at: Date;
  /** How many calls were made by then. */
  readonly made: number;
  readonly truth: ReadonlyMap<string, Said>;
  readonly told: ReadonlyMap<string, Said>;
  /** The calls that are proven to be causes, by finding id. */
  readonly proven: ReadonlyMap<string, readonly string[]>;
}

function saidIn({ findings, judgements }: AuditResult): ReadonlyMap<string, Said> {
  const all = [
    ...findings.map((finding) => ({ ...finding, answer: finding.status })),
    ...judgements.map((judgement) => ({ ...judgement, answer: judgement.result })),
  ];
  return new Map(
    all.map(({ rule, resourceId, answer, reason }) => {
      const about = `${rule} ${resourceId}`;
      return [about, { about, resourceId, answer, reason }];
    }),
  );
}

/** The numbers of calls after which a second ends, and when the next one begins: calls of one second were all made. */
function momentsOf({
  calls,
}: History): readonly { readonly made: number; readonly from: number; readonly to: number }[] {
  const times = calls.map(({ eventTime }) => Date.parse(eventTime));
  return [...times, Number.POSITIVE_INFINITY].flatMap((next, made) => {
    const from = times[made - 1] ?? next - 60_000;
    const to = Number.isFinite(next) ? next : from + 60_000;
    return to > from ? [{ made, from, to }] : [];
  });
}

function looksAt(seed: number, { withOlder }: { readonly withOlder: boolean }): readonly Look[] {
  const history = randomHistory(seed);
  const random = randomOf(seed * 7919);
  const inventory = inventoryOf(history.final);
  const sightings = history.records.flatMap((record) => sightingsOf(record));
  const older = withOlder ? [olderAccountOf(history, randomOf(seed * 104_729))] : [];
  const moments = momentsOf(history);
  return Array.from({ length: MOMENTS }, () => random.pick(moments)).flatMap((moment) => {
    const account = history.accounts[moment?.made ?? -1];
    if (moment === undefined || account === undefined) return [];
    const { made, from, to } = moment;
    const at = new Date(from + random.below((to - from) / 1000) * 1000);
    const own = audit({ inventory: inventoryOf(account), sightings: [], scope: 'all', now: at }, history.policy);
    const told = auditAsOf({ inventory, sightings, older, at }, history.policy);
    const proven = told.findings.flatMap(({ id, cause }) =>
      cause.kind === 'call' || cause.kind === 'calls' ? [[id, cause.calls.map(({ eventID }) => eventID)] as const] : [],
    );
    const name = `seed ${seed} after ${made} calls`;
    return [{ name, history, at, made, truth: saidIn(own), told: saidIn(told), proven: new Map(proven) }];
  });
}

/** What is known at least, by the account and records alone and with a look at the account at some time between. */
const KINDS = [
  { withOlder: false, kind: 'without an older look', share: 0.55 },
  { withOlder: true, kind: 'with an older look', share: 0.65 },
];

describe.each(KINDS)(
  `auditAsOf $kind, at ${MOMENTS} random moments of each random history with seeds 1 to ${SEEDS}`,
  (asked) => {
    let looks: readonly Look[] = [];
    beforeAll(
      () => {
        looks = Array.from({ length: SEEDS }, (_, index) => looksAt(index + 1, asked)).flat();
      },
      180_000 * Math.max(1, SEEDS / 50),
    );

    const each = (tell: (said: Said, look: Look) => string | undefined): readonly string[] =>
      looks.flatMap((look) => [...look.told.values()].flatMap((said) => tell(said, look) ?? []));

    it('states nothing that was not so', () => {
      const wrong = each(({ about, answer }, { name, truth }) => {
        const really = truth.get(about)?.answer ?? 'nothing';
        return answer === 'unknown' || answer === really ? undefined : `${name}: ${about} is ${answer}, was ${really}`;
      });
      expect(looks).toHaveLength(SEEDS * MOMENTS);
      expect(wrong).toEqual([]);
    });

    it('leaves nothing out but what neither the account nor any record names', () => {
      const missing = looks.flatMap(({ name, history, truth, told }) => {
        const left = [...truth.values()].filter(({ about }) => !told.has(about));
        if (left.length === 0) return [];
        const known = JSON.stringify([snapshotOf(history.final), history.records]);
        return left.filter(({ resourceId }) => known.includes(resourceId)).map(({ about }) => `${name}: ${about}`);
      });
      expect(missing).toEqual([]);
    });

    it('says with every unknown which later record lacks something', () => {
      const unfounded = each(({ about, resourceId, answer, reason }, { name, history, at }) => {
        if (answer !== 'unknown') return undefined;
        const later = history.records.filter(
          ({ eventTime = '', errorCode }) => errorCode === undefined && Date.parse(eventTime) > at.getTime(),
        );
        const isFounded = later.some(
          (record) =>
            reason.startsWith(`the record of ${record.eventName} at ${record.eventTime} `) ||
            (/^it was (?:terminated|deleted) since/.test(reason) && JSON.stringify(record).includes(resourceId)),
        );
        return isFounded ? undefined : `${name}: ${about}: ${reason}`;
      });
      expect(unfounded).toEqual([]);
    });

    it('knows most answers, also from before the last call', () => {
      const early = looks.filter(({ made, history }) => made < history.calls.length);
      const answers = early.flatMap(({ told }) => [...told.values()].map(({ answer }) => answer));
      const known = answers.filter((answer) => answer !== 'unknown');
      expect(known.length / answers.length).toBeGreaterThan(asked.share);
      for (const answer of ['open', 'muted', 'pass'])
        expect(known.filter((one) => one === answer).length).toBeGreaterThan(300);
    });

    it('proves no cause of what was so then that is not the true one', () => {
      let count = 0;
      // The true causes take long to work out: of one moment of each history.
      const wrong = looks.flatMap(({ name, history, made, proven }, index) => {
        if (proven.size === 0 || index % MOMENTS > 0) return [];
        const { calls, accounts } = history;
        const final = accounts[made] ?? history.final;
        const truths = truthsOf({
          ...history,
          calls: calls.slice(0, made),
          accounts: accounts.slice(0, made + 1),
          final,
        });
        return truths.flatMap(({ findingId, truth }) => {
          const told = proven.get(findingId);
          if (told === undefined) return [];
          // The model leaves out at most four calls together.
          if (truth.kind === 'unknown' && told.length > 4) return [];
          count += 1;
          const really = truth.kind === 'unknown' ? [] : truth.eventIDs;
          return told.toSorted().join() === really.toSorted().join() ? [] : [`${name}: ${findingId}`];
        });
      });
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(SEEDS / 2);
    });
  },
);
