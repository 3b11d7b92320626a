/** The HTML report's own script: filters, sorting, pages, details. `npm run generate` bundles it into `../client-script.ts`. */

// It reads the findings embedded in the page, keeps its state in the URL's hash, and needs no network. Without it the page shows
// its summary and its first rows.

import type { PackedPage } from '../packed.ts';
import { byId, closest } from './elements.ts';
import { readControls, showInControls } from './filters.ts';
import { drawTable, pageOf } from './findings-table.ts';
import { unpack } from './page-findings.ts';
import { detailOf } from './rows.ts';
import { defaultView, hashOf, type View, viewOf } from './view.ts';

const PAGE_SIZE = 100;
const PRINTED_ROWS = 1000;
const TYPING_PAUSE_MS = 120;

const packed: PackedPage = JSON.parse(byId('data', HTMLScriptElement).text);
const findings = unpack(packed);
const titles = new Map(Object.entries(packed.titles));
const defaults = defaultView(findings);
const expanded = new Set<string>();
let view: View = defaults;

function draw(pageSize: number = PAGE_SIZE): void {
  drawTable(view, { findings, titles, expanded, pageSize });
}

/** Takes the view from the address. False when the address describes none, or only the default. */
function readAddress(): boolean {
  const given = viewOf(location.hash, defaults);
  if (given === null) return false;
  view = given;
  if (view.finding !== '') expanded.add(view.finding);
  return location.hash.length > 1;
}

/** Changes parts of the view. A changed filter leads back to the first page, and from a single finding to all. */
function change(parts: Partial<View>): void {
  view = { ...view, finding: '', page: '1', ...parts };
  const hash = hashOf(view, defaults);
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
  view = showInControls(view, defaults);
  draw();
}

function toggleDetails(toggle: HTMLElement): void {
  const finding = findings.find(({ id }) => id === toggle.dataset.id);
  if (finding === undefined) return;
  const expand = !expanded.has(finding.id);
  if (expand) expanded.add(finding.id);
  else expanded.delete(finding.id);
  toggle.setAttribute('aria-expanded', String(expand));
  if (expand) toggle.closest('tr')?.after(detailOf(finding));
  else document.getElementById(`d-${finding.id}`)?.remove();
}

function scrollToFindings(): void {
  byId('findings', HTMLElement).scrollIntoView();
}

function listenToFilters(): void {
  const filters = byId('filters', HTMLFormElement);
  const search = byId('q', HTMLInputElement);
  const apply = (): void => change(readControls(defaults));
  let typing: number | undefined;
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('change', apply);
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(apply, TYPING_PAUSE_MS);
  });
  byId('reset', HTMLElement).addEventListener('click', () => {
    expanded.clear();
    change(defaults);
    search.focus();
  });
  addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (closest(event, 'input,select,textarea') !== null) return;
    event.preventDefault();
    search.focus();
  });
}

function listenToTable(): void {
  byId('rows', HTMLTableElement).addEventListener('click', (event) => {
    const sort = closest(event, '[data-sort]')?.dataset.sort;
    if (sort !== undefined) return change({ sort: view.sort === sort ? `-${sort}` : sort });
    const toggle = closest(event, '.toggle');
    if (toggle !== null) toggleDetails(toggle);
  });
  for (const pager of document.querySelectorAll('.pager')) {
    pager.addEventListener('click', (event) => {
      const step = closest(event, '[data-step]')?.dataset.step;
      if (step === undefined) return;
      change({ finding: view.finding, page: String(pageOf(view) + Number(step)) });
      scrollToFindings();
    });
  }
}

function listenToWindow(): void {
  addEventListener('hashchange', () => {
    if (!readAddress()) return;
    view = showInControls(view, defaults);
    draw();
    scrollToFindings();
  });
  addEventListener('beforeprint', () => draw(PRINTED_ROWS));
  addEventListener('afterprint', () => draw());
}

listenToFilters();
listenToTable();
listenToWindow();
const linked = readAddress();
for (const control of document.querySelectorAll<HTMLElement>('.needs-script')) control.hidden = false;
view = showInControls(view, defaults);
draw();
if (linked) scrollToFindings();
document.documentElement.dataset.ready = 'yes';
