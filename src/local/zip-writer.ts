/** Puts files into a zip: deflated, with fixed times, so that the same files give the same bytes with the same zlib. */

import { once } from 'node:events';
import { createGzip, gzipSync } from 'node:zlib';
import { PipelineError } from '../errors.ts';

/** A file to be put in: a relative name with `/`, and its content. */
export interface ZipFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** A file whose content is made while it is put in. */
export interface ZipPart {
  readonly name: string;
  readonly parts: Iterable<string | Uint8Array>;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const VERSION = 20;
/** Bit 11: names are UTF-8. */
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;
/** 1 January 1980, the first day a zip can name: when it was made is in the files, not in the envelope. */
const DOS_DATE = 0x0021;
const MAX_32 = 0xffff_ffff;
const MAX_16 = 0xffff;

/** Half the time for a fifth more bytes: for what is large and read once. */
const FAST = { level: 1, chunkSize: 65_536 } as const;
/** Gzip's header before the deflated bytes, and its checksum and length behind them. */
const GZIP_HEADER = 10;
const GZIP_TRAILER = 8;

/**
 * The bytes of a zip with the files in the given order. Throws PipelineError `output-failed` for a name that is empty, absolute,
 * repeated or leaves its folder, and for what needs ZIP64: 65,535 files, a file or an archive of 4 GiB.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function zipOf(files: readonly ZipFile[]): Buffer {
  const zip: Zip = { entries: new Map(), end: 0 };
  const parts = files.flatMap(({ name, content }) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return entryOf(zip, name, gzipSync(bytes), bytes.length);
  });
  return Buffer.concat([...parts, directoryOf(zip)]);
}

/**
 * The same zip piece by piece: of each file only what it was deflated to is held. A file is read to its end before the next is
 * asked for. Throws like `zipOf`, and what a file's parts throw.
 */
export async function* zipParts(files: Iterable<ZipPart>): AsyncGenerator<Buffer> {
  const zip: Zip = { entries: new Map(), end: 0 };
  for (const { name, parts } of files) {
    const { bytes, length } = await gzipped(parts);
    yield* entryOf(zip, name, bytes, length);
  }
  yield directoryOf(zip);
}

/** A piece is made while another thread deflates the one before it, which a pipeline would wait for. */
async function gzipped(parts: ZipPart['parts']): Promise<{ readonly bytes: Buffer; readonly length: number }> {
  const gzip = createGzip(FAST);
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
  try {
    let taken: Promise<void> | undefined;
    for (const part of parts) {
      await taken;
      taken = new Promise((resolve, reject) => gzip.write(part, (error) => (error ? reject(error) : resolve())));
    }
    await taken;
    gzip.end();
    await once(gzip, 'end');
    return { bytes: Buffer.concat(chunks), length: gzip.bytesWritten };
  } finally {
    gzip.destroy();
  }
}

/** What was put in so far, and where the next file begins. */
interface Zip {
  readonly entries: Map<string, { readonly fields: Buffer; readonly offset: number }>;
  end: number;
}

/** What a file is in the zip, which it is added to: its header, its name and its deflated bytes. */
function entryOf(zip: Zip, name: string, gzip: Buffer, length: number): Buffer[] {
  if (!isPlain(name) || zip.entries.has(name)) {
    throw new PipelineError(
      'output-failed',
      `cannot put ${JSON.stringify(name)} into a zip: not a plain relative name, or a second time`,
    );
  }
  const deflated = gzip.subarray(GZIP_HEADER, -GZIP_TRAILER);
  const offset = zip.end;
  zip.end += 4 + 26 + Buffer.byteLength(name) + deflated.length;
  if (zip.end > MAX_32 || length > MAX_32)
    throw new PipelineError('output-failed', `${name} makes the zip larger than 4 GiB`);
  const fields = fieldsOf(name, gzip.readUInt32LE(gzip.length - GZIP_TRAILER), deflated.length, length);
  zip.entries.set(name, { fields, offset });
  return [signature(LOCAL_HEADER), fields, Buffer.from(name), deflated];
}

function isPlain(name: string): boolean {
  return (
    name !== '' &&
    Buffer.byteLength(name) <= MAX_16 &&
    !/^[/\\]|\\|^[a-z]:/i.test(name) &&
    !name.split('/').some((part) => part === '..' || part === '')
  );
}

/** The 26 bytes that a local header and a central one share. */
function fieldsOf(name: string, crc32: number, deflated: number, length: number): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8_NAMES, 2);
  fields.writeUInt16LE(DEFLATED, 4);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc32, 10);
  fields.writeUInt32LE(deflated, 14);
  fields.writeUInt32LE(length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

/** The central directory and the end of the zip. */
function directoryOf({ entries, end }: Zip): Buffer {
  if (entries.size >= MAX_16) throw new PipelineError('output-failed', `a zip of ${entries.size} files needs ZIP64`);
  const central = Buffer.concat(
    [...entries].flatMap(([name, { fields, offset }]) => [centralHeader(fields, offset), Buffer.from(name)]),
  );
  return Buffer.concat([central, endOfDirectory(entries.size, central.length, end)]);
}

function centralHeader(fields: Buffer, offset: number): Buffer {
  const tail = Buffer.alloc(14);
  // An ordinary file that its owner may write and all may read, for unzip on Unix.
  tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
  tail.writeUInt32LE(offset, 10);
  const madeBy = Buffer.from([VERSION, 3]);
  return Buffer.concat([signature(CENTRAL_HEADER), madeBy, fields, tail]);
}

function endOfDirectory(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(18);
  end.writeUInt16LE(count, 4);
  end.writeUInt16LE(count, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([signature(END_OF_DIRECTORY), end]);
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
