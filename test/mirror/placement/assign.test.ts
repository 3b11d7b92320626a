import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { type Assignment, assign } from '../../../src/mirror/placement/assign.ts';
import { selectTarget } from '../../../src/mirror/select-target.ts';
import { ACCOUNT, aFilter, anInterface, anInventory, aPolicy, aSession } from '../../support/inventories.ts';
import { aWorld, type World, type WorldPlan } from '../../support/worlds.ts';

const placeAll = ({ inventory, policy, sources }: World): Assignment =>
  assign(indexAccount(inventory, policy), sources);

const zone = fc.constantFrom('a' as const, 'b' as const);

function plans(sources: number, targets: number, capacity: number): fc.Arbitrary<WorldPlan> {
  return fc.integer({ min: 1, max: targets }).chain((count) =>
    fc.record({
      sources: fc.array(fc.record({ zone, targets: fc.subarray([...Array(count).keys()]) }), { maxLength: sources }),
      targets: fc.array(fc.record({ zone, capacity: fc.integer({ min: 0, max: capacity }) }), {
        minLength: count,
        maxLength: count,
      }),
    }),
  );
}

/** How many sources any assignment can place: Kuhn's augmenting paths, one source and one place at a time. */
function mostPlaceable({ sources, targets }: WorldPlan): number {
  const places = targets.flatMap(({ capacity }, target) => Array.from({ length: capacity }, () => target));
  const holder = new Map<number, number>();
  const seat = (source: number, tried: Set<number>): boolean =>
    places.some((target, index) => {
      if (!sources[source]?.targets.includes(target) || tried.has(index)) return false;
      tried.add(index);
      const sitting = holder.get(index);
      if (sitting !== undefined && !seat(sitting, tried)) return false;
      holder.set(index, source);
      return true;
    });
  return sources.filter((_, source) => seat(source, new Set())).length;
}

interface Score {
  readonly placed: number;
  readonly near: number;
  /** The sum, over all places taken, of how utilised the target was before: the lower, the more even. */
  readonly uneven: number;
}

const isBetter = (a: Score, b: Score): boolean =>
  a.placed !== b.placed ? a.placed > b.placed : a.near !== b.near ? a.near > b.near : a.uneven < b.uneven;

const unevenness = (loads: readonly { sources: number; capacity: number | null }[]): number =>
  loads.reduce((sum, { sources, capacity }) => sum + (sources * (sources - 1)) / 2 / (capacity || 1), 0);

/** The best score of all assignments there are. */
function bestOfAll({ sources, targets }: WorldPlan): Score {
  let best: Score = { placed: 0, near: 0, uneven: 0 };
  const load = targets.map(() => 0);
  const walk = (source: number, placed: number, near: number): void => {
    if (source === sources.length) {
      const uneven = unevenness(targets.map(({ capacity }, index) => ({ sources: load[index] ?? 0, capacity })));
      if (isBetter({ placed, near, uneven }, best)) best = { placed, near, uneven };
      return;
    }
    walk(source + 1, placed, near);
    for (const target of sources[source]?.targets ?? []) {
      if ((load[target] ?? 0) >= (targets[target]?.capacity ?? 0)) continue;
      load[target] = (load[target] ?? 0) + 1;
      walk(source + 1, placed + 1, near + Number(targets[target]?.zone === sources[source]?.zone));
      load[target] = (load[target] ?? 0) - 1;
    }
  };
  walk(0, 0, 0);
  return best;
}

function scoreOf({ placed, load }: Assignment): Score {
  return {
    placed: placed.length,
    near: placed.filter(({ tier }) => tier === 'same-zone').length,
    uneven: unevenness(load),
  };
}

