/** Small input that costs much: what it does to a scan, and to the good records and files beside it. */

import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../delivery/zip-builder.ts';
import { aPlace, endOf, packed, type Ran } from '../support/command-line.ts';
import { aRecord } from '../support/records.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const LEVELS = 50_000;
/** Beside this, a command takes about 0.6 s to start. Before the attacks were bounded, each of those that cost time took ten or more. */
const MOST_CPU_SECONDS = 4;
const KILLED_AFTER_MS = 60_000;
const REPORT_CPU =
  "data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();process.stderr.write('\\nCPU '+(user+system)/1e6+'\\n')})";

const place = aPlace();
place.put('config.json', { requiredTags: ['Owner'] });

/** Runs a command with 256 MB of heap. It is killed after a minute, so that an attack that works fails the test. */
async function run(...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, ['--max-old-space-size=256', '--import', REPORT_CPU, CLI, ...args], {
    cwd: place.folder,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', NO_COLOR: '1' },
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), KILLED_AFTER_MS);
  const ran = await endOf(child);
  clearTimeout(timer);
  expect(ran.stderr).not.toMatch(/^\s+at .+:\d+:\d+/m);
  expect(Number(/CPU ([\d.]+)/.exec(ran.stderr)?.[1])).toBeLessThan(MOST_CPU_SECONDS);
  return ran;
}

const launch = (instanceId: string, fields: object = {}): string =>
  JSON.stringify({
    ...aRecord({ eventName: 'RunInstances', eventID: instanceId }),
    responseElements: { instancesSet: { items: [{ instanceId }] } },
    ...fields,
  });
/** The record of a launch whose field is this JSON. */
const withField = (field: string, json: string, fields: object = {}): string =>
  launch('i-0hostile', { ...fields, [field]: '@@' }).replace('"@@"', () => json);
const nested = (open: string, close: string): string => `${open.repeat(LEVELS)}1${close.repeat(LEVELS)}`;
const FIRST = launch('i-0first');
const LAST = launch('i-0last');
const between = (hostile: string): Buffer => gzipSync(`{"Records":[${FIRST},${hostile},${LAST}]}`);

/** A gzip whose middle repeats a text up to a length. Its members make it quick to build. */
function repeating(before: string, text: string, length: number, after: string): Buffer {
  const block = text.repeat(Math.ceil(4_000_000 / text.length));
  const member = gzipSync(block);
  const members = Array.from({ length: Math.ceil(length / block.length) }, () => member);
  return Buffer.concat([gzipSync(before), ...members, gzipSync(after)]);
}
const LIST = `{"Records":[${FIRST},`;
const END = `,${LAST}]}`;
const LONG = 900_000_000;
const ids = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `i-${String(n).padStart(17, '0')}`);

/** A call that sets or removes so many tags on so many instances: as many as the product of both. `name` begins the keys. */
const tagging = (eventName: 'CreateTags' | 'DeleteTags', tags: number, instances: number, name = 'k'): string =>
  launch('i-0x', {
    eventName,
    eventID: `tagging-${name}`,
    requestParameters: {
      resourcesSet: { items: ids(instances).map((resourceId) => ({ resourceId })) },
      tagSet: { items: Array.from({ length: tags }, (_, n) => ({ key: `${name}${n}`, value: 'v' })) },
    },
  });

interface Case {
  readonly attack: string;
  readonly content: () => Buffer;
  /** What the warnings name; undefined when nothing has to be named. */
  readonly named?: RegExp;
  /** Which of the two good records of the file itself are delivered. @default both */
  readonly delivered?: readonly string[];
  readonly extension?: string;
}

