/** What a report about an earlier time rests on, and how it says so. */

import { isOnCalls, type RuleId } from '../../audit/rule-book.ts';
import { plural } from '../../collections.ts';
import type { Scope } from '../../inventory/inventory.ts';

/** The oldest and the newest record of an account and region, ISO 8601 UTC. */
export interface RecordedSpan extends Scope {
  readonly first: string;
  readonly last: string;
}

/** The time that a report looks back at. Times are ISO 8601 UTC. */
export interface AsOf {
  readonly at: string;
  /** When the account was read from which recorded changes were taken back; absent if the snapshot does not say. */
  readonly accountReadAt?: string | undefined;
  /** Of each account and region that was judged. */
  readonly records: readonly RecordedSpan[];
  /** Judgements that are unknown. */
  readonly unknown: number;
  /** Configured rules that judge no earlier time, so that nothing found says nothing. @default none */
  readonly notJudged?: readonly RuleId[] | undefined;
}

/** The time alone: `As of 2026-03-17 09:05:22 UTC`. */
export function asOfTitle({ at }: AsOf): string {
  return `As of ${secondWords(at)}`;
}

/**
 * The time with what the answers rest on: `As of …, taken back from the account as read at … by records from … to …. 3 judgements are
 * unknown, each for the reason given with it. Not judged as of earlier times: security-group-open.`
 */
export function asOfWords(asOf: AsOf): string {
  const { accountReadAt, records, unknown, notJudged = [] } = asOf;
  const read =
    accountReadAt === undefined
      ? ', whose snapshot does not say when it was read,'
      : ` as read at ${secondWords(accountReadAt)}`;
  const spans = records.map(({ accountId, region, first, last }) => {
    const where = records.length === 1 ? '' : ` (${accountId} ${region})`;
    return `from ${secondWords(first)} to ${secondWords(last)}${where}`;
  });
  const unsure =
    unknown === 0
      ? 'No judgement is unknown.'
      : `${plural(unknown, 'judgement is', 'judgements are')} unknown, each for the reason given with it.`;
  return `${asOfTitle(asOf)}, taken back from the account${read} by records ${spans.join(', ')}. Changes that no record shows are not seen. ${unsure}${notJudgedWords(notJudged)}`;
}

/** Rules on calls are not named one by one: there may be hundreds. */
function notJudgedWords(rules: readonly RuleId[]): string {
  const ofStates = rules.filter((id) => !isOnCalls(id));
  const names = [...ofStates, ...(ofStates.length < rules.length ? ['rules on calls'] : [])];
  return names.length === 0 ? '' : ` Not judged as of earlier times: ${names.join(', ')}.`;
}

/** `2026-03-17 09:05:22 UTC` of an ISO 8601 UTC time. */
export function secondWords(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}
