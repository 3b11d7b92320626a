/** The fixes of findings about mirroring: only the plan knows whether a step of ours repairs a resource. */

import type { ForbiddenRepairs } from '../../audit/exemptions.ts';
import type { Finding, RuleId } from '../../audit/finding.ts';
import { type Command, type CommandOption, command, fixBy, fixInWords } from '../../audit/fixes/command.ts';
import { sessionDeletion } from '../../audit/fixes/sessions.ts';
import { idInWords } from '../../audit/fixes/shell.ts';
import type { MirroredResource } from '../../audit/mirrored-resource.ts';
import { repairsOf } from '../../audit/rule-book.ts';
import { groupBy } from '../../collections.ts';
import { scopeKey } from '../../inventory/inventory.ts';
import { type AccountIndex, indexAccount } from '../../mirror/account-index.ts';
import { type SessionFinding, sessionFindings } from '../../mirror/coverage.ts';
import { isManaged } from '../../mirror/sessions.ts';
import { type PlanStep, type RemediationPlan, sessionIdOf } from '../plan.ts';
import { deletionsOf } from '../plan-cleanup.ts';
import { canResolve } from '../settle-findings.ts';
import { openingsFor } from './open-groups.ts';
import { stepCommands } from './step-command.ts';

/** One account and region, as it was judged and planned. */
export interface PlannedAccount {
  readonly account: AccountIndex;
  readonly resources: readonly MirroredResource[];
  readonly forbidden: ForbiddenRepairs;
  readonly plan: RemediationPlan;
}

/**
 * The findings, those about mirroring with the fix that the plan proves: the command that carries out its steps for the resource, an
 * AWS command that was judged to help, or words that say why no command can. `options` are those with which a pasted `mirrorwatch`
 * command reaches the same account.
 */
export function withFixes(
  findings: readonly Finding[],
  planned: readonly PlannedAccount[],
  options: readonly CommandOption[],
): readonly Finding[] {
  const advice = new Map(planned.map((one) => [scopeKey(one.account.inventory), knowledgeOf(one, options)]));
  return findings.map((finding) => {
    const known = advice.get(scopeKey(finding));
    const fixOf = FIX_OF[finding.rule];
    if (known === undefined || fixOf === undefined) return finding;
    const fix = isSpared(finding) ? '' : fixOf(finding, known);
    return fix === finding.fix ? finding : { ...finding, fix };
  });
}

/** True for what needs no repair, or must not be repaired. */
function isSpared({ rule, status, detail }: Finding): boolean {
  return repairsOf(rule).length > 0 && status === 'muted' && detail.exemption?.still !== 'repair';
}

/** What the fixes of an account are made from. Functions are worked out once, when the first finding needs them. */
interface Knowledge {
  readonly stepsOn: ReadonlyMap<string, readonly PlanStep[]>;
  /** The resources with a source that the plan has no step for. */
  readonly unplaced: ReadonlySet<string>;
  /** The sessions that a plan with `--cleanup` deletes. */
  readonly cleanedUp: () => ReadonlySet<string>;
  readonly duplicatesOn: () => ReadonlyMap<string, readonly SessionFinding[]>;
  /** Commands that let a dead session's packets in, by resource. */
  readonly openings: () => ReadonlyMap<string, string>;
  /** The resources with a session of ours that carries nothing. */
  readonly oursDead: () => ReadonlySet<string>;
  /** What has to become of the filters of dead sessions, by resource. */
  readonly filters: () => ReadonlyMap<string, string>;
  readonly options: readonly CommandOption[];
}

