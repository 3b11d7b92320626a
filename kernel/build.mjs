// Compiles json-elements.ts and writes it, as base64, where the product imports it: `npm ci && npm run build` in this folder.
import { writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const { error, stdout, stderr, binary } = await compile();
if (error) {
  process.stderr.write(stderr.toString());
  process.exit(1);
}
await writeFile(
  new URL('../src/cloudtrail/scanner/json-elements-wasm.ts', import.meta.url),
  `/** The compiled scanner loop, base64 of WebAssembly. Generated from kernel/json-elements.ts by kernel/build.mjs. */
export const JSON_ELEMENTS_WASM: string =
  '${Buffer.from(binary).toString('base64')}';
`,
);
process.stdout.write(stdout.toString());

async function compile() {
  let binary;
  const result = await asc.main(
    ['json-elements.ts', '-O3', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '8', '--memoryBase', '1024', '--zeroFilledMemory', '-o', 'kernel.wasm'],
    { writeFile: (_name, content) => { binary = content; }, baseDir: new URL('.', import.meta.url).pathname },
  );
  return { ...result, binary };
}
