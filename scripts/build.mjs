// Builds dist/cli.js: one small entry file; everything heavy (the AWS SDK, SQLite, workers) is in chunks that load on demand.
import { readFile, rename, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { zodInEnglish } from './zod-in-english.mjs';

const { version, dependencies } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
// yazl's CRC-32 is JavaScript and takes 0.7 s of a season's evidence. Node has a native one since 20.15; before that, yazl keeps its own.
const nativeCrc32 = {
  name: 'native-crc32',
  setup({ onLoad }) {
    onLoad({ filter: /buffer-crc32\/dist\/index\.cjs$/ }, async ({ path }) => {
      const library = await readFile(path, 'utf8');
      const native =
        "const { crc32: native } = require('node:zlib');\nif (native) module.exports = Object.assign(() => {}, module.exports, { unsigned: (bytes, before) => native(bytes, before) });\n";
      return { contents: `${library}\n${native}`, loader: 'js' };
    });
  },
};

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
await rm('dist.new', { recursive: true, force: true });
await build({
  entryPoints: {
    cli: 'src/cli/main.ts',
    'scan-worker': 'src/local/scan/scan-worker.ts',
    'history-worker': 'src/cli/history/worker.ts',
    'hash-worker': 'src/cli/verifying/hash-worker.ts',
  },
  outdir: 'dist.new',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  loader: { '.yaml': 'text' },
  // libsql and piscina load files from their own folders. The SDK stays in node_modules, so only the clients in use are read, and so does
  // the compression that few versions of Node need.
  external: Object.keys(dependencies).filter(
    (name) => name.startsWith('@aws-') || ['libsql', 'piscina', '@hpcc-js/wasm-zstd'].includes(name),
  ),
  plugins: [nativeCrc32, zodInEnglish],
  // The package stays below 5 MB unpacked; names, and so stack traces, stay as they are.
  minifyWhitespace: true,
  define: { MIRRORWATCH_VERSION: JSON.stringify(version) },
  banner: {
    js: "import { createRequire as createRequireHere } from 'node:module'; const require = createRequireHere(import.meta.url);",
  },
  logLevel: 'warning',
});

// A failed build never gets here and leaves the previous dist/ in place.
await rm('dist', { recursive: true, force: true });
await rename('dist.new', 'dist');
