/** What is probably wrong with the settings of the built-in rules in `watch`: they except nothing, or everything. */

import type { Problem } from '../errors.ts';
import { fieldsOf, itemsOf, textOf } from './json-path.ts';
import { tagMatchOf, type WrittenTagMatch } from './tag-match.ts';
import { isDay, portsOf } from './watch-schema.ts';

const PORTS = 65_536;
const DAY_MS = 86_400_000;

/** The doubts, each with its path. Reads the value without trusting its form. */
export function watchDoubts(watch: unknown, now: Date): readonly Problem[] {
  const { securityGroupOpen, iamUserAfterHours } = fieldsOf(watch);
  const { allowedPorts, exceptTags } = fieldsOf(securityGroupOpen);
  const { holidays, exempt } = fieldsOf(iamUserAfterHours);
  return [
    ...portDoubts(itemsOf(allowedPorts)),
    ...itemsOf(exceptTags).flatMap(tagDoubts),
    ...holidayDoubts(itemsOf(holidays), now),
    ...itemsOf(exempt).flatMap(exemptDoubts),
  ];
}

/** Protocols of which every port is allowed, by one entry or by several together. */
function portDoubts(entries: readonly unknown[]): readonly Problem[] {
  const ranges = entries.flatMap((entry) =>
    typeof entry === 'string' || typeof entry === 'number' ? (portsOf(entry) ?? []) : [],
  );
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    // Nothing listens on port 0.
    let next = 1;
    for (const { from, to } of ranges.filter((one) => one.protocol === protocol).toSorted((a, b) => a.from - b.from))
      if (from <= next) next = Math.max(next, to + 1);
    if (next < PORTS) return [];
    const name = protocol.toUpperCase();
    const message = `allows every ${name} port: a group that is open to the world on ${name} ports alone is never found`;
    return [{ path: 'watch.securityGroupOpen.allowedPorts', message }];
  });
}

/** Tags are compared as they are: a star is a star. */
function tagDoubts(written: unknown, index: number): readonly Problem[] {
  const fields = fieldsOf(written);
  if (typeof written !== 'string' && textOf(fields.key) === undefined) return [];
  const { key, value } = tagMatchOf(written as WrittenTagMatch);
  const path = `watch.securityGroupOpen.exceptTags[${index}]`;
  if (key.includes('*'))
    return [
      { path, message: `has no wildcards: it excepts only groups with a tag whose key is ${JSON.stringify(key)}` },
    ];
  if (value?.includes('*'))
    return [
      {
        path,
        message: `has no wildcards: it excepts only the value ${JSON.stringify(value)}; leave the value out for any`,
      },
    ];
  return [];
}

/** The schema refuses what is no day. */
function holidayDoubts(entries: readonly unknown[], now: Date): readonly Problem[] {
  const days = entries.filter((day): day is string => typeof day === 'string' && isDay(day)).toSorted();
  const last = days.at(-1);
  // Somewhere the day may last until noon of the next, by UTC.
  if (last === undefined || Date.parse(last) + 2 * DAY_MS > now.getTime()) return [];
  const message = `are all over, the last on ${last}; add those to come`;
  return [{ path: 'watch.iamUserAfterHours.holidays', message }];
}

function exemptDoubts(entry: unknown, index: number): readonly Problem[] {
  const [, , , , account = '', resource = ''] = textOf(entry)?.split(':') ?? [];
  const [, kind] = /^(role|user)\/\*+$/.exec(resource) ?? [];
  if (kind === undefined) return [];
  const whose = /^\*+$/.test(account) ? '' : ` of account ${account}`;
  const message = `exempts every ${kind}${whose}, whoever uses it`;
  return [{ path: `watch.iamUserAfterHours.exempt[${index}]`, message }];
}
