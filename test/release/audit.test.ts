/** Known vulnerabilities, asked of registries that answer well, badly and not at all. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { audit, EXIT_CODES } from '../../scripts/release/audit.ts';

type Advisories = Readonly<Record<string, readonly object[]>>;
const advisory = (severity: string): object => ({
  ...{ id: 1, url: 'https://example.com/1', title: 'A fault', severity, vulnerable_versions: '*', cwe: [] },
  cvss: { score: 0, vectorString: null },
});
const KNOWN = { minimist: [advisory('critical')] };

/** A registry that npm is configured for until the test ends. `answer` gets the names of the packages that npm asks about. */
async function aRegistry(
  answer: (names: readonly string[]) => { readonly status: number; readonly body: string },
): Promise<readonly (readonly string[])[]> {
  const asked: string[][] = [];
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(404).end('{}');
      return;
    }
    const isPacked = request.headers['content-encoding'] === 'gzip';
    const names = Object.keys(JSON.parse(await text(isPacked ? request.pipe(createGunzip()) : request)) as object);
    asked.push(names);
    const { status, body } = answer(names);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  useRegistry(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  onTestFinished(() => void server.close());
  return asked;
}

/** Leads npm there, with a cache of its own: npm keeps advisories by their ids. */
function useRegistry(url: string): void {
  process.env.npm_config_registry = url;
  process.env.npm_config_cache = mkdtempSync(join(tmpdir(), 'mirrorwatch-npm-cache-'));
  onTestFinished(() => {
    delete process.env.npm_config_registry;
    delete process.env.npm_config_cache;
  });
}

/** A registry with these advisories. */
const knowing = (advisories: Advisories) =>
  aRegistry((names) => ({
    status: 200,
    body: JSON.stringify(Object.fromEntries(Object.entries(advisories).filter(([name]) => names.includes(name)))),
  }));

/** A project that needs `used`, and for development `tool`. */
function aProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mirrorwatch-audited-'));
  const project = { name: 'p', version: '1.0.0', dependencies: { used: '1.0.0' }, devDependencies: { tool: '1.0.0' } };
  const packages = {
    '': project,
    'node_modules/used': { version: '1.0.0' },
    'node_modules/tool': { version: '1.0.0', dev: true },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...project, lockfileVersion: 3, packages }));
  return folder;
}

describe('audit', { timeout: 60_000 }, () => {
  it('passes if the registry knows nothing of our packages, and does know what everybody knows', async () => {
    const asked = await knowing(KNOWN);
    expect(await audit(aProject())).toMatchObject({ kind: 'passed' });
    expect(asked).toContainEqual(['minimist']);
  });

  it.each(['high', 'critical'])(
    'fails if a package of the product has a vulnerability that is %s',
    async (severity) => {
      await knowing({ ...KNOWN, used: [advisory(severity)] });
      const { kind, text: found } = await audit(aProject());
      expect([kind, found]).toEqual(['failed', expect.stringContaining(`used: ${severity}`)]);
    },
  );

  it.each(['low', 'moderate'])('passes and names a vulnerability that is %s', async (severity) => {
    await knowing({ ...KNOWN, used: [advisory(severity)] });
    const { kind, text: found } = await audit(aProject());
    expect([kind, found]).toEqual(['passed', expect.stringContaining(`used: ${severity}`)]);
  });

  it('passes if only a package for development is vulnerable', async () => {
    await knowing({ ...KNOWN, tool: [advisory('critical')] });
    expect(await audit(aProject())).toMatchObject({ kind: 'passed' });
  });

  it('measures nothing at a registry that says of everything that it is fine', async () => {
    await knowing({});
    const { kind, text: why } = await audit(aProject());
    expect([kind, why]).toEqual(['not measured', expect.stringContaining('does not even know')]);
  });

  it.each([
    ['refuses the question', 405, ''],
    ['answers with a page', 200, '<html>'],
    ['is out of order', 500, '{}'],
  ])('measures nothing at a registry that %s', async (_, status, body) => {
    await aRegistry(() => ({ status, body }));
    const { kind, text: why } = await audit(aProject());
    expect([kind, why]).toEqual(['not measured', expect.stringContaining('the registry gave no answer')]);
  });

  it.each(['CRITICAL', 'urgent'])('measures nothing at a registry that calls a severity %j', async (severity) => {
    await knowing({ ...KNOWN, used: [advisory(severity)] });
    const { kind, text: why } = await audit(aProject());
    expect([kind, why]).toEqual(['not measured', expect.stringContaining('not counted: used')]);
  });

  it('measures nothing where there is no registry', async () => {
    useRegistry('http://127.0.0.1:1/');
    expect(await audit(aProject())).toMatchObject({ kind: 'not measured' });
  });

  it('tells its results apart by exit codes', () => {
    expect(EXIT_CODES).toEqual({ passed: 0, failed: 1, 'not measured': 75 });
  });
});
