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
  'rules',
  'sighting',
  'inventory',
  'mirror',
  'audit',
  'causes',
  'remediation',
  'ledger',
  'report',
  'alert',
  'config',
  'pipeline',
  'history',
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
  return { file, text, imports: importsOf(text) };
});

function importsOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*(['"`])(.+?)\1/g)].map(([, , name = '']) => name);
}

function folderOf(file: string): string {
  const [first = ''] = file.split('/');
  return first.replace(/\.ts$/, '').replace(/^config-schema$/, 'config');
}

function stationOf(file: string): string {
  const folder = folderOf(file);
  return SIDE_BY_SIDE[folder] ?? folder;
}

/** False for a station to the right, and for a path that names no station, such as one put together at run time. */
function leftOrSame(target: string, file: string): boolean {
  const at = STATIONS.indexOf(stationOf(target));
  return at !== -1 && at <= STATIONS.indexOf(stationOf(file));
}

function localImports({ file, imports }: SourceFile): readonly string[] {
  return imports
    .filter((name) => name.startsWith('.'))
    .map((name) => relative(src, resolve(dirname(join(src, file)), name)));
}

/** The code without comments and without the text of strings. Template literals stay: they contain code. */
function codeOf(text: string): string {
  return text.replace(
    /\/\*[\s\S]*?\*\/|(?<!\\)\/\/.*$|('|")(?:(?!\1)[^\\\n]|\\.)*\1/gm,
    (_, quote: string | undefined) => (quote === undefined ? '' : "''"),
  );
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
    const [, indent = '', named, assigned, method, spread] =
      /^(\s*)(?:export )?(?:(?:async )?function\*? ?(\w*)|const (\w+)\b.* =>|(?:async )?(\w+)(?:\(.*\).*|: .* =>) \{$|(?:const |async )*(\w+)\b.*\($)/.exec(
        line,
      ) ?? [];
    const name = named ?? assigned ?? method ?? spread;
    if (name === undefined || /^(if|for|while|switch|return|catch|expect)$/.test(name)) return [];
    // Parameters on lines of their own: the line that closes them is the one that opens the body, or this is only a call.
    const closes = lines.findIndex((each, index) => index > start && each.startsWith(`${indent})`));
    if (spread !== undefined && !/^\s*\)(:.*)? (=> \(?)?\{$/.test(lines[closes] ?? '')) return [];
    const from = spread === undefined ? start : closes;
    const opens = lines.findIndex((each, index) => index >= from && (/\{$/.test(each) || /;$/.test(each)));
    if (opens === -1 || !/\{$/.test(lines[opens] ?? '')) return [];
    const end = lines.findIndex((each, index) => index > opens && each.startsWith(`${indent}}`));
    return end === -1 ? [] : [{ name, lines: end - start + 1 }];
  });
}

/** The HTML report's script and its bundled text: they run in a browser. */
const isPageScript = (file: string): boolean => file.startsWith('report/html/client');

const touchesProcess = (code: string): boolean => /\bprocess\b|\bconsole\.\w|= console\b/.test(code);

/** The present, timers and chance. A date made from an argument is fine. */
const takesTimeOrChance = (code: string): boolean =>
  /\bnew Date\b(?!\((?!\)))|\{[^}]*\} = (?:Date|Math)\b|\bDate\.now\b|(?<!new )\bDate\(|\bMath\.random\b|\bperformance\b|\bset(?:Timeout|Interval|Immediate)\b|\brandom(?:UUID|Bytes|Int|FillSync|Fill)\b|\bgetRandomValues\b/.test(
    code,
  );

const hasAnyOrAssertedNonNull = (code: string): boolean =>
  /\bexport default\b|(?:[:<,|&([]|\bas|=>|\bkeyof) *any\b(?=[ \]>,;|&[)=}]|$)|[\w\])]!(?=[.,;)\]\s[])(?!=)/m.test(
    code,
  );

/** Exported functions, arrow functions too, without a docstring right before them. */
function undocumented(text: string): readonly string[] {
  const head =
    /(?:^|\n)([^\n]*)\nexport (?:(?:async )?function\*? (\w+)|const (\w+)\b[^\n]* =(?: async)? (?:<[^\n]*>)?(?:\(|\w+ =>))/g;
  return [...text.matchAll(head)]
    .filter(([, before = '']) => !before.trimEnd().endsWith('*/'))
    .map(([, , name, arrow]) => name ?? arrow ?? '');
}

/** Top-level variables that can change: a `let`, an empty collection not declared read-only, or one that this file changes. */
function mutableState(code: string): readonly string[] {
  const variables = [...code.matchAll(/^(?:export )?(?:let|var) (\w+)/gm)].map(([, name = '']) => name);
  const collections = [
    ...code.matchAll(
      /^(?:export )?const (\w+)(?:: ([^\n]*?))? = (new (?:Weak)?(?:Map|Set)\b(?:<[^\n]*>)?\(\)?|\[\]?|\{\}?)/gm,
    ),
  ]
    .filter(([, name = '', type = 'Map', value = '']) => {
      const empty =
        /\(\)$|^\[\]$|^\{\}$/.test(value) && /^(?:Weak)?(?:Map|Set)\b|^\w+\[\]|^Array\b|^Record\b/.test(type);
      const member = `(?:\\.\\w+|\\[[^\\]\\n]+\\])`;
      const changes = `\\b${name}(?:\\.(?:set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse)\\(|${member} (?:[-+*]|\\?\\?|\\|\\|)?= |${member}(?:\\+\\+|--))`;
      return empty || new RegExp(`(?<![.\\w])${changes}`).test(code);
    })
    .map(([, name = '']) => name);
  return [...variables, ...collections];
}

/** Interfaces with an asynchronous method, and how many methods they have. Left of the worlds, these are the ports. */
function portsIn(code: string): readonly { readonly name: string; readonly methods: number }[] {
  return [...code.matchAll(/^(?:export )?interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)]
    .filter(([, , body = '']) => /(?:\):|=>) (?:Promise|AsyncIterable|AsyncGenerator)</.test(body))
    .map(([, name = '', body = '']) => ({
      name,
      methods: [...body.matchAll(/^ {2}(?:readonly )?\w+\??(?:<[^\n>]*>)?(?:\(|: (?:<[^\n>]*>)?\()/gm)].length,
    }));
}

const hasDefaultBranch = (code: string): boolean => /(?:^|[{;\s])default:/.test(code);

describe('the direction rules', () => {
  it('finds nothing but the known stations in the source tree', () => {
    expect(files.length).toBeGreaterThan(30);
    expect([...new Set(files.map(stationOf))].filter((station) => !STATIONS.includes(station))).toEqual([]);
  });

  it('imports only from the left', () => {
    const wrong = sources.flatMap((source) =>
      localImports(source)
        .filter((target) => !leftOrSame(target, source.file))
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

  it('builds commands for people in one file, where every value is checked and quoted', () => {
    const inTemplate =
      /`(?:[^`$]|\$(?!\{))*\b(?:aws [a-z0-9]+ [a-z]|mirrorwatch (?:audit|config|events|mirror|report|scan|snapshot|timeline|verify|watch) )[^`]*\$\{/;
    const added = /\b(?:aws [a-z0-9]+ [a-z-]+|mirrorwatch [a-z]+)(?: [^'"`]*)?['"`] *\+|\+ *['"`] --[a-z]/;
    const quotes = ({ text, imports }: SourceFile): boolean =>
      imports.some((name) => name.endsWith('fixes/shell.ts') || name === './shell.ts') && /\bshellWord\b/.test(text);
    const builds = (source: SourceFile): boolean =>
      inTemplate.test(source.text) || added.test(source.text) || quotes(source);
    expect(offenders((file) => file === 'audit/fixes/command.ts' || isPageScript(file), builds)).toEqual([]);
    const concatenated = ['`aws ec2 create-tags --resources $', '{id}`'].join('');
    expect(builds({ file: 'x', text: concatenated, imports: [] })).toBe(true);
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
    // The snapshot's temporary file is named after the process that writes it; the kept inflater depends on the release of Node.
    const allowed = (file: string): boolean =>
      isDoor(file) || ['local/account/snapshot-account.ts', 'delivery/quick-gunzip.ts'].includes(file);
    expect(
      offenders(
        allowed,
        ({ text, imports }) => touchesProcess(codeOf(text)) || imports.some((name) => /^(node:)?process$/.test(name)),
      ),
    ).toEqual([]);
  });

  it.each([
    ['local/account/snapshot-account.ts', 'process.pid'],
    ['delivery/quick-gunzip.ts', 'process.ver'],
  ])('uses nothing else of the process in %s', (file, use) => {
    const code = codeOf(readFileSync(join(src, file), 'utf8'));
    expect([...code.matchAll(/\bprocess\b.{0,4}/g)].map(([found]) => found)).toEqual([use]);
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
        ({ text, imports }) =>
          takesTimeOrChance(codeOf(text)) || imports.some((name) => /^(node:)?(timers|perf_hooks)\b/.test(name)),
      ),
    ).toEqual([]);
  });

  it('is asynchronous only in the starred files', () => {
    const starred =
      /^(delivery\/(fetch-log[\w-]*|listing\/fetch-log[\w-]*|archive)|inventory\/load-inventory|remediation\/(apply-plan|apply-step|mirror-writer|sensors\/(launch-sensor|launch-log|launch-once|sensor-launcher))|ledger\/(ledger|change-log|mails\/floods|freshness\/freshness-log)|alert\/(send-alert|claim-due|flood-gate|channels\/(channel-ledger|finding-events|hub-import|tell-everywhere))|pipeline\/.*|history\/.*)\.ts$/;
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
        ({ text }) => hasAnyOrAssertedNonNull(codeOf(text)),
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
    const bare = sources.flatMap(({ file, text }) => undocumented(text).map((name) => `${file}: ${name}`));
    expect(bare).toEqual([]);
  });

  it('has no state in a module, except in the page', () => {
    const state = sources
      .filter(({ file }) => !isPageScript(file))
      .flatMap(({ file, text }) => mutableState(codeOf(text)).map((name) => `${file}: ${name}`));
    expect(state).toEqual([]);
  });

  it('names no partition of AWS but in examples and patterns: a GovCloud account has other ARNs', () => {
    const isExample = (line: string): boolean =>
      / such as arn:aws:|^ *mirrorwatch .*arn:aws:|'such as arn:aws:/.test(line);
    const literal = sources.flatMap(({ file, text }) =>
      codeOf(text)
        .split('\n')
        .filter((line) => /arn:aws(?:-cn|-us-gov)?:/.test(line) && !isExample(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(literal).toEqual([]);
    const templates = ['template.json', 'deploy/member-role.json', 'deploy/iam-calls.json', 'deploy/history.json'];
    for (const path of templates) expect(readFileSync(path, 'utf8'), path).not.toMatch(/arn:aws:/);
  });

  it('gives a port five methods at most', () => {
    const ports = sources
      .filter(({ file }) => !isOutside(file) && !isPageScript(file))
      .flatMap(({ text }) => portsIn(codeOf(text)));
    expect(ports.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'LogStore',
        'InventorySource',
        'MirrorWriter',
        'SensorLauncher',
        'Ledger',
        'Publisher',
        'TaskSource',
        'Inbox',
      ]),
    );
    expect(ports.filter(({ methods }) => methods > 5)).toEqual([]);
  });

  it('has a default branch only where the cases are open strings from outside', () => {
    const allowed = (file: string): boolean => ['cloudtrail/identity.ts', 'local/file-bytes.ts'].includes(file);
    expect(offenders(allowed, ({ text }) => hasDefaultBranch(codeOf(text)))).toEqual([]);
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
});

describe('the checks themselves', () => {
  it('see imports of every spelling', () => {
    expect(importsOf("import { a } from './a.ts';\nimport './b.ts';\nimport('./c.ts');\nimport(`./d.ts`);\n")).toEqual([
      './a.ts',
      './b.ts',
      './c.ts',
      './d.ts',
    ]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a source file
    expect(importsOf('import(`../${folder}/a.ts`)').filter((name) => leftOrSame(name, 'cli/a.ts'))).toEqual([]);
  });

  it('ignore comments and the text of strings', () => {
    const text = "const a = 'process'; // process\nconst b = /^s3:\\/\\//.test('//') || c; /* process */\n";
    expect(codeOf(text)).toBe("const a = ''; \nconst b = /^s3:\\/\\//.test('') || c; \n");
  });

  it.each([
    'process.env.A',
    "process['env']",
    'const { env } = process;',
    'process.stdout.write(a)',
    'console.log(a)',
    'const { log } = console;',
  ])('see the process in %s', (code) => {
    expect(touchesProcess(codeOf(code))).toBe(true);
  });

  it.each([
    'new Date()',
    'new Date;',
    'Date.now()',
    'const { now } = Date;',
    'const clock = Date.now;',
    'Date()',
    'Math.random()',
    'const { random } = Math;',
    'const { now } = performance;',
    'randomUUID()',
    'randomBytes(8)',
    'crypto.getRandomValues(a)',
    'setTimeout(a, 1)',
  ])('see time or randomness in %s', (code) => {
    expect(takesTimeOrChance(codeOf(code))).toBe(true);
  });

  it.each(['new Date(now)', 'new Date(Date.parse(text))', 'now: Date;', 'createHash(a)'])(
    'see neither time nor randomness in %s',
    (code) => {
      expect(takesTimeOrChance(codeOf(code))).toBe(false);
    },
  );

  it.each(['a: any;', 'a: any', 'Record<string, any>', 'a: any[]', 'b as any)', 'a!.b', 'export default a;'])(
    'see what is forbidden in %s',
    (code) => {
      expect(hasAnyOrAssertedNonNull(codeOf(code))).toBe(true);
    },
  );

  it('see exported functions without a docstring, arrow functions too', () => {
    const text =
      '\nexport function a() {}\n\nexport const b = (c: string): void => {};\n\nexport const d: D = async (\n\n/** E. */\nexport const e = (f) => f;\n\nexport const TABLE = [];\n';
    expect(undocumented(text)).toEqual(['a', 'b', 'd']);
  });

  it.each([
    ['let a = 0;', ['a']],
    ['export var a;', ['a']],
    ['const a = new Map<string, string>();', ['a']],
    ['const a: Set<string> = new Set();', ['a']],
    ['const a: string[] = [];', ['a']],
    ["const a = new Map([['b', 1]]);\nfunction c() {\n  a.set('d', 2);\n}", ['a']],
    ['const a = { b: 1 };\nfunction c() {\n  a.b += 2;\n}', ['a']],
    ['const a: ReadonlySet<string> = new Set();', []],
    ["const a = new Set(['b']);\na.has('b');\nb.a.add(c);", []],
    ['function a() {\n  let b = 0;\n  const c = new Map();\n}', []],
  ])('see the state of a module in %j', (code, names) => {
    expect(mutableState(code)).toEqual(names);
  });

  it('count the methods of a port', () => {
    const port =
      'export interface Port {\n  readonly name: string;\n  a(b: string): Promise<void>;\n  readonly c: (d: string) => Promise<void>;\n  e<T>(\n    f: T,\n  ): AsyncIterable<T>;\n}\n';
    expect(portsIn(port)).toEqual([{ name: 'Port', methods: 3 }]);
    expect(portsIn('interface Plain {\n  a(): string;\n}\n')).toEqual([]);
  });

  it('see a default branch', () => {
    expect(hasDefaultBranch('switch (a) {\n  default:\n    return b;\n}')).toBe(true);
    expect(hasDefaultBranch('const a = { isDefault: true };')).toBe(false);
  });

  it('measure functions by their braces', () => {
    const text =
      'export async function one(\n  a: string,\n): void {\n  if (a) {\n  }\n}\nconst two = (b: string) => {\n  b;\n};\n  three(c: number): void {\n  }\nconst four = (\n  d: string,\n): void => {\n};\n  five(\n    e: string,\n  ): void {\n  }\n  six: (f) => {\n  },\nseven(\n  g,\n);\n';
    expect(functionsIn(text)).toEqual([
      { name: 'one', lines: 6 },
      { name: 'two', lines: 3 },
      { name: 'three', lines: 2 },
      { name: 'four', lines: 4 },
      { name: 'five', lines: 4 },
      { name: 'six', lines: 2 },
    ]);
  });
});
