/** Writes template.json from its groups in deploy/stack: `npm run generate`. What is deployed and reviewed is committed. */

import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { templateText } from '../deploy/stack/template.ts';

const target = resolve(import.meta.dirname, '../template.json');
const text = templateText();
const isStale = readFileSync(target, 'utf8') !== text;
if (isStale) writeFileSync(target, text);
console.log(isStale ? 'Wrote template.json.' : 'template.json is up to date.');
