/** `mirrorwatch report`: the compliance report of a period, from the ledger. */

import type { Command } from 'commander';
import { isRuleId } from '../../audit/rule-book.ts';
import { plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import { messageOf, PipelineError } from '../../errors.ts';
import type { Period } from '../../ledger/ledger.ts';
import type { ProveEntries } from '../../pipeline/report-source.ts';
import type { Compared } from '../../report/diff.ts';
import type { ReportGap } from '../../report/gaps.ts';
import type { Report } from '../../report/report.ts';
import { refuseUnknownPart } from '../checks/ledger-holds.ts';
import { nameUnseen } from '../checks/name-unjudged.ts';
import { checkAccounts, checkRegions, checkVerifying } from '../checks/request.ts';
import { type Connect, connectionTo } from '../connection.ts';
import { exitCodeOf, type Finished, INCOMPLETE } from '../exit-codes.ts';
import { openLedger } from '../ledger-and-mail.ts';
import { loadConfig } from '../load-config.ts';
import { type Log, openLog } from '../log.ts';
import { append, type CommonOptions, FOLLOW_LINKS, readList, readTime, withConfig, withFindings } from '../options.ts';
import { emit, isTableSeen, outputsOf, print, printsTable, type Rendering, writeOutput } from '../output.ts';
import type { EvidenceRequest } from '../verifying/proven-evidence.ts';
import { toolVersion } from '../version.ts';

interface ReportOptions extends CommonOptions, Rendering {
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly evidence?: string | undefined;
  readonly diff?: string | undefined;
  readonly pushSecurityHub?: boolean | undefined;
  readonly verify?: readonly string[] | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly follow?: boolean | undefined;
}

const DAY_MS = 86_400_000;

/** Adds `report`. */
export function addReport(program: Command): void {
  const command = program
    .command('report')
    .description('Report on a period from the ledger, for people, programs and auditors.')
    .requiredOption('--ledger <file>', 'the history: an SQLite file, or dynamodb://TABLE')
    .option('--since <time>', 'from this day or time (default: 30 days before --until)', readTime)
    .option('--until <time>', 'before this day or time (default: now)', readTime)
    .option('--accounts <list>', 'only these accounts', readList)
    .option('--regions <list>', 'only these regions', readList)
    .option('--diff <report.json>', 'print what is new, still open and resolved since that report')
    .option(
      '--evidence <out.zip>',
      'write an archive for an auditor: every format, the configuration, the manifest and SHA-256 sums',
    )
    .option(
      '--verify <path>',
      "keep only evidence in log files there that CloudTrail's digests prove; repeatable",
      append,
    )
    .option('--keys <file>', 'for --verify: public keys, as for verify; repeatable (default: live AWS)', append)
    .option('--follow', `with --verify: ${FOLLOW_LINKS}`)
    .option('--push-security-hub', 'import the findings into AWS Security Hub');
  withConfig(withFindings(command))
    .addHelpText(
      'after',
      `
Examples:
  mirrorwatch report --ledger history.sqlite --since 2026-10-01 -o html=oct.html
  mirrorwatch report --ledger history.sqlite --diff last-month.json`,
    )
    .action(run);
}

async function run(options: ReportOptions): Promise<void> {
  const log = openLog(options, { tableFollows: isTableSeen(options) });
  checkRegions(options.regions, log);
  checkAccounts(options.accounts);
  checkVerifying({ verify: options.verify !== undefined, keys: options.keys });
  if (options.includePass)
    log.warn(
      '--include-pass adds nothing here: a ledger keeps findings, not what passed; "mirrorwatch audit --include-pass" lists what passes now',
    );
  const config = await loadConfig(options, log);
  const now = options.now ?? new Date();
  const connect = connectionTo(config);
  const before = options.diff === undefined ? undefined : await readReport(options.diff);
  const report = await fromLedger(options, { config, now, connect, log });
  // With --diff, the report itself is only printed if a format is named.
  if (before === undefined || options.output.length > 0) await emit(report, options, log);
  if (before !== undefined) await printDiff(before, report);
  if (options.evidence !== undefined) await writeEvidence(options.evidence, report, config, log);
  if (options.pushSecurityHub) await pushToSecurityHub(report, connect, log);
  const isTabled = (before === undefined || options.output.length > 0) && printsTable(outputsOf(options));
  setExitCode(report, options, { config, log, isTabled });
}

interface ReportRun {
  readonly config: Config;
  /** True if a table of the report is on stdout. */
  readonly isTabled: boolean;
  readonly log: Log;
}

/**
 * Sets the exit code by the report, that is, by the end of its period: what a later look could read or judge changes nothing of it. Names
 * what was missing then if the code says that there is some, and no table does.
 */
function setExitCode(report: Report, { failOn, exitZero }: ReportOptions, { isTabled, config, log }: ReportRun): void {
  const { findings, input } = report;
  const { lost, judgements } = standingGaps(report);
  const policy = { failOn, exitZero, severities: config.severities };
  const code = exitCodeOf({ findings, judgements, rejected: [...input.rejected, ...lost] }, policy);
  if (code === INCOMPLETE && !isTabled) nameUnseen(report, log);
  process.exitCode = code;
}

/** What could not be read at the end of the period, and the rules that could not judge something. */
function standingGaps({ gaps }: Report): {
  readonly lost: readonly ReportGap[];
  readonly judgements: Finished['judgements'];
} {
  const standing = (gaps?.list ?? []).filter(({ still }) => still);
  const rules = standing.filter(({ kind }) => kind === 'rule').flatMap(({ name }) => name.split(', '));
  return {
    lost: standing.filter(({ kind }) => kind !== 'rule'),
    judgements: rules.filter(isRuleId).map((rule) => ({ rule, result: 'unknown' })),
  };
}

interface LedgerRead {
  readonly config: Config;
  readonly now: Date;
  readonly connect: Connect;
  readonly log: Log;
}

async function fromLedger(options: ReportOptions, { config, now, connect, log }: LedgerRead): Promise<Report> {
  // A period's end is excluded. Without --until, what was recorded at this very moment still belongs to it.
  const until = options.until ?? new Date(now.getTime() + 1);
  const period: Period = { since: options.since ?? new Date(until.getTime() - 30 * DAY_MS), until };
  if (period.since >= period.until)
    throw new PipelineError(
      'usage',
      `--since ${period.since.toISOString()} is not before --until ${period.until.toISOString()}`,
    );
  const { reportFromLedger } = await import('../../pipeline/report-source.ts');
  const ledger = await openLedger(options.ledger ?? '', connect, { reading: true });
  const { accounts, regions } = options;
  const prove = await proverOf(options, { period, config, connect, now, log });
  try {
    const source = { period, now, toolVersion: toolVersion(), accounts, regions, prove };
    const report = await reportFromLedger(ledger, config, source);
    if (report.findings.length === 0) await refuseUnknownPart(ledger, { period, accounts, regions });
    return report;
  } finally {
    await ledger.close();
  }
}

/** What proves the report's evidence; undefined without `--verify`. */
async function proverOf(
  { verify: paths, keys = [], follow, quiet = false }: ReportOptions,
  run: Pick<EvidenceRequest, 'period' | 'config' | 'connect' | 'now' | 'log'>,
): Promise<ProveEntries | undefined> {
  if (paths === undefined) return undefined;
  const { evidenceProver } = await import('../verifying/proven-evidence.ts');
  return evidenceProver({ paths, keys, follow, quiet, ...run });
}

/** Reads a report that `-o json` wrote, as far as a diff needs it. Throws PipelineError `usage` for any other file. */
async function readReport(path: string): Promise<Compared> {
  const { readFile } = await import('node:fs/promises');
  const unusable = (reason: string, cause?: unknown): PipelineError =>
    new PipelineError('usage', `${path}: ${reason}; --diff takes a file written by "report -o json=FILE"`, {
      path,
      cause,
    });
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw unusable(`cannot be read: ${messageOf(cause)}`, cause);
  });
  const { schema, findings, judgements } = readJson(text, unusable);
  if (schema !== 'mirrorwatch.report/1' || !Array.isArray(findings)) throw unusable('is not a report');
  return { findings, judgements };
}

