import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTATIONS, mutatedCopy } from '../../campaign/mutations.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('a mutation of the campaign', () => {
  it.each(Object.entries(MUTATIONS))('%s changes one place of the source', (_, { file, find, replace }) => {
    expect(readFileSync(join(ROOT, file), 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('is made in a copy that has all that the bundle needs', { timeout: 120_000 }, () => {
    const copy = mutatedCopy('no-client-token');
    try {
      const zip = join(copy.root, 'mirrorwatch.zip');
      execFileSync('bash', [join(copy.root, 'bundle.sh'), '--out', zip], { stdio: 'pipe' });
      expect(existsSync(zip)).toBe(true);
    } finally {
      copy.remove();
    }
    expect(existsSync(copy.root)).toBe(false);
  });
});
