/** The generated lists: they are current, and one new file is all that a new entry takes. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate, generatedFiles, INDEXES, modulesIn } from '../scripts/generate-indexes.ts';
import { type Format, render } from '../src/report/format.ts';
import { aFinding, aReport } from './support/findings.ts';

const ROOT = resolve(import.meta.dirname, '..');

describe('the generated lists', () => {
  it.each(generatedFiles(ROOT))('$target is current (otherwise: npm run generate)', ({ before, text }) => {
    expect(before).toBe(text);
  });

  it('name each module after its file, in the order of the names', () => {
    expect(modulesIn(join(ROOT, 'src/report/formats'))).toContainEqual({ name: 'csv', exported: 'csv' });
    const names = modulesIn(join(ROOT, 'src/report/formats')).map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).not.toContain('registry');
  });
});

describe('a format that is one new file', () => {
  const NEW_FORMAT = `
import type { Format } from '../format.ts';

export const shellLines: Format = {
  extension: 'sh',
  parts: ({ findings }) => findings.map(({ fix }) => fix + '\\n'),
};
`;

  it('is listed in the registry and the README, loads, and renders', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mirrorwatch-generate-'));
    try {
      for (const path of ['src', 'README.md']) cpSync(join(ROOT, path), join(root, path), { recursive: true });
      expect(generate(root)).toEqual([]);
      writeFileSync(join(root, 'src/report/formats/shell-lines.ts'), NEW_FORMAT);
      expect(generate(root)).toEqual(
        INDEXES.filter(({ folder }) => folder === 'src/report/formats').map(({ target }) => target),
      );
      const registry = await import(join(root, 'src/report/formats/registry.ts'));
      expect(registry.FORMAT_NAMES).toContain('shell-lines');
      const format: Format = await registry.FORMATS['shell-lines']();
      expect(render(format, aReport({ findings: [aFinding({ fix: 'true' })] }), {})).toBe('true\n');
      rmSync(join(root, 'src/report/formats/shell-lines.ts'));
      expect(generate(root)).toHaveLength(2);
      expect(generatedFiles(root)).toEqual(generatedFiles(ROOT));
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
