/** The functions of the built zip. A cold start imports a function's small entry again; the shared chunks hold no state. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The names of the handlers in the zip. */
export const FUNCTIONS = ['watch', 'respond', 'remediate', 'sweep', 'report'] as const;
export type FunctionName = (typeof FUNCTIONS)[number];

/** A handler as Lambda calls it. */
export type LambdaHandler = (event: unknown, context: object) => Promise<unknown>;

let starts = 0;

/** Loads every module of the unpacked zip, so that later imports read no file. */
export async function loadChunks(folder: string): Promise<void> {
  for (const file of readdirSync(folder)) {
    const isEntry = FUNCTIONS.some((name) => file === `${name}.mjs`);
    if (file.endsWith('.mjs') && file !== 'run.mjs' && !isEntry) await import(pathToFileURL(join(folder, file)).href);
  }
}

/** A handler in a new container: its entry module is evaluated again and has no memory of earlier ones. */
export async function coldStart(folder: string, name: FunctionName): Promise<LambdaHandler> {
  starts += 1;
  const module: { readonly handler: LambdaHandler } = await import(
    `${pathToFileURL(join(folder, `${name}.mjs`)).href}?start=${starts}`
  );
  return module.handler;
}
