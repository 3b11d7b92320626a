import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderDiff } from '../../src/report/diff.ts';
import { type Format, render as rendered } from '../../src/report/format.ts';
import { html } from '../../src/report/formats/html.ts';
import { jsonl } from '../../src/report/formats/jsonl.ts';
import { junit } from '../../src/report/formats/junit.ts';
import { markdown } from '../../src/report/formats/markdown.ts';
import { FORMAT_NAMES, FORMATS } from '../../src/report/formats/registry.ts';
import type { Report } from '../../src/report/report.ts';
import { aCall, callBy } from '../support/causes.ts';
import {
  aCallFinding,
  aDetail,
  aFinding,
  aJudgement,
  anEntry,
  anEvidence,
  anInput,
  aReport,
} from '../support/findings.ts';
import { anyText, HOSTILE } from '../support/hostile.ts';
import { withoutLineMarks } from '../support/line-marks.ts';

/** A report in which every text that an attacker can choose is `text`. */
function poisoned(text: string): Report {
  const finding = aFinding({
    rule: `custom:${text}`,
    resourceId: text,
    region: text,
    accountId: text,
    reason: text,
    fix: text,
    cause: {
      kind: 'possible',
      calls: [callBy(text, { eventName: text, eventTime: text, eventID: text })],
      reason: text,
    },
    launchedBy: text,
    owner: text,
    seenBecause: text,
    detail: aDetail({
      name: text,
      vpcId: text,
      missingTags: [text],
      interfaces: [{ networkInterfaceId: text, verdict: text, reason: text }],
      more: { [text]: text },
      ruleTitle: text,
      eventCount: 2,
    }),
    evidence: [
      anEvidence({
        actor: text,
        userAgent: text,
        sourceIPAddress: text,
        logFile: text,
        eventID: text,
        eventName: text,
        note: text,
      }),
    ],
    remediation: { kind: 'create-session', outcome: 'failed', reason: text },
  });
  const muted = aFinding({
    resourceId: 'i-muted',
    status: 'muted',
    reason: text,
    cause: aCall(text, { eventName: text, eventTime: text }),
    detail: { exemption: { reason: text, owner: text, expires: text } },
  });
  const evidence = [
    anEvidence({ eventID: text, eventName: text, actor: text, sourceIPAddress: text, userAgent: text }),
  ];
  const call = aCallFinding({
    resourceId: `call ${text}`,
    reason: text,
    fix: text,
    cause: aCall(text, { eventName: text, eventTime: text, eventID: text }),
    detail: { ruleTitle: text, eventCount: 2 },
    evidence,
  });
  return aReport({
    findings: [finding, muted, call],
    entries: [
      anEntry(aFinding({ status: 'resolved', resourceId: 'i-done', reason: text }), {
        resolvedBy: text,
        outcomes: [{ at: new Date(0), result: 'failed', reason: text }],
      }),
    ],
    judgements: [aJudgement({ result: 'unknown', reason: text, resourceId: text }), aJudgement({ reason: text })],
    input: anInput({ rejected: [{ path: text, reason: text }], skipped: { [text]: 1 } }),
    manifest: [{ path: text, sha256: text, bytes: 1, records: 1 }],
    exemptions: [{ match: text, rule: text, reason: text, owner: text, expires: text }],
    load: [{ trafficMirrorTargetId: text, sources: 1, capacity: 2 }],
  });
}

const visibleFormats = await Promise.all(FORMAT_NAMES.map(async (name) => ({ name, format: await FORMATS[name]() })));

const render = (format: Format, text: string): string =>
  rendered(format, poisoned(text), { showMuted: true, includePass: true });

/** Control characters (except the line breaks that formats use themselves) and bidirectional marks. */
const ACTING = /(?![\r\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** The number of elements in the page. A text that adds one changes it. */
const tagsOf = (page: string): number =>
  (page.replace(/<script type="application\/json"[\s\S]*?<\/script>/, '').match(/<[a-z!/]/gi) ?? []).length;

describe.each(HOSTILE)('%s in every text of a report', (_, text) => {
  it.each(visibleFormats)('does nothing in $name', ({ format }) => {
    expect(render(format, text)).not.toMatch(ACTING);
  });

  it('adds no element to the page, and no script but ours', () => {
    const page = withoutLineMarks(render(html, text));
    expect(tagsOf(page)).toBe(tagsOf(withoutLineMarks(render(html, 'harmless'))));
    expect(page.match(/<script/g)).toHaveLength(2);
  });

  it('adds no element to the XML', () => {
    const names = (xml: string): string[] => (xml.match(/<[/?]?[a-z]+/g) ?? []).sort();
    expect(names(render(junit, text))).toEqual(names(render(junit, 'harmless')));
  });

  it('adds no line to a table in Markdown, and no link, image, mention or HTML', () => {
    const page = render(markdown, text);
    const plain = page.replace(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
    expect(plain).not.toMatch(/<[a-z/!]|(?<!\\)\]\(|(?<!\\)\[|@\w|https?:\/\/|www\.\w/i);
    expect(page.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(
      render(markdown, 'harmless')
        .split('\n')
        .filter((line) => line.startsWith('| ')).length,
    );
  });

  it('does nothing in a diff', () => {
    const report = poisoned(text);
    expect(renderDiff({ opened: report.findings, still: report.findings, resolved: [] })).not.toMatch(ACTING);
  });
});

describe('any text', () => {
  it('does nothing in any format', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(...visibleFormats), (text, { format }) => {
        expect(render(format, text)).not.toMatch(ACTING);
      }),
      { numRuns: 60 },
    );
  });

  it('survives JSON lines unchanged', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const lines = render(jsonl, text).trimEnd().split('\n');
        expect(lines.map((line) => JSON.parse(line))).toEqual(JSON.parse(JSON.stringify(poisoned(text).findings)));
      }),
      { numRuns: 40 },
    );
  });
});
