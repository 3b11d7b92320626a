/** The form of filters: shows a view, and reads what the reader chose. */

import { MOST_SEARCH, type Offered } from './address.ts';
import { byId } from './elements.ts';
import type { PageFinding } from './page-findings.ts';
import { hashOf, type View } from './view.ts';

const FIELDS = ['rule', 'account', 'region', 'group', 'q'] as const;
const PILLS = ['severity', 'status'] as const;

/** Sets the controls to a view. */
export function showInControls(view: View, defaults: View): void {
  for (const name of FIELDS) {
    const control = controlOf(name);
    if (control !== null) control.value = view[name];
  }
  for (const name of PILLS) {
    const values = view[name].split(',');
    for (const box of boxesOf(name)) box.checked = values.includes(box.value);
  }
  byId('reset', HTMLElement).hidden = hashOf(view, defaults) === '';
}

/** What the controls, the column headings and the findings offer. */
export function offeredBy(findings: readonly PageFinding[]): Offered {
  const ids = new Set(findings.map(({ id }) => id));
  const columns = new Set(
    [...document.querySelectorAll<HTMLElement>('[data-sort]')].map(({ dataset }) => dataset.sort),
  );
  const choices = new Map<string, ReadonlySet<string>>();
  for (const name of PILLS) choices.set(name, new Set([...boxesOf(name)].map(({ value }) => value)));
  for (const name of FIELDS) {
    const control = controlOf(name);
    if (!(control instanceof HTMLSelectElement)) continue;
    choices.set(name, new Set([...control.options].filter(({ disabled }) => !disabled).map(({ value }) => value)));
  }
  return (key, value) => {
    switch (key) {
      case 'q':
        return value.length <= MOST_SEARCH;
      case 'sort':
        return columns.has(value.replace(/^-/, ''));
      case 'page':
        return /^[1-9]\d{0,5}$/.test(value);
      case 'finding':
        return ids.has(value);
      case 'status':
        return value === 'all' || choices.get(key)?.has(value) === true;
      case 'severity':
      case 'rule':
      case 'account':
      case 'region':
      case 'group':
        return choices.get(key)?.has(value) === true;
    }
  };
}

function controlOf(name: string): HTMLSelectElement | HTMLInputElement | null {
  const control = byId('filters', HTMLFormElement).elements.namedItem(name);
  return control instanceof HTMLSelectElement || control instanceof HTMLInputElement ? control : null;
}

function boxesOf(name: string): NodeListOf<HTMLInputElement> {
  return document.querySelectorAll<HTMLInputElement>(`input[name=${name}]`);
}

/** The filters as the controls have them now. With no status chosen, all are shown. */
export function readControls(defaults: View): Partial<View> {
  const form = new FormData(byId('filters', HTMLFormElement));
  const chosen = (name: string): string => form.getAll(name).join(',');
  const status = chosen('status');
  return {
    severity: chosen('severity'),
    status: status === '' && defaults.status !== '' ? 'all' : status,
    rule: chosen('rule'),
    account: chosen('account'),
    region: chosen('region'),
    group: chosen('group'),
    q: chosen('q').trim(),
  };
}
