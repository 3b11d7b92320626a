/** The documents match the program: their commands run, their tables agree with the code, their links resolve. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEVERITIES } from '../src/audit/rule-answer.ts';
import { RULES } from '../src/audit/rules/registry.ts';
import { parseConfig } from '../src/config.ts';
import { configSchema } from '../src/config-schema.ts';
import { FORMAT_NAMES } from '../src/report/formats/registry.ts';
import { aDocumentShell, type DocumentShell } from './support/document-shell.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const README = read('README.md');
const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name}`),
];

/** The fenced blocks of a language, without the indentation of a list. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)]
    .filter(([, , found]) => found === language)
    .map(([, indent = '', , body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
}

function commandsIn(path: string): readonly string[] {
  return blocks(read(path), 'sh').flatMap((block) => block.split('\n').filter((line) => line !== ''));
}

/** The text under a heading, up to the next of its level. */
function section(text: string, heading: string): string {
  return text.split(`\n## ${heading}\n`)[1]?.split(/\n## /)[0] ?? '';
}

/** The rows of a section's tables, without the header. */
function rows(text: string): readonly (readonly string[])[] {
  return [...text.matchAll(/^\|[-|]+\|\n((?:\|.*\|\n?)*)/gm)].flatMap(([, body = '']) =>
    body
      .trimEnd()
      .split('\n')
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  );
}

/** The texts in backquotes, outside fenced blocks. */
const codeIn = (text: string): readonly string[] =>
  [...text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

let shell: DocumentShell;
/** The lines that the commands of each document printed, without indentation. */
const printed = new Map<string, readonly string[]>();
beforeAll(async () => {
  shell = await aDocumentShell();
});
afterAll(() => shell?.stop());

describe('the documents', () => {
  it('are all linked from the README', () => {
    const pages = DOCUMENTS.filter((path) => path.startsWith('docs/'));
    expect(pages.length).toBeGreaterThan(30);
    expect(pages.filter((path) => !README.includes(`](${path}`))).toEqual([]);
  });
});

describe('a command in a document', () => {
  const ci = read('.ci/run');
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const everywhere = DOCUMENTS.filter((path) => path !== 'docs/deploy.md').flatMap((path) =>
    commandsIn(path).map((command) => ({ path, command })),
  );
  const isNpm = ({ command }: { command: string }): boolean => command.startsWith('npm ');

  it.each(everywhere.filter(isNpm))('$path: $command is a step of CI or a script', ({ path, command }) => {
    for (const part of command.split(' && ')) {
      const script = /^npm (?:run )?(\S+)/.exec(part)?.[1] ?? '';
      const isStep = new RegExp(`^ *step \\S+ ${part}(?: |$)`, 'm').test(ci);
      expect(isStep || (path !== 'README.md' && script in scripts), part).toBe(true);
    }
  });

  // In the order of the documents: a command may read what an earlier one wrote.
  it.each(everywhere.filter((one) => !isNpm(one)))('$path: $command runs', async ({ path, command }) => {
    const { code, stdout, stderr } = await shell.run(command);
    printed.set(path, [...(printed.get(path) ?? []), ...`${stdout}\n${stderr}`.split('\n').map((line) => line.trim())]);
    expect(stderr, stdout).not.toMatch(/^(?:warning|error):/m);
    expect([0, 3], stderr).toContain(code);
  });
});

describe('what a command prints, in a document', () => {
  // Lines that end with … are shortened, and blocks with a command are examples for an account of one's own.
  const GUIDES = DOCUMENTS.filter((path) =>
    /^docs\/(?:tutorial|how-to\/(?:mute|one-fleet)|explanation\/causes)\b/.test(path),
  );

  it.each(GUIDES)('%s shows lines that its commands print', (path) => {
    const shown = blocks(read(path), 'text').filter(
      (block) => !/^mirrorwatch /m.test(block) && !block.includes('…\n     '),
    );
    expect(shown).not.toEqual([]);
    const lines = shown.flatMap((block) => block.trimEnd().split('\n')).map((line) => line.trim());
    const own = lines.filter((line) => line !== '…');
    expect(printed.get(path)).toEqual(expect.arrayContaining(own));
  });
});

describe('README', () => {
  const names = (parent: string, help: string): readonly string[] =>
    [...(help.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}(\w+)/gm)]
      .map(([, name = '']) => `${parent}${name}`)
      .filter((name) => !name.endsWith('help'));

  async function allCommands(parent = ''): Promise<readonly string[]> {
    const { stdout } = await shell.run(`mirrorwatch ${parent}--help`);
    const children = names(parent, stdout);
    if (children.length === 0) return [parent.trim()];
    return (await Promise.all(children.map((child) => allCommands(`${child} `)))).flat();
  }

  it('lists every command, and each has an example in its help', async () => {
    const commands = await allCommands();
    const listed = rows(section(README, 'Commands')).flatMap(([first = '']) => codeIn(first));
    const own = listed.map((name) => name.replace(/ [[A-Z].*$/, ''));
    expect(own.toSorted()).toEqual(commands.toSorted());
    for (const command of commands) {
      const { stdout } = await shell.run(`mirrorwatch ${command} --help`);
      expect(stdout, command).toMatch(new RegExp(`\\nExamples?:\\n {2}mirrorwatch ${command}\\b`));
    }
  });

  it('lists the formats and the exit codes', async () => {
    for (const format of FORMAT_NAMES) expect(codeIn(section(README, 'Commands'))).toContain(format);
    const { stdout } = await shell.run('mirrorwatch --help');
    const codes = [...stdout.matchAll(/(?<=^| {2,})(\d) {2}\S/gm)].map(([, code]) => code).toSorted();
    expect(
      rows(section(read('docs/reference/commands.md'), 'Exit codes'))
        .flatMap(([first = '']) => (/^\d$/.test(first) ? [first] : []))
        .toSorted(),
    ).toEqual(codes);
  });

  it('has a reference of the configuration with a valid example, which explains every key of the schema', () => {
    const page = read('docs/reference/configuration.md');
    const [example = ''] = blocks(page, 'json');
    expect(() => parseConfig(example, 'the example')).not.toThrow();
    interface Node {
      readonly properties?: Readonly<Record<string, Node>>;
    }
    const { properties = {} } = configSchema() as Node;
    const inside = (path: string): readonly string[] =>
      Object.keys(properties[path]?.properties ?? {}).map((key) => `${path}.${key}`);
    const keys = Object.keys(properties)
      .filter((key) => !['$schema', 'trail', 'mirroring', 'alerts', 'watch'].includes(key))
      .concat(...['trail', 'mirroring', 'alerts', 'watch'].map(inside));
    expect(codeIn(page)).toEqual(expect.arrayContaining(keys));
  });

  it('shows a finding as the terminal does', async () => {
    const [finding = ''] = blocks(README, 'text');
    const files = '--config config.json --account out/demo/account.json --ledger out/demo/ledger.sqlite';
    await shell.run('mkdir -p out/demo && cp examples/account.json out/demo/');
    const { stdout } = await shell.run(`mirrorwatch scan examples/logs ${files} --now 2026-03-17T12:30:00Z`);
    expect(finding).not.toBe('');
    expect(stdout).toContain(finding);
  });

  it('lists every folder of src and its wings in the layout', () => {
    const foldersIn = (path: string): readonly string[] =>
      readdirSync(join(ROOT, path), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${name}/`);
    const wings = new Map<string, string[]>();
    let folder = '';
    for (const [first = '', second = ''] of rows(section(read('docs/architecture.md'), 'Layout'))) {
      folder = codeIn(first)[0] ?? folder;
      wings.set(folder, [...(wings.get(folder) ?? []), ...codeIn(second)]);
    }
    const listed = Object.fromEntries([...wings].map(([name, own]) => [name, own.toSorted()]));
    expect(listed).toEqual(
      Object.fromEntries(foldersIn('src').map((name) => [name, foldersIn(`src/${name}`).toSorted()])),
    );
  });

  it('lists exactly the permissions of the template', () => {
    const template = read('template.json');
    const roles = JSON.stringify(
      Object.values(JSON.parse(template).Resources as Record<string, { Type: string; Properties: object }>)
        .filter(({ Type }) => Type === 'AWS::IAM::Role' || Type === 'AWS::IAM::ManagedPolicy')
        .map(({ Properties }) => ({ ...Properties, AssumeRolePolicyDocument: null })),
    );
    const actions = /"((?!aws:)[a-z0-9]+:[A-Z]\w+)"/g;
    const given = new Set([...roles.matchAll(actions)].map(([, action = '']) => action));
    const written = codeIn(read('docs/reference/permissions.md').split('\n## Statement')[0] ?? '').filter((code) =>
      /^[a-z0-9]+:[A-Z]\w+$/.test(code),
    );
    given.delete('ec2:CreateAction');
    expect([...new Set(written)].toSorted()).toEqual([...given].toSorted());
  });
});

describe('the rules', () => {
  const document = read('docs/findings.md');
  const table = rows(section(README, 'What it finds'));

  it('are listed in the README’s table and in docs/findings.md', () => {
    const rules = Object.entries(RULES)
      .map(([id, { severity, when }]) => [id, severity, when] as const)
      .toSorted(([, a], [, b]) => SEVERITIES.indexOf(b) - SEVERITIES.indexOf(a));
    expect(table.map(([id = '', ...rest]) => [codeIn(id)[0], ...rest])).toEqual(rules);
    expect([...document.matchAll(/^## (\S+)$/gm)].map(([, id = '']) => id).toSorted()).toEqual(Object.keys(RULES));
    for (const [id, severity, when] of rules) {
      expect(section(document, id)).toContain(`Severity ${severity}. ${when}`);
      expect(section(document, id), id).toMatch(/^Fix: /m);
    }
  });

  it('have the examples that the example account produces', async () => {
    const foreign = `'{"trail":{"accounts":["999988887777"]}}' > out/foreign.json`;
    const open = `'{"watch":{"securityGroupOpen":{}}}' > out/open.json`;
    const audit = 'mirrorwatch audit -o jsonl --account examples/account.json';
    const scan = 'mirrorwatch scan examples/logs -o jsonl';
    const lines = [
      audit,
      `printf ${open} && ${audit} --config out/open.json`,
      `${scan} --account examples/account.json`,
      `printf ${foreign} && ${scan} --account none --config out/foreign.json`,
    ];
    const found = (await Promise.all(lines.map((line) => shell.run(line)))).flatMap(({ stdout }) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { rule: string; reason: string }),
    );
    for (const id of Object.keys(RULES)) {
      const [example] = blocks(section(document, id), 'text');
      const reasons = found.filter(({ rule }) => rule === id).map(({ reason }) => `${reason}\n`);
      if (example === undefined) expect(reasons, `${id} has no example`).toEqual([]);
      else expect(reasons, id).toContain(example);
    }
  });
});

describe.each(DOCUMENTS)('%s', (path) => {
  const text = read(path);

  it('has links that resolve', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    for (const link of links.filter((each) => !/^https?:/.test(each))) {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? join(ROOT, path) : join(ROOT, dirname(path), file);
      expect(existsSync(target), link).toBe(true);
      if (anchor === undefined) continue;
      const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(headings, link).toContain(anchor);
    }
  });

  it('names files that exist', () => {
    const paths = codeIn(text).filter(
      (code) => /^(?:bench|deploy|docs|examples|kernel|scripts|src|test)\/[\w./-]*$/.test(code) && !/NAME/.test(code),
    );
    expect(paths.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names no path on someone’s machine', () => {
    expect(text).not.toMatch(/(?:^|[\s"'`(=])(?:~|\/(?:home|Users|root|work|tmp|var|opt|mnt))\/|[A-Z]:\\/m);
  });
});
