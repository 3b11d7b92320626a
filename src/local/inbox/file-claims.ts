/** A process's claims on versions of files, so that no other process of the same ledger works on them, and none is lost if it dies. */

import { randomUUID } from 'node:crypto';
import type { Claim, Ledger } from '../../ledger/ledger.ts';

/** A ledger that also knows who has its claims. */
export interface ClaimHolders {
  /** By key, the owner of each claim that is not settled, and `done` for those that are. Free ones are missing. */
  holders(claims: readonly Claim[]): Promise<ReadonlyMap<string, string>>;
}

/** Whose the claims are, and who of the others is known to be dead. */
export interface ClaimOwner {
  readonly name: string;
  /** False for an owner that may still run. */
  isDead(name: string): Promise<boolean>;
}

/** Claims on files, by key. A key names one version of a file. Without a ledger all can be taken. */
export interface FileClaims {
  /** `busy` if another process works on it, which may die: it can be asked for again after `retryMs`. */
  take(key: string): Promise<'taken' | 'done' | { readonly retryMs: number }>;
  /** Keeps what was taken. */
  keep(keys: readonly string[]): Promise<void>;
  settle(key: string, how: 'done' | 'released'): Promise<void>;
}

/** Longer than the interval of `keep` by far: a process that is only slow keeps its files. */
const LEASE_SECONDS = 300;
/** How soon to look again whether a process that has a file still runs. */
const LOOK_AGAIN_MS = 10_000;
/** How often a file is asked for again that another process has or has finished, where it is not known which. */
const MOST_BLIND_RETRIES = 2;

/** Claims in a ledger. Files of a process that ended on this machine are taken over at once, others when its lease ends. */
export function fileClaims({
  ledger,
  owner: own = { name: randomUUID(), isDead: async () => false },
  now,
}: {
  readonly ledger?: (Pick<Ledger, 'claim' | 'settle'> & Partial<ClaimHolders>) | undefined;
  /** @default a name of its own, and nobody is known to be dead */
  readonly owner?: ClaimOwner | undefined;
  readonly now: () => Date;
}): FileClaims {
  const retries = new Map<string, number>();
  const claimOf = (key: string): Claim => ({ kind: 'delivery', key });

  const claimed = async (keys: readonly string[]): Promise<boolean> => {
    const claiming = { now: now(), leaseSeconds: LEASE_SECONDS, owner: own.name };
    return (await ledger?.claim(keys.map(claimOf), claiming))?.length !== 0;
  };

  /** Without knowing who has it: once its lease has ended, it is free or done. */
  const blindRetry = (key: string): 'done' | { readonly retryMs: number } => {
    const count = (retries.get(key) ?? 0) + 1;
    retries.set(key, count);
    return count > MOST_BLIND_RETRIES ? 'done' : { retryMs: LEASE_SECONDS * 1000 };
  };

  return {
    async take(key) {
      if (await claimed([key])) return 'taken';
      const holder = ledger?.holders === undefined ? undefined : await ledger.holders([claimOf(key)]);
      if (holder === undefined) return blindRetry(key);
      const owner = holder.get(key);
      if (owner === 'done') return 'done';
      if (owner === undefined || !(await own.isDead(owner))) return { retryMs: LOOK_AGAIN_MS };
      await ledger?.settle([claimOf(key)], { now: now(), owner, how: 'released' });
      return (await claimed([key])) ? 'taken' : { retryMs: LOOK_AGAIN_MS };
    },
    async keep(keys) {
      if (keys.length > 0) await claimed(keys);
    },
    settle: async (key, how) => ledger?.settle([claimOf(key)], { now: now(), owner: own.name, how }),
  };
}
