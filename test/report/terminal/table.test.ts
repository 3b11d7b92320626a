import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import type { Report } from '../../../src/report/report.ts';
import { renderTable } from '../../../src/report/terminal/table.ts';
import { clip, pad, widthOf, wrap } from '../../../src/report/terminal/terminal-text.ts';
import { aCall } from '../../support/causes.ts';
import { aCallFinding, aDetail, aFinding, aJudgement, anInput, aReport } from '../../support/findings.ts';
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

  it.each([60, 100, 200])('says at %i columns why a finding is muted, who decided it and until when', (columns) => {
    const exemption = { reason: 'moves on Friday', owner: 'dana@example.com', expires: '2026-12-31' };
    const muted = aFinding({ status: 'muted', detail: aDetail({ exemption }) });
    const text = renderTable(aReport({ findings: [muted] }), { columns, showMuted: true });
    expect(text.replaceAll(/\s+/g, ' ')).toContain('muted: moves on Friday (dana@example.com, until 2026-12-31)');
  });

  it('gives a reason that many inputs share once, and names every one of them', () => {
    const rejected = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ path: `${name}.json`, reason: 'is no log file' }));
    const text = renderTable(
      aReport({ input: anInput({ rejected: [...rejected, { path: 'f.json', reason: 'cut off' }] }) }),
      {},
    );
    expect(text).toContain(
      '5 times: is no log file\n  a.json\n  b.json\n  c.json\n  d.json\n  e.json\nf.json: cut off\n',
    );
  });

  it('lists twenty of the inputs that share a reason, and says how many more there are', () => {
    const rejected = Array.from({ length: 2025 }, (_, at) => ({ path: `${1000 + at}.json`, reason: 'is no log file' }));
    const text = renderTable(aReport({ input: anInput({ rejected }) }), {});
    expect(text).toContain('2,025 times: is no log file\n  1000.json\n');
    expect(text).toContain('  1019.json\n  and 2,005 more (-o json lists all)\n');
    expect(text).not.toContain('1020.json');
  });

  it('says without a finding how many checks passed, and how many found nothing to check', () => {
    const judgements = [aJudgement({ result: 'pass' }), aJudgement({ result: 'gone', resourceId: 'i-gone' })];
    const headOf = (report: Report): string => renderTable(report, {}).split('\n\n')[0] ?? '';
    expect(headOf(aReport({ findings: [], judgements }))).toContain(
      '1 check passed, 1 found that the resource is gone',
    );
    expect(headOf(aReport({ findings: [], judgements: [] }))).not.toContain('passed');
    expect(headOf(aReport({ findings: [aFinding()], judgements }))).not.toContain('passed');
  });

  it('calls a finding within its grace period pending', () => {
    expect(renderTable(mixed, { columns: 160 })).toMatch(/^ +high +pending +i-3 /m);
    expect(renderTable(mixed, { columns: 160 })).toContain('(1 pending)');
  });

  it('calls a finding open whose grace period is over, although nothing looked at it since', () => {
    const over = aFinding({ resourceId: 'i-4', detail: aDetail({ pendingUntil: '2026-11-20T11:59:00Z' }) });
    expect(renderTable(aReport({ findings: [over] }), { columns: 160 })).not.toContain('pending');
  });

  const REASON =
    'has no working session, as security group sg-0a lets nothing in on udp 4789 and no other target serves it.';
  const two = ['dana@example.com', 'erin'].map((actor, index) =>
    aFinding({
      resourceId: `i-${index}`,
      reason: `i-${index} ${REASON}`,
      detail: aDetail({ name: 'web' }),
      cause: aCall(actor),
    }),
  );
  const listOf = (findings: readonly Finding[], columns: number): readonly string[] => {
    const lines = renderTable(aReport({ findings }), { columns }).split('\n');
    const at = lines.findIndex((line) => line.startsWith('Findings ('));
    return lines.slice(at, lines.indexOf('', at));
  };

  it('groups findings by rule, with columns for name and cause where the reason keeps enough room', () => {
    expect(listOf(two, 160)).toEqual([
      'Findings (2, open, 111122223333, eu-west-1)',
      'instance-untagged: 2 medium',
      `  medium  i-0  web  dana@example.com  ${REASON}`,
      `  medium  i-1  web  erin              ${REASON}`,
    ]);
  });

  it('has the cause under the reason, and the name under the resource, where it is narrower', () => {
    expect(listOf(two.slice(0, 1), 70)).toEqual([
      'Findings (1, open, 111122223333, eu-west-1)',
      'instance-untagged: 1 medium',
      '  medium  i-0  has no working session, as security group sg-0a lets',
      '          web  nothing in on udp 4789 and no other target serves it.',
      '               cause: dana@example.com',
    ]);
  });

  it.each([40, 60, 80, 100, 120, 200])('has the whole reason at %i columns', (columns) => {
    const text = listOf(two, columns).join(' ').replaceAll(/ +/g, ' ').replaceAll(' web ', ' ');
    expect(text.split(REASON)).toHaveLength(3);
    for (const line of listOf(two, columns)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });

  it('names a cause that all findings share in the heading alone', () => {
    const findings = two.map((one) => ({ ...one, cause: aCall('erin') }));
    expect(listOf(findings, 100)[0]).toBe('Findings (2, open, 111122223333, eu-west-1, cause erin)');
    expect(listOf(findings, 100).slice(1).join('\n')).not.toContain('erin');
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

  it.each([
    [
      's3://trail/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/17/file.json.gz',
      40,
      ['s3://trail/AWSLogs/111122223333/', 'CloudTrail/eu-west-1/2026/03/17/', 'file.json.gz'],
    ],
    [
      'arn:aws:ecs:eu-west-1:111122223333:attachment/184d10a7-bcee-4038',
      30,
      ['arn:aws:ecs:eu-west-1:', '111122223333:attachment/', '184d10a7-bcee-4038'],
    ],
    ['a'.repeat(12), 8, ['a'.repeat(8), 'a'.repeat(4)]],
  ])('break %s after a separator', (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
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
