/** Draws the table of findings, its count and its pagers for a view. */

import { grouped, plural } from '../../../collections.ts';
import { byId, make } from './elements.ts';
import type { PageFinding } from './page-findings.ts';
import { COLUMN_COUNT, detailOf, rowOf } from './rows.ts';
import { arrange, type Group, select } from './selection.ts';
import type { View } from './view.ts';

/** What is drawn. */
export interface TableContent {
  readonly findings: readonly PageFinding[];
  /** What each rule is called in a heading. */
  readonly titles: ReadonlyMap<string, string>;
  /** Ids of the findings whose details are shown. */
  readonly expanded: ReadonlySet<string>;
  /** Rows per page. */
  readonly pageSize: number;
}

/** Replaces the rows of the table, and updates the count, the pagers and the sorted column. Returns how many findings the view shows. */
export function drawTable(view: View, { findings, titles, expanded, pageSize }: TableContent): number {
  const groups = arrange(select(findings, view), view);
  const total = groups.reduce((sum, { list }) => sum + list.length, 0);
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const page = Math.min(pages, pageOf(view));
  const first = (page - 1) * pageSize;
  const table = byId('rows', HTMLTableElement);
  for (const body of [...table.tBodies]) body.remove();
  for (const { name, size, list } of groupsOnPage(groups, first, first + pageSize)) {
    const heading =
      name === null ? null : groupHeading(view.group === 'rule' ? (titles.get(name) ?? name) : name, size);
    const rows = list.flatMap((finding) => {
      const isExpanded = expanded.has(finding.id);
      return isExpanded ? [rowOf(finding, true), detailOf(finding)] : [rowOf(finding, false)];
    });
    table.append(make('tbody', {}, heading, ...rows));
  }
  byId('count', HTMLElement).textContent = countWords({
    first: first + 1,
    last: Math.min(total, first + pageSize),
    total,
    all: findings.length,
  });
  drawPagers(page, pages);
  markSortedColumn(view.sort);
  return total;
}

/** The number of the page a view asks for; 1 for anything that is not a positive number. */
export function pageOf({ page }: View): number {
  return Math.max(1, Number.parseInt(page, 10) || 1);
}

interface GroupOnPage extends Group {
  /** How many findings the group has on all pages. */
  readonly size: number;
}

/** The groups that have findings from position `from` up to `to`, with those findings only. */
function groupsOnPage(groups: readonly Group[], from: number, to: number): readonly GroupOnPage[] {
  let position = 0;
  return groups.flatMap(({ name, list }) => {
    const start = position;
    position += list.length;
    const own = list.slice(Math.max(0, from - start), Math.max(0, to - start));
    return own.length === 0 ? [] : [{ name, size: list.length, list: own }];
  });
}

function groupHeading(title: string, size: number): HTMLTableRowElement {
  const count = make('span', {}, plural(size, 'finding'));
  const heading = make('th', { scope: 'rowgroup', colspan: COLUMN_COUNT }, make('bdi', {}, title), count);
  return make('tr', { class: 'group' }, heading);
}

interface Range {
  readonly first: number;
  readonly last: number;
  readonly total: number;
  readonly all: number;
}

function countWords({ first, last, total, all }: Range): string {
  if (total === 0) return 'No finding matches.';
  const what = total === all ? 'findings' : `matching findings, ${grouped(all)} in all`;
  return `${grouped(first)}–${grouped(last)} of ${grouped(total)} ${what}`;
}

function drawPagers(page: number, pages: number): void {
  for (const pager of document.querySelectorAll<HTMLElement>('.pager')) {
    pager.hidden = pages === 1;
    for (const button of pager.querySelectorAll('button'))
      button.disabled = button.dataset.step === '-1' ? page === 1 : page === pages;
    for (const label of pager.querySelectorAll('span'))
      label.textContent = `Page ${grouped(page)} of ${grouped(pages)}`;
  }
}

function markSortedColumn(sort: string): void {
  const column = sort.replace(/^-/, '');
  for (const button of document.querySelectorAll<HTMLElement>('[data-sort]')) {
    const order = button.dataset.sort !== column ? 'none' : sort.startsWith('-') ? 'descending' : 'ascending';
    button.parentElement?.setAttribute('aria-sort', order);
  }
}
