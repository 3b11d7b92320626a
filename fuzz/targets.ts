/** The table of fuzz targets. A new one is a row here; its corpus is the folder of its name under `corpus/`. */

import { config, delivery, digests, keys, patterns, records, snapshot } from './targets/readers.ts';
import { scanner } from './targets/scanner.ts';
import type { Target } from './targets/target.ts';

/** Every target by its name. */
export const TARGETS: Readonly<Record<string, Target>> = {
  scanner,
  delivery,
  records,
  config,
  snapshot,
  digests,
  keys,
  patterns,
};
