import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { AwsCallError, PipelineError } from '../../src/errors.ts';
import { type ReportTelemetry, reporting, type SweepTelemetry, telemetryOf } from '../../src/lambda/telemetry.ts';
import { AWS_LIMITS } from '../../src/local/account/mirror-quotas.ts';
import { simulateAccount } from '../../src/local/account/simulated-account.ts';
import { stoppedClock } from '../../src/local/run-clock.ts';
import { sweep } from '../../src/pipeline/sweep.ts';
import { anInventory } from '../support/inventories.ts';

/** Telemetry whose log lines and metrics end up in lists: `warn: text (code)`, `Name=1`. */
function aTelemetry(): {
  readonly telemetry: ReportTelemetry & SweepTelemetry;
  readonly lines: string[];
  readonly metrics: string[];
} {
  const lines: string[] = [];
  const metrics: string[] = [];
  const write =
    (level: string) =>
    (message: string, { code }: Record<string, unknown>): void => {
      lines.push(`${level}: ${message} (${String(code)})`);
    };
  const telemetry = telemetryOf('test', {
    logger: {
      ...{ info: write('info'), warn: write('warn'), error: write('error') },
      addContext: () => undefined,
      resetKeys: () => undefined,
    },
    metrics: {
      addMetric: (name, _unit, value) => metrics.push(`${name}=${value}`),
      publishStoredMetrics: () => void metrics.push('published'),
      addAlone: (name, dimensions, value) =>
        metrics.push(`${name}{${Object.entries(dimensions).flat().join(' ')}}=${value}`),
    },
  });
  return { telemetry, lines, metrics };
}

const THROTTLED = new AwsCallError('GetObject', 'SlowDown', 'throttled', { retryable: true });
const DENIED = new AwsCallError('GetObject', 'AccessDenied', 'denied');

describe('messageFailed', () => {
  it.each([
    ['an object that is not there yet', new PipelineError('log-missing', 'missing'), 'Retry.log_missing'],
    [
      'a mail that another run has claimed',
      new PipelineError('mail-claimed', 'claimed', { retryable: true }),
      'Retry.mail_claimed',
    ],
    [
      'a repair to be retried',
      new PipelineError('repair-pending', 'pending', { retryable: true }),
      'Retry.repair_pending',
    ],
    [
      'a repair that AWS throttled',
      new PipelineError('repair-pending', 'pending', { retryable: true, awsCode: 'RequestLimitExceeded' }),
      'Retry.RequestLimitExceeded',
    ],
    ['a throttled call', THROTTLED, 'Retry.SlowDown'],
  ])('counts %s as a retry and logs a warning', (_, error, metric) => {
    const { telemetry, lines, metrics } = aTelemetry();
    telemetry.messageFailed(error);
    expect(metrics).toEqual([`${metric}=1`]);
    expect(lines).toEqual([expect.stringMatching(/^warn: /)]);
  });

  it.each([
    [
      'a message in an unknown form',
      new PipelineError('notification-unreadable', 'odd'),
      'Error.notification_unreadable',
    ],
    ['a denied call', DENIED, 'Error.AccessDenied'],
    ['a defect', new TypeError('x is undefined'), 'Error.internal'],
  ])('counts %s as an error under its own code', (_, error, metric) => {
    const { telemetry, lines, metrics } = aTelemetry();
    telemetry.messageFailed(error);
    expect(metrics).toEqual([`${metric}=1`]);
    expect(lines).toEqual([expect.stringMatching(/^error: /)]);
  });
});

describe('reporting', () => {
  it('reports a fault once, rethrows it, and writes the metrics', async () => {
    const { telemetry, lines, metrics } = aTelemetry();
    await expect(reporting(telemetry, {} as Context, () => Promise.reject(THROTTLED))).rejects.toBe(THROTTLED);
    expect(lines).toEqual(['error: throttled (SlowDown)']);
    expect(metrics).toEqual(['Error.SlowDown=1', 'published']);
  });

  it('writes the metrics of a successful invocation', async () => {
    const { telemetry, metrics } = aTelemetry();
    expect(await reporting(telemetry, {} as Context, async () => 'answer')).toBe('answer');
    expect(metrics).toEqual(['published']);
  });
});

describe('swept', () => {
  it('warns if none of the configured targets exists in an account: its good sessions are reported as rogue', async () => {
    const run = async (targets: readonly string[]): Promise<readonly string[]> => {
      const config = parseConfig(JSON.stringify({ mirroring: { filterId: 'tmf-1', targets } }), 'config.json');
      const { source } = simulateAccount([anInventory()], AWS_LIMITS);
      const options = { now: new Date('2026-03-17T12:00:00Z'), clock: stoppedClock(), name: 'test' };
      const { telemetry, lines } = aTelemetry();
      telemetry.swept(await sweep({ inventory: source }, config, options));
      return lines.filter((line) => line.startsWith('warn: '));
    };
    expect(await run(['tmt-8', 'tmt-9'])).toEqual([
      expect.stringContaining('none of the 2 configured targets (tmt-8, tmt-9) exists here'),
    ]);
    expect(await run(['tmt-a', 'tmt-9'])).toEqual([]);
  });
});

describe('the metrics of what was not done', () => {
  it('count what is not swept, and what Security Hub took and did not, which is named in the log', () => {
    const { telemetry, metrics, lines } = aTelemetry();
    telemetry.notSwept(2);
    const failure = {
      ...{ index: 0, id: 'mirrorwatch/111122223333/eu-west-1/f-1', accountId: '111122223333', region: 'eu-west-1' },
      ...{ awsCode: 'InvalidInput', reason: 'no', retry: false, isCall: false },
    };
    telemetry.imported({ imported: 3, failed: [failure] });
    expect(metrics).toEqual(['NotSwept=2', 'FindingsImported=3', 'FindingsNotImported=1']);
    expect(lines).toEqual([
      'warn: Security Hub did not take: mirrorwatch/111122223333/eu-west-1/f-1: InvalidInput no (undefined)',
    ]);
  });
});

describe('the metric SilentScopes', () => {
  const swept = { assessment: { scopes: [], findings: [], judgements: [], unread: [], omitted: [], failed: [] } };
  const acted = { findings: [], judgements: [], plan: { steps: [], unplaced: [], load: [] }, outcomes: [] };
  const silentIn = (count: number, scopes: number): readonly string[] => {
    const { telemetry, metrics } = aTelemetry();
    const silent = Array.from({ length: count }, (_, index) => ({ accountId: '111122223333', region: `r-${index}` }));
    telemetry.swept({ ...swept, acted, skipped: [], silence: scopes === 0 ? undefined : { silent, scopes } });
    return metrics.filter((metric) => metric.startsWith('SilentScopes'));
  };

  it('counts the silent ones, with one of its own for each by account and region', () => {
    expect(silentIn(2, 1700)).toEqual([
      'SilentScopes=2',
      'SilentScopes{AccountId 111122223333 Region r-0}=1',
      'SilentScopes{AccountId 111122223333 Region r-1}=1',
    ]);
  });

  it('says 0 when it was judged that nobody is, and nothing when nobody judged it', () => {
    expect(silentIn(0, 1700)).toEqual(['SilentScopes=0']);
    expect(silentIn(0, 0)).toEqual([]);
  });

  it('has no more than 50 with dimensions', () => {
    expect(silentIn(1700, 1700)).toHaveLength(51);
  });
});
