/** What `scan` and `audit` have in common: judge, plan, remember, tell, report, and answer with the exit code. */

import type { Config } from '../config.ts';
import type { Scope } from '../inventory/inventory.ts';
import type { InputManifestEntry } from '../ledger/ledger.ts';
import { act } from '../pipeline/act.ts';
import { assess, failureOf } from '../pipeline/assess.ts';
import { exemptionRows } from '../pipeline/report-source.ts';
import { composeReport, type InputCounts, type Report } from '../report/report.ts';
import type { Sighting } from '../sighting/sighting.ts';
import { exitCodeOf } from './exit-codes.ts';
import type { Log } from './log.ts';
import type { CommonOptions } from './options.ts';
import { emit } from './output.ts';
import { toolVersion } from './version.ts';
import { type Connect, followable, openLedger, openPublisher, type World } from './world.ts';

export interface JudgeRequest {
  readonly sightings: readonly Sighting[];
  readonly scope: 'all' | 'sighted';
  /** Which to sweep. @default all */
  readonly scopes?: readonly Scope[] | undefined;
  readonly input: InputCounts;
  readonly manifest: readonly InputManifestEntry[];
}

/** Nothing went in but the account itself. */
export const NO_INPUT: InputCounts = {
  files: 0,
  records: 0,
  bytes: 0,
  sightings: 0,
  launches: 0,
  skipped: {},
  rejected: [],
};

/** What a command judges with. */
export interface JudgeContext {
  readonly options: CommonOptions;
  /** As `mailOf` reads it. */
  readonly mail: string | undefined;
  readonly world: World;
  readonly config: Config;
  readonly connect: Connect;
  readonly log: Log;
}

/** Judges and reports; sets the exit code. Nothing in the account is changed. */
export async function judge(
  { sightings, scope, scopes, input, manifest }: JudgeRequest,
  { options, mail, world, config, connect, log }: JudgeContext,
): Promise<void> {
  const now = options.now ?? new Date();
  const ledger = options.ledger === undefined ? undefined : await openLedger(options.ledger, connect);
  try {
    const effective = followable(config, world);
    const request = { sightings, scope, now, ...(scopes && { scopes }) };
    const assessment = await assess(request, world.source, effective, { ...(ledger && { ledger }) });
    const publisher = mail === undefined ? undefined : await openPublisher(mail, config, () => now, connect);
    const rejected = [...input.rejected, ...world.problems, ...assessment.unread, ...assessment.failed.map(failureOf)];
    const acted = await act(
      {
        assessment,
        at: newestEvent(sightings) ?? now,
        now,
        complete: scope === 'all',
        inputs: manifest,
        failures: rejected,
      },
      { ...(ledger && { ledger }), ...(publisher && { publisher }) },
      effective,
    );
    for (const unread of rejected.slice(input.rejected.length)) log.rejected(unread);
    // What the ledger knows of these findings: since when they are open.
    const ids = acted.findings.map(({ id }) => id);
    const entries = ledger === undefined || ids.length === 0 ? [] : await ledger.entries({ ids });
    const report: Report = composeReport({
      generatedAt: now,
      toolVersion: toolVersion(),
      configHash: config.hash,
      input: { ...input, rejected },
      findings: acted.findings,
      judgements: acted.judgements,
      entries,
      runs: [],
      load: acted.plan.load,
      manifest,
      exemptions: exemptionRows(config),
    });
    await emit(report, options, log);
    process.exitCode = exitCodeOf({ findings: acted.findings, rejected }, options.failOn, options.exitZero ?? false);
  } finally {
    await ledger?.close();
  }
}

function newestEvent(sightings: readonly Sighting[]): Date | undefined {
  return sightings.reduce<Date | undefined>(
    (newest, { eventTime }) => (newest === undefined || eventTime > newest ? eventTime : newest),
    undefined,
  );
}
