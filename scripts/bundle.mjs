// Builds mirrorwatch.zip: one small module a Lambda function, what they share in chunks, what few calls need loaded when it is needed.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { zipOf } from './zip.mjs';

const LIMIT = 900_000;
const HANDLERS = ['watch', 'respond', 'remediate', 'sweep', 'report'];

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'mirrorwatch.zip' },
    // Laid into the zip as config.json, where MIRRORWATCH_CONFIG looks when it is not set.
    config: { type: 'string' },
  },
});
const root = new URL('../', import.meta.url);
const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
const sources = await readdir(new URL('src/lambda/', root));
const missing = HANDLERS.filter((name) => !sources.includes(`${name}.ts`));
if (missing.length > 0) throw new Error(`src/lambda has no ${missing.map((name) => `${name}.ts`).join(', ')}`);

// zod carries its messages in fifty languages; ours are in English.
const zodInEnglish = {
  name: 'zod-in-english',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer, resolveDir }) =>
      importer.includes('/node_modules/zod/') ? { path: resolve(resolveDir, '../locales/en.js') } : undefined,
    );
  },
};

const { outputFiles } = await build({
  absWorkingDir: root.pathname,
  entryPoints: Object.fromEntries(HANDLERS.map((name) => [name, `src/lambda/${name}.ts`])),
  outdir: 'bundled',
  write: false,
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outExtension: { '.js': '.mjs' },
  // The SDK's ES modules: its CommonJS is one file a client, of which nothing can be left out.
  mainFields: ['module', 'main'],
  conditions: ['module', 'import'],
  // Prebuilt binaries and worker pools of the local world; a bundle that reached for them would be wrong.
  external: ['libsql', 'piscina'],
  define: { MIRRORWATCH_VERSION: JSON.stringify(version) },
  banner: {
    js: "import{createRequire as createRequireHere}from'node:module';const require=createRequireHere(import.meta.url);",
  },
  plugins: [zodInEnglish],
  legalComments: 'none',
  logLevel: 'warning',
});

const files = Object.fromEntries(outputFiles.map(({ path, contents }) => [path.split('/').at(-1), contents]));
if (values.config !== undefined) files['config.json'] = await readFile(values.config);
const zip = zipOf(files);
await writeFile(values.out, zip);
console.log(`${createHash('sha256').update(zip).digest('hex')}  ${values.out}`);
console.log(`${zip.length} bytes in ${Object.keys(files).length} files (at most ${LIMIT})`);
if (zip.length > LIMIT) process.exitCode = 1;
