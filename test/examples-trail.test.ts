/** The trail that people try `verify` on: proven as it is, and not once it was touched. */

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { aPlace } from './support/command-line.ts';

const EXAMPLES = resolve(import.meta.dirname, '../examples');
const place = aPlace();
const KEYS = join(EXAMPLES, 'trail-keys.json');
const PERIOD = ['--since', '2026-03-17T08:00:00Z', '--until', '2026-03-17T14:00:00Z'];
const verify = (folder: string) => place.run('verify', folder, '--keys', KEYS, ...PERIOD);

describe('examples/trail', () => {
  it('is intact: every digest and log file is proven', async () => {
    const { code, stdout } = await verify(join(EXAMPLES, 'trail'));
    expect(stdout).toContain('6 valid');
    expect(code, stdout).toBe(0);
  });

  it.each([
    [
      'a log file that was changed',
      /CloudTrail\/.*gz$/,
      (path: string) => writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)).toString().replace('dana', 'eve'))),
    ],
    ['a log file that was deleted', /CloudTrail\/.*gz$/, (path: string) => rmSync(path)],
    [
      'a digest that was changed',
      /Digest\/.*gz$/,
      (path: string) =>
        writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)).toString().replace('SHA-256', 'MD5'))),
    ],
  ] as const)('shows %s', async (name, which, touch) => {
    const copy = place.path(name);
    cpSync(join(EXAMPLES, 'trail'), copy, { recursive: true });
    const [path = ''] = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((file) => which.test(file));
    touch(join(copy, path));
    const { code, stdout } = await verify(copy);
    expect(stdout).toContain('NOT INTACT');
    // What a changed digest names is not proven any more, which is the weaker answer.
    expect(code).toBe(name.includes('digest') ? 2 : 3);
    expect(stdout).toContain(path);
  });
});
