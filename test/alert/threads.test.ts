/** A reminder and the all-clear are shown with the first mail: over a month of a real ledger and folder. */

import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sendAlerts } from '../../src/alert/send-alert.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { mailFolder } from '../../src/local/mail-folder.ts';
import { aFinding, aJudgement } from '../support/findings.ts';
import { aLedger } from '../support/ledgers.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 10, 1, 12) + (number - 1) * 24 * 60 * 60 * 1000);
const [first, second] = ['i-1', 'i-2'].map((resourceId) => aFinding({ resourceId }));

/** Observes and mails on these days, and returns of each mail its kind, its id and what it refers to. */
async function mailsOf(days: readonly (readonly [number, readonly (Finding | undefined)[]])[]) {
  const ledger = aLedger();
  const folder = await mkdtemp(join(tmpdir(), 'mirrorwatch-threads-'));
  for (const [number, open] of days) {
    const now = day(number);
    const findings = open.filter((one) => one !== undefined);
    const judgements = [...new Set(days.flatMap(([, all]) => all)), first, second]
      .filter((one) => one !== undefined && !findings.includes(one))
      .map((one) => aJudgement({ resourceId: one?.resourceId ?? '' }));
    await ledger.record({ at: now, findings, judgements, outcomes: [] });
    const entries = await ledger.entries({});
    const publisher = mailFolder(folder, () => now);
    await sendAlerts({ ledger, publisher, owner: 'test' }, { entries, outcomes: [] }, { immediate: 'low' }, { now });
  }
  ledger.close();
  const names = (await readdir(folder)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const [headers = ''] = (await readFile(join(folder, name), 'utf8')).split('\n\n');
      const unfolded = headers.replaceAll('\n ', ' ');
      const header = (wanted: string): string => new RegExp(`^${wanted}: (.*)$`, 'm').exec(unfolded)?.[1] ?? '';
      return {
        kind: header('X-Mirrorwatch-kind'),
        id: header('Message-ID'),
        references: header('References').split(' '),
      };
    }),
  );
}

describe('the mails about one opening of a finding', () => {
  it('refer to the same: the first, the reminders, and the all-clear', async () => {
    const mails = await mailsOf([
      [1, [first]],
      [3, [first]],
      [9, [first]],
      [10, []],
    ]);
    expect(mails.map(({ kind }) => kind)).toEqual(['findings', 'reminder', 'reminder', 'resolved']);
    expect(new Set(mails.map(({ references }) => references.join(' '))).size).toBe(1);
    expect(mails[0]?.references[0]).toMatch(/^<[0-9a-f]{24}@mirrorwatch\.invalid>$/);
    expect(new Set(mails.map(({ id }) => id)).size).toBe(4);
  });

  it('refer to each finding of a mail about several', async () => {
    const [both, all] = await mailsOf([
      [1, [first, second]],
      [1.5, [second]],
    ]);
    expect(both?.references).toHaveLength(2);
    expect(all?.kind).toBe('resolved');
    expect(both?.references).toEqual(expect.arrayContaining(all?.references ?? ['none']));
  });

  it('refer to the same also for the last of many findings', async () => {
    const many = Array.from({ length: 30 }, (_, at) =>
      aFinding({ resourceId: `i-many-${String(at).padStart(2, '0')}` }),
    );
    const [all, ...cleared] = await mailsOf([
      [1, many],
      [1.5, many.slice(0, -1)],
      [1.6, many.slice(1, -1)],
    ]);
    expect(cleared.map(({ kind }) => kind)).toEqual(['resolved', 'resolved']);
    for (const { references } of cleared) expect(all?.references).toEqual(expect.arrayContaining(references));
  });

  it('refer to the same where a mail about another finding mentions it: still open, then resolved', async () => {
    const mails = await mailsOf([
      [1, [first]],
      [3, [first, second]],
      [4, [second, aFinding({ resourceId: 'i-3' })]],
    ]);
    expect(mails.map(({ kind }) => kind)).toEqual(['findings', 'findings', 'findings']);
    const [opening] = mails[0]?.references ?? [];
    for (const { references } of mails.slice(1)) {
      expect(references[0]).not.toBe(opening);
      expect(references).toContain(opening);
    }
  });

  it('begin anew when the finding is opened again', async () => {
    const mails = await mailsOf([
      [1, [first]],
      [2, []],
      [3, [first]],
    ]);
    expect(mails.map(({ kind }) => kind)).toEqual(['findings', 'resolved', 'findings']);
    expect(mails[1]?.references).toEqual(mails[0]?.references);
    expect(mails[2]?.references).not.toEqual(mails[0]?.references);
  });
});
