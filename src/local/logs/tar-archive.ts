/** Reads the entries of an untrusted tar archive as log files, in one pass and in memory, without ever extracting one to disk. */

import { createReadStream, type Stats } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { tooLarge } from '../../delivery/decompress.ts';
import type { FoundLog, LogFile } from '../../delivery/fetch-log.ts';
import { fileKindOf, HEAD_BYTES, kindOfHead, unsafeName } from '../../delivery/log-file.ts';
import { isDigestKind } from '../../delivery/log-key.ts';
import { quoted } from '../../delivery/shape.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import { type Pieces, unpackedPieces } from '../../pipeline/objects/readable.ts';

/** An entry is held until it is scanned. CloudTrail's own files are at most 50 MB. */
const MOST_ENTRY_BYTES = 64 * 1024 * 1024;
/** A packed archive of logs is a few times smaller than its content, and one of packed logs about as long. */
const MOST_INFLATION = 200;
/** A short archive may inflate to this, whatever its length. */
const MOST_BYTES_AT_LEAST = 256 * 1024 * 1024;
const MOST_DIGEST_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 512 * 1024;

/**
 * The entries of a tar archive, plain or packed with gzip or Zstandard, in its order. Each is named `archive.tar!/entry`, and a bad one (an
 * unsafe name, too long, an archive itself) is rejected by itself. Where the archive is cut off or damaged it is rejected, after the
 * entries before and what there is of the last one. Links are skipped. Never throws.
 */
export async function* readTar(path: string, stats: Stats): AsyncGenerator<FoundLog, void, undefined> {
  let entries = 0;
  try {
    const content = Readable.toWeb(Readable.from(contentOf(path, stats.size), { objectMode: true }));
    for await (const entry of decoded(content)) {
      entries += 1;
      yield* foundIn(path, entry, `${stats.mtimeMs}:${entries}`);
    }
  } catch (fault) {
    const reason = `reading a tar archive: ${messageOf(fault).replace(/\.$/, '')}; what follows in it was not read`;
    yield { kind: 'rejected', path, reason };
  }
}

function decoded(content: ReadableStream): ReadableStream<ParsedTarEntry> {
  return content.pipeThrough(createTarDecoder({ strict: true }));
}

/** The archive's bytes, unpacked. Throws for one that inflates to more than an archive of logs does. */
async function* contentOf(path: string, packedBytes: number): Pieces {
  const most = Math.max(MOST_BYTES_AT_LEAST, packedBytes * MOST_INFLATION);
  let bytes = 0;
  for await (const piece of unpackedPieces(piecesOf(path))) {
    bytes += piece.length;
    if (bytes > most)
      throw new PipelineError(
        'archive-unreadable',
        `it unpacks to more than ${most} bytes, of ${packedBytes}; unpack it first: tar xf FILE`,
      );
    yield piece;
  }
}

async function* piecesOf(path: string): Pieces {
  yield* createReadStream(path, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>;
}

async function* foundIn(
  archive: string,
  { header, body }: ParsedTarEntry,
  version: string,
): AsyncGenerator<FoundLog, void, undefined> {
  const name = header.name.replace(/^(?:\.\/+)+/, '');
  const judged = judgeEntry(archive, name, header);
  const path = `${archive}!/${name}`;
  if (judged !== 'log' && judged !== 'by-content') {
    const isDigest = judged?.kind === 'skipped' && isDigestKind(judged.why) && header.size <= MOST_DIGEST_BYTES;
    if (isDigest) yield { ...judged, file: entryFile(path, await bytesOf(body), version) };
    else {
      await body.cancel();
      if (judged !== undefined) yield judged;
    }
    return;
  }
  const bytes = await bytesOf(body);
  const kind = judged === 'log' ? judged : kindOfHead(bytes.subarray(0, HEAD_BYTES));
  if (kind === 'not-a-log') yield { kind: 'skipped', path, why: kind };
  else if (kind === 'log') yield { kind: 'log', file: entryFile(path, bytes, version) };
  else yield { kind: 'rejected', path, reason: NESTED };
}

const NESTED = 'an archive within an archive is not opened';

/** What to do with an entry, by its header: read it as a log, look into it, or nothing but what is returned. Undefined for a folder. */
function judgeEntry(
  archive: string,
  name: string,
  { type, size }: ParsedTarEntry['header'],
): 'log' | 'by-content' | FoundLog | undefined {
  if (type === 'directory') return undefined;
  const unsafe = unsafeName(name);
  if (unsafe !== undefined)
    return { kind: 'rejected', path: `${archive}!/${quoted(name)}`, reason: `the entry's name ${unsafe}` };
  const path = `${archive}!/${name}`;
  if (type !== 'file') return { kind: 'skipped', path, why: 'not-a-log' };
  const kind = fileKindOf(name, { named: false, size });
  if (kind === 'archive') return { kind: 'rejected', path, reason: NESTED };
  if (kind !== 'log' && kind !== 'by-content') return { kind: 'skipped', path, why: kind };
  if (size <= MOST_ENTRY_BYTES) return kind;
  const reason = `it is ${size} bytes long, and at most ${MOST_ENTRY_BYTES} are read of an entry of a tar archive; unpack it first: tar xf FILE`;
  return { kind: 'rejected', path, reason };
}

/** The bytes of an entry, up to where the archive is cut off. The archive's own stream fails there too. */
async function bytesOf(body: ParsedTarEntry['body']): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const reader = body.getReader();
  const next = () => reader.read().catch(() => undefined);
  for (let step = await next(); step?.value !== undefined; step = await next()) parts.push(step.value);
  return Buffer.concat(parts);
}

function entryFile(path: string, bytes: Buffer, version: string): LogFile {
  const read = async ({ maxBytes }: { readonly maxBytes: number }): Promise<Buffer> => {
    if (bytes.length > maxBytes) throw tooLarge(maxBytes);
    return bytes;
  };
  return { path, size: bytes.length, version, read };
}
