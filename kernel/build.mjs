// Compiles json-elements.ts and writes it, as base64, to the file the product imports: `npm ci && npm run build` in this folder.
// `node build.mjs PATH` writes it to PATH instead, so the result can be compared with the committed file.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = fileURLToPath(new URL('.', import.meta.url));
const [output = `${folder}../src/cloudtrail/scanner/json-elements-wasm.ts`] = process.argv.slice(2);

const OPTIONS = [
  ...['-O3', '--runtime', 'stub', '--enable', 'simd'],
  // The source places its tables and its input window itself, from address 0x1000 on.
  ...['--initialMemory', '8', '--memoryBase', '1024', '--zeroFilledMemory'],
];

const { error, stdout, stderr, binary } = await compile();
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
await writeFile(
  output,
  `/** The compiled scanner loop, base64 of WebAssembly. Generated from kernel/json-elements.ts by kernel/build.mjs. */
export const JSON_ELEMENTS_WASM: string =
  '${Buffer.from(binary).toString('base64')}';
`,
);
process.stdout.write(stdout.toString());

async function compile() {
  let binary;
  const result = await asc.main(['json-elements.ts', ...OPTIONS, '-o', 'kernel.wasm'], {
    writeFile: (_name, content) => {
      binary = content;
    },
    baseDir: folder,
  });
  return { ...result, binary };
}
