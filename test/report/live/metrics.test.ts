import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderOpenMetrics } from '../../../src/report/live/metrics.ts';
import { HOSTILE } from '../../support/hostile.ts';
import { aBatch, aBusyState, aLiveState, secondsIn } from '../../support/live-states.ts';
import { readOpenMetrics } from '../../support/open-metrics.ts';

const valuesOf = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...readOpenMetrics(text).values()].flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [[name, ...Object.values(labels)].join(' '), value]),
    ),
  );

describe('the metrics', () => {
  it('are OpenMetrics that a reader made from the grammar accepts, each with its meaning', () => {
    const families = [...readOpenMetrics(renderOpenMetrics(aBusyState(), secondsIn(30))).values()];
    expect(families.length).toBeGreaterThan(15);
    for (const { name, help } of families) {
      expect(name).toMatch(/^mirrorwatch_/);
      expect(help, name).toMatch(/\.$/);
    }
  });

  it('count what was done', () => {
    expect(valuesOf(renderOpenMetrics(aBusyState(), secondsIn(30)))).toMatchObject({
      'mirrorwatch_build_info 1.2.3': 1,
      mirrorwatch_healthy: 1,
      mirrorwatch_start_time_seconds: secondsIn(0).getTime() / 1000,
      mirrorwatch_inbox_read_time_seconds: secondsIn(29).getTime() / 1000,
      mirrorwatch_newest_delivery_time_seconds: secondsIn(5).getTime() / 1000,
      mirrorwatch_newest_record_time_seconds: secondsIn(-200).getTime() / 1000,
      'mirrorwatch_batches_total done': 1,
      mirrorwatch_messages_total: 2,
      mirrorwatch_messages_retried_total: 1,
      mirrorwatch_records_total: 3_400,
      'mirrorwatch_findings_opened_total critical': 1,
      'mirrorwatch_findings_opened_total low': 0,
      mirrorwatch_sessions_created_total: 1,
      mirrorwatch_repairs_failed_total: 1,
      mirrorwatch_mails_sent_total: 1,
      'mirrorwatch_open_findings high': 2,
      'mirrorwatch_open_findings low': 4,
    });
  });

  it('leave out what is not known, instead of a zero', () => {
    const values = valuesOf(renderOpenMetrics(aLiveState(), secondsIn(1)));
    for (const name of ['inbox_read_time', 'newest_delivery_time', 'newest_record_time', 'ledger_read_time'])
      expect(values).not.toHaveProperty([`mirrorwatch_${name}_seconds`]);
    expect(Object.keys(values).filter((name) => name.includes('open_findings'))).toEqual([]);
    expect(values).toMatchObject({ mirrorwatch_healthy: 0, mirrorwatch_messages_total: 0 });
  });

  it('have the same series whatever records say', () => {
    const series = (text: string): readonly string[] => Object.keys(valuesOf(text));
    const hostile = HOSTILE.map(([, text]) => ({
      kind: 'processed' as const,
      at: secondsIn(1),
      batch: aBatch({ actions: [{ what: 'opened', severity: 'high', text }], failures: [text] }),
    }));
    const quiet = aLiveState([{ kind: 'processed', at: secondsIn(1), batch: aBatch() }]);
    expect(series(renderOpenMetrics(aLiveState(hostile), secondsIn(2)))).toEqual(
      series(renderOpenMetrics(quiet, secondsIn(2))),
    );
  });

  it('are the ones that docs/watch.md lists, with their labels', () => {
    const suffix: Readonly<Record<string, string>> = { counter: '_total', info: '_info' };
    const rows = [...readOpenMetrics(renderOpenMetrics(aBusyState(), secondsIn(30))).values()].map((family) => {
      const { name, type, help, samples } = family;
      const labels = Object.keys(samples[0]?.labels ?? {}).map((label) => ` By \`${label}\`.`);
      return `| \`${name}${suffix[type] ?? ''}\` | ${type} | ${help}${labels.join('')} |`;
    });
    const document = readFileSync(new URL('../../../docs/watch.md', import.meta.url), 'utf8');
    expect(document.split('\n').filter((line) => line.startsWith('| `mirrorwatch_'))).toEqual(rows);
  });
});
