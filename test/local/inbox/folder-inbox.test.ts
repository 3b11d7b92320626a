import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { NO_WATCH } from '../../../src/config/watch-config.ts';
import type { Message } from '../../../src/delivery/envelope.ts';
import type { LogStore } from '../../../src/delivery/fetch-log.ts';
import type { LogObject } from '../../../src/delivery/log-object.ts';
import { PipelineError } from '../../../src/errors.ts';
import { folderInbox } from '../../../src/local/inbox/folder-inbox.ts';
import { openSqliteLedger } from '../../../src/local/sqlite-ledger.ts';
import { objectReader, type ReadObject } from '../../../src/pipeline/objects/read-objects.ts';
import { at } from '../../support/sightings.ts';

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

async function read(logs: LogStore, object: LogObject): Promise<ReadObject> {
  const trail = { buckets: [], topics: [], accounts: [] };
  const [found] = await objectReader(logs, { maxLogBytes: 1_000, trail, watch: NO_WATCH }, at(60)).read([object]);
  if (found === undefined) throw new Error('nothing was read');
  return found;
}

describe('a file in a form that is not read', () => {
  it('is named with what to do, and not acknowledged, whatever its name', async () => {
    const folder = mkdtempSync(join(home, 'forms'));
    writeFileSync(join(folder, 'lake.csv'), 'eventName,eventTime\nRunInstances,2026-01-01T00:00:00Z\n');
    utimesSync(join(folder, 'lake.csv'), at(0), at(0));
    const { next, logs } = folderInbox(folder, { now: () => at(60), onRejected: () => undefined });
    const [message] = await next(AbortSignal.abort());
    const { content, error } = await read(logs, message?.body as LogObject);
    expect(error).toMatchObject({ code: 'log-unreadable' });
    expect(content.rejected).toMatchObject([{ reason: expect.stringMatching(/CSV.*export the events as JSON/) }]);
  });

  it('of more bytes than allowed is read up to there', async () => {
    const folder = mkdtempSync(join(home, 'long'));
    writeFileSync(join(folder, 'a.json'), `${JSON.stringify({ eventName: 'RunInstances' })}\n`.repeat(100));
    utimesSync(join(folder, 'a.json'), at(0), at(0));
    const { next, logs } = folderInbox(folder, { now: () => at(60), onRejected: () => undefined });
    const [message] = await next(AbortSignal.abort());
    const { content } = await read(logs, message?.body as LogObject);
    expect(content.records).toBe(34);
    expect(content.rejected.map(({ reason }) => reason).at(-1)).toContain('maxLogBytes');
  });
});

describe('a file that another process has taken', () => {
  const KEPT = at(59);

  /** A folder with one file, which `owner` has claimed, and an inbox of this process on it, both with one ledger. */
  async function aClaimedFile(name: string, owner: string, hasHolders = true) {
    const folder = mkdtempSync(join(home, name));
    const path = join(folder, 'a.json');
    writeFileSync(path, '{"Records":[]}');
    utimesSync(path, KEPT, KEPT);
    const ledger = openSqliteLedger(':memory:');
    const key = `${path}:14:${KEPT.getTime()}`;
    const claim = { kind: 'delivery', key } as const;
    expect(await ledger.claim([claim], { now: at(60), leaseSeconds: 300, owner })).toHaveLength(1);
    let minute = 60;
    const { holders, ...blind } = ledger;
    const dead = new Set(['dead']);
    const own = { name: 'own', isDead: async (one: string) => dead.has(one) };
    const options = { owner: own, ledger: hasHolders ? { ...blind, holders } : blind, onRejected: () => undefined };
    const inbox = folderInbox(folder, { ...options, now: () => at(minute) });
    return {
      ...{ inbox, ledger, claim, dead },
      at: (next: number): Promise<readonly Message[]> => {
        minute = next;
        return inbox.next(AbortSignal.abort());
      },
    };
  }

  it('is taken over at once if that process has ended on this machine', async () => {
    const place = await aClaimedFile('dead', 'dead');
    expect(await place.at(60)).toHaveLength(1);
  });

  it('is taken over within seconds if it ends while this process runs', async () => {
    const place = await aClaimedFile('dying', 'other');
    expect(await place.at(60)).toEqual([]);
    place.dead.add('other');
    expect(await place.at(61)).toHaveLength(1);
  });

  it.each([
    ['may still run', 'other', true],
    ['is not known', 'dead', false],
  ])('is left alone until the lease ends if that process %s', async (name, owner, hasHolders) => {
    const place = await aClaimedFile(name.slice(0, 5), owner, hasHolders);
    expect(await place.at(60)).toEqual([]);
    expect(await place.at(64)).toEqual([]);
    expect(await place.at(66)).toHaveLength(1);
  });

  it('is not asked for again once that process has finished it', async () => {
    const place = await aClaimedFile('finished', 'other');
    await place.ledger.settle([place.claim], { now: at(60), owner: 'other', how: 'done' });
    expect(await place.at(60)).toEqual([]);
    expect(await place.at(120)).toEqual([]);
  });

  it('is kept for as long as this process works on it', async () => {
    const place = await aClaimedFile('kept', 'dead');
    const messages = await place.at(60);
    for (const minute of [63, 66, 69]) {
      expect(await place.at(minute)).toEqual([]);
      await place.inbox.keep(messages);
    }
    expect(await place.ledger.claim([place.claim], { now: at(72), leaseSeconds: 300, owner: 'other' })).toEqual([]);
    expect(await place.ledger.claim([place.claim], { now: at(75), leaseSeconds: 300, owner: 'other' })).toHaveLength(1);
  });
});

describe('our own messages that another process has lost', () => {
  it('are asked for once a minute, and delivered', async () => {
    const folder = mkdtempSync(join(home, 'lost'));
    let minute = 60;
    let asked = 0;
    const lost = async () => {
      asked += 1;
      return asked === 2 ? [{ body: 'a re-check', delaySeconds: 0 }] : [];
    };
    const inbox = folderInbox(folder, { now: () => at(minute), onRejected: () => undefined, lost });
    const bodiesAt = async (next: number): Promise<readonly unknown[]> => {
      minute = next;
      return (await inbox.next(AbortSignal.abort())).map(({ body }) => body);
    };
    expect(await bodiesAt(60.5)).toEqual([]);
    expect(asked).toBe(0);
    expect(await bodiesAt(61)).toEqual([]);
    expect(await bodiesAt(61.5)).toEqual([]);
    expect(asked).toBe(1);
    expect(await bodiesAt(62)).toEqual(['a re-check']);
  });
});
