/** The form of filters: shows a view, and reads what the reader chose. */

import { byId } from './elements.ts';
import { hashOf, type View } from './view.ts';

const FIELDS = ['rule', 'account', 'region', 'group', 'q'] as const;
const PILLS = ['severity', 'status'] as const;

/** Sets the controls to a view. Returns the view without values that no control offers, which fall back to the defaults. */
export function showInControls(view: View, defaults: View): View {
  const { elements } = byId('filters', HTMLFormElement);
  let shown = view;
  for (const name of FIELDS) {
    const control = elements.namedItem(name);
    if (!(control instanceof HTMLSelectElement || control instanceof HTMLInputElement)) continue;
    control.value = view[name];
    if (control.value === view[name]) continue;
    control.value = defaults[name];
    shown = { ...shown, [name]: defaults[name] };
  }
  for (const name of PILLS) {
    const values = view[name].split(',');
    for (const box of document.querySelectorAll<HTMLInputElement>(`input[name=${name}]`))
      box.checked = values.includes(box.value);
  }
  byId('reset', HTMLElement).hidden = hashOf(shown, defaults) === '';
  return shown;
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
