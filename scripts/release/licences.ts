/** The licences of what the product needs: which we take, and `docs/licences.md`, the list. `npm run generate` writes it. */

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { textIn } from '../text-in.ts';
import { type LockedPackage, packageId, productionPackages } from './lock.ts';

/** The licences that a package of the product may have: those that ask for no more than that their text is passed on. */
export const ALLOWED_LICENCES = ['MIT', 'MIT-0', 'Apache-2.0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause'] as const;

/** The generated list, relative to the repository. */
export const LICENCES_DOCUMENT = 'docs/licences.md';

/** What is wrong with a package's licence. Expressions such as `MIT OR GPL-2.0` are refused too: somebody has to choose. */
export function licenceFault(locked: LockedPackage): string | undefined {
  const { licence } = locked;
  if (licence === undefined) return `${packageId(locked)} states no licence`;
  const isAllowed = ALLOWED_LICENCES.some((allowed) => allowed === licence);
  return isAllowed
    ? undefined
    : `${packageId(locked)} has the licence ${licence}, which is not one of ALLOWED_LICENCES`;
}

/** The text of `docs/licences.md`. Throws if a package has no licence that we take. */
export function licencesDocument(root: string): string {
  const packages = productionPackages(root);
  const faults = packages.flatMap((locked) => licenceFault(locked) ?? []);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const ids = [...new Set(packages.map(packageId))].toSorted();
  const licences = new Map(packages.map((locked) => [packageId(locked), locked.licence]));
  const count = (licence: string): number => ids.filter((id) => licences.get(id) === licence).length;
  const counts = ALLOWED_LICENCES.filter((licence) => count(licence) > 0).map(
    (licence) => `${count(licence)} ${licence}`,
  );
  return `# Licences

Mirrorwatch has the [MIT licence](../LICENSE). It needs ${ids.length} packages (${counts.join(', ')}), among them those for other platforms, which npm
does not install. \`mirrorwatch.zip\` has the code of some of them; their licences are in its \`THIRD-PARTY-LICENSES.txt\`. What only
development needs is not listed. The compiler of the scanner's kernel, AssemblyScript, has the licence Apache-2.0.

\`scripts/release/licences.ts\` says which licences we take, and \`npm run generate\` writes this list from \`package-lock.json\`; do not edit it.

| package | licence |
|---|---|
${ids.map((id) => `| ${id} | ${licences.get(id)} |\n`).join('')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = resolve(import.meta.dirname, '../..');
  const target = resolve(root, LICENCES_DOCUMENT);
  const text = licencesDocument(root);
  const isStale = textIn(target) !== text;
  if (isStale) writeFileSync(target, text);
  console.log(isStale ? `Wrote ${LICENCES_DOCUMENT}.` : `${LICENCES_DOCUMENT} is up to date.`);
}
