import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packedNumbers } from '../../../src/pipeline/objects/parquet-numbers.ts';

function varint(value: number): number[] {
  const bytes = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** The numbers as runs of one number, or as groups of eight. */
function encoded(
  parts: readonly { readonly run: boolean; readonly numbers: readonly number[] }[],
  width: number,
): Buffer {
  return Buffer.concat(
    parts.map(({ run, numbers }) => {
      if (run) {
        const value = Buffer.alloc(Math.ceil(width / 8));
        value.writeUIntLE(numbers[0] ?? 0, 0, value.length);
        return Buffer.concat([Buffer.from(varint(numbers.length * 2)), value]);
      }
      const bits = numbers.reduce((all, number, at) => all | (BigInt(number) << BigInt(at * width)), 0n);
      const groups = numbers.length / 8;
      const bytes = Array.from({ length: groups * width }, (_, at) => Number((bits >> BigInt(at * 8)) & 255n));
      return Buffer.from([...varint(groups * 2 + 1), ...bytes]);
    }),
  );
}

const parts = fc.integer({ min: 1, max: 24 }).chain((width) => {
  const number = fc.nat(2 ** width - 1);
  const run = fc.tuple(number, fc.integer({ min: 1, max: 300 })).map(([one, length]) => ({
    run: true,
    numbers: Array<number>(length).fill(one),
  }));
  const packed = fc
    .integer({ min: 1, max: 5 })
    .chain((groups) => fc.array(number, { minLength: 8 * groups, maxLength: 8 * groups }))
    .map((numbers) => ({ run: false, numbers }));
  return fc.record({
    width: fc.constant(width),
    parts: fc.array(fc.oneof(run, packed), { minLength: 1, maxLength: 6 }),
  });
});

it('gives the numbers that were written, whatever their width', () => {
  fc.assert(
    fc.property(parts, ({ width, parts: written }) => {
      const numbers = written.flatMap((part) => part.numbers);
      expect([...packedNumbers(encoded(written, width), width, numbers.length)]).toEqual(numbers);
    }),
  );
});

it('gives numbers or refuses, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), fc.nat(2000), (bytes, width, count) => {
      try {
        expect(packedNumbers(Buffer.from(bytes), width, count)).toHaveLength(count);
      } catch (fault) {
        expect(fault).toMatchObject({ code: 'log-unreadable' });
      }
    }),
  );
});

it('leaves out the padding of the last eight', () => {
  expect([...packedNumbers(Buffer.from([3, 0b0110]), 1, 3)]).toEqual([0, 1, 1]);
});
