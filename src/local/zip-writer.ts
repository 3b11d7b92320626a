/** Puts files into a zip: deflated, with fixed times, so that the same files give the same bytes with the same zlib. */

import { deflateRawSync } from 'node:zlib';
import { PipelineError } from '../errors.ts';

/** A file to be put in: a relative name with `/`, and its content. */
export interface ZipFile {
  readonly name: string;
  readonly content: string | Uint8Array;
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

/**
 * The bytes of a zip with the files in the given order. Throws PipelineError `output-failed` for a name that is empty, absolute,
 * repeated or leaves its folder, and for what needs ZIP64: 65,535 files, a file or an archive of 4 GiB.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function zipOf(files: readonly ZipFile[]): Buffer {
  if (files.length >= MAX_16) throw new PipelineError('output-failed', `a zip of ${files.length} files needs ZIP64`);
  const seen = new Set<string>();
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of files) {
    if (!isPlain(name) || seen.has(name)) {
      throw new PipelineError(
        'output-failed',
        `cannot put ${JSON.stringify(name)} into a zip: not a plain relative name, or a second time`,
      );
    }
    seen.add(name);
    const nameBytes = Buffer.from(name);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const deflated = deflateRawSync(bytes);
    const fields = fieldsOf(bytes, deflated, nameBytes);
    const local = Buffer.concat([signature(LOCAL_HEADER), fields, nameBytes, deflated]);
    directory.push(centralHeader(fields, offset), nameBytes);
    parts.push(local);
    offset += local.length;
    if (offset > MAX_32 || bytes.length > MAX_32)
      throw new PipelineError('output-failed', `${name} makes the zip larger than 4 GiB`);
  }
  const central = Buffer.concat(directory);
  return Buffer.concat([...parts, central, endOfDirectory(files.length, central.length, offset)]);
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
function fieldsOf(bytes: Uint8Array, deflated: Buffer, name: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8_NAMES, 2);
  fields.writeUInt16LE(DEFLATED, 4);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(deflated.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
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

const TABLE: readonly number[] = Array.from({ length: 256 }, (_, n) => {
  let value = n;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

/** Node 20's zlib has no crc32 of its own before 20.15. */
function crc32(bytes: Uint8Array): number {
  let crc = MAX_32;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ MAX_32) >>> 0;
}
