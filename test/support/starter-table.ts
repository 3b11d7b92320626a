/** The table of the starter rules in docs/rules.md. */

import { starterRules } from './starter-rules.ts';

/** A row for each rule, in their order: its name, its severity, its title, and when a finding closes. */
export function starterTable(): string {
  const rows = starterRules().map(({ name, severity, title, resolvedBy, resolveAfterHours = 720 }) => {
    const calls = eventNamesIn(resolvedBy).map((call) => `\`${call}\``);
    const closes = [...(calls.length === 0 ? [] : [`by ${calls.join(' or ')}`]), `after ${resolveAfterHours} hours`];
    return `| \`${name}\` | ${severity} | ${title} | ${closes.join(', else ')} |\n`;
  });
  return rows.join('');
}

/** The event names that a pattern asks for. */
function eventNamesIn(pattern: unknown): readonly string[] {
  if (typeof pattern !== 'object' || pattern === null) return [];
  return Object.entries(pattern).flatMap(([key, value]) =>
    key === 'eventName' ? (value as readonly string[]) : eventNamesIn(value),
  );
}