function knowledgeOf(
  { account, resources, forbidden, plan }: PlannedAccount,
  options: readonly CommandOption[],
): Knowledge {
  const byResource = groupBy(plan.steps, ({ resourceId }) => resourceId);
  const bySession = groupBy(plan.steps, (step) => sessionIdOf(step) ?? '');
  return {
    stepsOn: new Map([...bySession, ...byResource]),
    unplaced: new Set(plan.unplaced.map(({ resourceId }) => resourceId)),
    cleanedUp: once(() => cleanupOf(account, forbidden)),
    duplicatesOn: once(() =>
      groupBy(
        sessionFindings(account).filter(({ kind }) => kind === 'duplicate'),
        ({ networkInterfaceId }) => networkInterfaceId,
      ),
    ),
    openings: once(() => openingsFor(resources, account)),
    oursDead: once(() => new Set(resources.flatMap((one) => (hasDeadOfOurs(one, account) ? [one.resourceId] : [])))),
    filters: once(() => new Map(resources.flatMap((resource) => filterWords(resource, account)))),
    options,
  };
}

/** What a resource's filter lacks, if that is why a session of its carries nothing. Which rules it had is not known, so no command restores them. */
function filterWords(
  { resourceId, interfaces }: MirroredResource,
  account: AccountIndex,
): readonly (readonly [string, string])[] {
  return interfaces.flatMap(({ verdict }) => {
    if (verdict.kind !== 'ineffective' || !verdict.code.startsWith('FILTER_')) return [];
    const session = account.trafficMirrorSession(verdict.trafficMirrorSessionId);
    if (typeof session !== 'object') return [];
    const filter = idInWords(session.trafficMirrorFilterId);
    return [[resourceId, `No session can make up for its filter: ${filter} must exist and accept traffic both ways`]];
  });
}

