import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/delivery/envelope.ts';
import type { LogObject } from '../../src/delivery/log-object.ts';
import { PipelineError } from '../../src/errors.ts';
import { folderInbox } from '../../src/local/folder-inbox.ts';
import { objectReader } from '../../src/pipeline/objects/read-objects.ts';
import { at } from '../support/sightings.ts';

const home = mkdtempSync(join(tmpdir(), 'mirrorwatch-inbox-'));
afterAll(() => rmSync(home, { recursive: true }));

/** An inbox with one file, and a clock that tests set. */
function anInbox(name: string) {
  const folder = mkdtempSync(join(home, name));
  let minute = 60;
  const write = (content: string): void => {
    writeFileSync(join(folder, 'a.json'), content);
    utimesSync(join(folder, 'a.json'), at(minute - 1), at(minute - 1));
  };
  write('{"Records":[');
  const inbox = folderInbox(folder, { now: () => at(minute), onRejected: () => undefined });
  return {
    inbox,
    write,
    /** What is delivered at this minute, without waiting for more. */
    at: (next: number): Promise<readonly Message[]> => {
      minute = next;
      return inbox.next(AbortSignal.abort());
    },
  };
}

async function leftFor(name: string, error: unknown) {
  const place = anInbox(name);
  const [message] = await place.at(60);
  if (message === undefined) throw new Error('nothing was delivered');
  await place.inbox.left(message, error);
  return place;
}

describe('a file that is left', () => {
  it('is delivered again after a minute when its failure may pass', async () => {
    const place = await leftFor('passing', new PipelineError('log-missing', 'being written'));
    expect(await place.at(60.5)).toEqual([]);
    expect(await place.at(61)).toHaveLength(1);
  });

  it('is delivered again only when it changes if its content is at fault', async () => {
    const place = await leftFor('content', new PipelineError('log-unreadable', 'cut off'));
    expect(await place.at(120)).toEqual([]);
    place.write('{"Records":[]}');
    expect(await place.at(180)).toHaveLength(1);
  });
});

describe('a file in a form that is not read', () => {
  it('is named with what to do, and not acknowledged, whatever its name', async () => {
    const folder = mkdtempSync(join(home, 'forms'));
    writeFileSync(join(folder, 'lake.csv'), 'eventName,eventTime\nRunInstances,2026-01-01T00:00:00Z\n');
    utimesSync(join(folder, 'lake.csv'), at(0), at(0));
    const { next, logs } = folderInbox(folder, { now: () => at(60), onRejected: () => undefined });
    const [message] = await next(AbortSignal.abort());
    const { content, error } = await objectReader(logs, { maxLogBytes: 1_000 }).read(message?.body as LogObject);
    expect(error).toMatchObject({ code: 'log-unreadable' });
    expect(content.rejected).toMatchObject([{ reason: expect.stringMatching(/CSV.*export the events as JSON/) }]);
  });

  it('of more bytes than allowed is read up to there', async () => {
    const folder = mkdtempSync(join(home, 'long'));
    writeFileSync(join(folder, 'a.json'), `${JSON.stringify({ eventName: 'RunInstances' })}\n`.repeat(100));
    utimesSync(join(folder, 'a.json'), at(0), at(0));
    const { next, logs } = folderInbox(folder, { now: () => at(60), onRejected: () => undefined });
    const [message] = await next(AbortSignal.abort());
    const { content } = await objectReader(logs, { maxLogBytes: 1_000 }).read(message?.body as LogObject);
    expect(content.records).toBe(34);
    expect(content.rejected.map(({ reason }) => reason).at(-1)).toContain('maxLogBytes');
  });
});
