import { describe, expect, it } from 'vitest';
import { render } from '../../../src/report/format.ts';
import { markdown } from '../../../src/report/formats/markdown.ts';
import { aDetail, aFinding, aJudgement, aReport } from '../../support/findings.ts';

const page = (report: ReturnType<typeof aReport>): string => render(markdown, report, { showMuted: true });
const findings = (count: number, text = ''): ReturnType<typeof aFinding>[] =>
  Array.from({ length: count }, (_, n) =>
    aFinding({ resourceId: `i-${n}${text}`, id: `${n}`.padStart(8, '0'), reason: `${text} is missing tags.` }),
  );
const rowsOf = (text: string): number => text.split('\n').filter((line) => line.startsWith('| medium | open |')).length;

describe('Markdown for a step summary', () => {
  it('lists all of a hundred findings, and says nothing of others', () => {
    const text = page(aReport({ findings: findings(100) }));
    expect(rowsOf(text)).toBe(100);
    expect(text).not.toContain('not listed');
  });

  it('lists a hundred of 20,000, and says how many are left out and where they are', () => {
    const text = page(aReport({ findings: findings(20_000) }));
    expect(rowsOf(text)).toBe(100);
    expect(text).toContain('\n19,900 more findings not listed here; `-o json` has everything.\n');
    expect(text.length).toBeLessThan(65_536);
  });

  it.each([
    ['long', 'x'.repeat(20_000)],
    ['long and escaped', '<'.repeat(20_000)],
    ['long and invisible', '\u{e0041}'.repeat(20_000)],
    ['long and wide', '検'.repeat(20_000)],
  ])(
    'stays below the limit of GitHub with names that are %s, with fewer rows and a sentence that counts the others',
    (_, name) => {
      const judgements = findings(300, name).map(({ resourceId }) =>
        aJudgement({ result: 'unknown', resourceId, reason: name }),
      );
      const text = page(aReport({ findings: findings(300, name), judgements }));
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(900_000);
      const listed = rowsOf(text);
      expect(text).toContain(`\n${300 - listed} more findings not listed here`);
      expect(text).toContain('**300 open**');
      expect(text).toContain('## Could not be read or judged');
    },
  );

  it('cuts no command: one that is too long is left out with words', () => {
    const fix = `aws ec2 create-tags --region eu-west-1 --resources i-1 --tags Key=A,Value=${'x'.repeat(5_000)}`;
    const text = page(aReport({ findings: [aFinding({ fix, detail: aDetail() })] }));
    expect(text).not.toContain('aws ec2 create-tags');
    expect(text).toContain('The command is too long for this page; `-o json` has it.');
  });
});
