/** The time to place a whole account: interfaces × targets × security groups, on one core. */

import { indexAccount } from '../../src/mirror/account-index.ts';
import { verdictOf } from '../../src/mirror/coverage.ts';
import { assign } from '../../src/mirror/placement/assign.ts';
import { aPolicy } from '../../test/support/inventories.ts';
import { type Row, race, type Suite, type SuiteResult } from '../measure.ts';
import { plannerAccount } from '../planner-accounts.ts';

const SIZES = [1_000, 2_000, 5_000, 10_000, 20_000] as const;

/**
 * Places interfaces without a session on 200 targets in 50 groups, and computes each one's verdict. `plain`: rules name whole
 * subnets. `scattered`: every group has 60 rules for parts of subnets, so hardly any two sources are equivalent. This is the worst case.
 */
export const planner: Suite = { name: 'planner: 200 targets, 50 groups, one core', run };

async function run(): Promise<SuiteResult> {
  const rows: Row[] = [];
  const seconds = new Map<string, number>();
  for (const kind of ['plain', 'scattered'] as const) {
    for (const size of SIZES) {
      const { inventory, targetIds, sources } = plannerAccount(kind, size);
      const policy = aPolicy({ targets: targetIds.map((id) => ({ id })) });
      const { place, verdicts } = await race({
        place: () => assign(indexAccount(inventory, policy), sources).placed.length,
        verdicts: () => {
          const account = indexAccount(inventory, policy);
          return sources.filter((source) => verdictOf(source, account).kind === 'missing').length;
        },
      });
      const name = `${kind}, ${size} interfaces`;
      seconds.set(name, place.seconds);
      rows.push({ name: `${name}: placed`, seconds: place.seconds, note: `${place.answer} placed` });
      rows.push({ name: `${name}: verdicts`, seconds: verdicts.seconds });
    }
  }
  const at = (name: string): number => seconds.get(name) ?? 0;
  const targets = [
    { name: '10,000 interfaces placed, s', value: at('plain, 10000 interfaces'), goal: 1, atMost: true },
    { name: '10,000 scattered interfaces placed, s', value: at('scattered, 10000 interfaces'), goal: 1, atMost: true },
    {
      name: 'growth from 1,000 to 20,000 scattered interfaces, times',
      value: at('scattered, 20000 interfaces') / at('scattered, 1000 interfaces'),
      goal: 25,
      atMost: true,
    },
  ] as const;
  return { rows, targets };
}
