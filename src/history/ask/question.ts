/** What can be asked of a result. */

import type { Row } from '../records/record-file.ts';

/** Which records are asked for: those that meet everything that is given. */
export interface Question {
  /** Ids or ARNs that are values in the record, or at the end of such ARNs: each of them. */
  readonly resources: readonly string[];
  /** Part of a caller's name, ARN or session, in any case. */
  readonly actor?: string | undefined;
  /** One of these calls. */
  readonly eventNames?: readonly string[] | undefined;
  /** Of one of these services, by their full names. */
  readonly eventSources?: readonly string[] | undefined;
  /** Of one of these accounts and regions. */
  readonly accountIds?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Only failed calls. */
  readonly errors?: boolean | undefined;
}

/** How a record meets a question. A record without a time that can be read is in no period, and may be in any. */
export type Answer = 'yes' | 'no' | 'no time';

/** The columns that tell whether a record meets the question. */
export function columnsFor(question: Question): readonly string[] {
  const { resources, actor, eventNames, eventSources, accountIds, regions, errors } = question;
  return [
    ...(accountIds === undefined ? [] : ['accountId']),
    ...(regions === undefined ? [] : ['region']),
    'eventTime',
    ...(eventSources === undefined ? [] : ['eventSource']),
    ...(eventNames === undefined ? [] : ['eventName']),
    ...(errors === true ? ['failed'] : []),
    ...(actor === undefined ? [] : ['callers']),
    ...(resources.length === 0 ? [] : ['resources']),
  ];
}

/** A test on the columns of `columnsFor`. */
export function answering(question: Question): (row: Row) => Answer {
  const { resources, actor, since, until, errors } = question;
  const accounts = setOf(question.accountIds);
  const regions = setOf(question.regions);
  const names = setOf(question.eventNames);
  const sources = setOf(question.eventSources);
  const text = actor?.toLowerCase();
  const tests: ((row: Row) => boolean)[] = [];
  if (accounts !== undefined) tests.push((row) => accounts.has(row.accountId));
  if (regions !== undefined) tests.push((row) => regions.has(row.region));
  if (names !== undefined) tests.push((row) => names.has(row.eventName));
  if (sources !== undefined) tests.push((row) => sources.has(row.eventSource));
  if (errors) tests.push((row) => row.failed === true);
  for (const resource of resources) tests.push((row) => listOf(row.resources).includes(resource));
  if (text !== undefined)
    tests.push((row) => listOf(row.callers).some((caller) => String(caller).toLowerCase().includes(text)));
  return (row) => {
    if (!tests.every((test) => test(row))) return 'no';
    if (since === undefined && until === undefined) return 'yes';
    const { eventTime } = row;
    if (!(eventTime instanceof Date)) return 'no time';
    const isIn = (since === undefined || eventTime >= since) && (until === undefined || eventTime < until);
    return isIn ? 'yes' : 'no';
  };
}

function setOf(values: readonly string[] | undefined): ReadonlySet<unknown> | undefined {
  return values && new Set(values);
}

function listOf(cell: unknown): readonly unknown[] {
  return Array.isArray(cell) ? cell : [];
}
