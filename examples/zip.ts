/** A zip archive whose bytes depend on nothing but its entries: stored, with one fixed date. */

/** 1 January 1980, the first that the format knows. */
const DOS_DATE = 0x0021;

/**
 * An archive of these entries, stored without compression, in their order. Names must be ASCII.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function storedZip(entries: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array {
  const files: number[] = [];
  const directory: number[] = [];
  for (const [name, content] of entries) {
    const letters = [...new TextEncoder().encode(name)];
    const shared = sharedFields(letters.length, content);
    // In the directory: version made by; then no comment, disk 0, no attributes, and where the file begins.
    directory.push(
      ...SIGNATURE.directory,
      ...u16(20),
      ...shared,
      ...new Array(10).fill(0),
      ...u32(files.length),
      ...letters,
    );
    files.push(...SIGNATURE.file, ...shared, ...letters, ...content);
  }
  const counts = [...u16(0), ...u16(0), ...u16(entries.length), ...u16(entries.length)];
  const end = [...SIGNATURE.end, ...counts, ...u32(directory.length), ...u32(files.length), ...u16(0)];
  return Uint8Array.from([...files, ...directory, ...end]);
}

const SIGNATURE = {
  file: [0x50, 0x4b, 3, 4],
  directory: [0x50, 0x4b, 1, 2],
  end: [0x50, 0x4b, 5, 6],
} as const;

/** The 26 bytes that a file's own header and its line in the directory share, from "version needed" on. */
function sharedFields(nameLength: number, content: Uint8Array): readonly number[] {
  const method = [...u16(20), ...u16(0), ...u16(0), ...u16(0), ...u16(DOS_DATE)];
  const sizes = [...u32(crc32(content)), ...u32(content.length), ...u32(content.length)];
  return [...method, ...sizes, ...u16(nameLength), ...u16(0)];
}

function u16(value: number): readonly number[] {
  return [value & 255, (value >>> 8) & 255];
}

function u32(value: number): readonly number[] {
  return [...u16(value), ...u16(value >>> 16)];
}

/** zlib.crc32 is not in every Node 20. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
