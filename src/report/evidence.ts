/** The files of an auditor's evidence: every format, what was read, and the sums that prove nothing was changed since. */

import { createHash } from 'node:crypto';
import { renderAsff } from './asff.ts';
import { renderCsv } from './csv.ts';
import { inertJson } from './escape.ts';
import { renderHtml } from './html.ts';
import { renderJson, renderJsonLines } from './json.ts';
import { renderOcsf } from './ocsf.ts';
import type { RenderOptions, Report } from './report.ts';

/** A file of the evidence: a plain name and its UTF-8 text. */
export interface EvidenceFile {
  readonly name: string;
  readonly content: string;
}

/**
 * The report in every format that is kept (passes included), `config.json` as it was in effect (secrets are the caller's to leave
 * out), further files such as a digest validation, `manifest.json`, and last `SHA256SUMS`, which `sha256sum -c` checks. Sorted
 * by name but for the last, so that the same report gives the same files. Throws nothing; further files whose name is one of
 * ours replace nothing: ours come later and win.
 */
export function evidenceFiles(
  report: Report,
  config: unknown,
  options: RenderOptions = {},
  further: readonly EvidenceFile[] = [],
): EvidenceFile[] {
  const whole = { ...options, includePass: true };
  const own: EvidenceFile[] = [
    { name: 'config.json', content: `${inertJson(config, 2)}\n` },
    { name: 'findings.asff.json', content: renderAsff(report, whole) },
    { name: 'findings.csv', content: renderCsv(report, whole) },
    { name: 'findings.jsonl', content: renderJsonLines(report) },
    { name: 'findings.ocsf.jsonl', content: renderOcsf(report, whole) },
    { name: 'report.html', content: renderHtml(report, whole) },
    { name: 'report.json', content: renderJson(report, whole) },
  ];
  const named = new Map([...further, ...own].map((file) => [file.name, file]));
  const files = [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const manifest = { name: 'manifest.json', content: manifestOf(report, files) };
  const summed = [...files.filter(({ name }) => name !== manifest.name), manifest];
  return [
    ...summed,
    { name: 'SHA256SUMS', content: summed.map((file) => `${sha256(file.content)}  ${file.name}\n`).join('') },
  ];
}

function manifestOf(
  { generatedAt, toolVersion, configHash, period, input, manifest }: Report,
  files: readonly EvidenceFile[],
): string {
  const outputs = files.map(({ name, content }) => ({
    name,
    sha256: sha256(content),
    bytes: Buffer.byteLength(content),
  }));
  const head = { schema: 'mirrorwatch.evidence/1', generatedAt, toolVersion, configHash, ...(period && { period }) };
  return `${inertJson({ ...head, input, inputs: manifest, outputs }, 2)}\n`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
