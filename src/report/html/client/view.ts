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

/** The parts of a view, in the order in which the address has them. */
export const KEYS = [
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

/** What a view shows, in words, for paper: `status open, severity critical or high, account 111122223333; sorted by seen`. */
export function viewWords(view: View, titleOf: (rule: string) => string): string {
  if (view.finding !== '') return `one finding, ${view.finding}`;
  const either = (list: string): string => list.split(',').join(' or ');
  const filters = [
    view.status === '' || view.status === 'all' ? 'every status' : `status ${either(view.status)}`,
    view.severity === '' ? '' : `severity ${either(view.severity)}`,
    view.rule === '' ? '' : `rule “${titleOf(view.rule)}”`,
    view.account === '' ? '' : `account ${view.account}`,
    view.region === '' ? '' : `region ${view.region}`,
    view.q === '' ? '' : `with the words “${view.q}”`,
  ].filter((part) => part !== '');
  const order = `sorted by ${view.sort.replace(/^-/, '')}${view.sort.startsWith('-') ? ', the last first' : ''}`;
  return `${filters.join(', ')}; ${order}`;
}
