import { afterEach, describe, expect, it, vi } from 'vitest';
import { SILENT } from '../../src/cli/log.ts';
import { countsLine, inputProblems, outputsOf, writeAnswer } from '../../src/cli/output.ts';
import { aJudgement, aReport } from '../support/findings.ts';

afterEach(() => vi.restoreAllMocks());

describe('countsLine', () => {
  it('uses singular and plural, and groups thousands', () => {
    const { input, ...rest } = aReport({});
    const line = countsLine({ ...rest, input: { ...input, files: 1, records: 12_345, sightings: 0, launches: 1 } });
    expect(line).toMatch(/^1 file, 12,345 records, 0 sightings, 1 successful launch; \d+ open findings?, \d+ muted/);
  });

  it('says what could not be judged, so that no findings are no all-clear', () => {
    const unknown = aJudgement({ resourceId: 'i-1', result: 'unknown', reason: 'two calls in one second' });
    const line = countsLine(aReport({ findings: [], judgements: [unknown, aJudgement()] }));
    expect(line).toContain('0 open findings, 0 muted; 1 instance could not be judged');
  });
});

describe('inputProblems', () => {
  it.each([
    [{}, [], []],
    [{ digest: 2, insight: 1 }, [], ['skipped: 2 digest, 1 insight']],
    [{}, [{}], ['1 input not read']],
    [{ digest: 2 }, [{}, {}], ['skipped: 2 digest', '2 inputs not read']],
    [{}, [{ of: 'records', records: 150 } as const, {}], ['150 records could not be judged', '1 input not read']],
    [
      {},
      [{ of: 'snapshot' } as const, { of: 'account' } as const],
      ['1 account or list not read', '1 gap in the snapshot'],
    ],
  ])('names what was skipped and counts what was not read or judged: %o, %o', (skipped, rejected, expected) => {
    expect(inputProblems({ skipped, rejected })).toEqual(expected);
  });
});

describe('writeAnswer', () => {
  it('prints the chosen formats in order and leaves out those without a renderer', async () => {
    const printed: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation(((text: string, done: () => void) => {
      printed.push(text);
      done();
      return true;
    }) as typeof process.stdout.write);
    const renderers = { table: () => undefined, json: async () => '{}\n', jsonl: () => 'line\n' };
    await writeAnswer(
      [{ format: 'jsonl' }, { format: 'csv' }, { format: 'table' }, { format: 'json' }],
      renderers,
      SILENT,
    );
    vi.restoreAllMocks();
    expect(printed).toEqual(['line\n', '{}\n']);
  });
});

describe('outputsOf', () => {
  it('defaults to a table on stdout', () => {
    expect(outputsOf({ output: [] })).toEqual([{ format: 'table' }]);
    expect(outputsOf({ output: [{ format: 'csv', path: 'a.csv' }] })).toEqual([{ format: 'csv', path: 'a.csv' }]);
  });
});
