import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../src/report/terminal/table.ts';
import { clip, pad, widthOf, wrap } from '../../../src/report/terminal/terminal-text.ts';
import { aCall } from '../../support/causes.ts';
import { aCallFinding, aDetail, aFinding, anInput, aReport } from '../../support/findings.ts';
import { anyText } from '../../support/hostile.ts';

const mixed = aReport({
  findings: [
    aFinding(),
    aFinding({ resourceId: 'i-muted', status: 'muted' }),
    aFinding({ resourceId: 'i-3', severity: 'high', detail: aDetail({ pendingUntil: '2026-11-20T12:05:00Z' }) }),
  ],
});
// The escape sequences of colours, and only those.
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

describe('renderTable', () => {
  it('says the same with and without colour', () => {
    expect(renderTable(mixed, { color: true })).toMatch(COLOURS);
    expect(renderTable(mixed, { color: true }).replace(COLOURS, '')).toBe(renderTable(mixed, {}));
    expect(renderTable(mixed, {})).not.toMatch(COLOURS);
  });

  it.each([
    ['arn:aws:iam::111122223333:user/erin stopped it', 'erin', 'stopped it'],
    ['arn:aws:sts::111122223333:assumed-role/r/erin stopped it', 'erin (r)', 'stopped it'],
    ['arn:aws:sts::111122223333:assumed-role/admin/erin stopped it', 'admin/erin', 'stopped it'],
    [
      'arn:aws:sts::111122223333:assumed-role/other/erin stopped it',
      'admin/erin',
      'arn:aws:sts::111122223333:assumed-role/other/erin stopped it',
    ],
    ['arn:aws:iam::111122223333:user/er stopped it', 'erin', 'arn:aws:iam::111122223333:user/er stopped it'],
    ['arn:aws:iam::111122223333:user/ stopped it', 'erin', 'arn:aws:iam::111122223333:user/ stopped it'],
  ])('names the caller once: %s, by %s', (reason, actor, shown) => {
    const finding = aCallFinding({ reason, cause: aCall(actor) });
    expect(renderTable(aReport({ findings: [finding] }), { columns: 200 })).toMatch(
      new RegExp(`${actor.replace(/[()]/g, '.')} +${shown}$`, 'm'),
    );
  });

  it('hides muted findings, says how many, and shows them on request', () => {
    expect(renderTable(mixed, {})).not.toContain('i-muted');
    expect(renderTable(mixed, {})).toContain('1 muted finding not shown');
    expect(renderTable(mixed, { showMuted: true })).toContain('i-muted');
  });

  it('calls a finding within its grace period pending', () => {
    expect(renderTable(mixed, { columns: 160 })).toMatch(/^ +high +pending +i-3 /m);
    expect(renderTable(mixed, { columns: 160 })).toContain('(1 pending)');
  });

  it('calls a finding open whose grace period is over, although nothing looked at it since', () => {
    const over = aFinding({ resourceId: 'i-4', detail: aDetail({ pendingUntil: '2026-11-20T11:59:00Z' }) });
    expect(renderTable(aReport({ findings: [over] }), { columns: 160 })).not.toContain('pending');
  });

  it('groups findings by rule, one line each with name, cause, and the part of the reason that differs', () => {
    const findings = ['i-1', 'i-2'].map((resourceId) =>
      aFinding({
        resourceId,
        reason: `${resourceId} is missing tags: Owner.`,
        detail: aDetail({ name: 'web' }),
        cause: aCall('dana@example.com (AWSReservedSSO_Developer)'),
      }),
    );
    const lines = renderTable(aReport({ findings }), { columns: 120 }).split('\n');
    const at = lines.indexOf('Findings (2, open, 111122223333, eu-west-1)');
    expect(lines.slice(at + 1, at + 4)).toEqual([
      'instance-untagged: 2 medium',
      '  medium  i-1  web  dana@example.com (AWSReservedSS…  Owner.',
      '  medium  i-2  web  dana@example.com (AWSReservedSS…  Owner.',
    ]);
  });

  it('ends with the figures of the input', () => {
    const input = anInput({
      files: 2,
      records: 1204,
      bytes: 999,
      sightings: 5,
      launches: 1,
      skipped: { digest: 3 },
      rejected: [{ path: 'b.gz', reason: 'cut short' }],
    });
    const lines = renderTable(aReport({ input }), {}).trimEnd().split('\n');
    expect(lines.slice(-3)).toEqual([
      'Read: 2 files, 1,204 records, 999 bytes, 5 sightings, 1 launch, 1 input not read.',
      'Skipped: digest 3.',
      'mirrorwatch 0.1.0, configuration c0ffee00c0ffee00',
    ]);
  });

  it('stays within the width, except for commands to copy', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 40, max: 200 }), (text, columns) => {
        const findings = [
          aFinding({ reason: text, resourceId: `i-${text}`, detail: aDetail({ name: text }) }),
          aFinding(),
        ];
        for (const line of renderTable(aReport({ findings }), { columns }).split('\n')) {
          if (!line.startsWith('    fix: ')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });
});

describe('widthOf', () => {
  it.each([
    ['abc', 3],
    ['日本', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['👩‍💻', 2],
    ['🇩🇪', 2],
    ['ｶﾅ', 2],
    ['', 0],
  ])('of %j is %i', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });
});

describe('clip, pad and wrap', () => {
  it.each([
    ['abcdef', 4, 'abc…'],
    ['日本語', 4, '日…'],
    ['abc', 3, 'abc'],
    ['abc', 0, ''],
  ])('cut %j to %i columns as %j', (text, columns, cut) => {
    expect(clip(text, columns)).toBe(cut);
  });

  it('fill to exactly the width, whatever the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, columns) => {
        expect(widthOf(pad(text, columns))).toBe(columns);
      }),
    );
  });

  it('lose nothing but the spaces at line breaks', () => {
    const words = fc
      .array(fc.string({ unit: fc.constantFrom('a', '日', '🚨', 'é') }), { minLength: 1 })
      .map((list) => list.join(' '));
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 30 }), (text, columns) => {
        expect(wrap(text, columns).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});
