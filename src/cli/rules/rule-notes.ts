/** What `config validate` says of the rules in `watch.rules`, besides what makes them unusable. */

import type { WatchPolicy } from '../../config/watch-config.ts';
import type { Problem } from '../../errors.ts';
import { doubtsOfPattern } from '../patterns/pattern-doubts.ts';
import { costOf, needsEveryRecord } from './scan-cost.ts';

/** Names that no AWS service has, and patterns that can never match. */
export function doubtsOfRules({ rules: { rules } }: WatchPolicy): readonly Problem[] {
  return rules.flatMap(({ written: { pattern, resolvedBy } }, index) => [
    ...doubtsOfPattern(pattern, `watch.rules[${index}].pattern`),
    ...(resolvedBy === undefined ? [] : doubtsOfPattern(resolvedBy, `watch.rules[${index}].resolvedBy`)),
  ]);
}

/** The rules for which a scan has to look into every record, and how. The others cost what they find. */
export function costsOfRules({ rules: { rules } }: WatchPolicy): readonly Problem[] {
  return rules.flatMap((rule, index) =>
    needsEveryRecord(rule)
      ? [{ path: `watch.rules[${index}]`, message: `custom:${rule.name} slows scans: ${costOf(rule)}` }]
      : [],
  );
}
