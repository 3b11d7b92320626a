import { afterEach, describe, expect, it, vi } from 'vitest';
import { openLog } from '../../src/cli/log.ts';

const CUT = { path: 'logs/a.json.gz', reason: 'cut off' };
const FORBIDDEN = { path: 'logs/b.json.gz', reason: 'may not be read' };

/** What is written to stderr while `act` runs, and what the process writes when it ends. */
function written(act: () => void): { readonly now: readonly string[]; readonly atExit: readonly string[] } {
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation(((text: string) => {
    lines.push(text);
    return true;
  }) as typeof process.stderr.write);
  const before = process.listeners('exit');
  act();
  const now = lines.splice(0);
  for (const listener of process.listeners('exit').filter((one) => !before.includes(one))) {
    process.removeListener('exit', listener);
    listener.call(process, 0);
  }
  return { now, atExit: lines };
}

afterEach(() => vi.restoreAllMocks());

describe('an input that was not read', () => {
  it('is named at once', () => {
    expect(written(() => openLog({}).rejected(CUT))).toEqual({
      now: ['warning: logs/a.json.gz: cut off\n'],
      atExit: [],
    });
  });

  it('is left to the table that names it on the same terminal', () => {
    const log = () => openLog({}, { tableFollows: true });
    expect(
      written(() => {
        const one = log();
        one.rejected(CUT);
        one.shown([CUT]);
      }),
    ).toEqual({ now: [], atExit: [] });
  });

  it('is named when the process ends without a table that names it', () => {
    const { now, atExit } = written(() => {
      const log = openLog({}, { tableFollows: true });
      log.rejected(CUT);
      log.rejected(FORBIDDEN);
      log.shown([FORBIDDEN]);
    });
    expect([now, atExit]).toEqual([[], ['warning: logs/a.json.gz: cut off\n']]);
  });

  it('is a line of JSON at once with --json-logs, whatever follows', () => {
    const { now } = written(() => openLog({ jsonLogs: true }, { tableFollows: true }).rejected(CUT));
    expect(now.map((line) => JSON.parse(line))).toEqual([
      { level: 'warn', message: 'logs/a.json.gz: cut off', ...CUT },
    ]);
  });
});