const NONE = [] as const;
const ONE = ['i-0first'] as const;
const CASES: readonly Case[] = [
  {
    attack: 'a record nests 50,000 lists of items',
    content: () => between(withField('responseElements', `{"instancesSet":${nested('{"items":', '}')}}`)),
  },
  {
    attack: 'a record nests 50,000 objects in its identity',
    content: () => between(withField('userIdentity', nested('{"a":', '}'))),
  },
  {
    attack: 'a record nests 50,000 lists for its event source',
    content: () => between(withField('eventSource', nested('[', ']'))),
  },
  {
    attack: 'a record has an object that cannot become text for its event source',
    content: () => between(withField('eventSource', '{"toString":1,"valueOf":1}')),
  },
  {
    attack: 'an addendum nests 50,000 lists of updated fields',
    content: () =>
      between(
        withField('addendum', `{"reason":"UPDATED_DATA","updatedFields":${nested('[', ']')}}`, { errorCode: 'x' }),
      ),
  },
  {
    attack: 'a record is wrapped 50,000 times',
    content: () => between(`${'{"detail":'.repeat(LEVELS)}${launch('i-0inside')}${'}'.repeat(LEVELS)}`),
    named: /#1: wrapped more than 6 times/,
  },
  {
    attack: 'a list of records nests 50,000 lists',
    content: () => between(`{"Records":${nested('[', ']')}}`),
    named: /#1: wrapped more than 6 times/,
  },
  {
    attack: 'one launch names 80,000 instances',
    content: () =>
      between(
        launch('i-0x', {
          responseElements: { instancesSet: { items: ids(80_000).map((instanceId) => ({ instanceId })) } },
        }),
      ),
    named: /#1: \d+ bytes long, which no record of CloudTrail’s is/,
  },
  {
    attack: 'one launch names an instance with 80,000 interfaces',
    content: () =>
      between(
        launch('i-0x', {
          responseElements: {
            instancesSet: {
              items: [
                {
                  instanceId: 'i-0x',
                  networkInterfaceSet: { items: ids(80_000).map((id) => ({ networkInterfaceId: `en${id}` })) },
                },
              ],
            },
          },
        }),
      ),
    named: /#1: \d+ bytes long/,
  },
  {
    attack: 'one call tags 80,000 instances',
    content: () =>
      between(
        launch('i-0x', {
          eventName: 'CreateTags',
          requestParameters: {
            resourcesSet: { items: ids(80_000).map((resourceId) => ({ resourceId })) },
            tagSet: { items: [{ key: 'a' }] },
          },
        }),
      ),
    named: /#1: \d+ bytes long/,
  },
  {
    attack: 'one call sets 5,000 tags on 5,000 instances',
    content: () => between(tagging('CreateTags', 5000, 5000)),
    named: /the record names 5000 tags on 5000 resources, more than EC2 takes in a call/,
  },
  {
    attack: 'one call removes 5,000 tags from 5,000 instances',
    content: () => between(tagging('DeleteTags', 5000, 5000)),
    named: /the record names 5000 tags on 5000 resources, more than EC2 takes in a call/,
  },
  {
    attack: 'twenty calls set 50 tags each, all different, on the same 1,000 instances',
    content: () => between(Array.from({ length: 20 }, (_, n) => tagging('CreateTags', 50, 1000, `k${n}-`)).join()),
  },
  {
    attack: 'as many interfaces of one instance as a record may be long',
    content: () =>
      between(
        launch('i-0x', {
          responseElements: {
            instancesSet: {
              items: [
                {
                  instanceId: 'i-0hostile',
                  networkInterfaceSet: { items: ids(10_000).map((id) => ({ networkInterfaceId: `en${id}` })) },
                },
              ],
            },
          },
        }),
      ),
  },
  {
    attack: 'a gigabyte of blanks between two records',
    content: () => repeating(LIST, ' ', LONG, `${LAST}]}`),
    named: /longer than \d+ bytes, packed into \d+, which no log is/,
    delivered: ONE,
  },
  {
    attack: 'a gigabyte of blanks before the list',
    content: () => repeating('', ' ', LONG, `${LIST.slice(0, -1)}]}`),
    named: /which no log is/,
    delivered: NONE,
  },
  {
    attack: 'a gigabyte of blanks behind the key Records',
    content: () => repeating('{"Records":', ' ', LONG, `[${FIRST}]}`),
    named: /which no log is/,
    delivered: NONE,
  },
  {
    attack: 'a gigabyte of blanks inside a record',
    content: () => repeating(`${LIST}{"eventVersion":`, ' ', LONG, `1}${END}`),
    named: /which no log is/,
    delivered: ONE,
  },
  {
    attack: 'two megabytes of blanks behind the key Records',
    content: () => repeating('{"Records":', ' ', 2_000_000, `[${FIRST},${LAST}]}`),
    named: /bytes without a record/,
  },
  {
    attack: 'a record of 500 MB',
    content: () => repeating(`${LIST}{"a":"`, 'a', 500_000_000, `"}${END}`),
    named: /which no log is/,
    delivered: ONE,
  },
  {
    attack: 'a hundred million opening braces',
    content: () => repeating(LIST, '{', 100_000_000, END),
    named: /b\.json\.gz: damaged/,
  },
  {
    attack: 'a million empty records',
    content: () => repeating(LIST, '{},', 3_000_000, `${LAST}]}`),
    named: /more than 100000 faults, so the rest was not read/,
    delivered: ONE,
  },
  {
    attack: 'a million repeated keys Records',
    content: () => repeating('{', '"Records":[],', 13_000_000, `"Records":[${FIRST}]}`),
    named: /more than 100000 faults/,
    delivered: NONE,
  },
  {
    attack: 'a gzip in a gzip of a gigabyte',
    content: () => gzipSync(repeating('', ' ', LONG, `[${FIRST}]`)),
    named: /packed twice, and too long|which no log is/,
    delivered: NONE,
  },
  {
    attack: 'a gzip packed a hundred times',
    content: () => Array.from({ length: 100 }).reduce((inner: Buffer) => gzipSync(inner), between('{}')),
    named: /packed more than 4 times/,
    delivered: NONE,
  },
  {
    attack: 'a key with an escape that JSON does not know',
    content: () => gzipSync(`{"Re\\xcords":1,"Records":[${FIRST},{"a\\xb":1},${LAST}]}`),
    named: /damaged at byte/,
  },
  {
    attack: 'a key of a record with an escape that JSON does not know',
    content: () => between('{"Records\\x":[1],"detail\\u12":{}}'),
    named: /#1: damaged at byte \d+: not JSON/,
  },
  {
    attack: 'keys called __proto__, constructor and toString',
    content: () =>
      between(
        withField(
          'responseElements',
          '{"__proto__":{"omitted":true},"constructor":1,"toString":2,"instancesSet":{"__proto__":[1],"items":[]}}',
        ),
      ),
  },
  {
    attack: 'the same key ten thousand times',
    content: () => between(`{${'"eventName":"RunInstances",'.repeat(10_000)}"eventName":"x","eventVersion":"1"}`),
  },
  {
    attack: 'lone surrogates in names',
    content: () => between(launch('i-0x', { eventID: '\ud800', userAgent: '\udfff\ud800' }).replace('i-0x', '\\ud800')),
  },
  { attack: 'NUL bytes between records', content: () => between(`${FIRST},\0\0\0`), named: /damaged at byte/ },
  {
    attack: 'bytes that are not UTF-8',
    content: () =>
      gzipSync(Buffer.concat([Buffer.from(LIST), Buffer.from([0x22, 0xff, 0xfe, 0x22]), Buffer.from(END)])),
    named: /not UTF-8|a string where a record was expected/,
  },
  {
    attack: 'numbers of a megabyte',
    content: () => between(`{"eventName":"RunInstances","a":${'9'.repeat(1_000_000)}}`),
    named: /#1: /,
  },
  {
    attack: 'a zip whose entry is a bomb',
    extension: 'zip',
    content: () =>
      zipOf([
        { name: 'a.json', data: Buffer.alloc(300_000_000, ' ') },
        { name: 'b.json', data: `{"Records":[${FIRST},${LAST}]}` },
      ]),
    named: /b\.zip!\/a\.json: /,
  },
];

