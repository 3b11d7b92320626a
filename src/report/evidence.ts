/** The files of an auditor's evidence package: the report in several formats, its inputs, and checksums that expose later changes. */

import { createHash } from 'node:crypto';
import { byText } from '../collections.ts';
import { inertJson } from './escape.ts';
import { type Format, inBatches } from './format.ts';
import { asff } from './formats/asff.ts';
import { csv } from './formats/csv.ts';
import { html } from './formats/html.ts';
import { json } from './formats/json.ts';
import { jsonl } from './formats/jsonl.ts';
import { ocsf } from './formats/ocsf.ts';
import type { RenderOptions, Report } from './report.ts';

/** A file of the package: a plain name, and its content in pieces, as text or as UTF-8 bytes. */
export interface EvidenceFile {
  readonly name: string;
  readonly parts: Iterable<string | Uint8Array>;
}

interface Checksum {
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
 * The report in each kept format (passes included), `config.json` as it was in effect, further files such as a digest validation,
 * `manifest.json`, and `SHA256SUMS`, which `sha256sum -c` checks. The caller removes secrets from the configuration. All but the
 * last two are sorted by name, so the same report gives the same files. A further file cannot replace one of ours: it is dropped
 * when it has the same name.
 *
 * The checksums are computed while the files are read, so the caller has to read each file once, to its end, before it asks for
 * the next. Throws an Error otherwise.
 */
export function* evidenceFiles(
  report: Report,
  config: unknown,
  options: RenderOptions = {},
  further: readonly EvidenceFile[] = [],
): Generator<EvidenceFile> {
  const withPasses = { ...options, includePass: true };
  const own = Object.entries(KEPT).map(([name, { parts }]) => ({
    name,
    parts: inBatches(parts(report, withPasses)),
  }));
  const settings = { name: 'config.json', parts: [`${inertJson(config, 2)}\n`] };
  const named = new Map([...further, ...own, settings].map((file) => [file.name, file]));
  for (const ours of ['manifest.json', 'SHA256SUMS']) named.delete(ours);
  const sums: Checksum[] = [];
  for (const file of [...named.values()].sort(byText(({ name }) => name))) yield* summed(file, sums);
  yield* summed({ name: 'manifest.json', parts: [manifestOf(report, sums)] }, sums);
  yield { name: 'SHA256SUMS', parts: sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`) };
}

/** The file; adds its checksum to `sums` once it has been read. */
function* summed({ name, parts }: EvidenceFile, sums: Checksum[]): Generator<EvidenceFile> {
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
  { generatedAt, toolVersion, configHash, period, input, gaps, manifest }: Report,
  outputs: readonly Checksum[],
): string {
  const head = { schema: 'mirrorwatch.evidence/1', generatedAt, toolVersion, configHash, period };
  return `${inertJson({ ...head, input, gaps, inputs: manifest, outputs }, 2)}\n`;
}
