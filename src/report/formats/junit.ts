/** Findings as a JUnit file for a nightly job: one suite per rule, one case per resource. */

import type { Finding, Judgement, RuleId } from '../../audit/finding.ts';
import { byText, groupBy } from '../../collections.ts';
import { causeFacts } from '../cause-words.ts';
import { escapeMarkup } from '../escape.ts';
import type { Format } from '../format.ts';
import type { RenderOptions, Report } from '../report.ts';
import { mutedWords } from '../words.ts';

type Result = 'passed' | 'failed' | 'skipped' | 'error';

interface Case {
  readonly rule: RuleId;
  readonly result: Result;
  readonly xml: string;
}

/** A JUnit XML file. */
export const junit: Format = { extension: 'junit.xml', parts: (report, options) => [renderJUnit(report, options)] };

/**
 * Open findings fail, muted ones are skipped, resolved ones pass, and whatever could not be judged or read is an error. With
 * `includePass`, resources that comply are listed too. The text contains only characters that XML 1.0 allows.
 *
 * @see https://github.com/testmoapp/junitxml
 */
function renderJUnit(report: Report, options: RenderOptions): string {
  const judged = report.judgements.filter(
    ({ result }) => result === 'unknown' || (options.includePass === true && result === 'pass'),
  );
  const cases = [...report.findings.map(findingCase), ...judged.map(judgementCase)];
  const suites = [...groupBy(cases, ({ rule }) => rule)].sort(byText(([rule]) => rule));
  const body = suites.map(([rule, own]) => suiteOf(rule, own, report));
  const results: Result[] = [...cases.map(({ result }) => result), ...report.input.rejected.map((): Result => 'error')];
  const opening = `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="mirrorwatch"${totalsOf(results)}>\n`;
  return `${opening}${body.join('')}${inputSuite(report)}</testsuites>\n`;
}

function suiteOf(rule: string, cases: readonly Case[], { generatedAt }: Report): string {
  const attributes = `${attribute('name', rule)}${totalsOf(cases.map(({ result }) => result))}${attribute('timestamp', generatedAt)}`;
  return `  <testsuite${attributes}>\n${cases.map(({ xml }) => xml).join('')}  </testsuite>\n`;
}

/** Unreadable inputs, as a suite of their own: the job must not be green when half of the logs were damaged. */
function inputSuite({ input, generatedAt }: Report): string {
  if (input.rejected.length === 0) return '';
  const cases = input.rejected.map(({ path, reason }): string =>
    testcase('input', path, `<error${attribute('message', reason)}/>`),
  );
  const attributes = `${totalsOf(cases.map(() => 'error'))}${attribute('timestamp', generatedAt)}`;
  return `  <testsuite name="input"${attributes}>\n${cases.join('')}  </testsuite>\n`;
}

function findingCase(finding: Finding): Case {
  switch (finding.status) {
    case 'open':
      return caseOf(finding, 'failed', failureOf(finding));
    case 'muted':
      return caseOf(finding, 'skipped', `<skipped${attribute('message', mutedWords(finding))}/>`);
    case 'resolved':
      return caseOf(finding, 'passed', '');
  }
}

function failureOf(finding: Finding): string {
  const { severity, reason, firstSeen, fix } = finding;
  const facts = causeFacts(finding).map(([label, words]) => `${label.toLowerCase()}: ${words}`);
  const lines = [reason, ...facts, `first seen: ${firstSeen}`, `fix: ${fix}`];
  const opening = `<failure${attribute('type', severity)}${attribute('message', reason)}>`;
  return `${opening}${lines.map(escapeMarkup).join('\n')}</failure>`;
}

function judgementCase(judgement: Judgement): Case {
  return judgement.result === 'unknown'
    ? caseOf(judgement, 'error', `<error${attribute('message', judgement.reason)}/>`)
    : caseOf(judgement, 'passed', '');
}

function caseOf(of: Finding | Judgement, result: Result, body: string): Case {
  const { rule, accountId, region, resourceId } = of;
  return { rule, result, xml: testcase(rule, `${resourceId} (${accountId} ${region})`, body) };
}

function testcase(suite: string, name: string, body: string): string {
  const opening = `    <testcase${attribute('classname', suite)}${attribute('name', name)} time="0"`;
  return body === '' ? `${opening}/>\n` : `${opening}>\n      ${body}\n    </testcase>\n`;
}

function totalsOf(results: readonly Result[]): string {
  const count = (wanted: Result): number => results.filter((result) => result === wanted).length;
  return ` tests="${results.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}" time="0"`;
}

function attribute(name: string, value: string): string {
  return ` ${name}="${escapeMarkup(value)}"`;
}
