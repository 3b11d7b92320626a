import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** The stations, in reading order: a file imports from its own station and from those left of it. */
const STATIONS = [
  'errors',
  'collections',
  'net',
  'delivery',
  'cloudtrail',
  'sighting',
  'inventory',
  'mirror',
  'audit',
  'remediation',
  'ledger',
  'report',
  'alert',
  'config',
  'pipeline',
  'worlds',
  'doors',
];
/** Folders that stand side by side in one station. */
const SIDE_BY_SIDE: Readonly<Record<string, string>> = {
  aws: 'worlds',
  local: 'worlds',
  lambda: 'doors',
  cli: 'doors',
};

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort();

interface SourceFile {
  readonly file: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly SourceFile[] = files.map((file) => {
  const text = readFileSync(join(src, file), 'utf8');
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(([, name = '']) => name);
  return { file, text, imports };
});

function folderOf(file: string): string {
  const [first = ''] = file.split('/');
  return first.replace(/\.ts$/, '').replace(/^config-schema$/, 'config');
}

function stationOf(file: string): string {
  const folder = folderOf(file);
  return SIDE_BY_SIDE[folder] ?? folder;
}

function localImports({ file, imports }: SourceFile): readonly string[] {
  return imports
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(src, resolve(dirname(join(src, file)), name)));
}

