/** What CloudWatch counted of the example's sources in the two hours before the snapshot. */

import type { Machine } from './fleet.ts';
import { type Seeded, seeded } from './seeded.ts';

const PERIODS = 24;
const START = '2026-03-17T10:00:00.000Z';
const END = '2026-03-17T12:00:00.000Z';

/** The share of an instance's packets that is mirrored, and that is skipped although the filter takes it. */
type Shares = readonly [mirrored: number, skipped: number];

/** Machines of which not every packet is mirrored; all others lose one in a thousand at most. */
const LOSING: Readonly<Record<string, Shares>> = {
  // Its own traffic takes most of its bandwidth.
  'web-a7': [0.97, 0.03],
  // Its session is there and nothing stops it, and it mirrors nothing.
  'cart-a1': [0, 0],
};
/** Machines that nobody talks to. */
const IDLE: ReadonlySet<string> = new Set(['cart-c1']);

/** The list `Metrics` of a snapshot, of these machines. */
export function metricsOf(machines: readonly Machine[]): readonly object[] {
  // A generator of its own: the ids of everything else stay as they are.
  const random = seeded(1902);
  return machines.map(({ instanceId, name }) => ({
    InstanceId: instanceId,
    Period: 300,
    StartTime: START,
    EndTime: END,
    ...countsOf(random, name),
  }));
}

function countsOf(random: Seeded, name: string): Readonly<Record<string, readonly number[]>> {
  const [mirrored, skipped] = LOSING[name] ?? [1, 0];
  const busy = IDLE.has(name) ? 0 : 1;
  const packets = (): readonly number[] =>
    Array.from({ length: PERIODS }, () => busy * (20_000 + random.below(40_000)));
  const share = (of: readonly number[], part: number): readonly number[] => of.map((sum) => Math.round(sum * part));
  const received = packets();
  const sent = packets();
  return {
    NetworkPacketsIn: received,
    NetworkPacketsOut: sent,
    NetworkPacketsMirrorIn: share(received, mirrored),
    NetworkPacketsMirrorOut: share(sent, mirrored),
    NetworkPacketsSkipMirrorIn: share(received, skipped),
    NetworkPacketsSkipMirrorOut: share(sent, skipped),
    NetworkMirrorIn: share(received, mirrored * 620),
    NetworkMirrorOut: share(sent, mirrored * 910),
    NetworkSkipMirrorIn: share(received, skipped * 620),
    NetworkSkipMirrorOut: share(sent, skipped * 910),
  };
}
