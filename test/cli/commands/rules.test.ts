import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ruleIds } from '../../../src/audit/rule-book.ts';
import { aPlace } from '../../support/command-line.ts';
import { onTerminal } from '../../support/pseudo-terminal.ts';
import { aRecord } from '../../support/records.ts';

const place = aPlace();
const RUN_INSTANCES = aRecord({ eventName: 'RunInstances', eventSource: 'ec2.amazonaws.com', eventType: 'AwsApiCall' });
place.put('launches.json', { eventName: ['RunInstances'] });
place.put('events.jsonl', '{"eventName":"RunInstances"}\n{"eventName":"StopInstances"}\n');

const test = (...args: readonly string[]) => place.run('rules', 'test', '--pattern', ...args);
const linesOf = (stdout: string): readonly unknown[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('rules test', () => {
  it('prints one line for each event', async () => {
    const { code, stdout, stderr } = await test('launches.json', 'events.jsonl');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"matched":true}\n{"matched":false}\n', stderr: '' });
  });

  it.each<[string, unknown]>([
    ['a list', [RUN_INSTANCES, { eventName: 'x' }]],
    ['a CloudTrail log', { Records: [RUN_INSTANCES, { eventName: 'x' }] }],
  ])('reads %s', async (_, events) => {
    place.put('events.json', JSON.stringify(events));
    expect(linesOf((await test('launches.json', 'events.json')).stdout)).toEqual([
      { matched: true },
      { matched: false },
    ]);
  });

  it('reads a log as CloudTrail delivers it, packed', async () => {
    place.put('log.json.gz', gzipSync(JSON.stringify({ Records: [RUN_INSTANCES, { eventName: 'x' }] })));
    const { code, stdout, stderr } = await test('launches.json', 'log.json.gz');
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '{"matched":true}\n{"matched":false}\n', stderr: '' });
  });

  it('takes no part of a packed log for all of it', async () => {
    place.put('cut.json.gz', gzipSync('{"eventName":"x"}\n'.repeat(1000)).subarray(0, -12));
    const { code, stdout, stderr } = await test('launches.json', 'cut.json.gz');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('reading cut.json.gz: ');
  });

  it('reads one event over several lines', async () => {
    place.put('event.json', JSON.stringify(RUN_INSTANCES, undefined, 2));
    expect(linesOf((await test('launches.json', 'event.json')).stdout)).toEqual([{ matched: true }]);
  });

  it('warns of what is doubtful about the pattern, and answers all the same', async () => {
    place.put('doubtful.json', { eventName: ['RunInstance'], errorCode: [null] });
    const { code, stdout, stderr } = await test('doubtful.json', 'events.jsonl');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"matched":false}\n{"matched":false}\n' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      'warning: doubtful.json: eventName[0] no AWS service is known to log an event "RunInstance"; did you mean RunInstances?',
      'warning: doubtful.json: errorCode[0] never matches: errorCode is never null; a record without it leaves it out: write {"exists": false}',
    ]);
  });

  it('names a line that is no JSON, and goes on, with exit code 2', async () => {
    place.put('broken.jsonl', '{"eventName":"RunInstances"}\n{"eventName":\n\n{"eventName":"RunInstances"}\n');
    const { code, stdout, stderr } = await test('launches.json', 'broken.jsonl');
    expect(linesOf(stdout)).toEqual([{ matched: true }, { matched: null }, { matched: true }]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'warning: broken.jsonl: line 2 is no JSON\n' });
  });

  it('reads a pattern in YAML', async () => {
    place.put('launches.yaml', 'eventName:\n  - prefix: Run\n');
    expect(linesOf((await test('launches.yaml', 'events.jsonl')).stdout)).toEqual([
      { matched: true },
      { matched: false },
    ]);
  });

  it('reads a pattern of an EventBridge event as one of the event that carries a record', async () => {
    const pattern = {
      source: ['aws.ec2'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: { eventName: ['RunInstances'] },
    };
    place.put('event-pattern.json', pattern);
    place.put('both.json', [RUN_INSTANCES, { source: 'aws.ec2', 'detail-type': 'x', detail: RUN_INSTANCES }]);
    expect(linesOf((await test('event-pattern.json', 'both.json')).stdout)).toEqual([
      { matched: true },
      { matched: false },
    ]);
  });

  it('reads a pattern of a record as a rule of the configuration would where an event carries the record', async () => {
    const event = { source: 'aws.ec2', account: '111122223333', 'detail-type': 'x', detail: RUN_INSTANCES };
    place.put('carried.json', [event, { ...event, detail: { eventName: 'StopInstances' } }]);
    place.put('account.json', { account: ['111122223333'] });
    const matched = async (pattern: string) => linesOf((await test(pattern, 'carried.json')).stdout);
    expect(await matched('launches.json')).toEqual([{ matched: true }, { matched: false }]);
    expect(await matched('account.json')).toEqual([{ matched: true }, { matched: true }]);
  });

  it('explains each answer', async () => {
    const { stdout } = await test('launches.json', 'events.jsonl', '--explain');
    expect(linesOf(stdout)).toEqual([
      { matched: true, met: [{ name: 'eventName', value: 'RunInstances' }] },
      {
        matched: false,
        met: [],
        failed: { name: 'eventName', wanted: ['"RunInstances"'], found: ['StopInstances'], elsewhere: false },
      },
    ]);
  });

  it('names every problem of a pattern with its path, also keys that JSON readers drop', async () => {
    place.put('bad.json', '{"a":["x"],"a":["y"],"b":"z","c":[{"Prefix":"q"}]}');
    const { code, stdout, stderr } = await test('bad.json', 'events.jsonl');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('a: is given twice; keep one');
    expect(stderr).toContain('b: must be a list or an object, found "z"; write ["z"]');
    expect(stderr).toContain('c[0].Prefix: is not an operator');
  });

  it.each([
    ['launches.json', 'nowhere.jsonl', 'reading nowhere.jsonl: there is no such file'],
    ['launches.json', '.', 'reading .: it is a folder'],
    ['nowhere.json', 'events.jsonl', 'reading nowhere.json: '],
    ['launches.json', 'empty.jsonl', 'empty.jsonl has no event: it is empty'],
  ])('fails for %s with %s', async (pattern, events, message) => {
    place.put('empty.jsonl', '\n');
    const { code, stderr } = await test(pattern, events);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe('rules list and rules show', () => {
  it('lists every rule with its severity', async () => {
    const { code, stdout } = await place.run('rules', 'list');
    expect(code).toBe(0);
    expect(stdout.match(/^\S+ +(?:low|medium|high|critical) +\S.*$/gm)).toHaveLength(ruleIds().length);
    const { stdout: json } = await place.run('rules', 'list', '-o', 'json');
    expect(JSON.parse(json).map(({ id }: { readonly id: string }) => id)).toEqual(ruleIds());
  });

  it.each([60, 80, 120])('wraps what a rule finds on a terminal of %i columns', async (columns) => {
    const terminal = onTerminal(place.folder, ['rules', 'list'], { columns });
    await terminal.ended;
    const lines = terminal.written().split(/\r?\n/);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(
      'mirror-ineffective high A session exists, but its target, filter, route, security group or network ACL stops',
    );
  });

  it.each([60, 80, 120])('wraps one rule on a terminal of %i columns', async (columns) => {
    const terminal = onTerminal(place.folder, ['rules', 'show', 'mirror-ineffective'], { columns });
    await terminal.ended;
    const lines = terminal.written().split(/\r?\n/);
    expect(lines.filter((line) => line.length > columns)).toEqual([]);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain('or it has another target or filter than configured.');
  });

  it.each([
    ['80', 80],
    ['', Number.POSITIVE_INFINITY],
  ])('takes COLUMNS %j where a terminal says 0', async (COLUMNS, columns) => {
    const terminal = onTerminal(place.folder, ['rules', 'show', 'mirror-ineffective'], {
      columns: 0,
      env: { COLUMNS },
    });
    await terminal.ended;
    const longest = Math.max(
      ...terminal
        .written()
        .split(/\r?\n/)
        .map((line) => line.length),
    );
    expect(longest).toBeLessThanOrEqual(columns);
    expect(longest).toBeGreaterThan(60);
  });

  it('shows one rule, and names them all for one that does not exist', async () => {
    const { stdout } = await place.run('rules', 'show', 'mirror-rogue', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'mirror-rogue',
      severity: 'critical',
      repairedBy: ['modify-session'],
    });
    const { stdout: words } = await place.run('rules', 'show', 'security-group-open');
    expect(words).toContain('appliesTo:  AWS::EC2::SecurityGroup');
    expect(words).not.toContain('repairedBy');
    const { code, stderr } = await place.run('rules', 'show', 'mirror-rough');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no rule "mirror-rough"; the rules are ');
    expect(stderr).toContain('mirror-rogue');
  });
});

describe('rules test --name', () => {
  const NAMED = {
    watch: {
      rules: [
        {
          name: 'stopped',
          title: 'Somebody stopped an instance.',
          severity: 'high',
          pattern: { eventName: ['StopInstances'] },
          resource: 'requestParameters.id',
          reason: '{userIdentity.arn} stopped {requestParameters.id}',
          resolvedBy: { eventName: ['StartInstances'] },
        },
        { name: 'denied', pattern: { errorCode: ['AccessDenied'] } },
      ],
    },
  };
  place.put('named.json', NAMED);
  const record = (eventName: string, minute: number, more: object = {}) =>
    aRecord({ eventName, eventTime: `2026-01-31T12:0${minute}:00Z`, requestParameters: { id: 'i-1' }, ...more });
  place.put('logs/a.json', {
    Records: [record('StopInstances', 1), record('GetX', 2), record('StartInstances', 3)],
  });
  const named = (...args: readonly string[]) => place.run('rules', 'test', '--config', 'named.json', ...args);

  it('prints the records that the rule finds and that end its findings, with what met each condition', async () => {
    const { code, stdout, stderr } = await named('--name', 'stopped', 'logs');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '2 of 3 records in 1 file\n' });
    expect(linesOf(stdout)).toEqual([
      expect.objectContaining({
        rule: 'custom:stopped',
        as: 'found',
        path: 'logs/a.json',
        eventName: 'StopInstances',
        resourceId: 'i-1',
        reason: 'arn:aws:iam::111122223333:user/dana stopped i-1',
        met: [{ name: 'eventName', value: 'StopInstances' }],
      }),
      expect.objectContaining({ as: 'ended', eventName: 'StartInstances', resourceId: 'i-1' }),
    ]);
    expect(linesOf(stdout)[1]).not.toHaveProperty('reason');
  });

  it('keeps to the period, and takes the id of the finding for the name', async () => {
    const { stdout } = await named('--name', 'custom:stopped', '--since', '2026-01-31T12:02:00Z', 'logs');
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ as: 'ended' })]);
  });

  it.each([
    [['--name', 'nope', 'logs'], 'its rules are stopped, denied'],
    [['logs'], 'say what to test'],
    [['--name', 'stopped', '--pattern', 'launches.json', 'logs'], 'two questions'],
    [['--pattern', 'launches.json', 'events.jsonl', 'events.jsonl'], 'one file of events'],
  ])('refuses %j', async (args, words) => {
    const { code, stderr } = await named(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  it('names what cannot be read, with exit code 2', async () => {
    place.put('broken-logs/a.json', '{"Records":[{"eventName":');
    const { code, stderr } = await named('--name', 'stopped', 'broken-logs', 'logs');
    expect(code).toBe(2);
    expect(stderr).toContain('broken-logs/a.json');
  });

  it('is listed and shown with the built-in rules', async () => {
    const { stdout } = await place.run('rules', 'list', '--config', 'named.json');
    expect(stdout).toMatch(/^custom:stopped\s+high\s+Somebody stopped an instance\.$/m);
    expect(stdout).toMatch(/^custom:denied\s+medium\s+A call matches \{"errorCode":\["AccessDenied"\]\}$/m);
    expect(stdout).toMatch(/^instance-untagged\s+medium\s/m);
    const shown = await place.run('rules', 'show', 'stopped', '--config', 'named.json', '-o', 'json');
    expect(JSON.parse(shown.stdout)).toMatchObject({
      ...{ id: 'custom:stopped', severity: 'high', resolveAfterHours: 720 },
      reads: 'only records of StopInstances',
      reason: '{userIdentity.arn} stopped {requestParameters.id}',
    });
  });
});

it('prints no character that acts on a terminal', async () => {
  const acting = '\u001b[2J\u009b2J\u202e\nx';
  const pattern = { eventName: [{ prefix: '' }] };
  const watch = { rules: [{ name: 'acting', title: acting, pattern, fix: acting, resource: 'requestParameters.id' }] };
  place.put('acting.json', { watch });
  place.put('any.json', pattern);
  place.put('acting/a.json', { Records: [aRecord({ eventName: acting, requestParameters: { id: acting } })] });
  place.put('acting.jsonl', JSON.stringify({ eventName: acting }));
  const config = ['--config', 'acting.json'];
  for (const args of [
    ['list', ...config],
    ['show', 'acting', ...config],
    ['show', 'acting', '-o', 'json', ...config],
    ['test', '--name', 'acting', 'acting', ...config],
    ['test', '--pattern', 'any.json', 'acting.jsonl', '--explain'],
  ]) {
    const { code, stdout } = await place.run('rules', ...args);
    expect(code).toBe(0);
    expect(stdout).toContain(String.raw`\u202e`);
    for (const character of ['\u001b', '\u009b', '\u202e']) expect(stdout).not.toContain(character);
  }
  expect((await place.run('rules', 'list', ...config)).stdout).toMatch(/^custom:acting .*x$/m);
});

describe('config validate', () => {
  it('warns of names that no service has, and says which rules need more than records of some names', async () => {
    const rules = [
      {
        name: 'typo',
        pattern: { eventName: ['StopLoging'] },
        resolvedBy: { eventName: ['StartLogging'], errorCode: [null] },
      },
      { name: 'root', pattern: { userIdentity: { type: ['Root'] } } },
      { name: 'any', pattern: { errorCode: [{ exists: false }] } },
      { name: 'paths', pattern: { eventName: ['A'] }, resource: 'detail.eventName', reason: 'by {userIdentity.arm}' },
      { name: 'insight', pattern: { eventType: ['AwsCloudTrailInsight'] } },
      { name: 'service', pattern: { eventName: ['A'] }, resolvedBy: { eventSource: ['iam.amazonaws.com'] } },
      { name: 'writes', pattern: { readOnly: [false], awsRegion: [{ 'anything-but': 'eu-west-1' }] } },
    ];
    place.put('doubtful-rules.json', { watch: { rules } });
    const { code, stderr } = await place.run('config', 'validate', '--config', 'doubtful-rules.json');
    expect(code).toBe(0);
    expect(stderr).toContain('watch.rules[0].pattern.eventName[0]: ');
    expect(stderr).toContain('did you mean StopLogging?');
    expect(stderr).toContain('watch.rules[0].resolvedBy.errorCode[0]: ');
    expect(stderr).toContain('watch.rules[1]: custom:root slows scans: every record is searched for "Root"');
    expect(stderr).toContain('watch.rules[2]: custom:any slows scans: every record is parsed');
    expect(stderr).toContain("watch.rules[3].resource: detail.eventName is in EventBridge's event");
    expect(stderr).toContain('watch.rules[3].reason: userIdentity.arm is no field of userIdentity; did you mean arn?');
    expect(stderr).toContain(
      'watch.rules[5]: custom:service has no event names: every record of iam.amazonaws.com is read',
    );
    expect(stderr).toContain(
      'watch.rules[6]: custom:writes slows scans: the bytes of every record are read for readOnly or awsRegion',
    );
    expect(stderr).not.toContain('watch.rules[0]: custom:typo');
    expect(stderr).toContain('watch.rules[4].pattern.eventType[0]: never matches: Insights events are not read');
  });
});
