import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/errors.ts';
import { unzstd } from '../../../src/pipeline/objects/unzstd.ts';
import { bombOf, CHECKED, CONTENT, frameOf, STREAMED, skippable } from './zstd-builder.ts';

/** The file in pieces of this length. */
async function* inPieces(file: Buffer, length: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < file.length; at += length) yield file.subarray(at, at + length);
}

/** What is read of a file before it ends or fails. */
async function read(file: Buffer, pieceBytes = 512 * 1024): Promise<{ content: Buffer; fault: string | undefined }> {
  const parts: Buffer[] = [];
  try {
    for await (const part of unzstd(inPieces(file, pieceBytes))) parts.push(part);
    return { content: Buffer.concat(parts), fault: undefined };
  } catch (fault) {
    return { content: Buffer.concat(parts), fault: messageOf(fault) };
  }
}

const large = Buffer.alloc(300_000, 'abcdefg');

describe('a Zstandard file', () => {
  it.each<[string, Buffer, Buffer]>([
    ['with its length and a checksum', CHECKED, CONTENT],
    ['without either', STREAMED, CONTENT],
    ['of several blocks', frameOf(large), large],
    ['without content', frameOf(Buffer.alloc(0)), Buffer.alloc(0)],
    ['of several frames', Buffer.concat([CHECKED, STREAMED, frameOf(large)]), Buffer.concat([CONTENT, CONTENT, large])],
    ['with an application’s own frames', Buffer.concat([skippable(9), CHECKED, skippable(70_000)]), CONTENT],
  ])('is read, in pieces of any length: %s', async (_what, file, content) => {
    for (const pieceBytes of [1, 7, 1000, 512 * 1024].filter((length) => file.length / length < 10_000)) {
      const found = await read(file, pieceBytes);
      expect(found.fault).toBeUndefined();
      expect(found.content.equals(new Uint8Array(content))).toBe(true);
    }
  });

  it('gives what comes before its end if it is cut off, at any byte', async () => {
    for (let length = 1; length < CHECKED.length; length++) {
      const { content, fault } = await read(CHECKED.subarray(0, length));
      expect(fault).toMatch(length < 4 ? /something else/ : /^cut off: unexpected end of Zstandard data$/);
      expect(CONTENT.subarray(0, content.length).equals(new Uint8Array(content))).toBe(true);
    }
  });

  it('is never taken for sound with a changed bit, if it has a checksum', async () => {
    for (let at = 0; at < CHECKED.length * 8; at += 3) {
      const damaged = Buffer.from(CHECKED);
      damaged.writeUInt8(damaged.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      const { content, fault } = await read(damaged);
      const isSame = content.equals(new Uint8Array(CONTENT));
      expect({ at, isWrong: !isSame && fault === undefined }).toEqual({ at, isWrong: false });
    }
  });

  it('gives the content that its checksum contradicts, and says so', async () => {
    const damaged = frameOf(CONTENT);
    damaged.writeUInt8(0x21, 20);
    const { content, fault } = await read(damaged);
    expect(content).toHaveLength(CONTENT.length);
    expect(fault).toBe('damaged: incorrect data check');
  });

  it('gives the frames before a damaged one', async () => {
    const { content, fault } = await read(Buffer.concat([CHECKED, Buffer.from('and the rest')]));
    expect(content.toString()).toBe(CONTENT.toString());
    expect(fault).toBe('damaged: something else behind its Zstandard data');
  });

  it('is refused if it asks for more memory than usual, before any is given', async () => {
    // 2^31 bytes of window.
    const { fault } = await read(frameOf(CONTENT, { window: 21 << 3 }));
    expect(fault).toContain('it needs a window of 2147483648 bytes');
    expect(fault).toContain('unzstd --long=31 FILE');
  });

  it('is refused if it needs a dictionary', async () => {
    const file = frameOf(CONTENT);
    file.writeUInt8(file.readUInt8(4) | 1, 4);
    expect((await read(file)).fault).toContain('it needs a dictionary');
  });

  it('is unpacked only as far as somebody reads it', async () => {
    // 128 KB for each four bytes: 12.5 GB of spaces.
    let length = 0;
    for await (const part of unzstd(inPieces(bombOf(100_000), 512 * 1024))) {
      length += part.length;
      if (length > 1_000_000) break;
    }
    expect(length).toBeLessThan(1_200_000);
  });
});