function hasDeadOfOurs({ interfaces }: MirroredResource, account: AccountIndex): boolean {
  return interfaces.some(({ verdict }) => {
    if (verdict.kind !== 'ineffective') return false;
    const session = account.trafficMirrorSession(verdict.trafficMirrorSessionId);
    return typeof session === 'object' && isManaged(session, account.inventory.accountId);
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function cleanupOf(account: AccountIndex, forbidden: ForbiddenRepairs): ReadonlySet<string> {
  const { inventory, policy, unsupported, compiled } = account;
  const cleaning = policy.cleanup
    ? account
    : indexAccount(inventory, { ...policy, cleanup: true }, { unsupported, compiled });
  const steps = deletionsOf(cleaning, new Map(), () => true, forbidden);
  return new Set(steps.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId));
}

type FixOf = (finding: Finding, known: Knowledge) => string;

const OF_OTHERS =
  'No command of ours changes a session of others. Its owner can repair or delete it, or repair what the finding names';

const OF_OURS = 'No command can repair it as things are, for the reason that the finding gives';

const FIX_OF: Readonly<Partial<Record<RuleId, FixOf>>> = {
  'instance-unmirrored': (finding, known) =>
    plannedFix(finding, known) ??
    partialFix(finding, known) ??
    withChecks('No command can mirror it as things are, for the reason that the finding gives', finding, known),
  'mirror-ineffective': (finding, known) =>
    plannedFix(finding, known) ??
    partialFix(finding, known) ??
    known.openings().get(finding.resourceId) ??
    withChecks(
      known.filters().get(finding.resourceId) ?? (known.oursDead().has(finding.resourceId) ? OF_OURS : OF_OTHERS),
      finding,
      known,
    ),
  // Our own session to an unknown target is redirected; for those of others, the rule's words hold.
  'mirror-rogue': (finding, known) => plannedFix(finding, known) ?? finding.fix,
  'mirror-duplicate': duplicateFix,
  'mirror-orphan': orphanFix,
  'mirror-silent': (finding, known) => withChecks(finding.fix, finding, known),
  'not-judged': notJudgedFix,
};

/** The command that carries out the plan's steps for the resource; undefined if they do not repair all of it. */
function plannedFix(finding: Finding, known: Knowledge): string | undefined {
  const { resourceId, detail } = finding;
  const steps = (known.stepsOn.get(resourceId) ?? []).filter((step) => canResolve(finding, step));
  const changed = new Set(steps.map(sessionIdOf));
  const isWhole = (detail.trafficMirrorSessionIds ?? []).every((id) => changed.has(id));
  if (steps.length === 0 || !isWhole || known.unplaced.has(resourceId)) return undefined;
  // Only the event brings the suspicion, so a later plan would not have the step.
  if (detail.guardDutyFindingId !== undefined) return stepCommands(steps);
  return fixBy([applyCommand(finding, known, steps)]);
}

/** Words with the command that mirrors some of the interfaces, where the plan leaves others without a session; else undefined. */
function partialFix(finding: Finding, known: Knowledge): string | undefined {
  const { resourceId } = finding;
  if (!known.unplaced.has(resourceId)) return undefined;
  const steps = (known.stepsOn.get(resourceId) ?? []).filter((step) => canResolve(finding, step));
  const [first, ...others] = [...new Set(steps.map(({ networkInterfaceId }) => networkInterfaceId))];
  if (first === undefined) return undefined;
  const ids = [first, ...others].map(idInWords).join(' and ');
  const words = `No command can mirror all of it, for the reason that the finding gives. This one mirrors ${ids}`;
  return fixInWords(words, [applyCommand(finding, known, steps)]);
}

function applyCommand(
  { resourceId }: Finding,
  { options }: Knowledge,
  steps: readonly PlanStep[],
  more: readonly CommandOption[] = [],
): Command {
  // A comma separates ids, so a resource with one is named by its interfaces.
  const ids = resourceId.includes(',')
    ? steps.map(({ networkInterfaceId }) => networkInterfaceId).join(',')
    : resourceId;
  return command('mirrorwatch mirror apply', [...more, ['--only', ids], ...options]);
}

/** Words, and the command that shows each check of the finding's source. */
function withChecks(words: string, { resourceId, detail }: Finding, { options }: Knowledge): string {
  const id = resourceId.startsWith('-') ? (detail.interfaces?.[0]?.networkInterfaceId ?? '') : resourceId;
  return fixInWords(`${words}. Each check is shown by`, [explanation(id, options)]);
}

function explanation(id: string, options: readonly CommandOption[]): Command {
  return command('mirrorwatch mirror explain', [['ID', id], ...options]);
}

function duplicateFix(finding: Finding, known: Knowledge): string {
  const interfaces = (finding.detail.interfaces ?? []).map(({ networkInterfaceId }) => networkInterfaceId);
  const surplus = interfaces.flatMap((id) => known.duplicatesOn().get(id) ?? []);
  const isOurs = surplus.every(({ trafficMirrorSessionId: id }) => known.cleanedUp().has(id));
  if (surplus.length > 0 && isOurs) return fixBy([applyCommand(finding, known, [], [['--cleanup']])]);
  const repeats = surplus.map(
    ({ trafficMirrorSessionId, keep = '' }) => `${idInWords(trafficMirrorSessionId)} repeats ${idInWords(keep)}`,
  );
  const deletions = surplus.map(({ trafficMirrorSessionId }) =>
    sessionDeletion(trafficMirrorSessionId, finding.region),
  );
  const words = `No command of ours deletes a session of others. Here ${repeats.join(', ')}. Its maker can delete it`;
  return fixInWords(words, deletions);
}

function orphanFix(finding: Finding, known: Knowledge): string {
  if (finding.detail.managed !== true) return finding.fix;
  if (known.cleanedUp().has(finding.resourceId)) return fixBy([applyCommand(finding, known, [], [['--cleanup']])]);
  return 'No command is safe while the account could be read only in part: the source may exist after all';
}

/** Where sources could not be judged, also the command that shows the checks of one of them. */
function notJudgedFix({ fix, detail: { unjudgedSource } }: Finding, { options }: Knowledge): string {
  if (unjudgedSource === undefined) return fix;
  return fixInWords(`${fix}. Each check of one of them is shown by`, [explanation(unjudgedSource, options)]);
}
