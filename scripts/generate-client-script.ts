/**
 * Bundles the HTML report's script into a module that holds it as text: `npm run generate`. The module is committed, so everything
 * that runs from source (tests, tsx, both bundlers) sees the same script and the same hash.
 */

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** The generated module, relative to the repository. */
export const CLIENT_SCRIPT_MODULE = 'src/report/html/client-script.ts';

/** The module's text. Only white space is minified: an auditor can still read the script in the page. */
export async function clientScriptModule(root: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/report/html/client/main.ts'],
    tsconfig: 'src/report/html/client/tsconfig.json',
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    minifyWhitespace: true,
    lineLimit: 160,
    logLevel: 'warning',
  });
  const script = outputFiles
    .map(({ text }) => text)
    .join('')
    // esbuild writes a control character in a string verbatim; the page must not contain any.
    .replaceAll(/(?!\n)\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `/** The script of the HTML report. Generated from client/ by \`npm run generate\`; do not edit. */
export const CLIENT_SCRIPT: string = \`${script.replaceAll(/[\\`]|\$(?=\{)/g, '\\$&')}\`;
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = resolve(import.meta.dirname, '..');
  const target = resolve(root, CLIENT_SCRIPT_MODULE);
  const text = await clientScriptModule(root);
  const stale = (await readFile(target, 'utf8').catch(() => '')) !== text;
  if (stale) await writeFile(target, text);
  console.log(stale ? `Wrote ${CLIENT_SCRIPT_MODULE}.` : `${CLIENT_SCRIPT_MODULE} is up to date.`);
}
