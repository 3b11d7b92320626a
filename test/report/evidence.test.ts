import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evidenceFiles } from '../../src/report/evidence.ts';
import { aFinding, aReport } from '../support/findings.ts';

const report = aReport({
  findings: [aFinding()],
  manifest: [{ path: 's3://b/k', sha256: 'ab', bytes: 1, records: 2 }],
});
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('evidenceFiles', () => {
  it('sums every file but the sums themselves, as sha256sum -c reads it', () => {
    const files = evidenceFiles(report, {}, {}, [{ name: 'digest-validation.json', content: '{}' }]);
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

  it('says in the manifest what was read and what was made of it', () => {
    const manifest = JSON.parse(evidenceFiles(report, {}).find(({ name }) => name === 'manifest.json')?.content ?? '');
    expect(manifest.inputs).toEqual(report.manifest);
    expect(manifest.outputs.map(({ name }: { name: string }) => name)).toContain('report.html');
  });

  it('is the same for the same report', () => {
    expect(evidenceFiles(report, { a: 1 })).toEqual(evidenceFiles(report, { a: 1 }));
  });

  it('lets no further file take the place of one of ours', () => {
    const csv = evidenceFiles(report, {}, {}, [{ name: 'findings.csv', content: 'forged' }]).filter(
      ({ name }) => name === 'findings.csv',
    );
    expect(csv).toHaveLength(1);
    expect(csv[0]?.content).not.toBe('forged');
  });
});
