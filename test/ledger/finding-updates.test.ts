import { describe, expect, it } from 'vitest';
import type { Finding, Judgement } from '../../src/audit/finding.ts';
import { changesOf, findingUpdates, withUpdate } from '../../src/ledger/finding-updates.ts';
import { NO_HISTORY, withFinding } from '../../src/ledger/fold.ts';
import type { Observation } from '../../src/ledger/ledger.ts';
import { currentStateOf, withFact } from '../../src/ledger/timeline.ts';
import { aFinding } from '../support/findings.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const EARLIER = new Date('2026-11-20T11:00:00Z');
const finding: Finding = aFinding();
const other: Finding = aFinding({ id: 'f-other', resourceId: 'i-2' });

function judged(of: Finding, result: Judgement['result']): Judgement {
  const { id, rule, accountId, region, resourceType, resourceId } = of;
  return { id, rule, accountId, region, resourceType, resourceId, result, reason: 'judged' };
}

function observed(parts: Partial<Observation>): Observation {
  return { at: AT, findings: [], judgements: [], outcomes: [], ...parts };
}

describe('findingUpdates', () => {
  it('has one update per finding, in the order of the observation', () => {
    const updates = findingUpdates(observed({ findings: [other, finding], judgements: [judged(finding, 'pass')] }));
    expect(updates.map(({ id, findings, judgements }) => [id, findings.length, judgements.length])).toEqual([
      [other.id, 1, 0],
      [finding.id, 1, 1],
    ]);
  });

  it('leaves out judgements that are unknown', () => {
    expect(findingUpdates(observed({ judgements: [judged(finding, 'unknown')] }))).toEqual([]);
  });

  it('dates a finding at its own time if it has one, else at the observation', () => {
    const times = new Map([[finding.id, EARLIER]]);
    expect(findingUpdates(observed({ times, findings: [finding, other] })).map(({ at }) => at)).toEqual([EARLIER, AT]);
  });
});

describe('withUpdate', () => {
  it('goes by what a look says, and not by what it was taken to imply before that was recorded', () => {
    const own = { at: AT.getTime(), rules: new Set([finding.rule]), except: new Set<string>() };
    const { timeline, ...history } = withFinding(NO_HISTORY, finding, EARLIER);
    const implied = withFact(timeline, { at: AT.getTime(), state: 'open', isImplied: true });
    const [update] = findingUpdates(observed({ judgements: [judged(finding, 'pass')], looked: new Set([finding.id]) }));
    const after = update && withUpdate({ ...history, timeline: implied }, update, { later: [], own });
    expect(after && currentStateOf(after.timeline)).toMatchObject({ state: 'resolved', resolvedAt: AT.getTime() });
  });
});

describe('changesOf', () => {
  it('names what opened, and nothing for an update that observed nothing', () => {
    const updates = [...findingUpdates(observed({ findings: [finding] }))];
    const silent = { id: other.id, at: AT, findings: [], judgements: [], outcomes: [] };
    const recorded = [...updates, silent].map((update) => ({
      update,
      before: NO_HISTORY,
      after: withUpdate(NO_HISTORY, update),
    }));
    expect(changesOf(recorded)).toEqual({ opened: [finding.id], reopened: [], resolved: [], unchanged: [] });
  });
});
