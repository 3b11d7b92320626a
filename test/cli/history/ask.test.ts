import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { aPlace, type Place } from '../../support/command-line.ts';
import { aLaunchRecord, aRecord } from '../../support/deliveries.ts';

const INSTANCE = 'i-0123456789abcdef0';

let place: Place;

const ask = (...question: readonly string[]): ReturnType<Place['run']> =>
  place.run('history', 'ask', 'plan', ...question);

beforeAll(async () => {
  place = aPlace();
  place.put(
    'logs/one.json.gz',
    gzipSync(
      JSON.stringify({
        Records: [
          aLaunchRecord(5, INSTANCE, { Owner: 'däna' }),
          aRecord('StopLogging', 7, { name: 'trail' }, {}, { eventSource: 'cloudtrail.amazonaws.com' }),
        ],
      }),
    ),
  );
  place.put(
    'logs/two.json.gz',
    gzipSync(
      JSON.stringify({
        Records: [
          aRecord('TerminateInstances', 9, { instancesSet: { items: [{ instanceId: INSTANCE }] } }, null, {
            ...{ errorCode: 'Client.OperationNotPermitted' },
            userIdentity: { type: 'IAMUser', userName: 'eve\u001b[31m\n' },
          }),
          aLaunchRecord(3, 'i-00000000000000001'),
        ],
      }),
    ),
  );
  await place.run('history', 'plan', 'logs', '-o', 'plan', '--shard-objects', '1');
  await place.run('history', 'run', 'plan', '--local', '--workers', '1', '--keep', 'all', '--scan-only');
});

describe('history ask', () => {
  it('prints the records that `events` prints, in the order of time', async () => {
    for (const question of [['--instance', INSTANCE], ['--errors'], ['--event-source', 'cloudtrail'], []]) {
      const [asked, searched] = [await ask(...question), await place.run('events', 'logs', ...question)];
      expect(asked.code, asked.stderr).toBe(0);
      const lines = asked.stdout.trimEnd().split('\n');
      expect(lines.toSorted()).toEqual(searched.stdout.trimEnd().split('\n').toSorted());
      const times = lines.map((line) => JSON.parse(line).eventTime);
      expect(times).toEqual(times.toSorted());
    }
  });

  it('says how much it read', async () => {
    const { stderr } = await ask('--instance', INSTANCE);
    expect(stderr).toMatch(/^2 of 4 records in 2 shards; read 0\.\d MB of 0\.\d MB$/m);
  });

  it('prints a timeline for people, in which nothing acts on a terminal', async () => {
    const { stdout } = await ask('--instance', INSTANCE, '--timeline');
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(
        /^2026-03-17T12:05:00Z {2}111122223333 eu-west-1 {2}ec2 RunInstances {2}by \S+.* {2}i-0123456789abcdef0/,
      ),
      expect.stringMatching(
        /ec2 TerminateInstances {2}by eve\\u001b\[31m\\n {2}failed: Client\.OperationNotPermitted {2}i-0123456789abcdef0$/,
      ),
      '',
    ]);
    expect(stdout).not.toContain('\u001b');
  });

  it('takes the result as well as its plan, and writes to a file', async () => {
    const { code, stdout } = await place.run('history', 'ask', 'plan/result', '--errors', '-o', 'jsonl=found.jsonl');
    expect([code, stdout]).toEqual([0, '']);
    expect(JSON.parse(readFileSync(place.path('found.jsonl'), 'utf8')).eventName).toBe('TerminateInstances');
  });

  it.each([
    [['--instance', 'web-1'], '--instance: "web-1" cannot be the id of an instance'],
    [
      ['--resource', 'my bucket'],
      '--resource: "my bucket" is neither an id, such as eni-0123456789abcdef0, nor an ARN',
    ],
    [['--accounts', '12'], '--accounts: "12" cannot be an account id'],
    [['--since', '2026-02-01', '--until', '2026-01-01'], 'is not before --until'],
    [['--event-name', 'RunInstance'], 'did you mean RunInstances?'],
    [['--timeline', '-o', 'jsonl=lines.txt'], '--timeline prints to the terminal'],
  ])('refuses %j', async (question, message) => {
    const { code, stderr } = await ask(...question);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it('says what to do about a place without a result', async () => {
    const { code, stderr } = await place.run('history', 'ask', 'logs');
    expect([code, stderr]).toEqual([1, expect.stringContaining('logs holds no result: scan a plan with')]);
  });

  it('warns that a result of watched calls proves nothing about others', async () => {
    const more = ['--result', 'watched', '--scan-only'];
    await place.run('history', 'run', 'plan', '--local', '--workers', '1', ...more);
    const { code, stdout, stderr } = await place.run('history', 'ask', 'watched', '--actor', 'nobody');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('that a record is not found does not prove that there was no such call');
  });

  it('is incomplete, and names the file, when a part cannot be read', async () => {
    const folder = place.path('plan/result/shard=00001');
    const name = readdirSync(`${folder}/records`).find((each) => each.endsWith('.parquet')) ?? '';
    const bytes = readFileSync(`${folder}/records/${name}`);
    writeFileSync(`${folder}/records/${name}`, bytes.subarray(0, 99));
    const damaged = await ask('--errors');
    expect(damaged.code).toBe(2);
    expect(damaged.stderr).toContain(`plan/result/shard=00001/records/${name}`);
    expect(damaged.stdout).not.toBe('');
    rmSync(folder, { recursive: true });
    const { code, stderr } = await ask();
    expect([code, stderr]).toEqual([2, expect.stringContaining('shard 00001: has no result: run the plan again')]);
  });
});
