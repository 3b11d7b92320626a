/** Generated files are current, and a new entry in a generated list takes only one new file. */

import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TEMPLATE_TEXTS } from '../deploy/stack/template.ts';
import { CLIENT_SCRIPT_MODULE, clientScriptModule } from '../scripts/generate-client-script.ts';
import { EVENT_NAMES_MODULE, eventNamesModule } from '../scripts/generate-event-names.ts';
import { generate, generatedFiles, INDEXES, modulesIn } from '../scripts/generate-indexes.ts';
import { manualPage, packagedFiles } from '../scripts/generate-manual.ts';
import { referencePages } from '../scripts/generate-reference.ts';
import { OF_COMMANDS } from '../scripts/reference/environment.ts';
import { VARIABLES } from '../src/lambda/runtime/environment.ts';
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

describe('the manual page and the completion scripts', () => {
  it.each(packagedFiles(ROOT))('$target is current (otherwise: npm run generate)', ({ before, text }) => {
    expect(before).toBe(text);
  });

  it('have no line in the manual that is a request by mistake, and every command', () => {
    const lines = manualPage().split('\n');
    const requests = lines.filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0]);
    expect([...new Set(requests)].toSorted()).toEqual(['.B', '.PP', '.SH', '.SS', '.TH', '.TP', '.fi', '.nf']);
    for (const name of ['scan', 'mirror apply', 'completion']) expect(manualPage()).toContain(`.SS ${name} `);
  });
});

