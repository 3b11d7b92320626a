import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedFinding, boundedJudgement, boundedOutcome } from '../../../src/ledger/bounds/bounded.ts';
import { cutText, sizeOf } from '../../../src/ledger/bounds/cut.ts';
import { aCall, possible } from '../../support/causes.ts';
import { aFinding, aJudgement, anEvidence } from '../../support/findings.ts';
import { aStep } from '../../support/plans.ts';

const interfaces = (count: number, reason = 'no target') =>
  Array.from({ length: count }, (_, n) => ({ networkInterfaceId: `eni-${n}`, verdict: 'missing', reason }));

describe('cutText', () => {
  it('keeps what fits, and no half of a character', () => {
    expect(cutText('short', 10)).toBe('short');
    expect(cutText('a'.repeat(20), 10)).toBe('aaaaaaa…');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (text, bytes) => {
        const cut = cutText(text, bytes);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes);
        expect(Buffer.from(cut).toString()).toBe(cut);
        if (cut !== text) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      }),
    );
  });
});

describe('boundedFinding', () => {
  it('keeps an ordinary finding as it is', () => {
    const finding = aFinding({ detail: { interfaces: interfaces(15) } });
    expect(boundedFinding(finding)).toBe(finding);
  });

  it('keeps the first interfaces of thousands, and says how many it left out', () => {
    const { detail } = boundedFinding(aFinding({ detail: { vpcId: 'vpc-1', interfaces: interfaces(4000) } }));
    const kept = detail.interfaces?.length ?? 0;
    expect(kept).toBeGreaterThan(100);
    expect(detail).toMatchObject({ vpcId: 'vpc-1', leftOut: { interfaces: 4000 - kept } });
  });

  it('cuts every long text, and replaces a command that it would have to cut', () => {
    const long = '\u{10348}'.repeat(50_000);
    const finding = boundedFinding(
      aFinding({
        ...{ reason: long, owner: long, launchedBy: long, seenBecause: long, fix: long },
        detail: { name: long, missingTags: [long], interfaces: interfaces(100, long) },
        evidence: [anEvidence({ userAgent: long, actor: long })],
        remediation: { kind: 'create-session', outcome: 'failed', reason: long },
      }),
    );
    expect(sizeOf(finding)).toBeLessThan(60_000);
    expect(finding.fix).toMatch(/^No command: it is too long to be kept/);
    expect(finding.reason).toMatch(/…$/);
  });

  it('names no part of the calls that caused it together, and the first of those that may have', () => {
    const calls = Array.from({ length: 100 }, (_, n) => ({
      ...{ actor: `ada-${n}`, eventName: 'DeleteTags', eventTime: '2026-11-20T10:00:00Z', eventID: `event-${n}` },
    }));
    const together = aFinding({ cause: { kind: 'calls', calls } });
    expect(boundedFinding(together).cause).toEqual({
      kind: 'unknown',
      reason: 'the calls that caused it are too many to be kept',
    });
    const maybe = boundedFinding(
      aFinding({ cause: { ...possible('ada'), kind: 'possible', reason: 'it fits', calls } }),
    );
    expect(maybe.cause).toMatchObject({ kind: 'possible', reason: 'it fits' });
    expect(maybe.cause.kind === 'possible' && maybe.cause.calls.length).toBeGreaterThan(3);
    const alone = aFinding({ cause: aCall('x'.repeat(10_000)) });
    expect(boundedFinding(alone).cause.kind).toBe('call');
  });
});

describe('boundedJudgement and boundedOutcome', () => {
  it('keep the calls that resolved a finding, as many as fit, and the start of a long reason', () => {
    const evidence = Array.from({ length: 100 }, (_, n) =>
      anEvidence({ eventID: `event-${n}`, role: n % 2 === 0 ? 'resolution' : 'context', userAgent: 'x'.repeat(9000) }),
    );
    const kept = boundedJudgement(aJudgement({ evidence })).evidence ?? [];
    expect(kept[0]?.eventID).toBe('event-0');
    expect(sizeOf(kept)).toBeLessThan(3000);
    expect(kept.every(({ role }) => role === 'resolution')).toBe(true);
    const outcome = boundedOutcome({ step: aStep(), result: 'failed', reason: 'x'.repeat(9000) });
    expect(outcome.reason).toHaveLength(498);
  });
});