describe('assign', () => {
  it('places as many as a maximum flow', () => {
    fc.assert(
      fc.property(plans(40, 8, 6), (plan) => {
        expect(placeAll(aWorld(plan)).placed).toHaveLength(mostPlaceable(plan));
      }),
      { numRuns: 200 },
    );
  });

  it('of these, places as many as possible in their own zone', () => {
    fc.assert(
      fc.property(plans(6, 3, 3), (plan) => {
        const { placed, near } = scoreOf(placeAll(aWorld(plan)));
        const best = bestOfAll(plan);
        expect({ placed, near }).toEqual({ placed: best.placed, near: best.near });
      }),
      { numRuns: 300 },
    );
  });

  it('and is as even as any assignment when everything is in one zone', () => {
    const inOneZone = plans(7, 3, 5).map(({ sources, targets }) => ({
      sources: sources.map((one) => ({ ...one, zone: 'a' as const })),
      targets: targets.map((one) => ({ ...one, zone: 'a' as const })),
    }));
    fc.assert(
      fc.property(inOneZone, (plan) => {
        const { uneven, ...score } = scoreOf(placeAll(aWorld(plan)));
        const { uneven: least, ...best } = bestOfAll(plan);
        expect(score).toEqual(best);
        expect(uneven).toBeCloseTo(least, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same result for any order of the input', () => {
    fc.assert(
      fc.property(plans(20, 6, 4), fc.infiniteStream(fc.integer()), (plan, random) => {
        const world = aWorld(plan);
        const keys = random[Symbol.iterator]();
        const shuffle = <T>(list: readonly T[] | undefined): T[] =>
          (list ?? [])
            .map((item) => ({ item, key: keys.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const inventory = Object.fromEntries(
          Object.entries(world.inventory).map(([name, value]) => [name, Array.isArray(value) ? shuffle(value) : value]),
        );
        const shuffled = {
          inventory: { ...world.inventory, ...inventory },
          policy: { ...world.policy, targets: shuffle(world.policy.targets) },
          sources: shuffle(world.sources),
        };
        expect(placeAll(shuffled)).toEqual(placeAll(world));
      }),
      { numRuns: 100 },
    );
  });

  it('fills no target above its capacity, reports the right load, and loses no source', () => {
    fc.assert(
      fc.property(plans(40, 6, 5), (plan) => {
        const { placed, unplaced, load } = placeAll(aWorld(plan));
        for (const { trafficMirrorTargetId, sources, capacity } of load) {
          expect(sources).toBeLessThanOrEqual(capacity ?? 0);
          expect(placed.filter((one) => one.trafficMirrorTargetId === trafficMirrorTargetId)).toHaveLength(sources);
        }
        const all = [...placed, ...unplaced].map(({ networkInterfaceId }) => networkInterfaceId);
        expect(all.toSorted()).toEqual(plan.sources.map((_, index) => `eni-s${index}`).toSorted());
        expect(unplaced.every(({ reason }) => reason !== '')).toBe(true);
      }),
    );
  });

  it('sends a batch of one where selectTarget sends it', () => {
    fc.assert(
      fc.property(plans(8, 6, 4), (plan) => {
        const { inventory, policy, sources } = aWorld(plan);
        const account = indexAccount(inventory, policy);
        for (const source of sources) {
          const selection = selectTarget(source, account);
          const expected = selection.kind === 'selected' ? [selection.trafficMirrorTargetId] : [];
          expect(assign(account, [source]).placed.map((one) => one.trafficMirrorTargetId)).toEqual(expected);
        }
      }),
    );
  });

  it('lists as alternatives only other targets that admit the source and have room left', () => {
    fc.assert(
      fc.property(plans(20, 7, 4), (plan) => {
        const { placed, load } = placeAll(aWorld(plan));
        for (const { networkInterfaceId, trafficMirrorTargetId, alternatives } of placed) {
          const source = plan.sources[Number(networkInterfaceId.slice('eni-s'.length))];
          expect(alternatives).not.toContain(trafficMirrorTargetId);
          for (const id of alternatives) {
            const target = Number(id.slice('tmt-'.length));
            expect(source?.targets).toContain(target);
            const there = load.find((one) => one.trafficMirrorTargetId === id);
            expect(there?.sources).toBeLessThan(there?.capacity ?? 0);
          }
        }
      }),
    );
  });

  it('places a burst of 100 on ten targets of ten as 10/10/…/10', () => {
    const { placed, unplaced, load } = placeAll(
      aWorld({
        sources: Array.from({ length: 100 }, () => ({ zone: 'a' as const, targets: [...Array(10).keys()] })),
        targets: Array.from({ length: 10 }, () => ({ zone: 'a' as const, capacity: 10 })),
      }),
    );
    expect(placed).toHaveLength(100);
    expect(unplaced).toEqual([]);
    expect(load.map(({ sources }) => sources)).toEqual(Array(10).fill(10));
  });

  it.each([
    [4, 2, [2, 2]],
    [3, 3, [1, 1, 1]],
    [7, 3, [2, 2, 3]],
  ])('spreads %i over %i equal targets with a difference of at most one', (count, targets, expected) => {
    const { load } = placeAll(
      aWorld({
        sources: Array.from({ length: count }, () => ({ zone: 'a' as const, targets: [...Array(targets).keys()] })),
        targets: Array.from({ length: targets }, () => ({ zone: 'a' as const, capacity: 10 })),
      }),
    );
    expect(load.map(({ sources }) => sources).toSorted()).toEqual(expected);
  });

  it('does better than greedy: S1 may go to A or B, S2 only to A', () => {
    const { placed } = placeAll(
      aWorld({
        sources: [
          { zone: 'a', targets: [0, 1] },
          { zone: 'a', targets: [0] },
        ],
        targets: [
          { zone: 'a', capacity: 1 },
          { zone: 'a', capacity: 1 },
        ],
      }),
    );
    expect(placed.map((one) => [one.networkInterfaceId, one.trafficMirrorTargetId])).toEqual([
      ['eni-s0', 'tmt-1'],
      ['eni-s1', 'tmt-0'],
    ]);
  });

  it('evens out utilisation, not sources: 44 over targets of 10 and 100 end at the same share', () => {
    const { load } = placeAll(
      aWorld({
        sources: Array.from({ length: 44 }, () => ({ zone: 'a' as const, targets: [0, 1] })),
        targets: [
          { zone: 'a', capacity: 10 },
          { zone: 'a', capacity: 100 },
        ],
      }),
    );
    expect(load.map(({ sources }) => sources)).toEqual([4, 40]);
  });

  it('counts the sources that a target already has, and does not move them', () => {
    const sessions = [0, 1].map((index) =>
      aSession({
        trafficMirrorSessionId: `tms-${index}`,
        networkInterfaceId: `eni-other-${index}`,
        trafficMirrorTargetId: 'tmt-0',
      }),
    );
    const { load } = placeAll(
      aWorld({
        sources: Array.from({ length: 4 }, () => ({ zone: 'a' as const, targets: [0, 1] })),
        targets: [
          { zone: 'a', capacity: 10 },
          { zone: 'a', capacity: 10 },
        ],
        sessions,
      }),
    );
    expect(load.map(({ sources }) => sources)).toEqual([3, 3]);
  });

  it('keeps a source at the target of its session, even when that target is full', () => {
    const sessions = [
      aSession({ networkInterfaceId: 'eni-s0', trafficMirrorTargetId: 'tmt-0', trafficMirrorFilterId: 'tmf-old' }),
    ];
    const { placed, load } = placeAll(
      aWorld({
        sources: [{ zone: 'a', targets: [0, 1] }],
        targets: [
          { zone: 'a', capacity: 1 },
          { zone: 'a', capacity: 10 },
        ],
        sessions,
      }),
    );
    expect(placed.map((one) => one.trafficMirrorTargetId)).toEqual(['tmt-0']);
    expect(load.map(({ sources }) => sources)).toEqual([1, 0]);
  });

  it('leaves out excluded targets', () => {
    const { inventory, policy, sources } = aWorld({
      sources: [{ zone: 'a', targets: [0, 1] }],
      targets: [
        { zone: 'a', capacity: 1 },
        { zone: 'b', capacity: 1 },
      ],
    });
    const account = indexAccount(inventory, policy);
    const { placed } = assign(account, sources, { exclude: new Set(['tmt-0']) });
    expect(placed.map((one) => [one.trafficMirrorTargetId, one.tier])).toEqual([['tmt-1', 'other-zone']]);
  });

  it('creates no more than 10,000 sessions in an account, but still changes existing ones', () => {
    const sessions = Array.from({ length: 9_999 }, (_, index) =>
      aSession({
        trafficMirrorSessionId: `tms-${index}`,
        networkInterfaceId: index === 0 ? 'eni-s2' : `eni-x${index}`,
        trafficMirrorTargetId: 'tmt-old',
      }),
    );
    const { placed, unplaced } = placeAll(
      aWorld({
        sources: Array.from({ length: 3 }, () => ({ zone: 'a' as const, targets: [0] })),
        targets: [{ zone: 'a', capacity: 100 }],
        sessions,
      }),
    );
    expect(placed.map((one) => one.networkInterfaceId)).toEqual(['eni-s0', 'eni-s2']);
    expect(unplaced).toEqual([
      {
        networkInterfaceId: 'eni-s1',
        reason: 'the account has reached its limit of 10000 traffic mirror sessions',
        unknown: false,
      },
    ]);
  });

  it('tells a target that the plan fills from one that is full already', () => {
    const world = (sessions: readonly string[]): World =>
      aWorld({
        sources: Array.from({ length: 2 }, () => ({ zone: 'a' as const, targets: [0] })),
        targets: [
          { zone: 'a', capacity: 1 },
          { zone: 'a', capacity: 1 },
        ],
        sessions: sessions.map((networkInterfaceId) =>
          aSession({ networkInterfaceId, trafficMirrorTargetId: 'tmt-0' }),
        ),
      });
    expect(placeAll(world([])).unplaced.map(({ reason }) => reason)).toEqual([
      'tmt-0: the plan fills it with other sources: 1 of 1, 0 of them now',
    ]);
    expect(placeAll(world(['eni-x'])).unplaced.map(({ reason }) => reason)).toEqual([
      'tmt-0: it is full: 1 of 1 sources',
      'tmt-0: it is full: 1 of 1 sources',
    ]);
  });

  it('places a repeated source once, and says why an exempt interface is not placed', () => {
    const source = anInterface();
    const natGateway = anInterface({ networkInterfaceId: 'eni-nat', interfaceType: 'natGateway' });
    const { placed, unplaced } = assign(indexAccount(anInventory(), aPolicy()), [source, natGateway, source]);
    expect(placed.map((one) => one.networkInterfaceId)).toEqual(['eni-1']);
    expect(unplaced).toEqual([
      { networkInterfaceId: 'eni-nat', reason: 'an interface of type nat_gateway cannot be mirrored', unknown: false },
    ]);
  });

  it.each([
    ['refuse', [], true],
    ['try', ['tmt-a'], undefined],
  ] as const)('with onUnknown %s, a target that could not be checked', (onUnknown, expected, unknown) => {
    const inventory = anInventory({ securityGroups: undefined });
    const account = indexAccount(inventory, aPolicy({ onUnknown }));
    const { placed, unplaced } = assign(account, [anInterface()]);
    expect(placed.map((one) => one.trafficMirrorTargetId)).toEqual(expected);
    expect(unplaced[0]?.unknown).toBe(unknown);
  });

  it('gives each source the filter of its own rule', () => {
    const account = indexAccount(
      anInventory({ trafficMirrorFilters: [aFilter(), aFilter({ trafficMirrorFilterId: 'tmf-vpc' })] }),
      aPolicy({
        rules: { tags: [], subnets: [], vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-vpc', targetIds: ['tmt-b'] }] },
      }),
    );
    expect(assign(account, [anInterface({ ownerId: ACCOUNT })]).placed).toMatchObject([
      { trafficMirrorFilterId: 'tmf-vpc', trafficMirrorTargetId: 'tmt-b' },
    ]);
  });
});
