/** Lets a command read only log files that are proven: what is hashed is what is parsed. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import { PipelineError } from '../../errors.ts';
import type { Prove } from '../../local/scan/read-files.ts';
import type { Rejected } from '../../report/report.ts';
import type { Connect } from '../connection.ts';
import type { Log } from '../log.ts';
import { keySource, openPaths } from './verify-input.ts';

/** What to prove, and with what. */
export interface ProvenLogsRequest {
  readonly paths: readonly string[];
  readonly period: Period;
  readonly keys: readonly string[];
  readonly config: Config;
  readonly connect: Connect;
  readonly follow?: boolean | undefined;
  readonly log: Pick<Log, 'warn'>;
  readonly now: Date;
}

/** Judges the files as they are read, and says at the end what was found. */
export interface ProvenLogs {
  readonly prove: Prove;
  readonly finish: () => { readonly checks: readonly IntegrityCheck[]; readonly rejected: readonly Rejected[] };
}

/** Verifies the digests at the paths. Throws what cannot be listed, and PipelineError `usage` without keys. */
export async function openProvenLogs(request: ProvenLogsRequest): Promise<ProvenLogs> {
  const { paths, period, keys, config, connect, follow, now, log } = request;
  const [{ openProof }, { isListed, unprovenPlaces }] = await Promise.all([
    import('../../pipeline/verify/proof.ts'),
    import('../../pipeline/verify/verify-logs.ts'),
  ]);
  const { list } = await openPaths(paths, { connect, follow, log });
  const rejectedKeys: Rejected[] = [];
  const { maxLogBytes, trail } = config;
  // Logs of other accounts are not read, so they cannot be missed.
  const accounts = trail.accounts.length === 0 ? undefined : trail.accounts;
  const proof = await openProof(
    { paths, period, accounts, now, maxLogBytes },
    { list, keys: keySource(keys, config, rejectedKeys) },
  );
  return {
    prove: (path, packed) => {
      const { check, bytes, unread } = proof.judge(path, packed === undefined ? { fault: UNREAD } : { packed });
      return bytes ?? { reason: check?.reason ?? unread ?? DIFFERS, notDue: check?.notDue === true };
    },
    finish: () => {
      const checks = proof.finish(proof.unclaimed().filter((entry) => isListed(entry, paths)));
      return { checks, rejected: [...rejectedKeys, ...proof.rejected, ...unprovenPlaces(checks, paths.join(', '))] };
    },
  };
}

const UNREAD = new PipelineError('log-unreadable', 'it could not be read');
const DIFFERS = 'its content is not what CloudTrail wrote there';
