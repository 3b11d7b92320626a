/** Finds the records of one file that meet a question, and reads as little of the file as that takes. */

import type { RowGroup } from 'hyparquet';
import { mayHold } from '../records/read-scope.ts';
import { type RecordFileReader, type Row, type RowPart, rangeOf } from '../records/record-file.ts';
import type { RecordScope } from '../shard/shard-summary.ts';
import { mayHaveOneOf } from './bloom.ts';
import { type Answer, answering, columnsFor, type Question } from './question.ts';

/** A record that meets the question. */
export interface Found {
  /** Milliseconds since 1970 in UTC; undefined when the record has no time that can be read. */
  readonly eventTime: number | undefined;
  readonly logFile: string;
  readonly fileIndex: number;
  readonly index: number;
  readonly json: string;
}

/** What a file has. */
export interface FileAnswer {
  readonly found: readonly Found[];
  /** Log files of records that would meet the question if their time, which cannot be read, were of its period. */
  readonly timeless: readonly string[];
}

/** Rows between two that are asked for which are read with them rather than by a request of their own. */
const MOST_BETWEEN = 20;
const ANSWER_COLUMNS = ['eventTime', 'logFile', 'fileIndex', 'recordIndex', 'record'] as const;

/** True if records of an account and region may meet the question. Whether records without a time are among them is not known here. */
export function mayAnswer({ accountId, region }: RecordScope, asked: Question): boolean {
  return (asked.accountIds?.includes(accountId) ?? true) && (asked.regions?.includes(region) ?? true);
}

/** The records of a file that meet the question, in the order of its rows. Throws PipelineError `log-unreadable` when the file is damaged. */
export async function askFile(file: RecordFileReader, question: Question): Promise<FileAnswer> {
  const groups = file.metadata.row_groups;
  const asked = await Promise.all(
    groups.map(async (group) => mayBeIn(group, question) && (await filtersAllow(file, group, question))),
  );
  const found: Found[] = [];
  const timeless: string[] = [];
  for (const at of groups.keys()) {
    if (asked[at] !== true) continue;
    const answers = (await file.rows(at, columnsFor(question))).map(answering(question));
    for (const part of partsOf(answers))
      for (const [place, row] of (await file.rows(at, ANSWER_COLUMNS, part)).entries()) {
        const answer = answers[part.from + place];
        if (answer === 'yes') found.push(foundOf(row));
        else if (answer === 'no time') timeless.push(String(row.logFile));
      }
  }
  return { found, timeless };
}

/** What the statistics of a group say. */
function mayBeIn(group: RowGroup, { since, until, errors, ...asked }: Question): boolean {
  const equals: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['accountId', asked.accountIds],
    ['region', asked.regions],
    ['eventName', asked.eventNames],
    ['eventSource', asked.eventSources],
  ];
  for (const [column, values] of equals) {
    if (values === undefined) continue;
    const range = rangeOf(group, column);
    if (!values.some((value) => mayHold(range, value))) return false;
  }
  if (errors && rangeOf(group, 'failed')?.max === false) return false;
  return (since === undefined && until === undefined) || mayBeThen(group, since, until);
}

/** A group that has a record without a time may have one of any time. */
function mayBeThen(group: RowGroup, since: Date | undefined, until: Date | undefined): boolean {
  const { min, max, nulls } = rangeOf(group, 'eventTime') ?? {};
  if (!(min instanceof Date) || !(max instanceof Date) || nulls !== 0) return true;
  return (since === undefined || max >= since) && (until === undefined || min < until);
}

/** What the Bloom filters of a group say. */
async function filtersAllow(file: RecordFileReader, group: RowGroup, asked: Question): Promise<boolean> {
  const tests: readonly (readonly [string, readonly string[]])[] = [
    ...asked.resources.map((resource) => [RESOURCES, [resource]] as const),
    ...(asked.eventNames === undefined ? [] : [['eventName', asked.eventNames] as const]),
    ...(asked.eventSources === undefined ? [] : [['eventSource', asked.eventSources] as const]),
  ];
  for (const [column, values] of tests) if (!(await mayHaveOneOf(file, group, column, values))) return false;
  return true;
}

const RESOURCES = 'resources.list.element';

/** The rows to read: those that are asked for, and the few between two of them. */
function partsOf(answers: readonly Answer[]): readonly RowPart[] {
  const parts: { from: number; to: number }[] = [];
  for (const [at, answer] of answers.entries()) {
    if (answer === 'no') continue;
    const last = parts.at(-1);
    if (last !== undefined && at - last.to <= MOST_BETWEEN) last.to = at + 1;
    else parts.push({ from: at, to: at + 1 });
  }
  return parts;
}

function foundOf({ eventTime, logFile, fileIndex, recordIndex, record }: Row): Found {
  return {
    eventTime: eventTime instanceof Date ? eventTime.getTime() : undefined,
    ...{ logFile: String(logFile), fileIndex: Number(fileIndex), index: Number(recordIndex), json: String(record) },
  };
}
