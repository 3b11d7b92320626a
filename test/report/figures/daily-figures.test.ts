import { describe, expect, it } from 'vitest';
import { dailyFigures, MOST_ACCOUNTS } from '../../../src/report/figures/daily-figures.ts';

const NONE = { low: 0, medium: 0, high: 0, critical: 0 };
const AT = new Date('2026-11-23T08:00:00Z');
const point = (checked: number, passed: number, unknown = 0) => ({ at: AT.toISOString(), checked, passed, unknown });
const ofAccount = (accountId: string, checked: number, passed: number) => ({
  ...{ at: AT, inputs: [] },
  coverage: [{ ...{ accountId, region: 'eu-west-1', rule: 'instance-untagged' as const }, checked, passed }],
});
const texts = (figures: ReturnType<typeof dailyFigures>): readonly string[] =>
  figures.map(({ name, of, value }) => `${name} ${Object.values(of).join(' ')} ${value}`);

describe('the figures of a day', () => {
  it('are the open findings by severity, none of which is left out', () => {
    const openBySeverity = { ...NONE, high: 3 };
    expect(texts(dailyFigures({ openBySeverity, coverage: { tags: [], mirroring: [] } }, []))).toEqual([
      'OpenFindings low 0',
      'OpenFindings medium 0',
      'OpenFindings high 3',
      'OpenFindings critical 0',
    ]);
  });

  it('have no coverage where none was measured, and count what could not be judged as not covered', () => {
    const coverage = { tags: [point(10, 10), point(3, 3, 1)], mirroring: [point(0, 0)] };
    const figures = texts(dailyFigures({ openBySeverity: NONE, coverage }, [])).slice(4);
    expect(figures).toEqual(['CoveragePercent tags 75', 'MirroredSources  0']);
  });

  it('name the accounts with the lowest coverage, and no more of them than are paid for', () => {
    const runs = Array.from({ length: 30 }, (_, index) => ofAccount(String(100000000000 + index), 100, index));
    const coverage = { tags: [], mirroring: [] };
    const figures = dailyFigures({ openBySeverity: NONE, coverage }, runs).slice(4);
    expect(figures).toHaveLength(MOST_ACCOUNTS);
    expect(texts(figures)[0]).toBe('CoveragePercent 100000000000 tags 0');
    expect(figures.map(({ value }) => Math.round(value))).toEqual(
      Array.from({ length: MOST_ACCOUNTS }, (_, index) => index),
    );
  });
});
