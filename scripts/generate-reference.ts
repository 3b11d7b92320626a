/** Writes the parts of `docs/reference/` that say what the code says: `npm run generate`. What stands around them is written by people. */

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GeneratedFile } from './generate-indexes.ts';
import { commandsReference } from './reference/commands.ts';
import { configurationReference } from './reference/configuration.ts';
import { doctorReference } from './reference/doctor.ts';
import { environmentReference } from './reference/environment.ts';
import { permissionsReference } from './reference/permissions.ts';
import { rulesReference } from './reference/rules.ts';
import { snapshotReference } from './reference/snapshot.ts';
import { textIn } from './text-in.ts';

/** The generated part of each page, by the page's name. `root` is the repository. */
const PAGES: Readonly<Record<string, (root: string) => string>> = {
  commands: commandsReference,
  configuration: configurationReference,
  doctor: doctorReference,
  environment: environmentReference,
  permissions: permissionsReference,
  rules: rulesReference,
  snapshot: snapshotReference,
};

const GENERATED = /(?<=<!-- generated -->\n)[\s\S]*?(?=<!-- \/generated -->)/;

/** Every page with its text and the text that belongs there. Throws for a page without a place for its generated part. */
export function referencePages(root: string): readonly GeneratedFile[] {
  return Object.entries(PAGES).map(([name, textOf]) => {
    const target = `docs/reference/${name}.md`;
    const before = textIn(resolve(root, target));
    if (!GENERATED.test(before)) throw new Error(`${target}: has no <!-- generated -->…<!-- /generated --> to fill in`);
    return { target, before, text: before.replace(GENERATED, () => `\n${textOf(root)}\n`) };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = resolve(import.meta.dirname, '..');
  const stale = referencePages(root).filter(({ before, text }) => before !== text);
  for (const { target, text } of stale) writeFileSync(resolve(root, target), text);
  console.log(
    stale.length === 0 ? 'The reference is up to date.' : `Wrote ${stale.map(({ target }) => target).join(', ')}.`,
  );
}
