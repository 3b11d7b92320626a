import { describe, expect, it } from 'vitest';
import { liveBatch } from '../../../src/cli/watching/live-batch.ts';
import type { Acted } from '../../../src/pipeline/act.ts';
import type { Delivered } from '../../../src/pipeline/deliver.ts';
import type { Outcome } from '../../../src/remediation/outcome.ts';
import { aFinding, aJudgement, anInput } from '../../support/findings.ts';

const NO_CHANGES = { opened: [], reopened: [], resolved: [], unchanged: [] };

function acted(parts: Partial<Acted> = {}): Acted {
  return { findings: [], judgements: [], plan: { steps: [], unplaced: [], load: [] }, outcomes: [], ...parts } as Acted;
}

/** What became of a batch; `collected` as far as it is shown. */
function delivered(parts: Partial<Delivered> = {}, collected: object = {}): Delivered {
  return {
    failed: [],
    rechecks: [],
    collected: { sightings: [], refused: [], failed: [], input: anInput(), ...collected },
    assessment: { unread: [], omitted: [] },
    acted: acted(),
    swept: [],
    ...parts,
  } as unknown as Delivered;
}

function anOutcome(result: Outcome['result'], kind = 'create-session'): Outcome {
  const step = { kind, resourceId: 'i-1', trafficMirrorTargetId: 'tmt-a' };
  return { step, result, reason: 'the target is full' } as unknown as Outcome;
}

const textsOf = (batch: ReturnType<typeof liveBatch>): readonly string[] =>
  batch.actions.map(({ what, text }) => `${what} ${text}`);

describe('what the live view shows of a batch', () => {
  const finding = aFinding({ id: 'f', severity: 'high', resourceId: 'i-1', reason: 'i-1 lacks CostCenter.' });

  it('is what the ledger had not open before', () => {
    const found = acted({ findings: [finding], changes: { ...NO_CHANGES, unchanged: ['f'] } });
    expect(liveBatch(delivered({ acted: found }), 1)).toMatchObject({ opened: {}, actions: [] });
    const opened = { ...found, changes: { ...NO_CHANGES, opened: ['f'] } };
    const batch = liveBatch(delivered({ acted: opened }), 1);
    expect(batch.opened).toEqual({ high: 1 });
    expect(textsOf(batch)).toEqual([`opened ${finding.rule}: i-1 lacks CostCenter. (111122223333 eu-west-1)`]);
    const again = { ...found, changes: { ...NO_CHANGES, reopened: ['f'] } };
    expect(liveBatch(delivered({ acted: again }), 1).actions[0]?.what).toBe('reopened');
  });

  it('is everything that was found where there is no ledger', () => {
    const batch = liveBatch(delivered({ acted: acted({ findings: [finding] }) }), 1);
    expect(batch.actions.map(({ what }) => what)).toEqual(['found']);
    expect(batch.opened).toEqual({ high: 1 });
  });

  it('leaves muted findings out', () => {
    const muted = acted({ findings: [{ ...finding, status: 'muted' }], changes: { ...NO_CHANGES, opened: ['f'] } });
    expect(liveBatch(delivered({ acted: muted }), 1)).toMatchObject({ opened: {}, actions: [] });
  });

  it('names what was resolved, also if nothing else is known of it', () => {
    const judgement = aJudgement({ id: 'j', resourceId: 'i-2' });
    const done = acted({ judgements: [judgement], changes: { ...NO_CHANGES, resolved: ['j', 'unknown'] } });
    const batch = liveBatch(delivered({ acted: done }), 1);
    expect(batch.resolved).toBe(2);
    expect(textsOf(batch)).toEqual([
      'resolved instance-untagged: i-2: All required tags are set. (111122223333 eu-west-1)',
      'resolved unknown',
    ]);
  });

  it('counts repairs by what became of them', () => {
    const outcomes = [
      anOutcome('done'),
      anOutcome('failed'),
      anOutcome('not-needed'),
      anOutcome('done', 'delete-session'),
    ];
    const batch = liveBatch(delivered({ acted: acted({ outcomes }) }), 1);
    expect(batch).toMatchObject({ sessions: 1, failedRepairs: 1 });
    expect(textsOf(batch)).toEqual([
      'done create-session i-1 (target tmt-a)',
      'failed create-session i-1: the target is full',
      'done delete-session i-1 (target tmt-a)',
    ]);
  });

  it('counts the sweeps and the mails of a batch too', () => {
    const sent = { message: { subject: 'a mail' }, held: 0, busy: [] } as unknown as Acted['sent'];
    const swept = acted({ findings: [finding], changes: { ...NO_CHANGES, opened: ['f'] }, sent });
    const batch = liveBatch(
      delivered({ swept: [{ acted: swept }] as unknown as Delivered['swept'], released: sent }),
      1,
    );
    expect(batch).toMatchObject({ mails: 2, opened: { high: 1 } });
    expect(textsOf(batch).slice(-2)).toEqual(['mailed a mail', 'mailed a mail']);
  });

  it('has the newest record of all, whatever their order', () => {
    const times = ['2026-03-17T10:00:00Z', '2026-03-17T12:00:00Z', '2026-03-17T11:00:00Z'];
    const sightings = times.map((time) => ({ eventTime: new Date(time) }));
    expect(liveBatch(delivered({}, { sightings }), 1).newestRecord).toEqual(new Date('2026-03-17T12:00:00Z'));
  });

  it('shows the most urgent of a flood, the most urgent last, as the newest is shown first', () => {
    const findings = Array.from({ length: 500 }, (_, at) =>
      aFinding({ id: `f${at}`, severity: at === 250 ? 'critical' : 'low' }),
    );
    const changes = { ...NO_CHANGES, opened: findings.map(({ id }) => id) };
    const batch = liveBatch(delivered({ acted: acted({ findings, changes }) }), 1);
    expect(batch.opened).toEqual({ low: 499, critical: 1 });
    expect(batch.actions.length).toBeLessThan(20);
    expect(batch.actions.at(-1)?.severity).toBe('critical');
  });

  it('says what was not read, and what is retried', () => {
    const input = anInput({ rejected: [{ path: 'a.gz', reason: 'cut off' }] });
    const failed = [{ message: { body: {}, messageId: 'm-1' }, error: new Error('no answer') }];
    const batch = liveBatch(delivered({ failed }, { input }), 4);
    expect(batch).toMatchObject({ messages: 4, retried: 1, rejected: 1 });
    expect(batch.failures).toEqual(['a.gz: cut off', expect.stringMatching(/^message m-1 .*: no answer$/)]);
  });
});
