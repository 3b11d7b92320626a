/** Builds Zstandard frames of raw blocks, and holds two that `zstd` made. */

import xxhash from 'xxhash-wasm';

/** Two records in a log file, as the fixtures below hold them. */
const instances = Array.from({ length: 8 }, () => ({ minCount: 1, maxCount: 1 }));
const record = (eventID: string) => ({
  ...{ eventVersion: '1.11', eventName: 'RunInstances', eventSource: 'ec2.amazonaws.com' },
  ...{ eventTime: '2026-03-17T12:01:00Z', eventID, awsRegion: 'eu-west-1', recipientAccountId: '111122223333' },
  ...{ requestParameters: { instancesSet: { items: instances } }, responseElements: null },
});
export const CONTENT = Buffer.from(JSON.stringify({ Records: [record('one'), record('two')] }));

/** CONTENT by `zstd -19`, with its length and a checksum. */
export const CHECKED = Buffer.from(
  'KLUv/WTnAhUHAFJOKxlQ1wPMTgWAXdXkjltg6xsoL6xVHXBUVYU1IYW7HUMM2+50ve/bx5TXF2f6s8cwpGLoUetRTkfuZe3v/c/l4HSdf7+lmTZb/6YRg5RS+vRq2XfDtR77/pVd9bNHl8DW3wHbW+949L/YpyeLJAhTCnOQkCEBQgCKQRguyOIa6I5e/FFLg6G+T/+aN/zor5dufZe7OT79LWWiSxlIn37xpfNH+z73Dk7TdZVxfcfBEgBkoI4+/Eod8CfFMMQdDIT+ZszcofaIj7oAANc4eAYzDBd4RokB4WKLIqNPYpfDJANVUh9L',
  'base64',
);

/** CONTENT by `zstd -3 --no-check` from a pipe: without length and checksum. */
export const STREAMED = Buffer.from(
  'KLUv/QBYLQcAIk8uIkBrqwOwmA0iokKUq5kIVmGkFF/yfGbdwZpdr08VMoZhGBCP4jmNnqaJq8696rQpUN7HYIVHz6NAj8NyR6neG9/ANue0WxHtDXWG2uoWXAfNGhkURVFSSikz8+qLpTc+xgR6tTEaU3j0PJrVOaIuKMPOOrruuzrBkpAkKhOVMhGQh5IcAClJLeEeQ9hZ+x6WW0hienVlMD4EK9vVvMtG5urqlgF6JpJX39cYKkKvNugbCuq8gI8p80YOAGSgjj78Sh3wJ8VgyKK/GTN3qD1iPXpLgxmAUbpAuM2iCO6T2OUwyQ==',
  'base64',
);

const { h64Raw } = await xxhash();
const MARK = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MOST_BLOCK_BYTES = 128 * 1024;

/** What of a frame to make otherwise than a compressor does. */
export interface FrameOptions {
  /** The byte that says how large a window the decoder needs. */
  readonly window?: number;
  /** @default true */
  readonly checksum?: boolean;
}

/** A frame of this content, not compressed. */
export function frameOf(content: Buffer, { window = 0x58, checksum = true }: FrameOptions = {}): Buffer {
  const parts: Buffer[] = [MARK, Buffer.from([checksum ? 4 : 0, window])];
  for (let at = 0; at === 0 || at < content.length; at += MOST_BLOCK_BYTES) {
    const block = content.subarray(at, at + MOST_BLOCK_BYTES);
    parts.push(blockHeader(0, block.length, at + MOST_BLOCK_BYTES >= content.length), block);
  }
  if (checksum) {
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(Number(BigInt.asUintN(32, h64Raw(new Uint8Array(content)))));
    parts.push(sum);
  }
  return Buffer.concat(parts);
}

/** A frame of this many bytes for each byte of its length, times 32,768: blocks of one repeated space. */
export function bombOf(blocks: number): Buffer {
  const parts: Buffer[] = [MARK, Buffer.from([0, 0x58])];
  for (let at = 1; at <= blocks; at++) parts.push(blockHeader(1, MOST_BLOCK_BYTES, at === blocks), Buffer.from(' '));
  return Buffer.concat(parts);
}

/** A frame without content, for an application's own data. */
export function skippable(bytes: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a53, 0);
  header.writeUInt32LE(bytes, 4);
  return Buffer.concat([header, Buffer.alloc(bytes, 7)]);
}

function blockHeader(type: number, size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (type << 1) | Number(isLast), 0, 3);
  return header;
}
