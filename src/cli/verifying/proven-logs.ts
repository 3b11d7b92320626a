/** `--verify` of every command that reads logs: it reads only files that are proven, and what is hashed is what is parsed. */

import type { IntegrityCheck } from '../../cloudtrail/digests/digest-chain.ts';
import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import { PipelineError } from '../../errors.ts';
import type { Prove } from '../../local/scan/read-files.ts';
import type { Tally } from '../../pipeline/reading/tally.ts';
import type { Rejected } from '../../report/report.ts';
import type { VerifyingOptions } from '../checks/request.ts';
import type { Connect } from '../connection.ts';
import type { Log } from '../log.ts';

/** What to prove, and with what. */
export interface ProvenLogsRequest {
  readonly paths: readonly string[];
  /** The period in which the command reads. */
  readonly period: Period;
  readonly config: Pick<Config, 'region' | 'maxLogBytes'>;
  /** The accounts whose logs the command reads: those of others cannot be missed. Empty: all of them. */
  readonly accounts: readonly string[];
  readonly connect: Connect;
  readonly now: Date;
}

/** Judges the files as they are read, and says at the end what was found. */
export interface ProvenLogs {
  readonly prove: Prove;
  /** Names in the tally and on stderr what is not proven, besides the files that were read. Returns every check. */
  readonly finish: (tally: Pick<Tally, 'rejected'>, log: Pick<Log, 'rejected'>) => readonly IntegrityCheck[];
}

/** Verifies the digests at the paths; undefined without `--verify`. Throws what cannot be listed, and PipelineError `usage` without keys. */
export async function provenLogs(
  { verify, keys = [], follow }: VerifyingOptions,
  { paths, period, config, accounts, connect, now }: ProvenLogsRequest,
): Promise<ProvenLogs | undefined> {
  if (!verify) return undefined;
  const [{ openProof }, { isListed, unprovenPlaces }, { keySource, openPaths }] = await Promise.all([
    import('../../pipeline/verify/proof.ts'),
    import('../../pipeline/verify/verify-logs.ts'),
    import('./verify-input.ts'),
  ]);
  const { list } = await openPaths(paths, { connect, follow, log: QUIET });
  const rejectedKeys: Rejected[] = [];
  const proof = await openProof(
    {
      ...{ paths, period, now, maxLogBytes: config.maxLogBytes },
      accounts: accounts.length === 0 ? undefined : accounts,
    },
    { list, keys: keySource(keys, config, rejectedKeys) },
  );
  return {
    prove: (path, packed) => {
      const { check, bytes, unread } = proof.judge(path, packed === undefined ? { fault: UNREAD } : { packed });
      return bytes ?? { reason: check?.reason ?? unread ?? DIFFERS, notDue: check?.notDue === true };
    },
    finish: (tally, log) => {
      const checks = proof.finish(proof.unclaimed().filter((entry) => isListed(entry, paths)));
      const faults = [...rejectedKeys, ...proof.rejected, ...unprovenPlaces(checks, paths.join(', '))];
      for (const input of faults) log.rejected(input);
      tally.rejected.push(...faults);
      return checks;
    },
  };
}

/** The command's own reading says which links it leaves out. */
const QUIET = { warn: () => undefined };
const UNREAD = new PipelineError('log-unreadable', 'it could not be read');
const DIFFERS = 'its content is not what CloudTrail wrote there';