describe('a hostile file between good ones', () => {
  it.each(CASES)(
    '$attack',
    async ({ attack, content, named, delivered = ['i-0first', 'i-0last'], extension = 'json.gz' }) => {
      const folder = `logs-${CASES.findIndex((one) => one.attack === attack)}`;
      place.put(`${folder}/a.json.gz`, packed([JSON.parse(launch('i-0before'))]));
      place.put(`${folder}/b.${extension}`, content());
      place.put(`${folder}/c.json.gz`, packed([JSON.parse(launch('i-0after'))]));
      const { code, stdout, stderr } = await run('scan', folder, '--account', 'none', '--threads', '1', '-o', 'jsonl');
      const found = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).resourceId);
      expect(found).toEqual(expect.arrayContaining(['i-0before', 'i-0after', ...delivered]));
      if (named === undefined) expect(code).toBe(3);
      else {
        expect(stderr).toMatch(named);
        expect(code).toBe(2);
      }
    },
    120_000,
  );
});

describe('other small input that costs much', () => {
  it('a record nests 50,000 objects and an instance is searched for', async () => {
    const hostile = withField('requestParameters', nested('{"items":', '}'));
    place.put('nested.json.gz', gzipSync(`{"Records":[${hostile},${launch('i-0abcdef0')}]}`));
    const { code, stdout } = await run('events', 'nested.json.gz', '--instance', 'i-0abcdef0');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 1]);
  });

  it('a log inflates to a thousand times its length and is hashed to verify it', async () => {
    place.put('keys.json', { PublicKeyList: [] });
    place.put('bomb/AWSLogs/bomb.json.gz', gzipSync(Buffer.alloc(200_000_000, ' ')));
    place.put('bomb/AWSLogs/good.json.gz', between('{}'));
    const { code, stderr } = await run('verify', 'bomb', '--keys', 'keys.json');
    expect(stderr).toMatch(
      /bomb\.json\.gz: inflating a log: it is longer than \d+ bytes, packed into \d+, which no log is/,
    );
    expect(code).toBe(2);
  });

  it('a record nests its recipient account and repeats are dropped', async () => {
    place.put('nested-account.json.gz', between(withField('recipientAccountId', nested('[', ']'))));
    const { code, stdout } = await run('events', 'nested-account.json.gz', '--unique');
    expect([code, stdout.trim().split('\n').length]).toEqual([0, 3]);
  });

  it('a tag value that a pattern tries for ever', async () => {
    place.put('pattern.json', { requiredTags: [{ key: 'Owner', pattern: '^(\\w+\\s?)*$' }] });
    const tagSet = { items: [{ key: 'Owner', value: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa!' }] };
    const responseElements = { instancesSet: { items: [{ instanceId: 'i-0tagged', tagSet }] } };
    place.put('tagged.json.gz', gzipSync(`{"Records":[${launch('i-0x', { responseElements })}]}`));
    const { code, stdout } = await run(
      'scan',
      'tagged.json.gz',
      '--account',
      'none',
      '--config',
      'pattern.json',
      '-o',
      'jsonl',
    );
    expect(code).toBe(3);
    expect(JSON.parse(stdout).reason).toContain('does not match');
  });

  it('a folder whose links multiply', async () => {
    const name = (n: number): string => place.path(`links/d${String(n).padStart(2, '0')}`);
    for (let n = 0; n < 22; n += 1) mkdirSync(name(n), { recursive: true });
    for (let n = 0; n < 21; n += 1) for (const link of ['x', 'y']) symlinkSync(name(n + 1), `${name(n)}/${link}`);
    place.put('links/d21/log.json.gz', between('{}'));
    for (const follow of [[], ['--follow']]) {
      const { stdout } = await run('events', 'links', ...follow);
      expect(stdout.trim().split('\n')).toHaveLength(2);
    }
  });

  it('a link that leads out of the folder', async () => {
    place.put('elsewhere/secret.json.gz', between('{}'));
    place.put('evidence/a.json.gz', packed([JSON.parse(launch('i-0only'))]));
    symlinkSync(place.path('elsewhere'), place.path('evidence/link'));
    const left = await run('events', 'evidence');
    expect(left.stdout.trim().split('\n')).toHaveLength(1);
    expect(left.stderr).toContain('evidence/link: a link, which is not followed; --follow follows it');
    const followed = await run('events', 'evidence', '--follow');
    expect(followed.stdout.trim().split('\n')).toHaveLength(3);
  });

  it('a configuration that nests 50,000 lists', async () => {
    place.put('nested-config.json', `{"requiredTags":[{"key":"a","values":${nested('[', ']')}},{"key":"a"}]}`);
    const { code, stderr } = await run('config', 'validate', '--config', 'nested-config.json');
    expect(code).toBe(1);
    expect(stderr).toContain('nests more than 32 levels deep');
  });

  it('a configuration in YAML with 100,000 errors in one line', async () => {
    place.put('errors.yaml', `requiredTags: ${']'.repeat(100_000)}`);
    const { code, stderr } = await run('config', 'validate', '--config', 'errors.yaml');
    expect(code).toBe(1);
    expect(stderr).toMatch(/is neither valid JSON nor YAML: .* at line 1, column 15\b/);
  });

  it('a configuration of 2,000,000 characters', async () => {
    const text = `{"requiredTags":[${'{},'.repeat(660_000)}{}]}`;
    place.put('long.json', text);
    const { code, stderr } = await run('config', 'validate', '--config', 'long.json');
    expect(code).toBe(1);
    expect(stderr).toContain(`is ${text.length} characters long; at most 400000 are read`);
  });

  it('a configuration that repeats a value a hundred thousand times', async () => {
    for (const value of ['{}', '"k"', '1']) {
      place.put('repeats.json', `{"requiredTags":[${`${value},`.repeat(99_000)}${value}]}`);
      const { code, stderr } = await run('config', 'validate', '--config', 'repeats.json');
      expect(code).toBe(1);
      expect(stderr).toContain('holds more than 20000 values');
    }
  }, 30_000);

  it('a configuration in YAML that nests 3,000 lists', async () => {
    place.put('nested.yaml', `requiredTags: ${'['.repeat(3000)}${']'.repeat(3000)}`);
    const { code, stderr } = await run('config', 'validate', '--config', 'nested.yaml');
    expect(code).toBe(1);
    expect(stderr).toContain('nests more than 32 levels deep');
  });

  it('a snapshot whose reason nests 50,000 lists', async () => {
    const region = `{"accountId":"111122223333","region":"eu-west-1","unread":{"instances":${nested('[', ']')}}}`;
    place.put('nested-account.json', `{"schema":"mirrorwatch.account/1","regions":[${region}]}`);
    const { stderr } = await run('audit', '--account', 'nested-account.json');
    expect(stderr).toContain('regions[0].unread.instances: expected text, found a list');
  });
});
