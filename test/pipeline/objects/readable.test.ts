import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FileEnd, FilePiece } from '../../../src/pipeline/objects/file-end.ts';
import { scanLong } from '../../../src/pipeline/objects/scan-long.ts';
import { scanShort } from '../../../src/pipeline/objects/scan-short.ts';
import { aRecord } from '../../support/records.ts';
import { bombOf, CHECKED, frameOf } from './zstd-builder.ts';

const SETTINGS = { wanted: {}, maxLogBytes: 64 * 1024 * 1024, sha256: false };
const line = (eventID: string) => JSON.stringify(aRecord({ eventName: 'RunInstances', eventID }));
const LOG = Buffer.from(`{"Records":[${line('one')},${line('two')}]}`);
const gzip = (bytes: Buffer) => gzipSync(new Uint8Array(bytes));

async function* cut(packed: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < packed.length; at += 512 * 1024) yield packed.subarray(at, at + 512 * 1024);
}

/** What the pieces of a scan hold in all. */
async function allOf(pieces: Iterable<FilePiece> | AsyncIterable<FilePiece>) {
  const ids: (string | undefined)[] = [];
  let last: FileEnd | undefined;
  for await (const { wanted, end } of pieces) {
    ids.push(...wanted.map(({ record }) => record.eventID));
    last = end ?? last;
  }
  return { ids, records: last?.records, damage: last?.damage, isForeign: last?.isForeign };
}

const inPieces = (packed: Buffer, settings = SETTINGS) =>
  allOf(scanLong({ pieces: cut(packed), size: packed.length }, settings));
const whole = (packed: Buffer, settings = SETTINGS) => allOf(scanShort(packed, settings) ?? []);

/** The file scanned whole and in pieces, which must give the same. */
async function scanned(packed: Buffer) {
  const found = await whole(packed);
  expect(await inPieces(packed)).toEqual(found);
  return found;
}

const BOTH = { ids: ['one', 'two'], records: 2, damage: undefined, isForeign: undefined };

describe('a log in another form is read', () => {
  it.each<[string, Buffer]>([
    ['packed twice', gzip(gzip(LOG))],
    [
      'packed in two members, with zero bytes between them',
      Buffer.concat([gzip(LOG.subarray(0, 99)), Buffer.alloc(600_000), gzip(LOG.subarray(99))]),
    ],
    ['packed three times', gzip(gzip(gzip(LOG)))],
    [
      'exported by CloudWatch Logs',
      gzip(Buffer.from(`2026-01-31T12:00:00.000Z ${line('one')}\n2026-01-31T12:00:01.000Z ${line('two')}\n`)),
    ],
    [
      'from syslog, not packed',
      Buffer.from(`<134>Jan 31 12:00:00 relay ct: ${line('one')}\n<134>Jan 31 12:00:01 relay ct: ${line('two')}`),
    ],
    [
      'exported by CloudWatch Logs and packed twice',
      gzip(gzip(Buffer.from(`2026-01-31T12:00:00Z ${line('one')}\n${line('two')}`))),
    ],
  ])('%s', async (_how, packed) => {
    expect(await scanned(packed)).toEqual(BOTH);
  });
});

describe('what is no log', () => {
  it.each<[string, Buffer, string]>([
    ['ORC', Buffer.from('ORC....ORC'), 'found ORC'],
    [
      'a packed tar archive',
      gzip(Buffer.concat([Buffer.alloc(257), Buffer.from('ustar')].map((part) => new Uint8Array(part)))),
      'tar xf',
    ],
    [
      'a packed table of Lake',
      gzip(Buffer.from('eventVersion,userIdentity,eventName\n1,2,3\n')),
      'found a table of events',
    ],
  ])('is named: %s', async (_what, packed, words) => {
    const { damage, isForeign, records } = await scanned(packed);
    expect(damage).toContain(words);
    expect({ isForeign, records }).toEqual({ isForeign: true, records: 0 });
  });

  it.each<[string, Buffer]>([
    ['JSON of something else', Buffer.from('{"name":"a package","version":"1.0.0"}')],
    ['text', Buffer.from('hello')],
  ])('is told from a log of which nothing is left: %s', async (_what, packed) => {
    expect((await whole(packed)).isForeign).toBe(true);
  });

  it.each<[string, Buffer]>([
    ['a log cut in its first record', LOG.subarray(0, 200)],
    ['a packed log cut at once', gzip(LOG).subarray(0, 20)],
    ['a log without records', Buffer.from('{"Records":[]}')],
    ['an empty file', Buffer.alloc(0)],
  ])('is not %s', async (_what, packed) => {
    expect((await whole(packed)).isForeign).toBeUndefined();
  });
});

