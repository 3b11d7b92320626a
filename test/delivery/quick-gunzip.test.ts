import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startQuickGunzip } from '../../src/delivery/quick-gunzip.ts';

const MOST_BYTES = 3 * 1024 * 1024;
const started = startQuickGunzip(MOST_BYTES);
const inflate = (packed: Buffer) => started?.inflate(packed);
const gzip = (content: Uint8Array, level = 6) => gzipSync(content, { level });

describe('startQuickGunzip', () => {
  it('works with this Node', () => {
    expect(started).toBeDefined();
  });

  it('gives what was packed or nothing, again and again, after whatever came before', () => {
    const short = fc.uint8Array({ maxLength: 5000 });
    const file = fc.record({
      content: fc.oneof(
        { weight: 5, arbitrary: short },
        { weight: 1, arbitrary: fc.constant(new Uint8Array(2_500_000)) },
      ),
      damage: fc.option(fc.record({ at: fc.nat(), bit: fc.nat(7) })),
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.array(file, { maxLength: 6 }), (files) => {
        for (const { content, damage } of files) {
          const packed = gzip(content);
          if (damage !== null) {
            const at = 10 + (damage.at % (packed.length - 10));
            packed.writeUInt8(packed.readUInt8(at) ^ (1 << damage.bit), at);
          }
          const found = inflate(packed);
          // A few bits before the checksum mean nothing.
          expect(found?.equals(content) ?? damage !== null).toBe(true);
          if (found === undefined) refused += 1;
        }
      }),
      { numRuns: 150 },
    );
    expect(refused).toBeGreaterThan(50);
  });

  it('joins members as gunzip does', () => {
    const both = Buffer.concat([gzip(Buffer.from('one ')), gzip(Buffer.from('two'))]);
    expect(inflate(both)?.toString()).toBe('one two');
  });

  const sound = gzip(Buffer.from('{"Records":[]}'));
  it.each<[what: string, packed: Buffer]>([
    ['a cut-off file', sound.subarray(0, -1)],
    ['an empty file', Buffer.alloc(0)],
    ['a plain file', Buffer.from('{"Records":[]}')],
    ['bytes behind the gzip', Buffer.concat([sound, Buffer.from('x')])],
    ['padding behind the gzip', Buffer.concat([sound, Buffer.alloc(4)])],
    ['a longer content than fits', gzip(Buffer.alloc(MOST_BYTES))],
    ['a longer content than it says', Buffer.concat([gzip(Buffer.alloc(MOST_BYTES + 1)), sound])],
  ])('leaves %s to the careful reader', (_what, packed) => {
    expect(inflate(packed)).toBeUndefined();
    expect(inflate(sound)?.toString()).toBe('{"Records":[]}');
  });
});
