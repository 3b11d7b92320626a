import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Finding } from '../../../src/audit/finding.ts';
import { aPlace } from '../../support/command-line.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const place = aPlace();

/** By finding, its cause. */
async function causesBy(command: string, minute: number, ...args: string[]): Promise<ReadonlyMap<string, unknown>> {
  const world = ['--config', root('config.json'), '--account', root('examples/account.json')];
  const now = `2026-03-17T12:${minute}:00Z`;
  const { stdout } = await place.run(command, ...args, ...world, '--now', now, '--ledger', 'l.sqlite', '-o', 'jsonl');
  const findings = stdout
    .trim()
    .split('\n')
    .map((line): Finding => JSON.parse(line));
  return new Map(findings.map(({ id, cause }) => [id, cause]));
}

it('audit names the causes that the scan before it proved, by what the ledger kept of the logs', async () => {
  const scanned = await causesBy('scan', 30, root('examples/logs'));
  const audited = await causesBy('audit', 40);
  expect(scanned.size).toBeGreaterThan(20);
  expect(new Map([...audited].filter(([id]) => scanned.has(id)))).toEqual(scanned);
  const kinds = [...scanned.values()].map((cause) => (cause as Finding['cause'])?.kind);
  expect(kinds.filter((kind) => kind === 'call').length).toBeGreaterThan(9);
});