/** The code without comments and without the text of strings. */
function codeOf(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

function offenders(allowed: (file: string) => boolean, offence: (source: SourceFile) => boolean): readonly string[] {
  return sources.filter((source) => !allowed(source.file) && offence(source)).map(({ file }) => file);
}

const isDoor = (file: string): boolean => ['lambda', 'cli'].includes(folderOf(file));
const isOutside = (file: string): boolean => ['aws', 'local', 'lambda', 'cli'].includes(folderOf(file));

/** Files that a person writes: generated ones say so in their first line. */
const written = sources.filter(({ text }) => !/^\/\*\*[^\n]*[Gg]enerated/.test(text));

/** The functions of a formatted source with the lines they take, nested ones too: the formatter aligns a closing brace with its head. */
function functionsIn(text: string): readonly { readonly name: string; readonly lines: number }[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const [, indent = '', named, assigned, method] =
      /^(\s*)(?:export )?(?:(?:async )?function\*? ?(\w*)|const (\w+)\b.* =>|(?:async )?(\w+)\(.*\).* \{$)/.exec(
        line,
      ) ?? [];
    const name = named ?? assigned ?? method;
    if (name === undefined || /^(if|for|while|switch|return|catch|expect)$/.test(name)) return [];
    const opens = lines.findIndex((each, index) => index >= start && (/\{$/.test(each) || /;$/.test(each)));
    if (opens === -1 || !/\{$/.test(lines[opens] ?? '')) return [];
    const end = lines.findIndex((each, index) => index > opens && each.startsWith(`${indent}}`));
    return end === -1 ? [] : [{ name, lines: end - start + 1 }];
  });
}

/** The HTML report's script and its bundled text: they run in a browser. */
const isPageScript = (file: string): boolean => file.startsWith('report/html/client');

/** The present, timers and chance. */
const TIME_AND_CHANCE =
  /Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|\bset(?:Timeout|Interval|Immediate)\b|node:timers/;

describe('the direction rules', () => {
  it('finds nothing but the known stations in the source tree', () => {
    expect(files.length).toBeGreaterThan(30);
    expect([...new Set(files.map(stationOf))].filter((station) => !STATIONS.includes(station))).toEqual([]);
  });

  it('imports only from the left', () => {
    const wrong = sources.flatMap((source) =>
      localImports(source)
        .filter((target) => STATIONS.indexOf(stationOf(target)) > STATIONS.indexOf(stationOf(source.file)))
        .map((target) => `${source.file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the worlds apart: aws and local do not import each other, nor do lambda and cli', () => {
    const apart = new Set(['aws local', 'local aws', 'lambda cli', 'cli lambda']);
    const wrong = sources.flatMap((source) =>
      localImports(source)
        .filter((target) => apart.has(`${folderOf(source.file)} ${folderOf(target)}`))
        .map((target) => `${source.file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no cycle of imports', () => {
    const graph = new Map(sources.map((source) => [source.file, localImports(source)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' > '));
      if (done.has(file) || path.includes(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it('imports the SDK only under aws', () => {
    expect(
      offenders(
        (file) => folderOf(file) === 'aws',
        ({ imports }) => imports.some((name) => name.startsWith('@aws-sdk/')),
      ),
    ).toEqual([]);
  });

  it('touches the process only in lambda and cli', () => {
    expect(offenders(isDoor, ({ text }) => /\bprocess\.(env|exit)\b|\bconsole\./.test(codeOf(text)))).toEqual([]);
  });

  it('touches files only in local, cli and delivery/archive', () => {
    const allowed = (file: string): boolean =>
      ['local', 'cli'].includes(folderOf(file)) || file === 'delivery/archive.ts';
    expect(offenders(allowed, ({ imports }) => imports.some((name) => /^(node:)?fs(\/promises)?$/.test(name)))).toEqual(
      [],
    );
  });

  it('takes time and randomness as arguments', () => {
    expect(
      offenders(
        (file) => isOutside(file) || isPageScript(file),
        ({ text }) => TIME_AND_CHANCE.test(codeOf(text)),
      ),
    ).toEqual([]);
  });

  it('is asynchronous only in the starred files', () => {
    const starred =
      /^(delivery\/(fetch-log[\w-]*|archive)|inventory\/load-inventory|remediation\/(apply-plan|apply-step|mirror-writer|sensors\/(launch-sensor|sensor-launcher))|ledger\/ledger|alert\/send-alert|pipeline\/.*)\.ts$/;
    expect(
      offenders(
        (file) => isOutside(file) || starred.test(file),
        ({ text }) => /\basync\b|\bawait\b|\bPromise</.test(codeOf(text)),
      ),
    ).toEqual([]);
  });
});

describe('habits', () => {
  it('has no folder or file for leftovers', () => {
    expect(files.filter((file) => /(^|\/)(utils?|common|helpers?|ports\/|types\.ts|index\.ts)/.test(file))).toEqual([]);
  });

  it('has classes for errors only', () => {
    const classes = sources.flatMap(({ file, text }) =>
      [...codeOf(text).matchAll(/\bclass (\w+)(?: extends (\w+))?/g)]
        .filter(([, , base = '']) => !/Error$/.test(base))
        .map(([, name]) => `${file}: ${name}`),
    );
    expect(classes).toEqual([]);
  });

  it('has no default export, no any and no asserted non-null', () => {
    expect(
      offenders(
        () => false,
        ({ text }) => /\bexport default\b|: any\b|<any>|as any\b|[\w\])]!(?=[.,;)\]\s[])(?!=)/.test(codeOf(text)),
      ),
    ).toEqual([]);
  });

  it('begins every module with a sentence about what it is for', () => {
    expect(
      offenders(
        () => false,
        ({ text }) => !/^(#!.*\n)?\/\*\*? \S/.test(text),
      ),
    ).toEqual([]);
  });

  it('documents every exported function', () => {
    const bare = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/(^|\n)([^\n]*)\nexport (?:async )?function\*? (\w+)/g)]
        .filter(([, , before = '']) => !before.trimEnd().endsWith('*/'))
        .map(([, , , name]) => `${file}: ${name}`),
    );
    expect(bare).toEqual([]);
  });

  it('keeps files to 300 lines, except generated ones', () => {
    const long = written.filter(({ text }) => text.split('\n').length > 300).map(({ file }) => file);
    expect(long).toEqual([]);
  });

  it('keeps functions to 80 lines', () => {
    const long = written.flatMap(({ file, text }) =>
      functionsIn(text)
        .filter(({ lines }) => lines > 80)
        .map(({ name, lines }) => `${file}: ${name} has ${lines} lines`),
    );
    expect(long).toEqual([]);
  });

  it('keeps folders to 16 files', () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
    expect([...counts].filter(([, count]) => count > 16)).toEqual([]);
  });

  it('measures functions by their braces', () => {
    const text =
      'export async function one(\n  a: string,\n): void {\n  if (a) {\n  }\n}\nconst two = (b: string) => {\n  b;\n};\n  three(c: number): void {\n  }\n';
    expect(functionsIn(text)).toEqual([
      { name: 'one', lines: 6 },
      { name: 'two', lines: 3 },
      { name: 'three', lines: 2 },
    ]);
  });
});
