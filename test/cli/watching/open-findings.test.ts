import { describe, expect, it } from 'vitest';
import { followOpenFindings } from '../../../src/cli/watching/open-findings.ts';
import type { LiveEvent } from '../../../src/report/live/events.ts';
import { aFinding, anEntry } from '../../support/findings.ts';

const high = aFinding({ id: 'a', severity: 'high' });
const low = aFinding({ id: 'b', severity: 'low' });
const NO_CHANGES = { opened: [], reopened: [], resolved: [], unchanged: [] };

/** A ledger in which `open` is open, and what was told of it. */
function following({ takesMs = 0 } = {}) {
  let time = Date.parse('2026-03-17T10:00:00Z');
  let readings = 0;
  let error: Error | undefined;
  const open = new Map([[high.id, high]]);
  const told: LiveEvent[] = [];
  const faults: unknown[] = [];
  const findings = followOpenFindings({
    now: () => new Date(time),
    tell: (event) => void told.push(event),
    onFault: (fault) => void faults.push(fault),
    ledger: {
      entries: async () => {
        readings += 1;
        const entries = [...open.values()].map((finding) => anEntry(finding));
        await Promise.resolve();
        time += takesMs;
        if (error !== undefined) throw error;
        return entries;
      },
    },
  });
  const shown = () => told.flatMap((event) => (event.kind === 'open' ? [event.bySeverity] : [])).at(-1);
  return {
    ...findings,
    shown,
    faults,
    open,
    readings: () => readings,
    pass: (minutes: number) => {
      time += minutes * 60_000;
    },
    fail: (fault: Error | undefined) => {
      error = fault;
    },
  };
}

describe('what is open', () => {
  it('is read once, and then kept up with what this process changes', async () => {
    const { refresh, changed, shown, readings } = following();
    await refresh();
    expect(shown()).toEqual({ critical: 0, high: 1, medium: 0, low: 0 });
    changed({ findings: [low], changes: { ...NO_CHANGES, opened: ['b'] } });
    expect(shown()).toEqual({ critical: 0, high: 1, medium: 0, low: 1 });
    changed({ findings: [], changes: { ...NO_CHANGES, resolved: ['a'] } });
    expect(shown()).toEqual({ critical: 0, high: 0, medium: 0, low: 1 });
    changed({ findings: [{ ...low, status: 'muted' }], changes: { ...NO_CHANGES, unchanged: ['b'] } });
    expect(shown()).toEqual({ critical: 0, high: 0, medium: 0, low: 0 });
    for (let at = 0; at < 10; at += 1) await refresh();
    expect(readings()).toBe(1);
  });

  it('counts a finding once, however often it is delivered', async () => {
    const { refresh, changed, shown } = following();
    await refresh();
    for (let at = 0; at < 3; at += 1) changed({ findings: [high], changes: { ...NO_CHANGES, reopened: ['a'] } });
    changed({ findings: [low], changes: { ...NO_CHANGES, unchanged: ['b'] } });
    expect(shown()).toEqual({ critical: 0, high: 1, medium: 0, low: 0 });
  });

  it('is read again after a quarter of an hour, as others change the ledger too', async () => {
    const { refresh, open, pass, shown, readings } = following();
    await refresh();
    open.set(low.id, low);
    pass(14);
    await refresh();
    expect(readings()).toBe(1);
    pass(2);
    await refresh();
    expect(shown()).toMatchObject({ high: 1, low: 1 });
  });

  it('is read at most a hundredth of the time, however large the ledger is', async () => {
    const { refresh, pass, readings } = following({ takesMs: 60_000 });
    await refresh();
    pass(90);
    await refresh();
    expect(readings()).toBe(1);
    pass(20);
    await refresh();
    expect(readings()).toBe(2);
  });

  it('has what was recorded while it was being read', async () => {
    const { refresh, changed, shown } = following();
    const reading = refresh();
    changed({ findings: [low], changes: { ...NO_CHANGES, opened: ['b'] } });
    await reading;
    expect(shown()).toMatchObject({ high: 1, low: 1 });
  });

  it('says once that the ledger cannot be read, and shows no number that nobody read', async () => {
    const { refresh, changed, fail, faults, pass, shown } = following();
    fail(new Error('locked'));
    await refresh();
    pass(20);
    await refresh();
    changed({ findings: [low], changes: { ...NO_CHANGES, opened: ['b'] } });
    expect(faults).toHaveLength(1);
    expect(shown()).toBeUndefined();
    fail(undefined);
    pass(20);
    await refresh();
    expect(shown()).toMatchObject({ high: 1 });
  });
});
