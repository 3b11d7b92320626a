import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InstanceMetrics, MetricName, Sums } from '../../../src/inventory/metrics/instance-metrics.ts';
import { judgeFigures, type Measured, type TrafficHealth } from '../../../src/mirror/health/judge-figures.ts';
import { ASKED_AT, aMetrics, PERIODS, silentMetrics, steady } from '../../support/metrics.ts';

const BOTH = { inbound: true, outbound: true };
const measured: Measured = { taken: BOTH, droppedShare: 0.01, zerosProveNothing: false };
const kindOf = (metrics: Partial<InstanceMetrics>, more: Partial<Measured> = {}): TrafficHealth['kind'] =>
  judgeFigures(aMetrics(metrics), { ...measured, ...more }).kind;
/** `first` in every period but the last `periods`, which have `last`. */
const then = (first: number | null, last: number | null, periods: number): Sums => [
  ...steady(first, PERIODS - periods),
  ...steady(last, periods),
];
const both = (name: 'packets' | 'mirroredPackets' | 'skippedPackets', sums: Sums): Partial<InstanceMetrics> => ({
  [`${name}In`]: sums,
  [`${name}Out`]: sums,
});
const minutesAgo = (minutes: number): Date => new Date(ASKED_AT.getTime() - minutes * 60_000);

describe('a session', () => {
  it('carries packets if some were mirrored in the last hour', () => {
    expect(judgeFigures(aMetrics(), measured)).toMatchObject({
      kind: 'carrying',
      figures: { packets: 150_000, mirroredPackets: 150_000, skippedPackets: 0 },
    });
    expect(kindOf(both('mirroredPackets', then(0, 3, 1)))).toBe('carrying');
  });

  it('carries packets where CloudWatch says nothing of skipped ones; where it says too little, that is unknown', () => {
    expect(
      judgeFigures(aMetrics({ skippedPacketsIn: undefined, skippedPacketsOut: undefined }), measured),
    ).toMatchObject({
      kind: 'carrying',
      reason: expect.stringContaining('of skipped ones CloudWatch has no figures'),
    });
    expect(kindOf(both('skippedPackets', then(null, 0, 3)))).toBe('unknown');
  });

  it('is silent if of packets that its filter takes none was mirrored for half an hour', () => {
    const health = judgeFigures(silentMetrics(), measured);
    expect(health.kind).toBe('silent');
    expect(health.reason).toMatch(/^none of [\d,]+ packets was mirrored in 105 min since 2026-11-24T10:00Z$/);
    expect(kindOf(both('mirroredPackets', then(5000, 0, 9)))).toBe('silent');
  });

  it('is not called silent after a shorter time: figures come late, and short times prove nothing', () => {
    expect(kindOf(both('mirroredPackets', then(5000, 0, 3)))).toBe('carrying');
    expect(kindOf(both('mirroredPackets', then(5000, 0, 6)))).toBe('unknown');
    expect(kindOf(both('mirroredPackets', then(5000, 0, 8)))).toBe('unknown');
  });

  it('drops packets if the share of those that were skipped is above what is allowed', () => {
    const skipped = both('skippedPackets', steady(100));
    expect(judgeFigures(aMetrics(skipped), measured)).toMatchObject({
      kind: 'dropping',
      reason: expect.stringMatching(
        /^2\.0 % of the packets that its filter takes were left out: [\d,]+ of [\d,]+ since/,
      ),
    });
    expect(kindOf(skipped, { droppedShare: 0.05 })).toBe('carrying');
    expect(kindOf({ ...skipped, ...both('mirroredPackets', steady(0)) })).toBe('dropping');
    expect(kindOf(both('skippedPackets', then(0, 4, 10)), { droppedShare: 0.0001 })).toBe('carrying');
  });

  it('is idle only without a single packet', () => {
    const nothing = { ...both('packets', steady(0)), ...both('mirroredPackets', steady(0)) };
    expect(kindOf(nothing)).toBe('idle');
    expect(kindOf({ ...nothing, packetsIn: then(0, 1, 8) })).toBe('unknown');
    expect(kindOf({ ...nothing, packetsOut: steady(null) })).toBe('unknown');
  });

  it.each([
    [
      'there are no figures',
      Object.fromEntries(
        Object.keys(aMetrics())
          .filter((key) => /In$|Out$/.test(key))
          .map((key) => [key, undefined]),
      ),
      {},
      'CloudWatch has no figures of the last hour',
    ],
    ['mirrored packets are not counted', both('mirroredPackets', steady(null)), {}, 'says nothing of mirrored ones'],
    [
      'the filter need not take what there was',
      silentMetrics(),
      { taken: { inbound: false, outbound: false } },
      'may be what its filter wants',
    ],
    [
      'there were few packets, which may be of kinds that are never mirrored',
      { ...silentMetrics(), ...both('packets', steady(20)) },
      {},
      'too few packets',
    ],
    ['the session is new', silentMetrics(), { since: minutesAgo(40) }, 'too new'],
    [
      'its age is unknown where CloudWatch has zeros of any instance',
      silentMetrics(),
      { zerosProveNothing: true },
      'when the session was made is not known',
    ],
  ])('is unknown if %s', (_, metrics, more, reason) => {
    expect(judgeFigures(aMetrics(metrics), { ...measured, ...more })).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining(reason),
    });
  });

  it('is judged by the directions in which its filter takes every packet', () => {
    const inbound = { taken: { inbound: true, outbound: false } };
    expect(kindOf(silentMetrics(), inbound)).toBe('silent');
    expect(kindOf({ ...silentMetrics(), packetsIn: steady(0) }, inbound)).toBe('unknown');
  });

  it('is silent whatever zeros mean, if it is known to be old or packets of it were mirrored before', () => {
    expect(kindOf(silentMetrics(), { zerosProveNothing: true, since: minutesAgo(600) })).toBe('silent');
    expect(kindOf(both('mirroredPackets', then(9, 0, 20)), { zerosProveNothing: true })).toBe('silent');
  });

  it('is not judged by figures that end long ago', () => {
    const old = (sum: number): Sums => [...steady(sum, 6), ...steady(null, 18)];
    expect(kindOf({ ...both('packets', old(5000)), ...both('mirroredPackets', old(0)) })).toBe('unknown');
    expect(kindOf({ ...both('packets', old(5000)), ...both('mirroredPackets', old(5000)) })).toBe('unknown');
  });
});

