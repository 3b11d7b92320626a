/** Builds zip files for tests. Any field of an entry can be given a false value. */

import { deflateRawSync, gzipSync } from 'node:zlib';

/** An entry to write. */
export interface ZipEntry {
  readonly name: string;
  readonly data: string | Uint8Array;
  /** 0 stored, 8 deflated (the default). */
  readonly method?: number;
  readonly flags?: number;
  /** False values to write into the entry's headers. */
  readonly claims?: {
    readonly size?: number;
    readonly crc?: number;
    readonly offset?: number;
    readonly packed?: Uint8Array;
  };
}

/** The bytes of an archive with these entries, in order. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { name, data, method = 8, flags = 0, claims = {} } = entry;
    const plain = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const packed = Buffer.from(claims.packed ?? (method === 8 ? deflateRawSync(plain) : plain));
    const title = Buffer.from(name);
    const gzip = gzipSync(plain);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(claims.crc ?? gzip.readUInt32LE(gzip.length - 8), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claims.size ?? plain.length, 18);
    fields.writeUInt16LE(title.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(claims.offset ?? offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0000'), fields, place, title);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, title, packed]);
    parts.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}
