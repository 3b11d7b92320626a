import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { unpackPage } from '../../../src/pipeline/objects/parquet-unpackers.ts';

describe('unpackPage', () => {
  it('is not kept going for ever by a Snappy literal of a negative length', () => {
    // A literal of 2^32 - 5 bytes: taken for -5, it leads back to its own start.
    const page = Buffer.from([5, 63 << 2, 0xfa, 0xff, 0xff, 0xff]);
    expect(() => unpackPage('SNAPPY', page, 5)).toThrow('a Snappy literal longer than a page');
  });

  it('unpacks no further than the page says', () => {
    const page = gzipSync(new Uint8Array(1_000_000));
    expect(() => unpackPage('GZIP', page, 1000)).toThrow();
    expect(() => unpackPage('UNCOMPRESSED', Buffer.alloc(5), 4)).toThrow('another length than it states');
  });

  it('names a compression that it does not know', () => {
    expect(() => unpackPage('LZO', Buffer.alloc(5), 5)).toThrow('its compression LZO is not read');
  });
});
