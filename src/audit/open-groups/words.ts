/** What is open to the world, in words and as facts for programs. */

import { groupBy, plural } from '../../collections.ts';
import { ALL_PROTOCOLS } from './open-ports.ts';
import type { Opening } from './open-to-world.ts';

/** Ports that are open to the world, as a finding's detail has them. Of ICMP, `fromPort` and `toPort` are type and code. */
export interface OpenPortsDetail {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for every protocol, or a number. */
  readonly protocol: string;
  readonly fromPort?: number | undefined;
  readonly toPort?: number | undefined;
  /** The blocks and prefix lists that together hold every address. */
  readonly sources: readonly string[];
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ['6', 'tcp'],
  ['17', 'udp'],
  ['1', 'icmp'],
  ['58', 'icmpv6'],
]);
const LAST_PORT = 65_535;
/** What one sentence or detail has; the rest is counted. */
const MOST_NAMED = 5;
const MOST_DETAILED = 50;

interface OpenPorts {
  readonly opening: Opening;
  readonly sources: readonly string[];
}

/** Both families of the same ports together. */
function together(open: readonly Opening[]): readonly OpenPorts[] {
  const groups = groupBy(open, ({ protocol, from, to }) => `${protocol} ${from} ${to}`);
  return [...groups.values()].flatMap((group) => {
    const [opening] = group;
    if (opening === undefined) return [];
    return { opening, sources: [...new Set(group.flatMap(({ doors }) => doors.map(({ peer }) => peer)))] };
  });
}

/** `tcp/22 from 0.0.0.0/0 and ::/0, tcp/3389 from 0.0.0.0/0`. */
export function openInWords(open: readonly Opening[]): string {
  const parts = together(open).map(({ opening, sources }) => `${portsInWords(opening)} from ${listed(sources)}`);
  const more = parts.length > MOST_NAMED ? ` and ${plural(parts.length - MOST_NAMED, 'more range')} of ports` : '';
  return `${parts.slice(0, MOST_NAMED).join(', ')}${more}`;
}

/** The same for programs, at most 50 ranges. */
export function openDetail(open: readonly Opening[]): readonly OpenPortsDetail[] {
  return together(open)
    .slice(0, MOST_DETAILED)
    .map(({ opening, sources }) => ({
      protocol: NAMES.get(opening.protocol) ?? opening.protocol,
      ...portsOf(opening),
      sources: sources.slice(0, MOST_DETAILED),
    }));
}

/** A rule's protocol and ports: `tcp/22`, `tcp/80-90`, `every protocol`, `icmp type 8`. */
export function portsInWords({ protocol, from, to }: Pick<Opening, 'protocol' | 'from' | 'to'>): string {
  if (protocol === ALL_PROTOCOLS) return 'every protocol';
  const name = NAMES.get(protocol) ?? `protocol ${protocol}`;
  if (protocol === '6' || protocol === '17') {
    if (from === 0 && to === LAST_PORT) return `every ${name} port`;
    return from === to ? `${name}/${from}` : `${name}/${from}-${to}`;
  }
  if ((protocol !== '1' && protocol !== '58') || (from === 0 && to === LAST_PORT)) return name;
  const [type, last] = [Math.floor(from / 256), Math.floor(to / 256)];
  if (type !== last) return `${name} types ${type}-${last}`;
  return from === to ? `${name} type ${type} code ${from % 256}` : `${name} type ${type}`;
}

function portsOf({ protocol, from, to }: Opening): Pick<OpenPortsDetail, 'fromPort' | 'toPort'> {
  if (protocol === '6' || protocol === '17') return { fromPort: from, toPort: to };
  if ((protocol !== '1' && protocol !== '58') || (from === 0 && to === LAST_PORT)) return {};
  return { fromPort: Math.floor(from / 256), toPort: from === to ? from % 256 : -1 };
}

/** Joins names as a sentence does, the first few of them. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED);
  if (names.length > MOST_NAMED) return `${shown.join(', ')} and ${names.length - MOST_NAMED} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
