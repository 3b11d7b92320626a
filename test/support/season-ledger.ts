/** A season as a ledger has it: told day by day, as runs would, with findings that came back and people who mended them. */

import type { Finding, Judgement } from '../../src/audit/finding.ts';
import type { Ledger, Observation } from '../../src/ledger/ledger.ts';
import { aJudgement, NOW } from './findings.ts';
import { aSeason } from './season.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Every so many findings that were resolved came back once, a week before NOW at the earliest known hour. */
const COMES_BACK = 23;

interface Told {
  readonly at: Date;
  readonly finding?: Finding;
  readonly judgement?: Judgement;
}

/**
 * Records `count` findings of `instances` instances over the 90 days before NOW, one observation a day. Every 23rd of those that
 * were resolved was opened and resolved once more before; half of the exempted
 * ones were open for an hour; a third were resolved by someone, the others because they are in order.
 */
export async function recordSeason(ledger: Ledger, count: number, instances: number): Promise<void> {
  const season = aSeason(count, instances);
  const days = new Map<number, Told[]>();
  const tell = (told: Told): void => {
    const day = Math.floor(told.at.getTime() / DAY_MS);
    const known = days.get(day);
    if (known === undefined) days.set(day, [told]);
    else known.push(told);
  };
  for (const [n, { finding, openedAt, resolvedAt }] of season.entries.entries()) {
    const open: Finding = { ...finding, status: finding.status === 'muted' ? 'muted' : 'open' };
    tell({ at: openedAt, finding: n % 2 === 0 ? { ...open, status: 'open' } : open });
    const exempted = new Date(openedAt.getTime() + HOUR_MS);
    if (open.status === 'muted' && n % 2 === 0 && exempted < NOW) tell({ at: exempted, finding: open });
    if (resolvedAt === null) continue;
    tell({ at: resolvedAt, judgement: inOrder(finding, n) });
    const again = new Date(resolvedAt.getTime() + 5 * HOUR_MS);
    if (n % COMES_BACK !== 0 || again.getTime() + 3 * HOUR_MS >= NOW.getTime()) continue;
    tell({ at: again, finding: { ...open, lastSeen: again.toISOString() } });
    if (n % 2 === 0) tell({ at: new Date(again.getTime() + 3 * HOUR_MS), judgement: inOrder(finding, n) });
  }
  for (const day of [...days.keys()].sort((a, b) => a - b)) await recordDay(ledger, day, days.get(day) ?? []);
  for (const { at, coverage } of season.runs) {
    const inputs = season.manifest.slice(at.getUTCDate() * 8, at.getUTCDate() * 8 + 8);
    await ledger.record({ at, findings: [], judgements: [], outcomes: [], coverage, inputs });
  }
  await ledger.record({ at: NOW, findings: [], judgements: season.judgements, outcomes: [] });
}

/** A day in as many observations as a finding was told of most often: of each, one thing at one time. */
async function recordDay(ledger: Ledger, day: number, told: readonly Told[]): Promise<void> {
  let left = told;
  while (left.length > 0) {
    const now = new Map<string, Told>();
    const later: Told[] = [];
    for (const each of left) {
      const id = each.finding?.id ?? each.judgement?.id ?? '';
      if (now.has(id)) later.push(each);
      else now.set(id, each);
    }
    const observation: Observation = {
      at: new Date((day + 1) * DAY_MS - 1),
      times: new Map([...now].map(([id, { at }]) => [id, at])),
      findings: [...now.values()].flatMap(({ finding }) => finding ?? []),
      judgements: [...now.values()].flatMap(({ judgement }) => judgement ?? []),
      outcomes: [],
    };
    await ledger.record(observation);
    left = later;
  }
}

function inOrder(finding: Finding, n: number): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId, evidence } = finding;
  return aJudgement({
    ...{ id, rule, accountId, region, resourceType, resourceId },
    result: n % 5 === 0 ? 'gone' : 'pass',
    ...(n % 3 === 0 && { evidence }),
  });
}
