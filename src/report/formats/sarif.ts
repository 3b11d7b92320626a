/** The findings as a SARIF file, for code scanning and its viewers. */

import { inertJson } from '../escape.ts';
import type { Format } from '../format.ts';
import type { Report } from '../report.ts';
import { invocationOf } from '../sarif/invocation.ts';
import { URI_BASES } from '../sarif/location.ts';
import { findingResult, unknownResult } from '../sarif/results.ts';
import { rulesOf } from '../sarif/rules.ts';

/** Static Analysis Results Interchange Format, version 2.1.0. */
export const sarif: Format = { extension: 'sarif', parts: sarifParts };

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * One run with a result on each line: the open and muted findings by urgency, then the resources that could not be judged. What is
 * resolved or complies is left out: GitHub takes every result for a fault, and closes an alert that a run no longer has.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
function* sarifParts(report: Report): Generator<string> {
  const findings = report.findings.filter(({ status }) => status !== 'resolved');
  const unknown = report.judgements.filter(({ result }) => result === 'unknown');
  const rules = rulesOf(findings, unknown);
  const indexes = new Map([...rules.keys()].map((rule, index) => [rule, index]));
  const { toolVersion, configHash, period, summary } = report;
  const { open, muted, resolved } = summary;
  const run = {
    tool: { driver: { name: 'Mirrorwatch', version: toolVersion, rules: [...rules.values()] } },
    invocations: [invocationOf(report, findings.length + unknown.length)],
    originalUriBaseIds: URI_BASES,
    properties: { configHash, period, open, muted, resolved, unknown: unknown.length },
  };
  yield `{"$schema":${inertJson(SCHEMA)},"version":"2.1.0","runs":[{\n`;
  for (const [key, value] of Object.entries(run)) yield `${inertJson(key)}:${inertJson(value)},\n`;
  yield '"results":[';
  let before = '\n';
  for (const finding of findings) {
    yield `${before}${inertJson(findingResult(finding, indexes.get(finding.rule) ?? -1))}`;
    before = ',\n';
  }
  const listed = new Set(findings.map(({ id }) => id));
  for (const judgement of unknown) {
    const index = indexes.get(judgement.rule) ?? -1;
    yield `${before}${inertJson(unknownResult(judgement, index, listed.has(judgement.id)))}`;
    before = ',\n';
  }
  yield '\n]}]}\n';
}
