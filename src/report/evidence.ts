/** The files of an auditor's evidence: every format, what was read, and the sums that prove nothing was changed since. */

import { createHash } from 'node:crypto';
import { inertJson } from './escape.ts';
import { type Format, inBatches } from './format.ts';
import { asff } from './formats/asff.ts';
import { csv } from './formats/csv.ts';
import { html } from './formats/html.ts';
import { json } from './formats/json.ts';
import { jsonl } from './formats/jsonl.ts';
import { ocsf } from './formats/ocsf.ts';
import type { RenderOptions, Report } from './report.ts';

/** A file of the evidence: a plain name and its text, piece by piece, as it is or in UTF-8. */
export interface EvidenceFile {
  readonly name: string;
  readonly parts: Iterable<string | Uint8Array>;
}

interface Sum {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

const KEPT: Readonly<Record<string, Format>> = {
  'findings.asff.json': asff,
  'findings.csv': csv,
  'findings.jsonl': jsonl,
  'findings.ocsf.jsonl': ocsf,
  'report.html': html,
  'report.json': json,
};

/**
 * The report in every format that is kept (passes included), `config.json` as it was in effect (secrets are the caller's to leave
 * out), further files such as a digest validation, `manifest.json`, and last `SHA256SUMS`, which `sha256sum -c` checks. Sorted
 * by name but for the last two, so that the same report gives the same files. A further file whose name is one of ours replaces
 * nothing.
 *
 * Each file has to be read to its end, once, before the next is asked for: the sums are taken on the way. Throws an Error when it
 * was not.
 */
export function* evidenceFiles(
  report: Report,
  config: unknown,
  options: RenderOptions = {},
  further: readonly EvidenceFile[] = [],
): Generator<EvidenceFile> {
  const whole = { ...options, includePass: true };
  const own = Object.entries(KEPT).map(([name, { parts }]) => ({
    name,
    parts: inBatches(parts(report, whole)),
  }));
  const settings = { name: 'config.json', parts: [`${inertJson(config, 2)}\n`] };
  const named = new Map([...further, ...own, settings].map((file) => [file.name, file]));
  for (const ours of ['manifest.json', 'SHA256SUMS']) named.delete(ours);
  const sums: Sum[] = [];
  for (const file of [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) yield* summed(file, sums);
  yield* summed({ name: 'manifest.json', parts: [manifestOf(report, sums)] }, sums);
  yield { name: 'SHA256SUMS', parts: sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`) };
}

/** The file, which adds its sum to the others when it was read. */
function* summed({ name, parts }: EvidenceFile, sums: Sum[]): Generator<EvidenceFile> {
  function* read(): Generator<Uint8Array> {
    const hash = createHash('sha256');
    let bytes = 0;
    for (const part of parts) {
      const piece = typeof part === 'string' ? Buffer.from(part) : part;
      hash.update(piece);
      bytes += piece.length;
      yield piece;
    }
    sums.push({ name, sha256: hash.digest('hex'), bytes });
  }
  yield { name, parts: read() };
  if (sums.at(-1)?.name !== name) throw new Error(`${name} was not read to its end before the next file`);
}

function manifestOf(
  { generatedAt, toolVersion, configHash, period, input, manifest }: Report,
  outputs: readonly Sum[],
): string {
  const head = { schema: 'mirrorwatch.evidence/1', generatedAt, toolVersion, configHash, ...(period && { period }) };
  return `${inertJson({ ...head, input, inputs: manifest, outputs }, 2)}\n`;
}
