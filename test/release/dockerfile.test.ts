/** Holds the Dockerfile to what docs/install.md says of the image. Its steps are run in test/package/image.test.ts, without an engine. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { DockerfileParser, type From, type JSONInstruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(resolve(ROOT, name), 'utf8');

/** The variable that names the base of every stage. */
const BASE = `$\{NODE_IMAGE}`;

interface Read {
  readonly keyword: string;
  readonly argument: string;
}

/** The stages, each with its instructions, and what comes before the first. */
function stagesOf(text: string) {
  const stages: Read[][] = [[]];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') stages.push([]);
    const argument = instruction.toString().slice(keyword.length).trim();
    stages.at(-1)?.push({ keyword, argument });
  }
  const [before = [], ...rest] = stages;
  return { before, stages: rest };
}

/** What is wrong with a Dockerfile; none for ours. */
function faultsOf(text: string): readonly string[] {
  const { before, stages } = stagesOf(text);
  const all = stages.flat();
  const last = stages.at(-1) ?? [];
  const only = (keyword: string): string => last.findLast((one) => one.keyword === keyword)?.argument ?? '';
  const [, image = ''] =
    /^NODE_IMAGE=(\S+)$/.exec(before.find(({ keyword }) => keyword === 'ARG')?.argument ?? '') ?? [];
  const [uid = '', gid = ''] = only('USER').split(':');
  const rules: readonly (readonly [string, boolean])[] = [
    ...validate(text).map(({ message }) => [String(message), false] as const),
    [
      'the base is not a slim image of Node with a tag and a digest',
      /^node:\d+\.\d+\.\d+-\w+-slim@sha256:[0-9a-f]{64}$/.test(image),
    ],
    [
      'a stage is not from that base',
      all.every(({ keyword, argument }) => keyword !== 'FROM' || argument.split(' ')[0] === BASE),
    ],
    ['the user is not a number, or is root', Number(uid) > 0 && Number(gid) > 0],
    ['something is fetched with ADD', all.every(({ keyword }) => keyword !== 'ADD')],
    [
      'the image has a build argument or secret',
      last.every(({ keyword, argument }) => keyword !== 'ARG' && !/secret|token|password|key/i.test(argument)),
    ],
    [
      'the image gets more than the package',
      last
        .filter(({ keyword }) => keyword === 'COPY')
        .map(({ argument }) => argument)
        .join() === '--from=build /package /opt/mirrorwatch',
    ],
    ['the image runs a command when it is built', last.every(({ keyword }) => keyword !== 'RUN')],
    ['a shell starts the program', only('ENTRYPOINT') === '["node", "/opt/mirrorwatch/dist/cli.js"]'],
    [
      'a package may run a script',
      commandsOf(all).every(
        (command) => !/^npm (?:ci|install|pack)\b/.test(command) || command.includes(' --ignore-scripts'),
      ),
    ],
    ['the lock is not used', commandsOf(all).every((command) => !/^npm (?:install|i|add)\b/.test(command))],
  ];
  return rules.flatMap(([fault, holds]) => (holds ? [] : [fault]));
}

const commandsOf = (all: readonly Read[]): readonly string[] =>
  all.flatMap(({ keyword, argument }) => (keyword === 'RUN' ? argument.split(/\s*&&\s*\\?\s*/) : []));

const DOCKERFILE = read('Dockerfile');

describe('the Dockerfile', () => {
  it('breaks no rule', () => expect(faultsOf(DOCKERFILE)).toEqual([]));

  it.each<[string, string, string]>([
    ['a tag alone', '@sha256:ba849c60be29959425b8734d57b8b4b7d56f98edd9504c9af091d5281095a71e', ''],
    ['another base', `FROM ${BASE}\n`, 'FROM node:latest\n'],
    ['root', 'USER 65532:65532', 'USER root'],
    ['root by number', 'USER 65532:65532', 'USER 0:0'],
    ['no user', 'USER 65532:65532\n', ''],
    ['a fetched file', 'WORKDIR /data', 'ADD https://example.com/tool /bin/tool\nWORKDIR /data'],
    ['a secret', 'ENV NODE_ENV', 'ENV AWS_SECRET_ACCESS_KEY=x\nENV NODE_ENV'],
    ['the sources', 'WORKDIR /data', 'COPY . /src\nWORKDIR /data'],
    ['a shell', '["node", "/opt/mirrorwatch/dist/cli.js"]', 'node /opt/mirrorwatch/dist/cli.js'],
    ['a package that runs scripts', 'npm ci --omit=dev --ignore-scripts', 'npm ci --omit=dev'],
    ['packages without the lock', 'npm ci --omit=dev --ignore-scripts', 'npm install --omit=dev --ignore-scripts'],
    ['an unknown instruction', 'WORKDIR /data', 'WORKDIRS /data'],
  ])('would fail with %s', (_, from, to) => {
    expect(DOCKERFILE).toContain(from);
    expect(faultsOf(DOCKERFILE.replace(from, to))).not.toEqual([]);
  });

  it('has an entry point in the JSON form, and a file of the package', () => {
    const entry = DockerfileParser.parse(DOCKERFILE)
      .getInstructions()
      .find((one) => one.getKeyword() === 'ENTRYPOINT') as JSONInstruction;
    expect(entry.getJSONStrings().map((one) => one.getJSONValue())).toEqual(['node', '/opt/mirrorwatch/dist/cli.js']);
    expect(JSON.parse(read('package.json')).bin).toEqual({ mirrorwatch: 'dist/cli.js' });
  });

  it('is built with the newest Node that the package is tested with', () => {
    const [from] = DockerfileParser.parse(DOCKERFILE).getFROMs() as [From];
    const major = /node:(\d+)\./.exec(DOCKERFILE)?.[1];
    expect(from.getImage()).toBe(BASE);
    expect(read('test/package/package.test.ts')).toContain(`describe.each([20, 22, ${major}])`);
  });
});

describe('.dockerignore', () => {
  const lines = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

  it('keeps everything out that the package is not made from: git, tests, local folders', () => {
    expect(lines[0]).toBe('*');
    for (const name of ['.git', 'node_modules', 'test', 'out', 'dist']) expect(lines).not.toContain(`!${name}`);
  });

  it('lets in everything that the package lists', () => {
    const { files, man } = JSON.parse(read('package.json')) as { files: readonly string[]; man: readonly string[] };
    const made = new Set(['dist']);
    // What begins with a mark is left out of the package again.
    const listed = [...files, ...man].filter((path) => !path.startsWith('!'));
    const roots = new Set(listed.map((path) => path.split('/')[0]).filter((name) => !made.has(name ?? '')));
    for (const name of roots) expect(lines).toContain(`!${name}`);
  });
});