type Truth = 'carrying' | 'silent' | 'dropping' | 'idle';

/** A simulated instance: what it did, and how CloudWatch published it. */
interface World {
  readonly truth: Truth;
  readonly packets: readonly number[];
  /** How many of the newest periods are published in part or not at all. */
  readonly lateBy: 0 | 1 | 2 | 3;
  readonly lateSums: 'missing' | 'zero' | 'part';
  /** In which of 24 periods the session was made; 0 is long ago. */
  readonly madeIn: number;
  /** What CloudWatch has of mirrored packets from before the session: nothing, or zeros. */
  readonly before: 'nothing' | 'zeros';
  readonly gaps: readonly (readonly [MetricName, number])[];
  readonly isRecorded: boolean;
}

const COUNTS = [
  'packetsIn',
  'packetsOut',
  'mirroredPacketsIn',
  'mirroredPacketsOut',
  'skippedPacketsIn',
  'skippedPacketsOut',
] as const;
const count = fc.integer({ min: 0, max: 40 });

const worlds: fc.Arbitrary<World> = fc.record({
  truth: fc.constantFrom<Truth>('carrying', 'silent', 'dropping', 'idle'),
  packets: fc.array(fc.integer({ min: 400, max: 3_000_000 }), { minLength: PERIODS, maxLength: PERIODS }),
  lateBy: fc.constantFrom(0, 1, 2, 3),
  lateSums: fc.constantFrom('missing', 'zero', 'part'),
  madeIn: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: PERIODS - 1 })),
  before: fc.constantFrom('nothing', 'zeros'),
  gaps: fc.oneof(
    fc.constant([]),
    fc.array(
      fc.tuple(
        fc.constantFrom<MetricName>(...COUNTS),
        count.map((n) => n % PERIODS),
      ),
      { maxLength: 60 },
    ),
  ),
  isRecorded: fc.boolean(),
});

/** The shares of its packets that are mirrored and skipped. */
const SHARES: Readonly<Record<Truth, readonly [mirrored: number, skipped: number]>> = {
  carrying: [1, 0],
  silent: [0, 0],
  dropping: [0.8, 0.2],
  idle: [1, 0],
};

function published({ truth, packets, lateBy, lateSums, madeIn, before, gaps }: World): InstanceMetrics {
  const [mirrored, skipped] = SHARES[truth];
  const sumsOf = (name: (typeof COUNTS)[number]): Sums =>
    Array.from({ length: PERIODS }, (_, at) => {
      if (gaps.some(([gap, where]) => gap === name && where === at)) return null;
      const isOwn = name.startsWith('packets');
      if (!isOwn && at < madeIn) return before === 'zeros' ? 0 : null;
      const own = truth === 'idle' ? 0 : (packets[at] ?? 0);
      const sum = Math.round(own * (isOwn ? 1 : name.startsWith('mirrored') ? mirrored : skipped));
      if (at < PERIODS - lateBy) return sum;
      // The instance's own packets may be published before those that were mirrored.
      if (isOwn) return sum;
      return lateSums === 'missing' ? null : lateSums === 'zero' ? 0 : Math.floor(sum / 3);
    });
  const counts = Object.fromEntries(COUNTS.map((name) => [name, sumsOf(name)]));
  return { ...aMetrics(), mirroredBytesIn: undefined, mirroredBytesOut: undefined, ...counts };
}

describe('500 simulated instances', () => {
  const judged = (world: World): TrafficHealth['kind'] => {
    const metrics = published(world);
    const madeAt = new Date(metrics.startTime.getTime() + world.madeIn * 300_000);
    const since = world.isRecorded && world.madeIn > 0 ? madeAt : undefined;
    return judgeFigures(metrics, { ...measured, since, zerosProveNothing: world.before === 'zeros' }).kind;
  };

  it('are never called what they are not: whatever is late, missing or new, the doubtful ones are unknown', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        expect([world.truth, 'unknown']).toContain(judged(world));
      }),
      { numRuns: 500 },
    );
  });

  it('are called what they are where nothing is in doubt', () => {
    const clear = worlds.map((world) => ({ ...world, madeIn: 0, gaps: [], before: 'nothing' as const }));
    fc.assert(
      fc.property(clear, (world) => {
        expect(judged(world)).toBe(world.truth);
      }),
      { numRuns: 500 },
    );
  });
});
