/** The HTML report's own script: filters, sorting, pages, details. `npm run generate` bundles it into `../client-script.ts`. */

// It reads the findings embedded in the page, keeps its state in the URL's hash, and needs no network. Without it the page shows
// its summary and its first rows.

import { grouped, plural } from '../../../collections.ts';
import type { PackedPage } from '../packed.ts';
import { ignoredWords, readView } from './address.ts';
import { download } from './download.ts';
import { byId, closest } from './elements.ts';
import { offeredBy, readControls, showInControls } from './filters.ts';
import { csvOf } from './findings-csv.ts';
import { drawTable, pageOf } from './findings-table.ts';
import { unpack } from './page-findings.ts';
import { detailOf } from './rows.ts';
import { allShown } from './selection.ts';
import { defaultView, hashOf, type View, viewWords } from './view.ts';

const PAGE_SIZE = 100;
/** A page of a hundred findings would be forty screens of a phone. */
const PHONE_PAGE_SIZE = 25;
const PRINTED_ROWS = 1000;
const TYPING_PAUSE_MS = 120;
const CSV_NAME = 'mirrorwatch-findings.csv';

const packed: PackedPage = JSON.parse(byId('data', HTMLScriptElement).text);
const findings = unpack(packed);
const titles = new Map(Object.entries(packed.titles));
const titleOf = (rule: string): string => titles.get(rule) ?? rule;
const defaults = defaultView(findings);
const offered = offeredBy(findings);
const expanded = new Set<string>();
let view: View = defaults;
/** True while the address is that of a search being typed: its letters are one step back, not one each. */
let isTyped = false;

function draw(): void {
  const pageSize = matchMedia('(max-width:640px)').matches ? PHONE_PAGE_SIZE : PAGE_SIZE;
  const total = drawTable(view, { findings, titles, expanded, pageSize });
  const cut = total > PRINTED_ROWS ? `. On paper: the first ${grouped(PRINTED_ROWS)}` : '';
  byId('applied', HTMLElement).textContent = `Shown: ${viewWords(view, titleOf)}${cut}.`;
  byId('csv', HTMLButtonElement).disabled = total === 0;
}

/** On paper there is no next page: all findings up to a number, and every fold open. */
function drawForPaper(): void {
  drawTable({ ...view, page: '1' }, { findings, titles, expanded, pageSize: PRINTED_ROWS });
  for (const fold of document.querySelectorAll<HTMLDetailsElement>('details:not([open])')) {
    fold.open = true;
    fold.dataset.printed = '';
  }
}

function drawAfterPaper(): void {
  draw();
  for (const fold of document.querySelectorAll<HTMLDetailsElement>('details[data-printed]')) {
    fold.open = false;
    delete fold.dataset.printed;
  }
}

/** Takes the view from the address, and says what it had to ignore. True if the address describes one. */
function readAddress(): boolean {
  const read = readView(location.hash, defaults, offered);
  view = read?.view ?? defaults;
  const words = ignoredWords(read?.ignored ?? []);
  const notice = byId('ignored', HTMLElement);
  notice.textContent = words;
  notice.hidden = words === '';
  if (view.finding !== '') expanded.add(view.finding);
  showInControls(view, defaults);
  return read !== null;
}

/** Changes parts of the view, as a step that the reader can go back. A changed filter leads to the first page, and from one finding to all. */
function change(parts: Partial<View>, isTyping = false): void {
  view = { ...view, finding: '', page: '1', ...parts };
  const hash = hashOf(view, defaults);
  const address = hash === '' ? location.pathname + location.search : `#${hash}`;
  if (isTyping && isTyped) history.replaceState(null, '', address);
  else if (hash !== location.hash.slice(1)) history.pushState(null, '', address);
  isTyped = isTyping;
  byId('ignored', HTMLElement).hidden = true;
  showInControls(view, defaults);
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
  const apply = (isTyping: boolean): void => change(readControls(defaults), isTyping);
  let typing: number | undefined;
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('change', ({ target }) => {
    if (target !== search) apply(false);
  });
  search.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => apply(true), TYPING_PAUSE_MS);
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

function listenToDownload(): void {
  byId('csv', HTMLButtonElement).addEventListener('click', () => {
    const list = allShown(findings, view);
    download(CSV_NAME, csvOf(list, titleOf));
    byId('live', HTMLElement).textContent = `${plural(list.length, 'finding')} in ${CSV_NAME}.`;
  });
}

function listenToWindow(): void {
  addEventListener('hashchange', () => {
    isTyped = false;
    const isView = readAddress();
    draw();
    if (isView) scrollToFindings();
  });
  // A link to a heading would take the filters out of the address.
  addEventListener('click', (event) => {
    const link = closest(event, 'a[href^="#"]');
    const id = link?.getAttribute('href')?.slice(1) ?? '';
    if (id.includes('=') || !location.hash.includes('=')) return;
    const place = document.getElementById(id);
    if (place === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    place.scrollIntoView();
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  });
  addEventListener('beforeprint', drawForPaper);
  addEventListener('afterprint', drawAfterPaper);
}

listenToFilters();
listenToTable();
listenToDownload();
listenToWindow();
const isLinked = readAddress();
for (const control of document.querySelectorAll<HTMLElement>('.needs-script')) control.hidden = false;
draw();
if (isLinked) scrollToFindings();
document.documentElement.dataset.ready = 'yes';
