/** What a SARIF file says about the run: whether it could read and judge everything, and what not. */

import { grouped } from '../../collections.ts';
import { completenessOf, gapRow, unseenPhrases } from '../gap-words.ts';
import { asOfWords } from '../past/as-of.ts';
import type { Report } from '../report.ts';
import { type Message, messageOf } from './message.ts';

interface Notification {
  readonly level: 'error' | 'warning' | 'note';
  readonly message: Message;
}

/** The most notifications that name something. More are counted; `-o json` has all. */
const MOST = 1_000;

/**
 * GitHub refuses a run with more results.
 *
 * @see https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
export const MOST_ON_GITHUB = 25_000;

/** The run. It is successful only if everything was read and judged: a file without results is no all-clear otherwise. */
export function invocationOf(report: Report, results: number): object {
  const { proven, words } = completenessOf(report);
  const unseen = unseenPhrases(report);
  const named = notRead(report);
  const more = named.length - MOST;
  const notifications: readonly Notification[] = [
    ...(unseen.length === 0 ? [] : [said('error', `Incomplete: ${unseen.join('; ')}.`)]),
    ...(proven ? [] : [said('error', words)]),
    ...(report.asOf === undefined ? [] : [said('note', asOfWords(report.asOf))]),
    ...(results <= MOST_ON_GITHUB ? [] : [said('warning', tooManyWords(results))]),
    ...named.slice(0, MOST),
    ...(more > 0 ? [said('error', `${grouped(more)} more are not named here; -o json names them.`)] : []),
  ];
  return {
    executionSuccessful: proven && unseen.length === 0,
    endTimeUtc: report.generatedAt,
    toolExecutionNotifications: notifications,
  };
}

/** Inputs and lists that were not read, and what runs could not judge. Single resources are results. */
function notRead({ input, gaps }: Report): readonly Notification[] {
  const list = (gaps?.list ?? []).toSorted((a, b) => Number(b.still) - Number(a.still));
  return [
    ...input.rejected.map(({ path, reason }) => said('error', `${path}: ${reason}`)),
    ...list.map((gap) => {
      const { what, why, context } = gapRow(gap);
      return said(gap.still ? 'error' : 'note', `${what}: ${why} (${context})`);
    }),
  ];
}

function tooManyWords(results: number): string {
  return `This file has ${grouped(results)} results, the most urgent first. GitHub accepts at most ${grouped(MOST_ON_GITHUB)}.`;
}

function said(level: Notification['level'], words: string): Notification {
  return { level, message: messageOf(words) };
}
