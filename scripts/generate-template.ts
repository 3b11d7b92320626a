/** Writes the templates from their groups in deploy/stack: `npm run generate`. What is deployed and reviewed is committed. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TEMPLATE_TEXTS } from '../deploy/stack/template.ts';

for (const [path, text] of Object.entries(TEMPLATE_TEXTS)) {
  const target = resolve(import.meta.dirname, '..', path);
  const isStale = !existsSync(target) || readFileSync(target, 'utf8') !== text;
  if (isStale) writeFileSync(target, text);
  console.log(isStale ? `Wrote ${path}.` : `${path} is up to date.`);
}
