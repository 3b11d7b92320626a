/** Patterns of records that a rule of the configuration is never asked about, as their files are not read. */

import type { AskedField } from './asked-fields.ts';
import type { NameDoubt } from './name-doubts.ts';

/** What the fields that tell the kind of a record hold for the kinds that no rule sees, and why none does. */
const UNREAD: Readonly<Record<string, Readonly<Record<string, string>>>> = (() => {
  const insights = 'never matches: Insights events are not read';
  const aggregated = 'never matches: aggregated events are not read';
  const network = "finds nothing in a trail's files: those of network activity are not read";
  return {
    eventType: { AwsCloudTrailInsight: insights, AwsAggregatedEvent: aggregated, AwsVpceEvent: network },
    eventCategory: { Insight: insights, Aggregated: aggregated, NetworkActivity: network },
    'detail-type': { 'AWS Insight via CloudTrail': insights },
  };
})();

/** What is doubtful about a field that asks for the kind of a record. */
export function unreadDoubts({ names, paths, list }: AskedField): readonly NameDoubt[] {
  const field = names.join('.').replace(/^detail\./, '');
  const messages = Object.hasOwn(UNREAD, field) ? UNREAD[field] : undefined;
  if (messages === undefined) return [];
  return list.flatMap((entry, index) => {
    const message = typeof entry === 'string' && Object.hasOwn(messages, entry) ? messages[entry] : undefined;
    return message === undefined ? [] : [{ path: `${paths.at(-1)}[${index}]`, message }];
  });
}
