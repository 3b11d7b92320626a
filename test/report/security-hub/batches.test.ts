import { describe, expect, it } from 'vitest';
import { toAsff } from '../../../src/report/security-hub/asff.ts';
import { securityHubBatches } from '../../../src/report/security-hub/batches.ts';
import { aFinding, aReport } from '../../support/findings.ts';

describe('securityHubBatches', () => {
  const findings = (count: number, region: string) =>
    toAsff(
      aReport({ findings: Array.from({ length: count }, (_, n) => aFinding({ resourceId: `i-${n}`, region })) }),
      {},
    );

  it('puts at most a hundred findings of one account and region in a batch, and loses none', () => {
    const all = [...findings(250, 'eu-west-1'), ...findings(3, 'us-east-1')];
    const batches = securityHubBatches(all);
    expect(batches.map(({ region, findings }) => [region, findings.length])).toEqual([
      ['eu-west-1', 100],
      ['eu-west-1', 100],
      ['eu-west-1', 50],
      ['us-east-1', 3],
    ]);
    expect(batches.flatMap(({ findings }) => findings)).toEqual(all);
  });

  it('keeps a request below five megabytes', () => {
    const [small] = findings(1, 'eu-west-1');
    const big = Array.from(
      { length: 60 },
      () => ({ ...small, Description: 'x'.repeat(200_000) }) as NonNullable<typeof small>,
    );
    for (const batch of securityHubBatches(big))
      expect(Buffer.byteLength(JSON.stringify(batch.findings))).toBeLessThan(5_100_000);
  });

  it('is empty without findings', () => {
    expect(securityHubBatches([])).toEqual([]);
  });
});
