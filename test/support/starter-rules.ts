/** The starter rules as their file has them. */

import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A rule of the starter set. */
export interface StarterRule {
  readonly name: string;
  readonly title: string;
  readonly severity: string;
  readonly pattern: unknown;
  readonly resource?: string;
  readonly reason: string;
  readonly fix: string;
  readonly resolveAfterHours?: number;
  readonly resolvedBy?: unknown;
}

/** The text of the file, with its comments. */
export const STARTER_RULES_TEXT: string = readFileSync(
  new URL('../../src/cli/rules/starter-rules.yaml', import.meta.url),
  'utf8',
);

/** The rules in their order. */
export function starterRules(): readonly StarterRule[] {
  const { watch } = parse(STARTER_RULES_TEXT) as { readonly watch: { readonly rules: readonly StarterRule[] } };
  return watch.rules;
}
