/** What a report and a mail say of causes nobody looked for, and of exemptions under which repairs go on. */

import { describe, expect, it } from 'vitest';
import { describeFinding } from '../../src/alert/describe.ts';
import { listLines } from '../../src/alert/sections.ts';
import { CAUSE_NOT_EXAMINED } from '../../src/audit/cause.ts';
import { parseConfig } from '../../src/config.ts';
import { exemptionRows } from '../../src/pipeline/report-source.ts';
import { causeFacts } from '../../src/report/cause-words.ts';
import { exemptionsSection } from '../../src/report/html/appendix.ts';
import { exemptionWords } from '../../src/report/words.ts';
import { aFinding, anEntry, aReport, NOW } from '../support/findings.ts';

describe('a finding that is not about a recorded change', () => {
  const finding = aFinding({ rule: 'not-judged', cause: CAUSE_NOT_EXAMINED, launchedBy: undefined, evidence: [] });

  it('says nothing of a cause, in mail and report', () => {
    const mail = [
      ...describeFinding(anEntry(finding), [], { now: NOW }),
      ...listLines([anEntry(finding)], { now: NOW }),
    ].join('\n');
    expect(mail).toContain(finding.resourceId);
    expect(mail).not.toMatch(/cause|examined|Owner, *$/im);
    expect(causeFacts(finding).map(([label]) => label)).not.toContain('Cause');
  });

  it('says why the cause of any other is unknown', () => {
    const other = aFinding({ cause: { kind: 'unknown', reason: 'it was so before the records begin' }, evidence: [] });
    expect(describeFinding(anEntry(other), [], { now: NOW })).toContain(
      'Cause: unknown: it was so before the records begin',
    );
  });
});

describe('an exemption under which repairs go on', () => {
  const exemption = { resource: 'i-1', rule: '*', reason: 'why', owner: 'who', expires: '2027-01-31' };
  const rowsOf = (...exemptions: readonly object[]) =>
    exemptionRows(parseConfig(JSON.stringify({ requiredTags: ['Owner'], exemptions }), 'config.json'));

  it('says so in the table of exemptions, and another does not', () => {
    const tableOf = (exemptions: ReturnType<typeof rowsOf>): string =>
      JSON.stringify(exemptionsSection(aReport({ exemptions })));
    expect(tableOf(rowsOf({ ...exemption, still: 'repair' }))).toContain('repaired all the same');
    expect(tableOf(rowsOf(exemption))).not.toContain('repaired all the same');
  });

  it('says so beside its finding', () => {
    const { reason, owner, expires } = exemption;
    expect(exemptionWords({ reason, owner, expires, still: 'repair' })).toBe(
      'why (who, until 2027-01-31, repaired all the same)',
    );
  });
});
