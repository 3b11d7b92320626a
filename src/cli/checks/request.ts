/** Refuses a command line that nothing could be judged by, before anything is read: each with what to do. */

import { listed, plural } from '../../collections.ts';
import { regionOpinion } from '../../config/regions.ts';
import { watchesCalls } from '../../config/watch-config.ts';
import type { Config } from '../../config.ts';
import type { Period } from '../../delivery/log-key.ts';
import { PipelineError } from '../../errors.ts';
import type { Log } from '../log.ts';
import type { World } from '../world.ts';

/** The period of `--since` and `--until`. Throws PipelineError `usage` if it contains no time. */
export function periodOf({ since, until }: Period): Period {
  if (since !== undefined && until !== undefined && since >= until)
    throw new PipelineError(
      'usage',
      `--since ${since.toISOString()} is not before --until ${until.toISOString()}: no event can be in that period`,
    );
  return { since, until };
}

/** Checks the names of `--regions`: warns of one that is probably misspelt. Throws PipelineError `usage` for one that cannot be a region. */
export function checkRegions(regions: readonly string[] | undefined, log: Log): void {
  for (const region of regions ?? []) {
    const opinion = regionOpinion(region);
    if (opinion?.kind === 'problem') throw new PipelineError('usage', `--regions: ${opinion.message}`, { region });
    if (opinion !== undefined) log.warn(`--regions: ${opinion.message}`);
  }
}

/** Checks the ids of `--accounts`. Throws PipelineError `usage` for one that cannot be an account. */
export function checkAccounts(accounts: readonly string[] | undefined): void {
  for (const accountId of accounts ?? []) {
    if (!/^\d{12}$/.test(accountId))
      throw new PipelineError(
        'usage',
        `--accounts: ${JSON.stringify(accountId)} cannot be an account id: those have 12 digits`,
        { accountId },
      );
  }
}

/** Checks the id of `--instance`. Throws PipelineError `usage` if it cannot be an instance's. */
export function checkInstanceId(id: string | undefined): void {
  if (id === undefined || /^m?i-[0-9a-f]{1,17}$/.test(id)) return;
  throw new PipelineError(
    'usage',
    `--instance: ${JSON.stringify(id)} cannot be the id of an instance, such as i-0123456789abcdef0`,
    { resourceId: id },
  );
}

/** Checks the id that `mirror explain` was given. Throws PipelineError `usage` if nothing that is mirrored can have it. */
export function checkSourceId(id: string): void {
  if (/^(i|eni)-[0-9a-z-]+$/.test(id) || /^arn:aws[a-z-]*:ecs:/.test(id)) return;
  throw new PipelineError(
    'usage',
    `${JSON.stringify(id)} cannot be the id of an interface (eni-…), an instance (i-…) or the ARN of a task`,
    { resourceId: id },
  );
}

/** Why a configuration judges nothing in a world; undefined if it judges something. `records`: whether the run reads log records. */
export function nothingToJudge(
  { tags, mirroring, trail, watch }: Config,
  { kind }: Pick<World, 'kind'>,
  { records }: { readonly records: boolean },
): string | undefined {
  const mirrors = mirroring !== null && mirroring.mode !== 'off';
  if (tags.requiredTags.length > 0 || (mirrors && kind !== 'records')) return undefined;
  // Records of an account that is not listed are found.
  if (records && (trail.accounts.length > 0 || watchesCalls(watch))) return undefined;
  if (watch.securityGroupOpen !== null && kind !== 'records') return undefined;
  const advice =
    'set requiredTags or mirroring in the configuration ("mirrorwatch config init --tags Owner" writes one)';
  if (!mirrors) return `no tag is required and mirroring is off, so nothing would be judged: ${advice}`;
  return 'no tag is required, and records alone do not show mirroring, so nothing would be judged: give --account, or set requiredTags';
}

/** Throws PipelineError `usage` if nothing would be judged. */
export function refuseToJudgeNothing(...args: Parameters<typeof nothingToJudge>): void {
  const reason = nothingToJudge(...args);
  if (reason !== undefined) throw new PipelineError('usage', reason);
}

/** A note that names the rules on calls, which a look at an account cannot judge; undefined if the configuration has none. */
export function rulesLeftToScan({ watch: { rules, iamUserAfterHours } }: Pick<Config, 'watch'>): string | undefined {
  const own = rules.rules.length === 0 ? [] : [plural(rules.rules.length, 'rule of your own', 'rules of your own')];
  const names = [...(iamUserAfterHours === null ? [] : ['iam-user-after-hours']), ...own];
  return names.length === 0
    ? undefined
    : `audit judges resources; "mirrorwatch scan" judges the calls in logs by ${listed(names)}`;
}

/** The options of a command that can verify what it reads. */
export interface VerifyingOptions {
  readonly verify?: boolean | undefined;
  readonly keys?: readonly string[] | undefined;
  readonly follow?: boolean | undefined;
  readonly checkpoint?: string | undefined;
}

/** Throws PipelineError `usage` for options that contradict each other. */
export function checkVerifying({ verify, keys, checkpoint }: VerifyingOptions): void {
  if (keys !== undefined && !verify) throw new PipelineError('usage', '--keys needs --verify, which uses them');
  if (verify && checkpoint !== undefined)
    throw new PipelineError('usage', '--verify reads every file again, so it cannot resume: leave out --checkpoint');
}
