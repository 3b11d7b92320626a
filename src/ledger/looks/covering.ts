/** Complete looks as the ledger uses them: what each says about a finding that it does not name. */

import type { RuleId } from '../../audit/finding.ts';
import type { ScopeLook } from '../../audit/gaps/gap.ts';
import { EXCEPTION_CHARS } from '../../audit/gaps/judged.ts';

/** A complete look, ready to be asked about many findings. */
export interface Covering {
  /** When the account was read, in milliseconds since 1970. */
  readonly at: number;
  readonly rules: ReadonlySet<string>;
  readonly except: ReadonlySet<string>;
}

/** What is asked about: a finding, whether it exists or not. */
export interface Asked {
  readonly id: string;
  readonly rule: RuleId;
}

/** The look in this form. Undefined for one that says nothing about what it does not name: of an older version, or of an unread account. */
export function coveringOf({ judged }: Pick<ScopeLook, 'judged'>): Covering | undefined {
  if (judged === undefined) return undefined;
  const { at, rules, except } = judged;
  return { at: Date.parse(at), rules: new Set(rules), except: new Set(except) };
}

/** True if the look judged this: if it found no finding, there was none. */
export function covers(look: Covering, { id, rule }: Asked): boolean {
  return look.rules.has(rule) && !isExcepted(look, id);
}

/** True if the look could not judge the finding of this id. */
export function isExcepted({ except }: Covering, id: string): boolean {
  return except.has(id.slice(0, EXCEPTION_CHARS));
}
