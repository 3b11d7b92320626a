import { existsSync, renameSync, utimesSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { aPlace, endOf, type Place, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';
import { anInventory } from '../../support/inventories.ts';
import { readOpenMetrics } from '../../support/open-metrics.ts';
import { onTerminal } from '../../support/pseudo-terminal.ts';

const WATCH = ['watch', '--folder', 'in', '--account', 'account.json', '--ledger', 'l.sqlite', '--mail', 'mail'];

/** A folder with a log file of one launch, of an instance that misses a tag. */
function aFolder(): Place & { deliver(name: string, content: unknown): void } {
  const place = aPlace();
  place.put('config.json', { requiredTags: ['CostCenter'], graceSeconds: 0 });
  place.put('account.json', snapshotOf(anInventory()));
  const deliver = (name: string, content: unknown): void => {
    const path = place.path(place.put(`in/${name}`, content));
    utimesSync(path, new Date('2026-03-17T12:00:00Z'), new Date('2026-03-17T12:00:00Z'));
  };
  deliver('a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
  return { ...place, deliver };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 150; !(await condition()); left -= 1) {
    if (left === 0) throw new Error('it did not happen within 15 seconds');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('watch on a terminal', () => {
  it.each([60, 80, 120])(
    'shows what it does in %i columns, with notes above, and leaves only lines behind',
    async (columns) => {
      const place = aFolder();
      const terminal = onTerminal(place.folder, WATCH, { columns });
      await until(() => terminal.written().includes('1 mail sent'));
      place.deliver('cut.json', '{"Records": [');
      await until(() => terminal.written().includes('Last failures'));
      const shown = terminal.lines();
      const start = shown.findIndex((line) => line.startsWith('Mirrorwatch is watching folder in for '));
      const above = shown.slice(0, start).join('');
      expect(above).toContain('mailed: [mirrorwatch]');
      expect(above).toContain('warning: in/cut.json');
      const view = shown.slice(start).join('\n');
      expect(view.match(/Mirrorwatch is watching/g)).toHaveLength(1);
      expect(view).toMatch(/^State {7}healthy$/m);
      expect(view).toMatch(/^Open {8}1: 1 medium/m);
      expect(view).toMatch(/^ {2}\d\d:\d\d:\d\d {2}opened {4}medium instance-untagged/m);
      expect(view).toMatch(/^Last failures\n {2}\d\d:\d\d:\d\d {2}in\/cut\.json/m);
      terminal.press('\u0003');
      expect(await terminal.ended).toBe(2);
      const left = terminal.lines();
      expect(left.join('\n')).not.toMatch(/^(?:State|Open|Last actions) /m);
      expect(left.join('')).toContain('SIGINT: stopping; a second signal ends it at once');
      expect(left.join('')).toMatch(/alive: 2 messages \(1 to retry\), .*newest event \d.* ago$/);
    },
    40_000,
  );

  it('has no colours with NO_COLOR', async () => {
    const place = aFolder();
    const terminal = onTerminal(place.folder, WATCH, { columns: 80, env: { NO_COLOR: '1' } });
    await until(() => terminal.written().includes('1 mail sent'));
    terminal.press('\u0003');
    await terminal.ended;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it looks for.
    expect(terminal.written()).not.toMatch(/\u001b\[[\d;]*m/);
  }, 20_000);

  it.each([
    ['a terminal that cannot move', [], { TERM: 'dumb' }],
    ['--json-logs', ['--json-logs'], {}],
    ['--quiet', ['--quiet'], {}],
  ])(
    'prints plain lines with %s',
    async (_, more, env) => {
      const place = aFolder();
      const terminal = onTerminal(place.folder, [...WATCH, '--once', ...more], { columns: 80, env });
      expect(await terminal.ended).toBe(0);
      expect(terminal.written()).not.toContain('\u001b');
      expect(terminal.written()).not.toContain('Mirrorwatch is watching');
    },
    20_000,
  );

  it('prints plain lines in a pipe', async () => {
    const { stderr, stdout } = await aFolder().run(...WATCH, '--once');
    expect(stderr).not.toContain('\u001b');
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^mailed: /),
      expect.stringMatching(/^alive: 1 message \(0 to retry\), 1 file, 1 record, 1 open finding, 0 sessions created/),
    ]);
    expect(stdout).toBe('');
  });
});

/** A process that serves, and where. */
async function served(place: Place, ...args: readonly string[]) {
  const child = place.start(...WATCH, '--serve', '0', ...args);
  const ended = endOf(child);
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => {
    stderr += piece.toString('utf8');
  });
  await until(() => /http:\S+/.test(stderr));
  const [url = ''] = /http:\S+/.exec(stderr) ?? [];
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return { child, ended, get, stderr: () => stderr };
}

describe('watch --serve', () => {
  it('serves its page, metrics and health at the address that it prints', async () => {
    const { child, ended, get } = await served(aFolder());
    await until(async () => (await get('metrics')).text.includes('mirrorwatch_mails_sent_total 1'));
    const families = readOpenMetrics((await get('metrics')).text);
    expect(families.get('mirrorwatch_messages')?.samples[0]?.value).toBe(1);
    expect(families.get('mirrorwatch_open_findings')?.samples).toContainEqual({
      name: 'mirrorwatch_open_findings',
      labels: { severity: 'medium' },
      value: 1,
    });
    await until(async () => (await get('healthz')).status === 200);
    expect((await get('')).text).toContain('1 finding is open.');
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  }, 30_000);

  it('closes within two seconds of SIGTERM, whoever has its page open', async () => {
    const { child, ended, get, stderr } = await served(aFolder());
    await until(async () => (await get('healthz')).status === 200);
    const [url = ''] = /http:\S+/.exec(stderr()) ?? [];
    const page = await fetch(`${url}events`);
    const reading = page.text().then(
      () => 'ended',
      () => 'ended',
    );
    const startedAt = performance.now();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await reading).toBe('ended');
  }, 30_000);

  it('ends by itself with --once', async () => {
    const { ended } = await served(aFolder(), '--once');
    expect((await ended).code).toBe(0);
  }, 30_000);

  it('says at once that its folder is gone', async () => {
    const place = aFolder();
    const { child, ended, get } = await served(place);
    await until(async () => (await get('healthz')).status === 200);
    renameSync(place.path('in'), place.path('gone'));
    await until(async () => (await get('')).text.includes('reading the folder: ENOENT'));
    child.kill('SIGTERM');
    await ended;
  }, 30_000);

  it('finds a busy port out before anything is processed', async () => {
    const place = aFolder();
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { readonly port: number }).port));
    });
    const { code, stderr } = await place.run(...WATCH, '--once', '--serve', String(port));
    other.close();
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: --serve: cannot listen at http://127.0.0.1:${port}/: another process listens there\n  because: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`,
    );
    expect(existsSync(place.path('l.sqlite'))).toBe(false);
  });

  it.each([
    [['--serve', '0.0.0.0:0'], 'other machines reach 0.0.0.0, and the page has no password'],
    [['--serve', 'example.com:80'], '"example.com:80" is no address'],
    [['--serve-any-host'], '--serve-any-host is for --serve, which is missing'],
  ])('refuses %j', async (args, reason) => {
    const { code, stderr } = await aFolder().run(...WATCH, '--once', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(reason);
  });

  it.each([
    ['0.0.0.0:0', /^warning: whoever reaches http:\/\/0\.0\.0\.0:\d+\/ reads accounts, resources and findings/m],
    ['127.0.0.1:0', /^warning: every Host is believed: a site that you visit can read the page/m],
  ])('says what it exposes at %s where it was told to', async (address, warning) => {
    const { stderr } = await aFolder().run(...WATCH, '--once', '--serve', address, '--serve-any-host');
    expect(stderr).toMatch(warning);
  });
});
