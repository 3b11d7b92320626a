/** Generated files are current, and a new entry in a generated list takes only one new file. */

import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENT_SCRIPT_MODULE, clientScriptModule } from '../scripts/generate-client-script.ts';
import { generate, generatedFiles, INDEXES, modulesIn } from '../scripts/generate-indexes.ts';
import { type Format, render } from '../src/report/format.ts';
import { aFinding, aReport } from './support/findings.ts';

const ROOT = resolve(import.meta.dirname, '..');

describe('the generated lists', () => {
  it.each(generatedFiles(ROOT))('$target is current (otherwise: npm run generate)', ({ before, text }) => {
    expect(before).toBe(text);
  });

  it('name each module after its file, in the order of the names', () => {
    expect(modulesIn(join(ROOT, 'src/report/formats'))).toContainEqual(
      expect.objectContaining({ name: 'csv', exported: 'csv' }),
    );
    const names = modulesIn(join(ROOT, 'src/report/formats')).map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    expect(names).not.toContain('registry');
  });
});

describe('the script of the HTML report', () => {
  it('is the bundle of its source (otherwise: npm run generate)', async () => {
    expect(readFileSync(join(ROOT, CLIENT_SCRIPT_MODULE), 'utf8')).toBe(await clientScriptModule(ROOT));
  });

  it('cannot end its element early, and contains no control characters', async () => {
    const { CLIENT_SCRIPT } = await import('../src/report/html/client-script.ts');
    expect(CLIENT_SCRIPT).not.toMatch(/<\/script|<!--/i);
    expect(CLIENT_SCRIPT).not.toMatch(/(?!\n)\p{Cc}/u);
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
      expect(generate(root).toSorted()).toEqual(
        INDEXES.filter(({ folder }) => folder === 'src/report/formats')
          .map(({ target }) => target)
          .toSorted(),
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

describe('a rule that is one new file', () => {
  const NEW_RULE = `
import type { Rule } from '../rule.ts';

export const mirrorTooLong = {
  title: 'Mirror session with a long description',
  phrase: 'described at length',
  when: 'A session has a description of more than 200 characters.',
  severity: 'low',
  appliesTo: ['AWS::EC2::TrafficMirrorSession'],
  judges: 'session',
  judge: () => undefined,
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;
`;

  it('is listed in the registry and the README, and everything derived from them knows it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mirrorwatch-generate-'));
    try {
      for (const path of ['src', 'README.md']) cpSync(join(ROOT, path), join(root, path), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
      writeFileSync(join(root, 'src/audit/rules/mirror-too-long.ts'), NEW_RULE);
      expect(generate(root)).toEqual(['src/audit/rules/registry.ts', 'README.md']);
      expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(
        '| [`mirror-too-long`](docs/findings.md#mirror-too-long) | low | A session has a description of more than 200 characters. |',
      );
      const book = await import(join(root, 'src/audit/rule-book.ts'));
      expect(book.ruleIds()).toContain('mirror-too-long');
      expect(book.titleOf('mirror-too-long')).toBe('Mirror session with a long description');
      expect(book.sweptRules({ mirrored: true })).toContain('mirror-too-long');
      const config = await import(join(root, 'src/config.ts'));
      const severities = { 'mirror-too-long': 'high' };
      expect(config.parseConfig(JSON.stringify({ severities }), 'config.json').severities).toEqual(severities);
      rmSync(join(root, 'src/audit/rules/mirror-too-long.ts'));
      expect(generate(root)).toHaveLength(2);
      expect(generatedFiles(root)).toEqual(generatedFiles(ROOT));
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
