/** The judge reads mails as people do. */

import { describe, expect, it } from 'vitest';
import { findingsTold } from '../../campaign/judge/mails.ts';
import { composeFindingsMail } from '../../src/alert/compose-findings.ts';
import { aFinding, anEntry, NOW } from '../support/findings.ts';

const HOUR_MS = 3_600_000;
const idOf = (number: number): string => `i-${String(number).padStart(17, '0')}`;

describe('findingsTold', () => {
  it('knows when each finding was last seen, where the mail says it, in full and in the list', () => {
    const seen = [1, 5, 2, 3, 4, 0.5, 6].map((hours) => new Date(NOW.getTime() - hours * HOUR_MS));
    const entries = seen.map((lastSeen, index) =>
      anEntry(
        aFinding({
          resourceId: idOf(index),
          detail: { missingTags: ['CostCenter'] },
          lastSeen: lastSeen.toISOString(),
        }),
      ),
    );
    const { body } = composeFindingsMail({ entries, outcomes: [] }, { now: NOW });
    const told = findingsTold([{ at: 0, call: '', subject: '', body, attributes: { kind: 'findings' } }]);
    expect(told.map(({ as, rule }) => `${as} ${rule}`)).toEqual(seen.map(() => 'new instance-untagged'));
    expect(new Map(told.map(({ resourceId, lastSeen }) => [resourceId, lastSeen]))).toEqual(
      new Map(
        seen.map((at, index) => [idOf(index), at.getTime() < NOW.getTime() - HOUR_MS ? at.getTime() : undefined]),
      ),
    );
  });
});
