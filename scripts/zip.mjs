// Writes a zip archive whose bytes depend on nothing but its files: sorted names, one fixed time, one fixed mode.
import { crc32, deflateRawSync } from 'node:zlib';

// 1 January 1980, the earliest time that a zip can name.
const DATE = (1 << 5) | 1;
const MODE = 0o100644;

// Node 20 before 20.15 has no zlib.crc32.
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});
const checksum = crc32 ?? ((bytes) => ~bytes.reduce((c, byte) => TABLE[(c ^ byte) & 0xff] ^ (c >>> 8), -1) >>> 0);

/** The archive of these files, an object of names and their bytes. */
export function zipOf(files) {
  const locals = [];
  const central = [];
  let offset = 0;
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path, content] of entries) {
    const name = Buffer.from(path);
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0); // version needed
    common.writeUInt16LE(0x0800, 2); // names are UTF-8
    common.writeUInt16LE(8, 4); // deflated
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(checksum(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    locals.push(Buffer.from('PK\x03\x04'), common, name, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((MODE << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02'), Buffer.from([20, 3]), common, rest, name);
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end]);
}
