/** The report formats by name. Generated from this folder by `npm run generate`; do not edit. */

import type { Format } from '../format.ts';

/** A loader for each format: a run loads only the formats that it prints. */
export const FORMATS = {
  asff: () => import('./asff.ts').then(({ asff }) => asff),
  csv: () => import('./csv.ts').then(({ csv }) => csv),
  html: () => import('./html.ts').then(({ html }) => html),
  json: () => import('./json.ts').then(({ json }) => json),
  jsonl: () => import('./jsonl.ts').then(({ jsonl }) => jsonl),
  junit: () => import('./junit.ts').then(({ junit }) => junit),
  markdown: () => import('./markdown.ts').then(({ markdown }) => markdown),
  ocsf: () => import('./ocsf.ts').then(({ ocsf }) => ocsf),
  sarif: () => import('./sarif.ts').then(({ sarif }) => sarif),
  table: () => import('./table.ts').then(({ table }) => table),
} as const satisfies Readonly<Record<string, () => PromiseLike<Format>>>;

/** A name that `-o` takes. */
export type FormatName = keyof typeof FORMATS;

/** The names that `-o` takes, in the order in which help lists them. */
export const FORMAT_NAMES = [
  'asff',
  'csv',
  'html',
  'json',
  'jsonl',
  'junit',
  'markdown',
  'ocsf',
  'sarif',
  'table',
] as const satisfies readonly FormatName[];
