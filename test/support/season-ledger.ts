/** Records a season in a ledger day by day, as runs would: some findings return, and people fix others. */

import type { Finding, Judgement } from '../../src/audit/finding.ts';
import { groupBy } from '../../src/collections.ts';
import type { Ledger, Observation } from '../../src/ledger/ledger.ts';
import { aJudgement, NOW } from './findings.ts';
import { aSeason } from './season.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** One in this many resolved findings was reopened once, a few hours later. */
const COMES_BACK = 23;

/** What a run observes about one finding at one time. */
interface SeasonEvent {
  readonly at: Date;
  readonly finding?: Finding;
  readonly judgement?: Judgement;
}

/**
 * Records `count` findings on `instances` instances over the 90 days before NOW, one observation per day. One in 23 of the resolved
 * findings is reopened. Half of the exempted ones are open for an hour first. A third of the resolutions have a recorded call as
 * evidence.
 */
export async function recordSeason(ledger: Ledger, count: number, instances: number): Promise<void> {
  const season = aSeason(count, instances);
  const events: SeasonEvent[] = [];
  for (const [n, { finding, openedAt, resolvedAt }] of season.entries.entries()) {
    const open: Finding = { ...finding, status: finding.status === 'muted' ? 'muted' : 'open' };
    events.push({ at: openedAt, finding: n % 2 === 0 ? { ...open, status: 'open' } : open });
    const exempted = new Date(openedAt.getTime() + HOUR_MS);
    if (open.status === 'muted' && n % 2 === 0 && exempted < NOW) events.push({ at: exempted, finding: open });
    if (resolvedAt === null) continue;
    events.push({ at: resolvedAt, judgement: resolutionOf(finding, n) });
    const again = new Date(resolvedAt.getTime() + 5 * HOUR_MS);
    if (n % COMES_BACK !== 0 || again.getTime() + 3 * HOUR_MS >= NOW.getTime()) continue;
    events.push({ at: again, finding: { ...open, lastSeen: again.toISOString() } });
    if (n % 2 === 0) events.push({ at: new Date(again.getTime() + 3 * HOUR_MS), judgement: resolutionOf(finding, n) });
  }
  const days = groupBy(events, ({ at }) => Math.floor(at.getTime() / DAY_MS));
  for (const [day, own] of [...days].sort(([a], [b]) => a - b)) await recordDay(ledger, day, own);
  for (const { at, coverage } of season.runs) {
    const inputs = season.manifest.slice(at.getUTCDate() * 8, at.getUTCDate() * 8 + 8);
    await ledger.record({ at, findings: [], judgements: [], outcomes: [], coverage, inputs });
  }
  await ledger.record({ at: NOW, findings: [], judgements: season.judgements, outcomes: [] });
}

/** Records a day. An observation takes one event per finding, so a day has as many observations as its busiest finding has events. */
async function recordDay(ledger: Ledger, day: number, events: readonly SeasonEvent[]): Promise<void> {
  let left = events;
  while (left.length > 0) {
    const now = new Map<string, SeasonEvent>();
    const later: SeasonEvent[] = [];
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

function resolutionOf(finding: Finding, n: number): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId, evidence } = finding;
  return aJudgement({
    ...{ id, rule, accountId, region, resourceType, resourceId },
    result: n % 5 === 0 ? 'gone' : 'pass',
    evidence: n % 3 === 0 ? evidence : undefined,
  });
}
