import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCidr } from '../../src/net/cidr.ts';
import { boxOf, isCovered, type PacketBox } from '../../src/net/packet-set.ts';

const cidr = fc.constantFrom('0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '192.0.0.0/2', '10.0.0.0/8').map(parseCidr);
const ports = fc.option(
  fc.constantFrom({ fromPort: 0, toPort: 79 }, { fromPort: 80 }, { fromPort: 81, toPort: 65_535 }),
  {
    nil: undefined,
  },
);
const boxes: fc.Arbitrary<PacketBox> = fc
  .record({ protocol: fc.constantFrom(undefined, 6, 17), source: cidr, destination: cidr, destinationPorts: ports })
  .map(boxOf)
  .filter((box) => box !== undefined);

const holds = (box: PacketBox, packet: readonly bigint[]): boolean =>
  box.every(({ first, last }, axis) => first <= (packet[axis] ?? -1n) && (packet[axis] ?? -1n) <= last);

/** Every packet whose fields are each the first of some box's range or just behind its last: what differs, differs at one of these. */
function* corners(all: readonly PacketBox[], axis = 0): Generator<readonly bigint[]> {
  if (axis === 5) {
    yield [];
    return;
  }
  const values = new Set(all.flatMap((box) => [box[axis]?.first ?? 0n, (box[axis]?.last ?? 0n) + 1n]));
  for (const rest of corners(all, axis + 1)) for (const value of values) yield [value, ...rest];
}

describe('isCovered', () => {
  it('answers as trying every packet that can differ does', () => {
    const answers = new Set<unknown>();
    fc.assert(
      fc.property(boxes, fc.array(boxes, { maxLength: 6 }), (box, by) => {
        const isEachCovered = [...corners([box, ...by])]
          .filter((packet) => holds(box, packet))
          .every((packet) => by.some((other) => holds(other, packet)));
        expect(isCovered(box, by)).toBe(isEachCovered);
        answers.add(isEachCovered);
      }),
    );
    expect(answers).toEqual(new Set([true, false]));
  });

  it('gives up on boxes that cut each other into too many pieces', () => {
    const all = { source: parseCidr('0.0.0.0/0'), destination: parseCidr('0.0.0.0/0') };
    const one = (port: number, other: number): PacketBox | undefined =>
      boxOf({ ...all, sourcePorts: { fromPort: port }, destinationPorts: { fromPort: other } });
    const grid = Array.from({ length: 40_000 }, (_, at) => one(at % 200, Math.floor(at / 200)));
    const square = boxOf({
      ...all,
      sourcePorts: { fromPort: 0, toPort: 199 },
      destinationPorts: { fromPort: 0, toPort: 199 },
    });
    expect(square).toBeDefined();
    expect(
      square &&
        isCovered(
          square,
          grid.filter((box) => box !== undefined),
        ),
    ).toBe('unknown');
  });
});
