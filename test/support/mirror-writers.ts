/** Mirror writers for tests: a simulated EC2, and writers with faults. */

import { AwsCallError } from '../../src/errors.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { AWS_LIMITS, type Limits } from '../../src/local/account/mirror-quotas.ts';
import { type SimulatedAccount, simulateAccount } from '../../src/local/account/simulated-account.ts';
import type { MirrorWriter } from '../../src/remediation/apply-plan.ts';

/** An account in memory that answers as EC2 does. */
export function anAccountOf(inventory: Inventory, limits: Limits = AWS_LIMITS): SimulatedAccount {
  return simulateAccount([inventory], limits);
}

/** What happens to one call: refused before it is carried out, or carried out and the answer lost. */
export type Fault = { readonly before: unknown } | { readonly after: unknown };

/** A writer that records its calls and fails each method's calls by the given faults, in order; undefined, or no fault left, lets a call succeed. */
export function failing(
  writer: MirrorWriter,
  faults: Partial<Record<keyof MirrorWriter, readonly (Fault | undefined)[]>>,
): MirrorWriter & { readonly calls: readonly string[] } {
  const left = new Map(Object.entries(faults).map(([method, list]) => [method, [...list]]));
  const calls: string[] = [];
  const guard =
    <A extends readonly unknown[], R>(method: keyof MirrorWriter, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      calls.push(method);
      const fault = left.get(method)?.shift();
      if (fault !== undefined && 'before' in fault) throw fault.before;
      const answer = await call(...args);
      if (fault !== undefined) throw fault.after;
      return answer;
    };
  return {
    calls,
    createSession: guard('createSession', writer.createSession),
    modifySession: guard('modifySession', writer.modifySession),
    deleteSession: guard('deleteSession', writer.deleteSession),
    sessionsOf: guard('sessionsOf', writer.sessionsOf),
    createTarget: guard('createTarget', writer.createTarget),
  };
}

/** A refusal with an AWS error code. */
export function refusedWith(awsCode: string, retryable = false): AwsCallError {
  return new AwsCallError('CreateTrafficMirrorSession', awsCode, `${awsCode}: refused`, { retryable });
}
