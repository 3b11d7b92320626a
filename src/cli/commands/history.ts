/** `mirrorwatch history`: years of logs in shards. */

import type { Command } from 'commander';
import { addHistoryAsk } from '../history/ask.ts';
import { addHistoryFold } from '../history/fold.ts';
import { addHistoryPlan } from '../history/plan.ts';
import { addHistoryRun } from '../history/run.ts';

/** Adds `history plan`, `history run`, `history fold` and `history ask`. */
export function addHistory(program: Command): void {
  const history = program
    .command('history')
    .description('Scan years of logs in shards, and go on where it stopped.')
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch history plan s3://org-trail/AWSLogs/ --since 2024-01-01 -o plan
  mirrorwatch history run plan --local --account none
  mirrorwatch history ask plan --instance i-0123456789abcdef0`,
    );
  addHistoryPlan(history);
  addHistoryRun(history);
  addHistoryFold(history);
  addHistoryAsk(history);
}
