import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/delivery/envelope.ts';
import { PipelineError } from '../../src/errors.ts';
import { folderInbox } from '../../src/local/folder-inbox.ts';
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
