/** What a generated file holds before it is written anew. */

import { readFileSync } from 'node:fs';

/** The text of a file; empty where there is none. */
export function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
