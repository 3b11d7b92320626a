/** Runs the checks: who we are first, then all others side by side. A check that fails leaves the others alone. */

import pLimit from 'p-limit';
import { messageOf } from '../../errors.ts';
import type { Check, DoctorInput } from './check.ts';
import { CHECKS } from './checks.ts';
import { type CheckLine, type Judged, notChecked } from './line.ts';
import type { DoctorReads } from './reads.ts';

/** Checks under way at once: AWS's limits for describe calls are those of the account's other tools too. */
const AT_ONCE = 6;

/** What `doctor` found. */
export interface Diagnosis {
  readonly lines: readonly CheckLine[];
  /** What was not asked, and why. */
  readonly leftOut: readonly { readonly check: string; readonly reason: string }[];
}

type Ask = () => Promise<readonly Judged[]>;

interface Question {
  readonly check: string;
  readonly accountId?: string | undefined;
  readonly region?: string | undefined;
  readonly ask: Ask;
}

/** What is asked about before anything else: without it nothing can be asked. */
export async function checkIdentity(reads: DoctorReads): Promise<readonly CheckLine[]> {
  const { credentials, clock } = CHECKS;
  return (
    await Promise.all([
      answered({ check: 'credentials', ask: () => credentials.judge(reads) }),
      answered({ check: 'clock', ask: () => clock.judge(reads) }),
    ])
  ).flat();
}

/** Asks every other check wherever it applies. `onDone` is told after each. The lines are in the order of the table. */
export async function runChecks(
  reads: DoctorReads,
  input: DoctorInput,
  onDone: (done: number, of: number) => void = () => undefined,
): Promise<Diagnosis> {
  const all = Object.entries(CHECKS as Readonly<Record<string, Check>>).filter(
    ([id]) => id !== 'credentials' && id !== 'clock',
  );
  const leftOut = all.flatMap(([check, { leftOut: why }]) => {
    const reason = why?.(input);
    return reason === undefined ? [] : [{ check, reason }];
  });
  const left = new Set(leftOut.map(({ check }) => check));
  const questions = all.filter(([id]) => !left.has(id)).flatMap(([id, check]) => questionsOf(id, check, reads, input));
  const limit = pLimit(AT_ONCE);
  let done = 0;
  const lines = await Promise.all(
    questions.map((question) =>
      limit(async () => {
        const said = await answered(question);
        done += 1;
        onDone(done, questions.length);
        return said;
      }),
    ),
  );
  return { lines: lines.flat(), leftOut };
}

function questionsOf(id: string, check: Check, reads: DoctorReads, input: DoctorInput): readonly Question[] {
  const { ownAccountId, accounts, regions } = input;
  switch (check.each) {
    case 'once':
      return [{ check: id, ask: () => check.judge(reads, input) }];
    case 'region':
      return regions.map((region) => ({ check: id, region, ask: () => check.judge(reads, input, region) }));
    case 'account':
      return accounts
        .filter((accountId) => accountId !== ownAccountId)
        .map((accountId) => ({ check: id, accountId, ask: () => check.judge(reads, input, accountId) }));
    case 'scope':
      return accounts.flatMap((accountId) =>
        regions.map((region) => ({
          ...{ check: id, accountId, region },
          ask: () => check.judge(reads, input, { accountId, region }),
        })),
      );
  }
}

/** The lines of a question. An error that no judgement expected is one too: it was not checked. */
async function answered({ check, accountId, region, ask }: Question): Promise<readonly CheckLine[]> {
  const where = { check, ...(accountId !== undefined && { accountId }), ...(region !== undefined && { region }) };
  try {
    return (await ask()).map((judged) => ({ ...where, ...judged }));
  } catch (error) {
    return [{ ...where, ...notChecked(`It could not be asked: ${messageOf(error)}`) }];
  }
}