describe('the reference', () => {
  it.each(referencePages(ROOT))('$target is current (otherwise: npm run generate)', ({ before, text }) => {
    expect(before).toBe(text);
  });

  it('has every environment variable that the commands read', () => {
    const files = ['cli', 'aws', 'local', 'report'].flatMap((folder) =>
      readdirSync(join(ROOT, 'src', folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(ROOT, 'src', folder, name), 'utf8')),
    );
    const read = /\benv\.([A-Z_]+)|^ +const \{ ([A-Z_, ]+) \} = environment;/gm;
    const names = files.flatMap((text) =>
      [...text.matchAll(read)].flatMap(([, one, list = '']) => one ?? list.split(', ')),
    );
    // Set for the SDK, not read.
    const own = names.filter((name) => name !== 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED');
    expect([...new Set(own)].toSorted()).toEqual(Object.keys(OF_COMMANDS).toSorted());
  });

  it('has every environment variable that the template sets', () => {
    const set = readFileSync(join(ROOT, 'template.json'), 'utf8').match(/"MIRRORWATCH_[A-Z_]+"/g) ?? [];
    const known = Object.values(VARIABLES).map(({ name }) => `"${name}"`);
    expect([...new Set(set)].toSorted()).toEqual(known.filter((name) => name.startsWith('"MIRROR')).toSorted());
  });
});

describe('the templates', () => {
  it.each(Object.entries(TEMPLATE_TEXTS))(
    '%s is what its groups in deploy/stack say (otherwise: npm run generate)',
    (path, text) => {
      expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
    },
  );
});

describe("the event names of AWS's services", () => {
  it('are those of the packages that are installed (otherwise: npm run generate)', async () => {
    expect(readFileSync(join(ROOT, EVENT_NAMES_MODULE), 'utf8')).toBe(await eventNamesModule(ROOT));
  }, 120_000);
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

describe('a new rule', () => {
  const SOURCE = `
import { type MirroredResource, unknownAnswer } from '../mirrored-resource.ts';
import type { Rule } from '../rule.ts';
import type { RuleAnswer } from '../rule-answer.ts';

export const instanceManyInterfaces = {
  title: 'Instance with many interfaces',
  phrase: 'with many interfaces',
  when: 'An instance has more than three interfaces.',
  severity: 'low',
  appliesTo: ['AWS::EC2::Instance'],
  judges: 'mirrored-resource',
  judge,
  repairedBy: [],
  notRepaired: 'nothing',
  mailedAfterRepair: false,
  settledBySweep: true,
  countedIn: null,
} as const satisfies Rule;

function judge(resource: MirroredResource): RuleAnswer {
  const { resourceId, interfaces } = resource;
  if (interfaces.length > 3)
    return { result: 'fail', reason: resourceId + ' has too many interfaces.', detail: {}, evidence: [], fix: 'true' };
  return unknownAnswer(resource) ?? { result: 'pass', reason: 'has few interfaces' };
}
`;

  const TEST = `
import { anInterface, anInstance, anInventory, attachedTo } from '../../support/inventories.ts';
import { describeRule } from './describe-rule.ts';

const interfaces = [0, 1, 2, 3].map((index) =>
  anInterface({ networkInterfaceId: 'eni-' + index, attachment: attachedTo('i-1', index) }),
);

describeRule('instance-many-interfaces', {
  title: 'Instance with many interfaces',
  severity: 'low',
  phrase: 'with many interfaces',
  judges: 'mirrored-resource',
  whatWeDid: 'nothing',
  repairedBy: [],
  mailedAfterRepair: false,
  settledBySweep: 'if mirroring is judged',
  figures: {},
  cases: {
    failing: {
      given: anInventory({ networkInterfaces: interfaces }),
      answer: 'open low AWS::EC2::Instance i-1: i-1 has too many interfaces.',
    },
    passing: { given: anInventory(), answer: 'pass AWS::EC2::Instance i-1: has few interfaces' },
    notApplicable: {
      given: anInventory({ instances: [anInstance({ state: 'terminated' })], networkInterfaces: [] }),
      answer: 'gone AWS::EC2::Instance i-1: the instance no longer exists',
    },
  },
});
`;

  const SECTION = `
## instance-many-interfaces

Severity low. An instance has more than three interfaces.
Applies to \`AWS::EC2::Instance\`.

Fix: detach some.
`;

  const RUNS = `  'instance-many-interfaces': audits(
    MIRRORING,
    anInventory({
      networkInterfaces: [0, 1, 2, 3].map((index) =>
        anInterface({ networkInterfaceId: 'eni-' + index, attachment: attachedTo('i-1', index) }),
      ),
    }),
    anInventory(),
  ),
`;

  const NEEDED = [
    'src',
    'test/audit',
    'test/cli/rules',
    'test/support',
    'docs',
    'README.md',
    'package.json',
    'vitest.config.ts',
  ];

  /** The new test, and those that speak of all rules. */
  const TESTED = [
    ...['rules/instance-many-interfaces', 'rules/registry', 'rule-book', 'judge-resources', 'audit', 'every-rule'],
  ].map((name) => `test/audit/${name}.test.ts`);

  /** The names of the tests that fail in a copy of the repository. */
  async function failures(root: string, paths: readonly string[]): Promise<readonly string[]> {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const run = promisify(execFile)(
      process.execPath,
      [vitest, 'run', ...paths, '--maxWorkers=1', '--reporter=json', '--outputFile=results.json'],
      { cwd: root },
    );
    await run.catch(() => undefined);
    const { testResults } = JSON.parse(readFileSync(join(root, 'results.json'), 'utf8'));
    return testResults.flatMap(
      ({
        message,
        assertionResults,
      }: {
        message: string;
        assertionResults: { status: string; fullName: string }[];
      }) => [
        ...(message === '' ? [] : [message]),
        ...assertionResults.filter(({ status }) => status !== 'passed').map(({ fullName }) => fullName),
      ],
    );
  }

  it('is its source file, its test file, its runs in every-rule.test.ts and its section of docs/findings.md, and nothing else', async () => {
    const root = mkdtempSync(join(tmpdir(), 'mirrorwatch-generate-'));
    try {
      for (const path of NEEDED) cpSync(join(ROOT, path), join(root, path), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
      writeFileSync(join(root, 'src/audit/rules/instance-many-interfaces.ts'), SOURCE);
      expect(generate(root)).toEqual(['src/audit/rules/registry.ts', 'README.md']);
      expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(
        '| [`instance-many-interfaces`](docs/findings.md#instance-many-interfaces) | low | An instance has more than three interfaces. |',
      );
      const everyRule = 'test/audit/every-rule.test.ts';
      expect((await failures(root, ['test/audit/rules/registry.test.ts', everyRule])).toSorted()).toEqual([
        'each built-in rule has an input here, in the order of the registry',
        'each built-in rule instance-many-interfaces is broken by something, and by nothing that keeps it',
        'the built-in rules each have a section in docs/findings.md, and no section is without its rule',
        'the built-in rules each have a test of their own, and no test is without its rule',
      ]);
      writeFileSync(join(root, 'test/audit/rules/instance-many-interfaces.test.ts'), TEST);
      appendFileSync(join(root, 'docs/findings.md'), SECTION);
      const runs = readFileSync(join(root, everyRule), 'utf8')
        .replace("  'instance-unmirrored': ", (next) => RUNS + next)
        .replace('{ anInstance, ', '{ anInstance, anInterface, attachedTo, ');
      writeFileSync(join(root, everyRule), runs);
      expect(await failures(root, TESTED)).toEqual([]);
      rmSync(join(root, 'src/audit/rules/instance-many-interfaces.ts'));
      expect(generate(root)).toHaveLength(2);
      expect(generatedFiles(root)).toEqual(generatedFiles(ROOT));
    } finally {
      rmSync(root, { recursive: true });
    }
  }, 120_000);
});
