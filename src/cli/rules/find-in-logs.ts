/** `rules test --name`: says which records a rule finds in log files, and why. */

import { grouped, plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import { PipelineError } from '../../errors.ts';
import { isWithin } from '../../pipeline/reading/event-period.ts';
import { emptyTally } from '../../pipeline/reading/tally.ts';
import type { CallRule } from '../../rules/call-rule.ts';
import type { RuleHit } from '../../rules/rule-set.ts';
import { checkLogsRead } from '../checks/logs-read.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import type { Log } from '../log.ts';
import { type LogSourceOptions, scanPaths } from '../log-source.ts';
import type { CommonOptions, OutputChoice } from '../options.ts';
import { inputProblems } from '../output.ts';
import { s3Opener } from '../s3-logs.ts';
import { toolVersion } from '../version.ts';
import type { FoundRecord, RecordRule } from './find-built-in.ts';

/** How the logs are read. */
export interface FindOptions extends Period, Pick<CommonOptions, 'quiet' | 'now'> {
  readonly follow?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly checkpoint?: string | undefined;
  /** @default a table on a terminal, else JSON lines */
  readonly output?: readonly OutputChoice[] | undefined;
}

/**
 * Prints one line for each record that the rule finds (`"as":"found"`) or whose findings it ends (`"ended"`): what the finding would be
 * about, the sentence of one that it finds, and the value that met each condition. A built-in rule is asked of each record by itself; a record
 * that does not say enough is `"undecided"`. Every file counts, whosever log it is. Returns the exit code: what files that
 * cannot be read and undecided records hold is not known. Throws PipelineError `usage` if there is no such rule.
 */
export async function findInLogs(
  name: string,
  paths: readonly string[],
  { config, options, log }: { readonly config: Config; readonly options: FindOptions; readonly log: Log },
): Promise<number> {
  const [{ unplacedBecause }, { openRows, cells }] = await Promise.all([
    import('../../sighting/watched.ts'),
    import('./test-rows.ts'),
  ]);
  const rule = await recordRule(name, config);
  const { since, until, quiet = false, follow, threads, checkpoint, output = [], now = new Date() } = options;
  const period = { since, until };
  const question = { command: 'rules test', version: toolVersion(), paths, ...period, follow, rule: rule.written };
  const source: LogSourceOptions = {
    ...{ wanted: rule.wanted, maxLogBytes: config.maxLogBytes, period, quiet, manifest: false, accounts: [] },
    faultOf: (record, path) => unplacedBecause(record, rule.watched, path),
    ...{ follow, threads, openS3: s3Opener(connectionTo(config), period) },
    checkpoint: checkpoint === undefined ? undefined : { path: checkpoint, question },
  };
  const tally = emptyTally();
  const rows = await openRows(output, log);
  let matched = 0;
  let undecided = 0;
  for await (const { path, wanted } of scanPaths(paths, source, tally, log))
    for (const { record } of wanted) {
      if (!isWithin(record.eventTime, period)) continue;
      for (const { rule: id, as, resourceId, reason, met } of rule.find(record, path, now)) {
        matched += 1;
        if (as === 'undecided') undecided += 1;
        const { eventTime, eventName, eventID, recipientAccountId, awsRegion } = record;
        const place = { path, eventTime, eventName, eventID, recipientAccountId, awsRegion };
        const line = cells([as, eventTime, eventName, resourceId, path], WIDTHS);
        await rows.add({ rule: id, as, ...place, resourceId, reason, met }, [
          line,
          ...(reason === undefined ? [] : [reason]),
          ...metLines(met),
        ]);
      }
    }
  const summary = `${grouped(matched)} of ${plural(tally.records, 'record')} in ${plural(tally.files, 'file')}`;
  await rows.close();
  await checkLogsRead(paths, source, { tally, matched: matched > 0, done: 'searched', log });
  log.note([summary, ...inputProblems(tally)].join('; '));
  return tally.rejected.length + undecided > 0 ? INCOMPLETE : CLEAN;
}

const WIDTHS = [9, 20, 0, 0];

/** What met the conditions, a line each. */
export function metLines(met: FoundRecord['met'] = []): readonly string[] {
  return met.map(({ name, value }) =>
    value === undefined ? `${name} is absent` : `${name} = ${JSON.stringify(value)}`,
  );
}

async function recordRule(name: string, config: Config): Promise<RecordRule> {
  const { builtInNamed, builtInRecordRule } = await import('./find-built-in.ts');
  const builtIn = builtInNamed(name);
  // A rule of one's own may have the name of a built-in one.
  const isOwn = config.watch.rules.rules.some((one) => one.name === name);
  if (builtIn !== undefined && !isOwn) return builtInRecordRule(builtIn, config);
  const rule = ruleNamed(name, config);
  const [{ ruleSetOf }, { wantedFor }, describe] = await Promise.all([
    import('../../rules/rule-set.ts'),
    import('../../sighting/watched.ts'),
    describer(),
  ]);
  const watched = { rules: ruleSetOf([rule]), iamUsers: false };
  return {
    ...{ watched, wanted: wantedFor(watched), written: rule.written },
    find: (record, path) => watched.rules.hits({ ...record }).map((hit) => describe(hit, { ...record }, path)),
  };
}

function ruleNamed(name: string, { watch }: Config): CallRule {
  const { rules } = watch.rules;
  const rule = rules.find((one) => one.name === name.replace(/^custom:/, ''));
  if (rule !== undefined) return rule;
  const known = rules.length === 0 ? 'it has none' : `its rules are ${rules.map((one) => one.name).join(', ')}`;
  throw new PipelineError('usage', `the configuration has no rule ${JSON.stringify(name)} in watch.rules: ${known}`);
}

type Describe = (hit: RuleHit, record: Readonly<Record<string, unknown>>, path: string) => FoundRecord;

async function describer(): Promise<Describe> {
  const [{ explain }, { asked }, { ruleSightings }, { ruleSetOf }] = await Promise.all([
    import('../../rules/explain.ts'),
    import('../../rules/call-rule.ts'),
    import('../../sighting/rule-sightings.ts'),
    import('../../rules/rule-set.ts'),
  ]);
  return ({ rule, as }, record, path) => {
    const pattern = as === 'ended' ? (rule.resolvedBy ?? rule.pattern) : rule.pattern;
    const { met } = explain(pattern.pattern, asked(pattern, record));
    const [sighting] = ruleSightings(record, ruleSetOf([rule]), path).filter(
      ({ kind }) => kind === (as === 'found' ? 'rule-found' : 'rule-ended'),
    );
    // The sentence is about what the rule finds. Of a call that ends it, it would not be true.
    const reason = as === 'found' ? sighting?.reason : undefined;
    return { rule: `custom:${rule.name}`, as, resourceId: sighting?.resourceId, reason, met };
  };
}
