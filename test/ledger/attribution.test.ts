import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAUSE_NOT_EXAMINED, type Cause } from '../../src/audit/cause.ts';
import {
  type Attribution,
  atOnce,
  attributionOf,
  inTurn,
  laterCause,
  withKnownCause,
} from '../../src/ledger/attribution.ts';
import { aCall, callBy, calls, configuration, possible, unknown } from '../support/causes.ts';
import { aFinding, anEvidence } from '../support/findings.ts';

const TOGETHER = calls(callBy('dana'), callBy('erin'));

const anAttribution: fc.Arbitrary<Attribution | undefined> = fc.option(
  fc.record(
    {
      cause: fc.constantFrom(aCall('dana'), aCall('erin'), TOGETHER, possible('lee'), configuration(), unknown()),
      launchedBy: fc.constantFrom('ada', 'lee'),
      seenBecause: fc.constantFrom('a sweep', 'RunInstances'),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined },
);

describe('attributionOf', () => {
  it.each<[string, Parameters<typeof aFinding>[0], Attribution | undefined]>([
    ['a proven cause', { cause: aCall('dana') }, { cause: aCall('dana') }],
    ['a proven cause without evidence', { cause: aCall('dana'), evidence: [] }, { cause: aCall('dana') }],
    ['a possible cause', { cause: possible('erin') }, { cause: possible('erin') }],
    ['why the records do not show it', { cause: unknown() }, { cause: unknown() }],
    ['nothing of an unknown cause without records', { cause: unknown(), evidence: [] }, undefined],
    ['nothing of a cause that was not examined', { cause: CAUSE_NOT_EXAMINED }, undefined],
    ['who launched it', { launchedBy: 'ada' }, { launchedBy: 'ada' }],
    ['what made us look', { seenBecause: 'a sweep', evidence: [] }, { seenBecause: 'a sweep' }],
  ])('keeps %s', (_, parts, kept) => {
    expect(attributionOf(aFinding(parts))).toEqual(kept);
  });
});

describe('laterCause', () => {
  it.each<[string, Cause, Cause, Cause]>([
    [
      'a proven cause stays when the next look shows only a possible one',
      aCall('dana'),
      possible('erin'),
      aCall('dana'),
    ],
    ['a proven cause stays when the next look shows none', aCall('dana'), unknown(), aCall('dana')],
    ['a possible cause stays when the next look shows none', possible('erin'), unknown(), possible('erin')],
    ['a proven cause replaces a possible one', possible('erin'), aCall('dana'), aCall('dana')],
    ['a possible cause replaces an unknown one', unknown(), possible('erin'), possible('erin')],
    ['a proven cause replaces the configuration', configuration(), aCall('dana'), aCall('dana')],
    ['a possible cause replaces the configuration', configuration(), possible('erin'), possible('erin')],
    ['a possible cause stays when the next look knows less', possible('erin'), configuration(), possible('erin')],
    ['the configuration stays when the next look shows nothing', configuration(), unknown(), configuration()],
    ['the configuration replaces an unknown cause', unknown(), configuration(), configuration()],
    ['of two proven causes the later look wins', aCall('dana'), TOGETHER, TOGETHER],
    ['of two proven causes the later look wins, either way', TOGETHER, aCall('dana'), aCall('dana')],
  ])('%s', (_, earlier, later, shown) => {
    expect(laterCause(earlier, later)).toEqual(shown);
  });
});

describe('withKnownCause', () => {
  const record = anEvidence({ role: 'cause' });
  const known = aFinding({
    cause: aCall('dana'),
    launchedBy: 'ada',
    seenBecause: 'RunInstances',
    evidence: [record],
    firstSeen: '2026-11-01T00:00:00.000Z',
  });

  it('gives a finding that was seen without records the cause and the evidence that the ledger has', () => {
    const seen = aFinding({ cause: CAUSE_NOT_EXAMINED, seenBecause: 'a sweep', evidence: [], reason: 'as seen now' });
    expect(withKnownCause(seen, { finding: known })).toEqual({ ...known, reason: 'as seen now' });
  });

  it('keeps the reason that the ledger has when now no records were read', () => {
    const seen = aFinding({ cause: unknown('no records were read'), evidence: [] });
    const reason = unknown('it was so before the logs begin');
    expect(withKnownCause(seen, { finding: { ...known, cause: reason } }).cause).toEqual(reason);
  });

  it('keeps what is proven now', () => {
    const seen = aFinding({ cause: TOGETHER });
    expect(withKnownCause(seen, { finding: known }).cause).toEqual(TOGETHER);
  });

  it('takes no cause from a generation that is over', () => {
    const seen = aFinding({ cause: CAUSE_NOT_EXAMINED, evidence: [] });
    const shown = withKnownCause(seen, { finding: { ...known, status: 'resolved' } });
    expect(shown).toEqual({ ...seen, firstSeen: known.firstSeen });
  });

  it.each<[string, string, Cause, Cause['kind'], readonly string[]]>([
    ['a call long before that', '11:00', aCall('dana'), 'unknown', []],
    ['a call so shortly before that the look may have missed it', '10:04', aCall('dana'), 'call', ['dana']],
    ['a call after that', '09:00', aCall('dana'), 'call', ['dana']],
    [
      'calls together of which the last came after that',
      '11:00',
      calls(callBy('dana'), callBy('erin', { eventTime: '2026-11-20T12:00:00.000Z' })),
      'calls',
      ['dana', 'erin'],
    ],
    ['possible calls of which none came after that', '11:00', possible('lee'), 'unknown', []],
    [
      'possible calls, of which those after that are left',
      '11:00',
      {
        kind: 'possible',
        calls: [callBy('dana'), callBy('erin', { eventTime: '2026-11-20T12:00:00.000Z' })],
        reason: 'a record is missing',
      },
      'possible',
      ['erin'],
    ],
  ])('knows when it was in order, and what to make of %s', (_, time, cause, kind, actors) => {
    const inOrderAt = new Date(`2026-11-20T${time}:00Z`);
    const seen = aFinding({ cause, lastSeen: '2026-11-20T13:00:00.000Z' });
    const shown = withKnownCause(seen, { finding: aFinding({ cause: CAUSE_NOT_EXAMINED }), inOrderAt }).cause;
    expect(shown.kind).toBe(kind);
    expect('calls' in shown ? shown.calls.map(({ actor }) => actor) : []).toEqual(actors);
  });

  it('leaves alone what was seen before it was in order', () => {
    const seen = aFinding({ cause: aCall('dana'), lastSeen: '2026-11-20T10:30:00.000Z' });
    const inOrderAt = new Date('2026-11-20T11:00:00Z');
    expect(withKnownCause(seen, { finding: known, inOrderAt }).cause).toEqual(aCall('dana'));
  });

  it('changes nothing that the ledger does not know', () => {
    const seen = aFinding();
    expect(withKnownCause(seen, undefined)).toBe(seen);
  });
});

describe('atOnce', () => {
  it('does not depend on the order of the observations, nor on how often one comes', () => {
    fc.assert(
      fc.property(anAttribution, anAttribution, anAttribution, (a, b, c) => {
        expect(atOnce(a, b)).toEqual(atOnce(b, a));
        expect(atOnce(atOnce(a, b), c)).toEqual(atOnce(a, atOnce(b, c)));
        expect(atOnce(atOnce(a, b), b)).toEqual(atOnce(a, b));
      }),
    );
  });
});

describe('inTurn', () => {
  it('adds up the same however the observations are put together', () => {
    fc.assert(
      fc.property(anAttribution, anAttribution, anAttribution, (a, b, c) => {
        expect(inTurn(inTurn(a, b), c)).toEqual(inTurn(a, inTurn(b, c)));
      }),
    );
  });

  it('keeps who launched the resource and what made us look as at the opening', () => {
    const opening = { launchedBy: 'ada', seenBecause: 'RunInstances' };
    expect(inTurn(opening, { launchedBy: 'lee', seenBecause: 'a sweep' })).toEqual(opening);
    expect(inTurn({}, opening)).toEqual(opening);
  });
});
