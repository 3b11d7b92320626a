import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrafficMirrorSession } from '../../../src/inventory/mirror.ts';
import { indexAccount } from '../../../src/mirror/account-index.ts';
import { rebalance } from '../../../src/mirror/placement/rebalance.ts';
import { aSession } from '../../support/inventories.ts';
import { aWorld } from '../../support/worlds.ts';

const session = (index: number, target = 0, overrides: Partial<TrafficMirrorSession> = {}): TrafficMirrorSession =>
  aSession({
    trafficMirrorSessionId: `tms-${index}`,
    networkInterfaceId: `eni-s${index}`,
    trafficMirrorTargetId: `tmt-${target}`,
    ...overrides,
  });

/** The moves for sources in zone a that may go to either of two targets of ten, given their sessions. */
function moves(
  sessions: readonly TrafficMirrorSession[],
  options: Parameters<typeof rebalance>[1] = {},
  zone: 'a' | 'b' = 'a',
) {
  const world = aWorld({
    sources: sessions.map(() => ({ zone: 'a' as const, targets: [0, 1] })),
    targets: [
      { zone: 'a', capacity: 10 },
      { zone, capacity: 10 },
    ],
    sessions,
  });
  return rebalance(indexAccount(world.inventory, world.policy), options);
}

const eight = Array.from({ length: 8 }, (_, index) => session(index));

describe('rebalance', () => {
  it('moves sessions from a full target to an idle one until the difference is within the threshold', () => {
    const found = moves(eight);
    expect(found).toHaveLength(3);
    expect(found[0]).toMatchObject({
      from: 'tmt-0',
      to: 'tmt-1',
      reason: 'tmt-0 is fuller (8 of 10) than tmt-1 (0 of 10)',
    });
  });

  it('stops at maxMoves, and moves no session twice', () => {
    expect(moves(eight, { maxMoves: 2 })).toHaveLength(2);
    expect(new Set(moves(eight, { threshold: 0 }).map((move) => move.trafficMirrorSessionId)).size).toBe(4);
  });

  it.each([
    ['sessions that are spread evenly enough', [session(0), session(1), session(2, 1)], 'a'],
    ["another tool's session", eight.map((one) => ({ ...one, tags: [] })), 'a'],
    ['a source out of its zone', eight, 'b'],
  ] as const)('does not move %s', (_, sessions, zone) => {
    expect(moves(sessions, {}, zone)).toEqual([]);
  });

  it('proposes the same moves for any order of the input, and leaves a difference of at most one', () => {
    const placed = fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 10 });
    fc.assert(
      fc.property(placed, (targets) => {
        const sessions = targets.map((target, index) => session(index, target));
        const found = moves(sessions, { threshold: 0.1 });
        expect(moves(sessions.toReversed(), { threshold: 0.1 })).toEqual(found);
        const loads = [0, 1].map((target) => {
          const gone = found.filter((move) => move.from === `tmt-${target}`).length;
          const come = found.filter((move) => move.to === `tmt-${target}`).length;
          return targets.filter((one) => one === target).length - gone + come;
        });
        expect(Math.abs((loads[0] ?? 0) - (loads[1] ?? 0))).toBeLessThanOrEqual(1);
      }),
    );
  });
});
