import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EvidenceFile, evidenceFiles } from '../../src/report/evidence.ts';
import { aFinding, aReport } from '../support/findings.ts';

const report = aReport({
  findings: [aFinding()],
  manifest: [{ path: 's3://b/k', sha256: 'ab', bytes: 1, records: 2 }],
});
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Reads the files one after the other. */
function read(files: Iterable<EvidenceFile>): { readonly name: string; readonly content: string }[] {
  const all: { readonly name: string; readonly content: string }[] = [];
  for (const { name, parts } of files)
    all.push({ name, content: Buffer.concat([...parts].map((part) => Buffer.from(part))).toString() });
  return all;
}

describe('evidenceFiles', () => {
  it('has a checksum for every file except SHA256SUMS itself, in the form of sha256sum -c', () => {
    const files = read(evidenceFiles(report, {}, {}, [{ name: 'digest-validation.json', parts: ['{', '}'] }]));
    const sums = files.at(-1);
    expect(sums?.name).toBe('SHA256SUMS');
    expect(sums?.content).toBe(
      files
        .slice(0, -1)
        .map(({ name, content }) => `${sha256(content)}  ${name}\n`)
        .join(''),
    );
    expect(files.map(({ name }) => name)).toContain('digest-validation.json');
  });

  it('has the formats and the configuration, then the manifest that lists them', () => {
    expect(read(evidenceFiles(report, {})).map(({ name }) => name)).toEqual([
      'config.json',
      'findings.asff.json',
      'findings.csv',
      'findings.jsonl',
      'findings.ocsf.jsonl',
      'report.html',
      'report.json',
      'manifest.json',
      'SHA256SUMS',
    ]);
  });

  it('lists inputs and outputs in the manifest, with sizes and checksums', () => {
    const files = read(evidenceFiles(report, {}));
    const manifest = JSON.parse(files.find(({ name }) => name === 'manifest.json')?.content ?? '');
    expect(manifest.inputs).toEqual(report.manifest);
    expect(manifest.outputs).toEqual(
      files
        .slice(0, -2)
        .map(({ name, content }) => ({ name, sha256: sha256(content), bytes: Buffer.byteLength(content) })),
    );
  });

  it('is the same for the same report', () => {
    expect(read(evidenceFiles(report, { a: 1 }))).toEqual(read(evidenceFiles(report, { a: 1 })));
  });

  it.each(['findings.csv', 'manifest.json', 'SHA256SUMS', 'config.json'])(
    'lets no further file replace our %s',
    (name) => {
      const ours = read(evidenceFiles(report, {}));
      expect(read(evidenceFiles(report, {}, {}, [{ name, parts: ['forged'] }]))).toEqual(ours);
    },
  );

  it('throws when a file was not read to its end', () => {
    const files = evidenceFiles(report, {});
    files.next();
    expect(() => files.next()).toThrow('config.json was not read');
  });
});
