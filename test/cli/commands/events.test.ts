import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../delivery/zip-builder.ts';
import { aPlace, endOf } from '../../support/command-line.ts';
import { aLaunchRecord, aRecord, aTagRecord } from '../../support/deliveries.ts';

const place = aPlace();

// Bytes that would not survive parsing and stringifying: spaces, escapes, a number with a trailing zero, a repeated key.
const ODD =
  '{ "eventVersion" : "1.08", "eventName": "RunInstances","eventSource":"ec2.amazonaws.com",' +
  '"eventTime":"2026-03-17T12:00:00Z", "eventID":"odd\\u002d1", "n": 1.50, "a":"\\/é", "twice":1, "twice":2 }';
const FAILED = { errorCode: 'Client.UnauthorizedOperation', eventID: 'failed' };
const FILES: Readonly<Record<string, string>> = {
  'a.json': `{"Records":[${ODD},${JSON.stringify(aTagRecord(3, 'i-0a1', { k: 'v' }))}]}`,
  'b/c.json': JSON.stringify({ Records: [aLaunchRecord(5, 'i-0a1'), aLaunchRecord(6, 'i-0a2', {}, FAILED)] }),
  // The same record again, as an organisation trail and an account trail both deliver it.
  'b/d.json': JSON.stringify({
    Records: [aLaunchRecord(5, 'i-0a1'), aRecord('TerminateInstances', 90, null, null, { eventID: 'end' })],
  }),
};
for (const [path, text] of Object.entries(FILES)) {
  place.put(`logs/${path}`, text);
  place.put(`packed/${path}.gz`, gzipSync(text));
}
place.put('logs.zip', zipOf(Object.entries(FILES).map(([name, data]) => ({ name, data }))));

const idsOf = (stdout: string): readonly string[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { eventID: string }).eventID);

describe('mirrorwatch events', () => {
  it('prints each record verbatim', async () => {
    const { stdout, stderr, code } = await place.run('events', 'logs/a.json', '--event-name', 'RunInstances');
    expect({ stdout, code }).toEqual({ stdout: `${ODD}\n`, code: 0 });
    expect(stderr).toBe('1 of 2 records in 1 file\n');
  });

  it('keeps the order of files and records, and prints a record found in two files twice', async () => {
    const { stdout } = await place.run('events', 'logs', '--quiet');
    expect(idsOf(stdout)).toEqual(['odd-1', 'CreateTags-3', 'launch-5-i-0a1', 'failed', 'launch-5-i-0a1', 'end']);
  });

  it.each([
    ['--unique', 'odd-1 CreateTags-3 launch-5-i-0a1 failed end'],
    ['--errors', 'failed'],
    ['--event-source ec2', 'odd-1 CreateTags-3 launch-5-i-0a1 failed launch-5-i-0a1 end'],
    ['--event-source s3', ''],
    ['--event-name RunInstances,TerminateInstances', 'odd-1 launch-5-i-0a1 failed launch-5-i-0a1 end'],
    ['--instance i-0a1', 'CreateTags-3 launch-5-i-0a1 launch-5-i-0a1'],
    ['--actor DANA', 'CreateTags-3 launch-5-i-0a1 failed launch-5-i-0a1 end'],
    ['--actor nobody', ''],
    ['--since 2026-03-17T12:05:00Z', 'launch-5-i-0a1 failed launch-5-i-0a1 end'],
    ['--until 2026-03-17T12:05:00Z', 'odd-1 CreateTags-3'],
    ['--since 2026-03-17T12:06:00Z --until 2026-03-17T13:30:00Z', 'failed'],
  ])('with %s prints %s', async (options, ids) => {
    const { stdout, code } = await place.run('events', 'logs', '--quiet', ...options.split(' '));
    expect({ ids: idsOf(stdout).join(' '), code }).toEqual({ ids, code: 0 });
  });

  it('prints the same bytes for a folder, gzipped files and a zip, with one thread and with two', async () => {
    const inputs = ['logs', 'packed', 'logs.zip'].flatMap((path) => [
      [path, '1'],
      [path, '2'],
    ]);
    const ran = await Promise.all(
      inputs.map(([path = '', threads = '']) => place.run('events', path, '--quiet', '--threads', threads)),
    );
    const sums = ran.map(({ bytes }) => createHash('sha256').update(bytes).digest('hex'));
    expect(new Set(sums).size).toBe(1);
    expect(ran.map(({ code }) => code)).toEqual(inputs.map(() => 0));
  });

  it('writes a file with -o jsonl=PATH, the same bytes as on stdout', async () => {
    const { bytes } = await place.run('events', 'logs', '--quiet');
    const { stdout, stderr } = await place.run('events', 'logs', '-o', 'jsonl=out.jsonl');
    expect(stdout).toBe('');
    expect(stderr).toBe('wrote out.jsonl\n6 of 6 records in 3 files\n');
    expect(readFileSync(place.path('out.jsonl'))).toEqual(bytes);
  });

  it('resumes from a checkpoint with the same bytes, and refuses the checkpoint of a different scan', async () => {
    const args = ['events', 'logs', '--quiet', '--event-name', 'RunInstances', '--checkpoint', 'journal'];
    const [without, first, again] = [
      await place.run(...args.slice(0, -2)),
      await place.run(...args),
      await place.run(...args),
    ];
    expect(first.bytes).toEqual(without.bytes);
    expect(again.bytes).toEqual(without.bytes);
    const { code, stderr } = await place.run('events', 'logs', '--event-name', 'CreateTags', '--checkpoint', 'journal');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^error: journal: this checkpoint is from a scan with other options/),
    });
  });

  it('exits quietly when its reader closes the pipe', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => aLaunchRecord(at, 'i-0a1'));
    place.put('many.json', { Records: many });
    const child = place.start('events', 'many.json');
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await endOf(child);
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|\bat /);
  });
});
