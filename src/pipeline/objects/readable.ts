/** Makes JSON of a file's content: unpacks what was packed twice, blanks the prefixes of lines, and refuses other forms by name. */

import { pipeline, Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { decompress, type Inflated, paddingEnd, trailingDamage } from '../../delivery/decompress.ts';
import { formOf, refusal } from '../../delivery/forms/file-form.ts';
import { startBlanking, withoutPrefixes } from '../../delivery/forms/line-prefixes.ts';
import { PipelineError } from '../../errors.ts';

const PIECE_BYTES = 512 * 1024;
/** The checksum and length at the end of a gzip. */
const GZIP_TRAILER_BYTES = 8;
/** What was packed twice is held twice, so a longer content has to be unpacked first. */
const MOST_BYTES_AGAIN = 64 * 1024 * 1024;
/** A log that was packed more often than this was made by mistake, or to keep us busy. */
const MOST_PACKINGS = 4;

/** The content as JSON: unpacked again where it was packed twice, without prefixes. Throws PipelineError for a form that we don't read. */
export function readable(inflated: Inflated, maxBytes: number, packings = 1): Inflated {
  const form = formOf(inflated.bytes);
  switch (form.kind) {
    case 'json':
      return inflated;
    case 'refused':
      throw refusal(form);
    case 'zstd':
    case 'parquet':
      throw packedAgain(form.kind);
    case 'prefixed':
      return { ...inflated, bytes: withoutPrefixes(inflated.bytes) };
    case 'gzip': {
      if (packings >= MOST_PACKINGS) throw tooManyPackings();
      const inner = decompressedAgain(inflated.bytes, maxBytes);
      return readable({ ...inner, damage: inflated.damage ?? inner.damage }, maxBytes, packings + 1);
    }
  }
}

/** The content of what was packed twice. Memory is meant for one long content, so a long one has to be unpacked first. */
function decompressedAgain(bytes: Buffer, maxBytes: number): Inflated {
  try {
    return decompress(bytes, { maxBytes: Math.min(maxBytes, MOST_BYTES_AGAIN) });
  } catch (cause) {
    const reason = `inflating a log: it is packed twice, and too long for that (more than ${MOST_BYTES_AGAIN} bytes)`;
    throw new PipelineError('log-unreadable', `${reason}; unpack it once first: gunzip FILE`, { cause });
  }
}

/** The same for a file in pieces. The first piece decides. */
export async function* readablePieces(pieces: Pieces, packings = 0): Pieces {
  const first = await pieces.next();
  if (first.done === true) return;
  const all = startingWith(first.value, pieces);
  const form = formOf(first.value);
  switch (form.kind) {
    case 'json':
      yield* all;
      return;
    case 'refused':
      throw refusal(form);
    case 'zstd': {
      if (packings > 0) throw packedAgain(form.kind);
      const { unzstd } = await import('./unzstd.ts');
      yield* readablePieces(unzstd(all), packings + 1);
      return;
    }
    case 'parquet': {
      if (packings > 0) throw packedAgain(form.kind);
      const { parquetRecords } = await import('./parquet-records.ts');
      yield* parquetRecords(all);
      return;
    }
    case 'prefixed':
      yield* blanked(all);
      return;
    case 'gzip':
      if (packings >= MOST_PACKINGS) throw tooManyPackings();
      yield* readablePieces(gunzipped(all), packings + 1);
  }
}

/** The content of a file that is packed with gzip or Zstandard; any other file as it is. */
export async function* unpackedPieces(pieces: Pieces): Pieces {
  const first = await pieces.next();
  if (first.done === true) return;
  const all = startingWith(first.value, pieces);
  const { kind } = formOf(first.value);
  if (kind === 'gzip') yield* gunzipped(all);
  else if (kind === 'zstd') yield* (await import('./unzstd.ts')).unzstd(all);
  else yield* all;
}

/** A file's bytes, one piece after another. */
export type Pieces = AsyncGenerator<Buffer, void, undefined>;

async function* startingWith(first: Buffer, others: Pieces): Pieces {
  yield first;
  yield* others;
}

async function* blanked(pieces: Pieces): Pieces {
  const blanker = startBlanking();
  for await (const piece of pieces) yield blanker.push(piece);
  yield blanker.end();
}

/** All members, and those behind zero bytes, which zlib takes for the end. Anything else there throws. */
async function* gunzipped(pieces: Pieces): Pieces {
  const pending: Buffer[] = [];
  const next = async (): Promise<Buffer | undefined> => {
    const held = pending.shift();
    if (held !== undefined) return held;
    const one = await pieces.next();
    return one.done === true ? undefined : one.value;
  };
  for (let piece = await next(); piece !== undefined; piece = await next()) {
    const data = piece.subarray(paddingEnd(piece, 0));
    if (data.length === 0) continue;
    const damage = trailingDamage(data);
    if (damage !== undefined) throw new PipelineError('log-unreadable', damage);
    pending.unshift(data);
    const unread: Buffer[] = [];
    yield* gunzippedMembers(next, unread);
    pending.unshift(...unread);
  }
}

/** The members that follow each other without padding. Puts into `unread` what was taken from `next` and is behind them. */
async function* gunzippedMembers(next: () => Promise<Buffer | undefined>, unread: Buffer[]): Pieces {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES, flush: constants.Z_NO_FLUSH });
  const fed: { readonly piece: Buffer; readonly end: number }[] = [];
  let ahead: Buffer | undefined;
  async function* feed(): Pieces {
    let end = 0;
    for (let piece = await next(); piece !== undefined; piece = ahead) {
      end += piece.length;
      while ((fed[0]?.end ?? end) <= gunzip.bytesWritten) fed.shift();
      fed.push({ piece, end });
      ahead = undefined;
      ahead = await next();
      // With an error, zlib drops what it inflated since the last piece. A wrong checksum is to cost nothing before it.
      const cut = ahead === undefined ? Math.max(0, piece.length - GZIP_TRAILER_BYTES) : piece.length;
      for (const part of [piece.subarray(0, cut), piece.subarray(cut)]) if (part.length > 0) yield part;
    }
  }
  // The error of either stream ends the other; reading `gunzip` throws it.
  pipeline(Readable.from(feed()), gunzip, () => undefined);
  yield* gunzip;
  const read = gunzip.bytesWritten;
  for (const { piece, end } of fed) if (end > read) unread.push(piece.subarray(Math.max(0, piece.length - end + read)));
  if (ahead !== undefined) unread.push(ahead);
}

/** Reading these needs a decoder that is loaded on demand, which a scan of a whole file cannot wait for. */
function packedAgain(kind: 'zstd' | 'parquet'): PipelineError {
  const name = kind === 'zstd' ? 'Zstandard' : 'Parquet';
  return refusal({ name: `${name} within a packed file`, advice: 'unpack it once first' });
}

function tooManyPackings(): PipelineError {
  return new PipelineError('log-unreadable', `inflating a log: it is packed more than ${MOST_PACKINGS} times`);
}
