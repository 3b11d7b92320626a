/** `mirrorwatch report`: the compliance report of a period, from the ledger. */

import { type Command, Option } from 'commander';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import type { Period } from '../ledger/ledger.ts';
import type { OcsfVersion, Report } from '../report/report.ts';
import { exitCodeOf } from './exit-codes.ts';
import { type Log, openLog } from './log.ts';
import { type CommonOptions, readList, readTime, withConfig, withFindings } from './options.ts';
import { emit, type Rendering, writeOutput } from './output.ts';
import { toolVersion } from './version.ts';
import { loadConfig, openLedger } from './world.ts';

interface ReportOptions extends CommonOptions, Rendering {
  readonly since?: Date;
  readonly until?: Date;
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
  readonly evidence?: string;
  readonly diff?: string;
  readonly pushSecurityHub?: boolean;
}

const DAY_MS = 86_400_000;
const OCSF_VERSIONS: readonly OcsfVersion[] = ['1.5.0', '1.6.0', '1.7.0', '1.8.0'];

/** Adds `report`. */
export function addReport(program: Command): void {
  withFindings(
    withConfig(
      program.command('report').description('report on a period from the ledger, for people, programs and auditors'),
    ),
  )
    .requiredOption('--ledger <file>', 'the history: an SQLite file, or dynamodb://TABLE')
    .option('--since <time>', 'from this day or time (default: 30 days before --until)', readTime)
    .option('--until <time>', 'up to this day or time (default: now)', readTime)
    .option('--accounts <list>', 'only these accounts', readList)
    .option('--regions <list>', 'only these regions', readList)
    .option('--include-pass', 'rows for what was checked and passed, in the formats that can hold them')
    .addOption(
      new Option('--ocsf-version <version>', 'the schema version that OCSF says')
        .choices(OCSF_VERSIONS)
        .default('1.5.0'),
    )
    .option('--excel', 'begin CSV with the mark that Excel needs')
    .option('--diff <report.json>', 'what is new, still open and resolved since that report')
    .option(
      '--evidence <out.zip>',
      'write an archive for an auditor: every format, the configuration, the manifest and SHA-256 sums',
    )
    .option('--push-security-hub', 'import the findings into AWS Security Hub')
    .addHelpText(
      'after',
      '\nExample:\n  mirrorwatch report --ledger mirrorwatch.sqlite --since 2026-10-01 --until 2026-11-01 -o html=october.html',
    )
    .action(async (options: ReportOptions) => {
      const log = openLog(options);
      const config = await loadConfig(options, log);
      const now = options.now ?? new Date();
      const report = await fromLedger(options, config, now);
      await emit(report, options, log);
      if (options.diff !== undefined) await printDiff(options.diff, report);
      if (options.evidence !== undefined) await writeEvidence(options.evidence, report, config, log);
      if (options.pushSecurityHub) await push(report, config, log);
      process.exitCode = exitCodeOf(
        { findings: report.findings, rejected: report.input.rejected },
        options.failOn,
        options.exitZero ?? false,
      );
    });
}

async function fromLedger(options: ReportOptions, config: Config, now: Date): Promise<Report> {
  const until = options.until ?? now;
  const period: Period = { since: options.since ?? new Date(until.getTime() - 30 * DAY_MS), until };
  if (period.since >= period.until)
    throw new PipelineError(
      'usage',
      `--since ${period.since.toISOString()} is not before --until ${period.until.toISOString()}`,
    );
  const { reportFromLedger } = await import('../pipeline/report-source.ts');
  const ledger = await openLedger(options.ledger ?? '', config);
  const { accounts, regions } = options;
  try {
    return await reportFromLedger(ledger, config, {
      period,
      now,
      toolVersion: toolVersion(),
      ...(accounts && { accounts }),
      ...(regions && { regions }),
    });
  } finally {
    await ledger.close();
  }
}

async function printDiff(path: string, report: Report): Promise<void> {
  const [{ readFile }, { diffReports, renderDiff }, { print }] = await Promise.all([
    import('node:fs/promises'),
    import('../report/diff.ts'),
    import('./output.ts'),
  ]);
  const before = JSON.parse(await readFile(path, 'utf8')) as Report;
  await print(renderDiff(diffReports(before, report)));
}

async function writeEvidence(path: string, report: Report, config: Config, log: Log): Promise<void> {
  const [{ evidenceFiles }, { zipOf }] = await Promise.all([
    import('../report/evidence.ts'),
    import('../local/zip-writer.ts'),
  ]);
  await writeOutput(path, zipOf(evidenceFiles(report, withoutSecrets(config))), log);
}

/** An external id is what stands between a role and a stranger: it goes into no report. */
function withoutSecrets({ assumeRole, ...config }: Config): unknown {
  return assumeRole === undefined ? config : { ...config, assumeRole: { roleName: assumeRole.roleName } };
}

async function push(report: Report, config: Config, log: Log): Promise<void> {
  const [{ openAws }, { renderAsff }] = await Promise.all([import('../aws/ports.ts'), import('../report/asff.ts')]);
  const findings = JSON.parse(renderAsff(report, { includePass: true })) as readonly (object & {
    readonly Id: string;
  })[];
  const { imported, failed } = await (await openAws(config)).securityHub().importFindings(findings);
  log.note(`Security Hub took ${imported} findings`);
  for (const { id, awsCode, reason } of failed) log.warn(`Security Hub refused ${id}: ${awsCode} ${reason}`);
  if (failed.length > 0)
    throw new PipelineError('aws-call-failed', `Security Hub refused ${failed.length} of ${findings.length} findings`, {
      operation: 'BatchImportFindings',
    });
}
