/** What the HTML report does by itself: filters, sorting, pages, details. Plain JavaScript, allowed by its hash alone. */

/**
 * The script, whole. It reads the packed findings (see `html-data`), keeps its state in the URL's hash, and writes text only as
 * text nodes. Without it the page shows its summary and its first rows.
 */
export const SCRIPT = String.raw`
(() => {
'use strict';
const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const STATUSES = ['open', 'resolved', 'muted'];
const PAGE = 100;
const PRINTED = 1000;
const $ = (id) => document.getElementById(id);
const packed = JSON.parse($('data').textContent);
const text = (index) => (index < 0 ? '' : packed.strings[index]);
const day = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : '');
const moment = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 19).replace('T', ' ') + ' UTC' : '');
const number = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

const findings = packed.rows.map((row) => {
  const resource = text(row[7]);
  const name = text(row[8]);
  const fill = (index) => text(index).replaceAll('\u0001', () => resource).replaceAll('\u0002', () => name);
  return { row, fill, id: text(row[0]), severity: row[1], status: row[2], rule: text(row[3]), account: text(row[4]), region: text(row[5]),
    type: text(row[6]), resource, name, owner: text(row[9]), vpc: text(row[10]), reason: fill(row[11]), who: text(row[12]), seen: row[13], hay: null };
});

const haystack = (f) => f.hay ?? (f.hay = [f.resource, f.name, f.owner, f.vpc, f.reason, f.who, f.account, f.region, f.rule, f.id,
  ...f.row[16].flatMap((e) => [text(e[0]), text(e[1]), text(e[3]), text(e[6])]), ...f.row[17].map((x) => text(x[1]))].join('\n').toLowerCase());

const DEFAULTS = { severity: '', status: findings.some((f) => f.status === 0) ? 'open' : '', rule: '', account: '', region: '', q: '', sort: 'severity', group: 'rule', page: '1', finding: '' };
let state = { ...DEFAULTS };
let open = new Set();
let shown = [];

function readHash() {
  const hash = location.hash.slice(1);
  if (hash !== '' && !hash.includes('=')) return false;
  const given = new URLSearchParams(hash);
  state = { ...DEFAULTS };
  for (const key of Object.keys(DEFAULTS)) if (given.has(key)) state[key] = given.get(key);
  if (state.finding) open.add(state.finding);
  return hash !== '';
}

function writeHash() {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value !== DEFAULTS[key]) given.set(key, value);
  const hash = given.toString();
  history.replaceState(null, '', hash === '' ? location.pathname + location.search : '#' + hash);
}

const SORTS = {
  severity: (a, b) => a.severity - b.severity || a.status - b.status,
  resource: (a, b) => compare(a.name || a.resource, b.name || b.resource),
  reason: (a, b) => compare(a.reason, b.reason),
  who: (a, b) => compare(a.owner || a.who, b.owner || b.who),
  where: (a, b) => compare(a.account, b.account) || compare(a.region, b.region),
  seen: (a, b) => a.seen - b.seen,
};
const GROUPS = {
  rule: (f) => f.rule,
  resource: (f) => f.name ? f.name + ' (' + f.resource + ')' : f.resource,
  owner: (f) => f.owner || 'no owner',
  account: (f) => f.account,
  vpc: (f) => f.vpc || 'no VPC',
};
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function select() {
  if (state.finding) return findings.filter((f) => f.id === state.finding);
  const severities = state.severity === '' ? null : new Set(state.severity.split(',').map((s) => SEVERITIES.indexOf(s)));
  const statuses = state.status === '' || state.status === 'all' ? null : new Set(state.status.split(',').map((s) => STATUSES.indexOf(s)));
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter((f) => (!severities || severities.has(f.severity)) && (!statuses || statuses.has(f.status))
    && (!state.rule || f.rule === state.rule) && (!state.account || f.account === state.account) && (!state.region || f.region === state.region)
    && words.every((word) => haystack(f).includes(word)));
}

function arrange(list) {
  const descending = state.sort.startsWith('-');
  const by = SORTS[state.sort.replace(/^-/, '')] ?? SORTS.severity;
  const sorted = list.sort((a, b) => (descending ? -by(a, b) : by(a, b)) || compare(a.resource, b.resource) || compare(a.id, b.id));
  const groupOf = GROUPS[state.group];
  if (!groupOf) return [{ name: null, list: sorted }];
  const groups = new Map();
  for (const f of sorted) {
    const name = groupOf(f);
    const group = groups.get(name) ?? { name, list: [], worst: 9 };
    group.list.push(f);
    group.worst = Math.min(group.worst, f.severity);
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => a.worst - b.worst || b.list.length - a.list.length || compare(a.name, b.name));
}

function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (key in element && key !== 'role') element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ''));
  return element;
}

const badge = (f) => make('span', { className: 'badge ' + SEVERITIES[f.severity] }, SEVERITIES[f.severity]);

function rowOf(f) {
  const label = f.name || f.resource;
  const toggle = make('button', { type: 'button', className: 'toggle', 'aria-expanded': String(open.has(f.id)), 'aria-controls': 'd-' + f.id }, make('bdi', null, label));
  toggle.dataset.id = f.id;
  const status = f.status === 0 ? null : make('span', { className: 'badge plain' }, STATUSES[f.status]);
  return make('tr', { className: 'row', id: 'f-' + f.id },
    make('td', { className: 'sev' }, badge(f), status),
    make('th', { scope: 'row', className: 'res' }, toggle, f.name ? make('span', { className: 'id mono' }, f.resource) : '', make('span', { className: 'inline-why' }, f.reason)),
    make('td', { className: 'why' }, f.reason),
    make('td', { className: 'who' }, f.owner || f.who),
    make('td', { className: 'where' }, f.account, make('span', { className: 'id' }, f.region)),
    make('td', { className: 'seen' }, make('time', { dateTime: moment(f.seen).replace(' UTC', 'Z').replace(' ', 'T') }, day(f.seen))));
}

function detailOf(f) {
  const list = make('dl');
  const add = (term, ...content) => list.append(make('dt', null, term), make('dd', null, ...content));
  const fix = f.fill(f.row[15]);
  add('Why', f.reason);
  if (fix) {
    const code = make('pre', { tabIndex: 0, 'aria-label': 'Command that mends it' }, fix);
    const copy = make('button', { type: 'button', className: 'plainbtn copy' }, 'Copy');
    copy.addEventListener('click', () => copyText(fix, code, copy));
    add('Fix', code, copy);
  }
  add('Where', [f.account + ' ' + f.region, f.vpc].filter(Boolean).join(', '));
  add('Resource', f.type + ' ' + f.resource);
  if (f.owner) add('Owner', f.owner);
  add('Seen', 'first ' + moment(f.seen) + ', last ' + moment(f.row[14]));
  for (const [label, value] of f.row[17]) add(text(label), text(value));
  if (f.row[16].length > 0) add('Evidence', make('ol', null, ...f.row[16].map(evidenceOf)));
  add('Finding', make('a', { href: '#finding=' + f.id }, f.id));
  return make('tr', { className: 'detail', id: 'd-' + f.id }, make('td', { colSpan: 6 }, list));
}

function evidenceOf(e) {
  const from = [text(e[4]), text(e[5])].filter(Boolean).join(', ');
  const lines = [text(e[1]) + ' by ' + text(e[3]) + ' at ' + moment(e[2]), from && 'from ' + from, text(e[0]) && 'event ' + text(e[0]), text(e[6]) && 'in ' + text(e[6]), text(e[7])];
  return make('li', null, ...lines.filter(Boolean).map((line) => make('div', null, line)));
}

function copyText(value, element, button) {
  const done = () => { button.textContent = 'Copied'; $('live').textContent = 'Copied the command.'; };
  const mark = () => { getSelection().selectAllChildren(element); };
  if (navigator.clipboard) navigator.clipboard.writeText(value).then(done, mark);
  else mark();
}

function render(limit = PAGE) {
  const groups = arrange(select());
  shown = groups.flatMap((group) => group.list);
  const pages = Math.max(1, Math.ceil(shown.length / limit));
  const page = Math.min(pages, Math.max(1, Number.parseInt(state.page, 10) || 1));
  const first = (page - 1) * limit;
  const table = $('rows');
  for (const body of [...table.tBodies]) body.remove();
  let position = 0;
  for (const group of groups) {
    const list = group.list.slice(Math.max(0, first - position), Math.max(0, first + limit - position));
    position += group.list.length;
    if (list.length === 0) continue;
    const body = make('tbody');
    if (group.name !== null) {
      const title = state.group === 'rule' ? packed.titles[group.name] ?? group.name : group.name;
      const count = number(group.list.length) + (group.list.length === 1 ? ' finding' : ' findings');
      body.append(make('tr', { className: 'group' }, make('th', { scope: 'rowgroup', colSpan: 6 }, make('bdi', null, title), make('span', null, count))));
    }
    for (const f of list) {
      body.append(rowOf(f));
      const detail = open.has(f.id) ? detailOf(f) : null;
      if (detail) body.append(detail);
    }
    table.append(body);
  }
  const last = Math.min(shown.length, first + limit);
  $('count').textContent = shown.length === 0 ? 'No finding matches.' : number(first + 1) + '–' + number(last) + ' of ' + number(shown.length) + (shown.length === findings.length ? ' findings' : ' matching findings, ' + number(findings.length) + ' in all');
  for (const pager of document.querySelectorAll('.pager')) {
    pager.hidden = pages === 1;
    pager.querySelector('[data-step="-1"]').disabled = page === 1;
    pager.querySelector('[data-step="1"]').disabled = page === pages;
    pager.querySelector('span').textContent = 'Page ' + number(page) + ' of ' + number(pages);
  }
  for (const header of document.querySelectorAll('[data-sort]')) {
    const own = state.sort.replace(/^-/, '') === header.dataset.sort;
    header.parentElement.setAttribute('aria-sort', own ? (state.sort.startsWith('-') ? 'descending' : 'ascending') : 'none');
  }
}

function showControls() {
  for (const name of ['rule', 'account', 'region', 'group', 'q']) {
    const control = $('filters').elements.namedItem(name);
    control.value = state[name];
    if (control.value !== state[name]) state[name] = control.value = DEFAULTS[name];
  }
  for (const name of ['severity', 'status']) {
    const chosen = state[name].split(',');
    for (const box of document.querySelectorAll('input[name=' + name + ']')) box.checked = chosen.includes(box.value);
  }
  $('reset').hidden = Object.keys(DEFAULTS).every((key) => state[key] === DEFAULTS[key]);
}

function change(parts) {
  state = { ...state, finding: '', page: '1', ...parts };
  writeHash();
  showControls();
  render();
}

function readControls() {
  const form = new FormData($('filters'));
  const status = form.getAll('status').join(',');
  change({ severity: form.getAll('severity').join(','), status: status === '' && DEFAULTS.status !== '' ? 'all' : status,
    rule: form.get('rule'), account: form.get('account'), region: form.get('region'), group: form.get('group'), q: form.get('q').trim() });
}

$('filters').addEventListener('submit', (event) => event.preventDefault());
$('filters').addEventListener('change', readControls);
let typing = 0;
$('q').addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(readControls, 120); });
$('reset').addEventListener('click', () => { open.clear(); change(DEFAULTS); $('q').focus(); });
$('rows').addEventListener('click', (event) => {
  const sorter = event.target.closest('[data-sort]');
  if (sorter) return change({ sort: state.sort === sorter.dataset.sort ? '-' + sorter.dataset.sort : sorter.dataset.sort });
  const toggle = event.target.closest('.toggle');
  if (!toggle) return;
  const { id } = toggle.dataset;
  const now = !open.has(id);
  if (now) open.add(id); else open.delete(id);
  toggle.setAttribute('aria-expanded', String(now));
  if (now) toggle.closest('tr').after(detailOf(findings.find((f) => f.id === id)));
  else $('d-' + id)?.remove();
});
for (const pager of document.querySelectorAll('.pager')) pager.addEventListener('click', (event) => {
  const step = event.target.closest('[data-step]');
  if (!step) return;
  change({ finding: state.finding, page: String((Number.parseInt(state.page, 10) || 1) + Number(step.dataset.step)) });
  $('findings').scrollIntoView();
});
addEventListener('hashchange', () => {
  if (!readHash()) return;
  showControls();
  render();
  $('findings').scrollIntoView();
});
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input,select,textarea')) return;
  event.preventDefault();
  $('q').focus();
});
addEventListener('beforeprint', () => render(PRINTED));
addEventListener('afterprint', () => render());

const linked = readHash();
for (const element of document.querySelectorAll('.needs-script')) element.hidden = false;
showControls();
render();
if (linked) $('findings').scrollIntoView();
document.documentElement.dataset.ready = 'yes';
})();
`;