it('unpacks no more than a few layers, and nothing long within another', async () => {
  let packed = LOG;
  for (let layer = 0; layer < 5; layer += 1) packed = gzip(packed);
  expect((await scanned(packed)).damage).toContain('packed more than 4 times');
  const long = gzip(gzip(Buffer.alloc(65 * 1024 * 1024, 0x20)));
  expect((await whole(long, { ...SETTINGS, maxLogBytes: 2 ** 30 })).damage).toContain('unpack it once first');
});

it('names what is behind the zero bytes after a packed log', async () => {
  const { damage, ...found } = await scanned(Buffer.concat([gzip(LOG), Buffer.alloc(512), LOG.subarray(40)]));
  expect(found.ids).toEqual(BOTH.ids);
  expect(damage).toBe(`damaged: ${LOG.length - 40} bytes of something else behind its gzip data`);
});

it('reads all of a packed log whose checksum is wrong, and names it', async () => {
  const packed = gzip(LOG);
  packed.writeUInt8(packed.readUInt8(packed.length - 6) ^ 1, packed.length - 6);
  expect(await scanned(packed)).toEqual({ ...BOTH, damage: 'damaged: incorrect data check' });
});

describe('a log packed with Zstandard', () => {
  /** Scanned as every such file is: in pieces, since few say how long they are. */
  async function inPiecesOnly(packed: Buffer, maxLogBytes = SETTINGS.maxLogBytes) {
    expect(scanShort(packed, SETTINGS)).toBeUndefined();
    return inPieces(packed, { ...SETTINGS, maxLogBytes });
  }

  it.each<[string, Buffer]>([
    ['by zstd', CHECKED],
    ['in several frames', Buffer.concat([frameOf(LOG.subarray(0, 99)), frameOf(LOG.subarray(99))])],
    ['around a gzip', frameOf(gzip(LOG))],
    ['around lines with a prefix', frameOf(Buffer.from(`2026-01-31T12:00:00Z ${line('one')}\n${line('two')}`))],
  ])('is read: %s', async (_how, packed) => {
    expect(await inPiecesOnly(packed)).toEqual(BOTH);
  });

  it('gives the records before its end if it is cut off', async () => {
    const cut = Buffer.concat([frameOf(LOG.subarray(0, 500)), frameOf(LOG.subarray(500)).subarray(0, 9)]);
    expect(await inPiecesOnly(cut)).toMatchObject({
      ids: ['one'],
      damage: 'cut off: unexpected end of Zstandard data',
    });
  });

  it('is named if its checksum is wrong, in the words that mark its evidence', async () => {
    const packed = frameOf(LOG);
    packed.writeUInt8(packed.readUInt8(packed.length - 1) ^ 1, packed.length - 1);
    expect(await inPiecesOnly(packed)).toEqual({ ...BOTH, damage: 'damaged: incorrect data check' });
  });

  it('may not inflate to more than any other log', async () => {
    const { records, damage } = await inPiecesOnly(bombOf(1000), 1_000_000);
    expect(records).toBe(0);
    expect(damage).toContain('longer than the 1000000 bytes allowed (maxLogBytes)');
  });

  it('is named within another packed file, whole or in pieces', async () => {
    expect((await scanned(gzip(CHECKED))).damage).toContain('found Zstandard within a packed file');
  });

  it('is told from another file', async () => {
    expect(await inPiecesOnly(frameOf(Buffer.from('PAR1....PAR1')))).toMatchObject({ isForeign: true, records: 0 });
  });
});
