/** What the reader has chosen to see, and how the address keeps it. */

import type { PageFinding } from './page-findings.ts';

/** The reader's choices, each as the text that the address holds. Lists are separated by commas; empty means no restriction. */
export interface View {
  readonly severity: string;
  readonly status: string;
  readonly rule: string;
  readonly account: string;
  readonly region: string;
  /** Words of a search, all of which must occur. */
  readonly q: string;
  /** A column, with `-` before it for descending order. */
  readonly sort: string;
  readonly group: string;
  readonly page: string;
  /** The id of a single finding that a link leads to; it overrides the filters. */
  readonly finding: string;
}

/** The view of a freshly opened page: open findings when there are any, grouped by rule, the most severe first. */
export function defaultView(findings: readonly PageFinding[]): View {
  return {
    severity: '',
    status: findings.some(({ status }) => status === 0) ? 'open' : '',
    rule: '',
    account: '',
    region: '',
    q: '',
    sort: 'severity',
    group: 'rule',
    page: '1',
    finding: '',
  };
}

/** The view that a hash such as `#severity=high&sort=-seen` describes; null for the hash of a heading, which is not ours. */
export function viewOf(hash: string, defaults: View): View | null {
  const text = hash.slice(1);
  if (text !== '' && !text.includes('=')) return null;
  const given = new URLSearchParams(text);
  const read = (key: keyof View): string => given.get(key) ?? defaults[key];
  return {
    severity: read('severity'),
    status: read('status'),
    rule: read('rule'),
    account: read('account'),
    region: read('region'),
    q: read('q'),
    sort: read('sort'),
    group: read('group'),
    page: read('page'),
    finding: read('finding'),
  };
}

const KEYS = [
  'severity',
  'status',
  'rule',
  'account',
  'region',
  'q',
  'sort',
  'group',
  'page',
  'finding',
] as const satisfies readonly (keyof View)[];

/** What differs from the defaults, as the address holds it, without the `#`. Empty for the default view. */
export function hashOf(view: View, defaults: View): string {
  const differing = new URLSearchParams();
  for (const key of KEYS) if (view[key] !== defaults[key]) differing.set(key, view[key]);
  return differing.toString();
}
