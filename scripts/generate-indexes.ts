/**
 * Writes the files that list other files: `npm run generate`. Where one file is one thing of a kind (a report format, say), the
 * list of that kind is derived from the folder, so adding one means adding one file.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { textIn } from './text-in.ts';

/** A module of an indexed folder. */
export interface IndexedModule {
  /** The file's name without its extension: `instance-untagged`. */
  readonly name: string;
  /** The one name that it has to export, its file's name in camel case: `instanceUntagged`. */
  readonly exported: string;
  /** The file's text. */
  readonly text: string;
}

/** A generated file, and the folder whose modules it lists. Paths are relative to the repository. */
export interface FolderIndex {
  readonly folder: string;
  readonly target: string;
  /** The target's new text. `before` is its present text, empty when the file does not exist yet. */
  readonly textOf: (modules: readonly IndexedModule[], before: string) => string;
}

/** Every generated list. To generate another one, add a row. */
export const INDEXES: readonly FolderIndex[] = [
  { folder: 'src/audit/rules', target: 'src/audit/rules/registry.ts', textOf: ruleRegistry },
  { folder: 'src/audit/rules', target: 'README.md', textOf: rulesInReadme },
  { folder: 'src/report/formats', target: 'src/report/formats/registry.ts', textOf: formatRegistry },
  { folder: 'src/report/formats', target: 'README.md', textOf: formatsInReadme },
];

/** The modules of a folder by name. `registry.ts` is not one of them, nor is anything in a subfolder. */
export function modulesIn(folder: string): readonly IndexedModule[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'registry.ts')
    .map((file) => file.replace(/\.ts$/, ''))
    .sort()
    .map((name) => ({ name, exported: camelCase(name), text: readFileSync(resolve(folder, `${name}.ts`), 'utf8') }));
}

/** A generated file: the text that is there and the text that belongs there. */
export interface GeneratedFile {
  readonly target: string;
  readonly before: string;
  readonly text: string;
}

/** Every target below `root`, once. Rows with the same target each change a part of it. */
export function generatedFiles(root: string, indexes: readonly FolderIndex[] = INDEXES): readonly GeneratedFile[] {
  const files = new Map<string, GeneratedFile>();
  for (const { folder, target, textOf } of indexes) {
    const before = files.get(target)?.before ?? textIn(resolve(root, target));
    const text = textOf(modulesIn(resolve(root, folder)), files.get(target)?.text ?? before);
    files.set(target, { target, before, text });
  }
  return [...files.values()];
}

/** Writes each target that is out of date and returns the paths written. */
export function generate(root: string): readonly string[] {
  const stale = generatedFiles(root).filter(({ before, text }) => before !== text);
  for (const { target, text } of stale) writeFileSync(resolve(root, target), text);
  return stale.map(({ target }) => target);
}

function ruleRegistry(modules: readonly IndexedModule[]): string {
  const imports = modules.map(({ name, exported }) => `import { ${exported} } from './${name}.ts';\n`);
  const rows = modules.map(({ name, exported }) => `  ${keyOf(name)}: ${exported},\n`);
  return `/** Every built-in rule by its id. Generated from this folder by \`npm run generate\`; do not edit. */

import type { Rule } from '../rule.ts';
${imports.join('')}
export const RULES = {
${rows.join('')}} as const satisfies Readonly<Record<string, Rule>>;
`;
}

const README_RULES = /(?<=\| rule \| severity \| there is a finding when \|\n\|---\|---\|---\|\n)(?:\|.*\n)*/;
const SEVERITY_ORDER = ['critical', 'high', 'medium', 'low'];

/** The findings table: the most severe rules first. A test compares it with the registry. */
function rulesInReadme(modules: readonly IndexedModule[], before: string): string {
  if (!README_RULES.test(before)) throw new Error('README.md: has no table with the columns rule, severity and when');
  const rows = modules
    .map(({ name, text }) => ({
      name,
      severity: literalOf('severity', name, text),
      when: literalOf('when', name, text),
    }))
    .toSorted((a, b) => SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity))
    .map(({ name, severity, when }) => `| [\`${name}\`](docs/findings.md#${name}) | ${severity} | ${when} |\n`);
  return before.replace(README_RULES, () => rows.join(''));
}

/** A field of a rule that is written as one string literal. */
function literalOf(field: string, name: string, text: string): string {
  const [, value] = new RegExp(`^  ${field}:\\s+'([^'\\n]+)',$`, 'm').exec(text) ?? [];
  if (value === undefined) throw new Error(`src/audit/rules/${name}.ts: ${field} is not written as one string literal`);
  return value;
}

function formatRegistry(modules: readonly IndexedModule[]): string {
  const loaders = modules.map(
    ({ name, exported }) => `  ${keyOf(name)}: () => import('./${name}.ts').then(({ ${exported} }) => ${exported}),\n`,
  );
  const names = modules.map(({ name }) => `  '${name}',\n`);
  return `/** The report formats by name. Generated from this folder by \`npm run generate\`; do not edit. */

import type { Format } from '../format.ts';

/** A loader for each format: a run loads only the formats that it prints. */
export const FORMATS = {
${loaders.join('')}} as const satisfies Readonly<Record<string, () => PromiseLike<Format>>>;

/** A name that \`-o\` takes. */
export type FormatName = keyof typeof FORMATS;

/** The names that \`-o\` takes, in the order in which help lists them. */
export const FORMAT_NAMES = [
${names.join('')}] as const satisfies readonly FormatName[];
`;
}

const README_FORMATS = /(?<=<!-- formats -->)[\s\S]*?(?=<!-- \/formats -->)/;

function formatsInReadme(modules: readonly IndexedModule[], before: string): string {
  if (!README_FORMATS.test(before)) throw new Error('README.md: has no <!-- formats -->…<!-- /formats --> to fill in');
  const names = modules.map(({ name }) => `\`${name}\``);
  return before.replace(README_FORMATS, `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** An object key as the formatter writes it: quoted only where it has to be. */
function keyOf(name: string): string {
  return /^[a-z]\w*$/.test(name) ? name : `'${name}'`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const written = generate(resolve(import.meta.dirname, '..'));
  console.log(written.length === 0 ? 'Every list is up to date.' : `Wrote ${written.join(', ')}.`);
}
