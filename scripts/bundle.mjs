// Builds mirrorwatch.zip: one small module per Lambda function, shared code in chunks, rarely used code loaded on demand.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { byText } from '../src/collections.ts';
import { zipParts } from '../src/local/zip-writer.ts';
import { NOTICES_FILE, notices } from './release/notices.ts';
import { shakenSchemas } from './shaken-schemas.mjs';
import { zodInEnglish } from './zod-in-english.mjs';

const LIMIT = 850_000;
const HANDLERS = ['watch', 'respond', 'remediate', 'sweep', 'report', 'history'];

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'mirrorwatch.zip' },
    // Goes into the zip as config.json, which the functions read when MIRRORWATCH_CONFIG is not set.
    config: { type: 'string' },
  },
});
const root = new URL('../', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
const sources = await readdir(new URL('src/lambda/', root));
const missing = HANDLERS.filter((name) => !sources.includes(`${name}.ts`));
if (missing.length > 0) throw new Error(`src/lambda has no ${missing.map((name) => `${name}.ts`).join(', ')}`);

const { outputFiles, metafile } = await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: Object.fromEntries(HANDLERS.map((name) => [name, `src/lambda/${name}.ts`])),
  outdir: 'bundled',
  write: false,
  metafile: true,
  bundle: true,
  // Names of chunks follow from paths: node_modules may be a link without changing them.
  preserveSymlinks: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outExtension: { '.js': '.mjs' },
  // The SDK's ES modules can be tree-shaken. Its CommonJS build is one file per client.
  mainFields: ['module', 'main'],
  // Not `import`: it would also hold for `require`, and a package that is required would come as the module it is for `import`.
  conditions: ['module'],
  // Only the local world uses these. A bundle that imports them is broken, and a test fails.
  external: ['libsql', 'piscina'],
  define: { MIRRORWATCH_VERSION: JSON.stringify(version) },
  banner: {
    js: "import{createRequire as createRequireHere}from'node:module';const require=createRequireHere(import.meta.url);",
  },
  plugins: [zodInEnglish, shakenSchemas],
  legalComments: 'none',
  logLevel: 'warning',
});

const files = outputFiles.map(({ path, contents }) => ({ name: basename(path), parts: [contents] }));
const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
files.push({ name: NOTICES_FILE, parts: [Buffer.from(notices(fileURLToPath(root), inputs))] });
if (values.config !== undefined) files.push({ name: 'config.json', parts: [await readFile(values.config)] });
// esbuild promises no order of its output files.
const zip = await buffer(zipParts(files.toSorted(byText(({ name }) => name)), { level: 9 }));
await writeFile(values.out, zip);
console.log(`${createHash('sha256').update(zip).digest('hex')}  ${values.out}`);
console.log(`${zip.length} bytes in ${files.length} files (at most ${LIMIT})`);
if (zip.length > LIMIT) process.exitCode = 1;