/** The fields of a JSON object; none for another value. Throws what `unusable` makes of text that is not JSON. */
function readJson(text: string, unusable: (reason: string, cause: unknown) => PipelineError): Partial<Report> {
  try {
    return Object(JSON.parse(text));
  } catch (cause) {
    throw unusable('is not JSON', cause);
  }
}

async function printDiff(before: Compared, report: Report): Promise<void> {
  const { diffReports, renderDiff } = await import('../../report/diff.ts');
  await print(renderDiff(diffReports(before, report)));
}

async function writeEvidence(path: string, report: Report, config: Config, log: Log): Promise<void> {
  const [{ evidenceFiles }, { zipParts }, { withoutSecrets }] = await Promise.all([
    import('../../report/evidence.ts'),
    import('../../local/zip-writer.ts'),
    import('../../pipeline/report-source.ts'),
  ]);
  await writeOutput(path, zipParts(evidenceFiles(report, withoutSecrets(config)), { level: 1 }), log);
}

async function pushToSecurityHub(report: Report, connect: Connect, log: Log): Promise<void> {
  const [{ toAsff }, { importFailures }] = await Promise.all([
    import('../../report/security-hub/asff.ts'),
    import('../../alert/channels/hub-import.ts'),
  ]);
  const findings = [...toAsff(report, { includePass: true })];
  const { imported, failed } = await (await connect()).securityHub().importFindings(findings);
  log.note(`Security Hub imported ${plural(imported, 'finding')}`);
  for (const line of importFailures(failed)) log.warn(`not imported: ${line}`);
  if (failed.length > 0)
    throw new PipelineError(
      'aws-call-failed',
      `Security Hub did not take ${failed.length} of ${plural(findings.length, 'finding')}`,
      { operation: 'BatchImportFindings' },
    );
}
