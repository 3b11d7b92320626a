/** `rules test --name`: says which records a rule of the configuration finds in log files, and why. */

import { grouped, plural } from '../../collections.ts';
import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import { PipelineError } from '../../errors.ts';
import { inertJson } from '../../report/escape.ts';
import type { CallRule } from '../../rules/call-rule.ts';
import type { RuleHit } from '../../rules/rule-set.ts';
import { checkLogsRead } from '../checks/logs-read.ts';
import { connectionTo } from '../connection.ts';
import { CLEAN, INCOMPLETE } from '../exit-codes.ts';
import type { Log } from '../log.ts';
import { emptyTally, isWithin, type LogSourceOptions, scanPaths } from '../log-source.ts';
import type { CommonOptions } from '../options.ts';
import { inputProblems, print } from '../output.ts';
import { s3Opener } from '../s3-logs.ts';
import { toolVersion } from '../version.ts';

/** How the logs are read. */
export interface FindOptions extends Period, Pick<CommonOptions, 'quiet'> {
  readonly follow?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly checkpoint?: string | undefined;
}

/**
 * Prints one JSON line for each record that the rule finds (`"as":"found"`) or whose findings it ends (`"ended"`): what the finding would be
 * about, the sentence of one that it finds, and the value that met each condition. Every file counts, whosever log it is. Returns the exit code: the records of
 * files that cannot be read are not known. Throws PipelineError `usage` if the configuration has no such rule.
 */
export async function findInLogs(
  name: string,
  paths: readonly string[],
  { config, options, log }: { readonly config: Config; readonly options: FindOptions; readonly log: Log },
): Promise<number> {
  const rule = ruleNamed(name, config);
  const [{ ruleSetOf }, { unplacedBecause, wantedFor }, describe] = await Promise.all([
    import('../../rules/rule-set.ts'),
    import('../../sighting/watched.ts'),
    describer(),
  ]);
  const watched = { rules: ruleSetOf([rule]), iamUsers: false };
  const { since, until, quiet = false, follow, threads, checkpoint } = options;
  const period = { since, until };
  const question = { command: 'rules test', version: toolVersion(), paths, ...period, follow, rule: rule.written };
  const source: LogSourceOptions = {
    ...{ wanted: wantedFor(watched), maxLogBytes: config.maxLogBytes, period, quiet, manifest: false, accounts: [] },
    faultOf: (record, path) => unplacedBecause(record, watched, path),
    ...{ follow, threads, openS3: s3Opener(connectionTo(config), period) },
    checkpoint: checkpoint === undefined ? undefined : { path: checkpoint, question },
  };
  const tally = emptyTally();
  let found = 0;
  for await (const { path, wanted } of scanPaths(paths, source, tally, log))
    for (const { record } of wanted) {
      if (!isWithin(record.eventTime, period)) continue;
      for (const hit of watched.rules.hits({ ...record })) {
        found += 1;
        await print(`${inertJson(describe(hit, { ...record }, path))}\n`);
      }
    }
  await checkLogsRead(paths, source, { tally, matched: found > 0, done: 'searched', log });
  const summary = `${grouped(found)} of ${plural(tally.records, 'record')} in ${plural(tally.files, 'file')}`;
  log.note([summary, ...inputProblems(tally)].join('; '));
  return tally.rejected.length > 0 ? INCOMPLETE : CLEAN;
}

function ruleNamed(name: string, { watch }: Config): CallRule {
  const { rules } = watch.rules;
  const rule = rules.find((one) => one.name === name.replace(/^custom:/, ''));
  if (rule !== undefined) return rule;
  const known = rules.length === 0 ? 'it has none' : `its rules are ${rules.map((one) => one.name).join(', ')}`;
  throw new PipelineError('usage', `the configuration has no rule ${JSON.stringify(name)} in watch.rules: ${known}`);
}

type Describe = (hit: RuleHit, record: Readonly<Record<string, unknown>>, path: string) => object;

async function describer(): Promise<Describe> {
  const [{ explain }, { asked }, { ruleSightings }, { ruleSetOf }] = await Promise.all([
    import('../../rules/explain.ts'),
    import('../../rules/call-rule.ts'),
    import('../../sighting/rule-sightings.ts'),
    import('../../rules/rule-set.ts'),
  ]);
  return ({ rule, as }, record, path) => {
    const pattern = as === 'ended' ? (rule.resolvedBy ?? rule.pattern) : rule.pattern;
    const explained = explain(pattern.pattern, asked(pattern, record));
    const [sighting] = ruleSightings(record, ruleSetOf([rule]), path).filter(
      ({ kind }) => kind === (as === 'found' ? 'rule-found' : 'rule-ended'),
    );
    const { eventTime, eventName, eventID, recipientAccountId, awsRegion } = record;
    return {
      ...{ rule: `custom:${rule.name}`, as, path, eventTime, eventName, eventID, recipientAccountId, awsRegion },
      resourceId: sighting?.resourceId,
      // The sentence is about what the rule finds. Of a call that ends it, it would not be true.
      reason: as === 'found' ? sighting?.reason : undefined,
      met: explained.met,
    };
  };
}
