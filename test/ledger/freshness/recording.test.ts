import { describe, expect, it } from 'vitest';
import { JUDGE_EVERY_MS } from '../../../src/ledger/freshness/freshness-log.ts';
import { afterHearing } from '../../../src/ledger/freshness/heard.ts';
import { silenceAt } from '../../../src/ledger/freshness/silence.ts';
import type { Spoken } from '../../../src/ledger/freshness/spoken.ts';
import { dueOf, HABITS, type MadeScope, type Recording, recordingOf } from './naive/recording.ts';

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A silence that was named: when, and what the newest record was. */
interface Named {
  readonly at: number;
  readonly last: number;
}

interface Replayed {
  readonly named: ReadonlyMap<string, readonly Named[]>;
  readonly writes: number;
  readonly mostChars: number;
}

/** What is named when every delivery is heard as it was received, and all silence is judged every half hour. */
function replay({ deliveries, start, end }: Recording): Replayed {
  const states = new Map<string, Spoken>();
  const named = new Map<string, Named[]>();
  let [next, writes, mostChars] = [0, 0, 0];
  for (let now = start; now <= end; now += JUDGE_EVERY_MS) {
    for (let one = deliveries[next]; one !== undefined && one.received <= now; one = deliveries[next]) {
      next += 1;
      // The time in a file's name has no seconds.
      const delivered = new Date(Math.floor(one.written / MINUTE) * MINUTE);
      const heard = { ...SCOPE, record: new Date(one.record), delivered };
      const { spoken, isNew } = afterHearing(states.get(one.scope), [heard], new Date(one.received));
      if (spoken === undefined || !isNew) continue;
      writes += 1;
      mostChars = Math.max(mostChars, JSON.stringify(spoken).length);
      states.set(one.scope, spoken);
    }
    for (const [name, spoken] of states) {
      if (spoken.named !== undefined || now - spoken.record < HOUR) continue;
      if (silenceAt(spoken, new Date(now)).verdict !== 'silent') continue;
      named.set(name, [...(named.get(name) ?? []), { at: now, last: spoken.record }]);
      states.set(name, { ...spoken, named: now });
    }
  }
  return { named, writes, mostChars };
}

/** True if nothing was stopped while it was silent. */
function isFalse({ stopped }: MadeScope, { at, last }: Named): boolean {
  return stopped === undefined || at < stopped.at || last > stopped.until;
}

describe('30 days of deliveries, with nights, weekends, holidays, a shift of the clocks, late files and repeated ones', () => {
  it.each([1, 2, 3])(
    'of seed %i: whoever is stopped is named within two hours of its habit, and nobody else is',
    (seed) => {
      const recording = recordingOf(seed);
      const { named, writes, mostChars } = replay(recording);
      const falseAlarms = recording.scopes.flatMap((scope) =>
        (named.get(scope.name) ?? []).filter((one) => isFalse(scope, one)).map(() => scope.name),
      );
      const due = recording.scopes.flatMap((scope) => {
        const one = dueOf(scope, recording.deliveries);
        const isJudged = one !== undefined && one.due <= Math.min(recording.end, scope.stopped?.until ?? 0);
        return isJudged ? [{ name: scope.name, ...one }] : [];
      });
      const late = due.filter(({ name, last, due: until }) => {
        const at = named.get(name)?.find((one) => one.at >= last)?.at;
        return at === undefined || at > until;
      });
      console.log(
        `seed ${seed}: ${recording.scopes.length} accounts and regions of ${HABITS.length} habits, ${recording.deliveries.length} deliveries, ${writes} writes; ${due.length} stopped, ${late.length} of them named too late, ${falseAlarms.length} false alarms`,
      );
      expect(falseAlarms).toEqual([]);
      expect(late).toEqual([]);
      expect(recording.scopes.length).toBeGreaterThanOrEqual(40);
      expect(due.length).toBeGreaterThanOrEqual(15);
      expect(mostChars).toBeLessThan(600);
      expect(writes).toBeLessThan(recording.deliveries.length * 0.7);
    },
    120_000,
  );
});
