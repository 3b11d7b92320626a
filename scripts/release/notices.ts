/** The licences of the code that is in mirrorwatch.zip, as texts: who passes the zip on passes them on. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LockedPackage, packageId, packageNameOf, productionPackages } from './lock.ts';

/** The name of the file in the zip. */
export const NOTICES_FILE = 'THIRD-PARTY-LICENSES.txt';

/** Licences that need not be passed on. */
const NEED_NO_TEXT = ['MIT-0', '0BSD'];
/** Licences whose text names no holder, so one package's text serves another that comes without. */
const SAME_FOR_ALL = ['Apache-2.0'];
const RULE = '-'.repeat(80);

/**
 * The licences of the packages that have code in a bundle, each text once.
 *
 * `inputs` are the paths of the files in the bundle, relative to `root`. Reads the licence and notice files of the installed
 * packages. Throws if a package is not one that the product needs, if it states another licence than in the lock, or if it has no
 * licence file and must have one.
 */
export function notices(root: string, inputs: Iterable<string>): string {
  const bundled = new Set([...inputs].flatMap((path) => packagePathOf(path) ?? []));
  const locked = new Map(productionPackages(root).map((each) => [each.path, each]));
  const byText = new Map<string, LockedPackage[]>();
  const without: LockedPackage[] = [];
  for (const path of [...bundled].toSorted()) {
    const one = locked.get(path);
    if (one === undefined)
      throw new Error(`${path} has code in the bundle, and is not one of the packages that the product needs`);
    checkLicence(root, one);
    const text = licenceTextOf(join(root, path));
    if (text === '') without.push(one);
    else byText.set(text, [...(byText.get(text) ?? []), one]);
  }
  const described = [...byText.values()].flat();
  const parts = [...byText].map(([text, packages]) => `${packages.map(titleOf).join('\n')}\n\n${text}\n`);
  return [
    'Mirrorwatch: MIT\n',
    `${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}\n`,
    'It contains code of the following packages.\n',
    ...without.map((one) => `${titleOf(one)}\n\n${substitute(one, described)}\n`),
    ...parts,
  ].join(`\n${RULE}\n\n`);
}

/** What stands for the text of a package that comes without a licence file. */
function substitute(one: LockedPackage, described: readonly LockedPackage[]): string {
  if (NEED_NO_TEXT.includes(one.licence ?? ''))
    return 'The package has no licence file; this licence does not ask for one.';
  const other = SAME_FOR_ALL.includes(one.licence ?? '')
    ? described.find(({ licence }) => licence === one.licence)
    : undefined;
  if (other === undefined) throw new Error(`${packageId(one)} (${one.licence}) has no licence file to pass on`);
  return `The package has no licence file. The text of the licence is under ${packageId(other)}.`;
}

const titleOf = (one: LockedPackage): string => `${packageId(one)}: ${one.licence}`;

function packagePathOf(input: string): string | undefined {
  const name = packageNameOf(input);
  return name === undefined
    ? undefined
    : input.slice(0, input.lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length);
}

function checkLicence(root: string, one: LockedPackage): void {
  const installed = JSON.parse(readFileSync(join(root, one.path, 'package.json'), 'utf8')) as Record<string, unknown>;
  if (installed.version !== one.version || installed.license !== one.licence)
    throw new Error(
      `${one.path} is ${installed.version} with the licence ${installed.license}; package-lock.json has ${packageId(one)} with ${one.licence}: run npm ci`,
    );
}

/** The licence and notice files of a package, one after the other. Empty if it has no licence file. */
function licenceTextOf(folder: string): string {
  const files = readdirSync(folder).toSorted();
  const licences = files.filter((name) => /^(?:licen[cs]e|copying)/i.test(name));
  if (licences.length === 0) return '';
  return [...licences, ...files.filter((name) => /^notice/i.test(name))]
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n');
}
