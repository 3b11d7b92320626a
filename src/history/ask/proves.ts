/** What a result can prove: it keeps the records that a run was asked to keep, and no others. */

import { plural } from '../../collections.ts';
import { type HistoryRun, settingsOf } from '../history-run.ts';
import type { Question } from './question.ts';

/**
 * What the result cannot tell about the question, each as a sentence; empty if it has every record that would meet the question, and was in the
 * objects of the plan. Throws ConfigError if the run's part of the configuration cannot be used.
 */
export function unprovenBy(
  run: HistoryRun,
  { eventNames, accountIds, regions, since, until }: Question,
): readonly string[] {
  const { planned } = run;
  return [
    ...(keepsAllOf(run, eventNames)
      ? []
      : [
          `the result keeps the calls that findings are judged by${besides(run)}, not all: that a record is not found does not prove that there was no such call ("history run --keep all" keeps all)`,
        ]),
    ...periodLimits(run, since, until),
    ...placeLimits('account', planned.accounts, accountIds),
    ...placeLimits('region', planned.regions, regions),
    ...accountLimits(run, accountIds),
    ...(planned.unlisted === 0
      ? []
      : [`${plural(planned.unlisted, 'place')} could not be listed when it was planned, as plan.json says`]),
  ];
}

/** True if each record of these calls is kept. A name that is looked for at all is kept whatever else its record says. */
function keepsAllOf(run: HistoryRun, eventNames: readonly string[] | undefined): boolean {
  const { wanted } = settingsOf(run);
  const isUnbounded = wanted.eventSources === undefined && wanted.anyText === undefined && wanted.where === undefined;
  if (!isUnbounded) return false;
  if (wanted.eventNames === undefined) return true;
  return eventNames?.every((name) => wanted.eventNames?.has(name)) ?? false;
}

function besides({ eventNames }: HistoryRun): string {
  return eventNames.length === 0 ? '' : ` and ${eventNames.join(', ')}`;
}

function periodLimits(run: HistoryRun, since: Date | undefined, until: Date | undefined): readonly string[] {
  const begins = run.since !== undefined && (since === undefined || since < new Date(run.since));
  const ends = run.until !== undefined && (until === undefined || until > new Date(run.until));
  return [
    ...(begins ? [`the result begins at ${run.since}: earlier events are not in it`] : []),
    ...(ends ? [`the result ends before ${run.until}: later events are not in it`] : []),
  ];
}

type Asked = readonly string[] | undefined;

function placeLimits(what: string, planned: readonly string[], asked: Asked): readonly string[] {
  if (planned.length === 0 || asked?.every((each) => planned.includes(each))) return [];
  return [`only logs of ${what} ${planned.join(', ')} were planned`];
}

/** A run reads the logs of the accounts that the configuration lists. */
function accountLimits(run: HistoryRun, asked: Asked): readonly string[] {
  const { accounts } = settingsOf(run);
  if (accounts.length === 0 || asked?.every((each) => accounts.includes(each))) return [];
  return [`only logs of account ${accounts.join(', ')} were read, as trail.accounts says`];
}
