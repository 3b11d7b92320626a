/** What `config validate` says of the rules in `watch`, besides what makes them unusable. */

import type { WatchPolicy } from '../../config/watch-config.ts';
import type { Problem } from '../../errors.ts';
import type { CallRule } from '../../rules/call-rule.ts';
import { doubtOfPath } from '../patterns/path-doubts.ts';
import { doubtsOfPattern } from '../patterns/pattern-doubts.ts';
import { costOf, readsBesides } from './scan-cost.ts';

/** Names that no AWS service has, patterns that can never match, and paths that lead to nothing. */
export function doubtsOfRules({ rules: { rules } }: WatchPolicy): readonly Problem[] {
  return rules.flatMap((rule, index) => {
    const { pattern, resolvedBy } = rule.written;
    const at = `watch.rules[${index}]`;
    return [
      ...doubtsOfPattern(pattern, `${at}.pattern`, { records: true }),
      ...(resolvedBy === undefined ? [] : doubtsOfPattern(resolvedBy, `${at}.resolvedBy`, { records: true })),
      ...pathDoubts(rule, at),
    ];
  });
}

function pathDoubts({ resource, reason, pattern: { isForEvent } }: CallRule, at: string): readonly Problem[] {
  const quoted = reason.flatMap((part) => (typeof part === 'string' ? [] : [part]));
  return [
    ...(resource === undefined ? [] : [{ path: `${at}.resource`, names: resource }]),
    ...quoted.map((names) => ({ path: `${at}.reason`, names })),
  ].flatMap(({ path, names }) => {
    const doubt = doubtOfPath(names, isForEvent);
    return doubt === undefined ? [] : [{ path, message: `${names.join('.')} ${doubt}` }];
  });
}

/** How a stack hears of the calls that the built-in rule on IAM users reads: nothing in its own region shows them. */
export function deliveryOfRules({ iamUserAfterHours }: WatchPolicy): readonly Problem[] {
  const message = 'a stack hears of calls of IAM by log files, minutes later, unless deploy/iam-calls.json is deployed';
  return iamUserAfterHours === null ? [] : [{ path: 'watch.iamUserAfterHours', message }];
}

/** The rules without event names, and what a scan has to read for them. The others cost what they find. */
export function costsOfRules({ rules: { rules } }: WatchPolicy): readonly Problem[] {
  return rules.flatMap((rule, index) => {
    const besides = readsBesides(rule);
    if (besides === 'names') return [];
    const what = besides === 'all' ? 'slows scans' : 'has no event names';
    return [{ path: `watch.rules[${index}]`, message: `custom:${rule.name} ${what}: ${costOf(rule)}` }];
  });
}
