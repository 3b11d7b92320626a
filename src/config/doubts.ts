/** What is probably wrong with a configuration although it can be used: each with its path, for `config validate`. */

import { expiryOf } from '../audit/exemptions.ts';
import { tagPattern } from '../audit/patterns/tag-pattern.ts';
import type { Problem } from '../errors.ts';
import { contradictionsIn, requiredTagsIn, rulesIn } from './contradictions.ts';
import { fieldsOf, itemsOf, textOf } from './json-path.ts';
import { didYouMean } from './spelling.ts';
import { valueOpinions } from './value-forms.ts';
import { type WatchPolicy, watchesCalls } from './watch-config.ts';
import { watchDoubts } from './watch-doubts.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Doubtful values, settings without effect, also for rules that there are not, and exemptions that are over at `now`. Reads the value without trusting its form. */
export function doubtsIn(config: unknown, now: Date): readonly Problem[] {
  const fields = fieldsOf(config);
  const mirroring = fieldsOf(fields.mirroring);
  // Where two settings contradict each other, the problem says so already.
  const refused = new Set(contradictionsIn(config).map(({ path }) => path));
  const repeated = [...repeatedTags(config), ...repeatedTargets(mirroring)].filter(({ path }) => !refused.has(path));
  return [
    ...valueOpinions(config).doubts,
    ...impossibleTags(config),
    ...repeated,
    ...accountDoubts(fields),
    ...ruleDoubts(mirroring),
    ...overrideDoubts(mirroring),
    ...exemptionDoubts(itemsOf(fields.exemptions), now),
    ...unknownNames(fields),
    ...watchDoubts(fields.watch, now),
  ];
}

/** Settings for rules `custom:NAME` of which `watch.rules` has none of the name. */
function unknownNames({ watch, severities, exemptions }: Fields): readonly Problem[] {
  const names = itemsOf(fieldsOf(watch).rules).flatMap((rule) => textOf(fieldsOf(rule).name) ?? []);
  const ids = names.map((name) => `custom:${name}`);
  return [
    ...Object.keys(fieldsOf(severities)).map((rule) => ({ path: `severities.${rule}`, rule })),
    ...itemsOf(exemptions).map((each, index) => ({
      path: `exemptions[${index}].rule`,
      rule: textOf(fieldsOf(each).rule) ?? '',
    })),
  ].flatMap(({ path, rule }) => {
    if (!rule.startsWith('custom:') || ids.includes(rule)) return [];
    const message = `has no effect: watch.rules has no rule ${JSON.stringify(rule.slice('custom:'.length))}`;
    return [{ path, message: `${message}${didYouMean(rule, ids)}` }];
  });
}

/** True if the configuration asks for nothing: no tag, no mirroring, and records of every account are accepted. */
export function asksForNothing(config: {
  readonly tags: { readonly requiredTags: readonly unknown[] };
  readonly mirroring: { readonly mode: string } | null;
  readonly trail: { readonly accounts: readonly string[] };
  readonly watch: WatchPolicy;
}): boolean {
  const { tags, mirroring, trail, watch } = config;
  const mirrors = mirroring !== null && mirroring.mode !== 'off';
  return tags.requiredTags.length === 0 && !mirrors && trail.accounts.length === 0 && !watchesCalls(watch);
}

function repeatedTags(config: unknown): readonly Problem[] {
  return repeats(requiredTagsIn(config), ({ key }) => key, 'requires the same tag as');
}

function impossibleTags(config: unknown): readonly Problem[] {
  return itemsOf(fieldsOf(config).requiredTags).flatMap((tag, index) => {
    const { values, pattern } = fieldsOf(tag);
    const allowed = itemsOf(values).flatMap((value) => textOf(value) ?? []);
    const regExp = regExpOf(textOf(pattern));
    if (allowed.length === 0 || regExp === undefined || allowed.some(regExp)) return [];
    const message = 'can never be satisfied: none of its values matches its pattern';
    return [{ path: `requiredTags[${index}]`, message }];
  });
}

/** The schema reports a pattern that cannot be used. */
function regExpOf(pattern: string | undefined): ((value: string) => boolean) | undefined {
  const compiled = pattern === undefined ? undefined : tagPattern(pattern);
  return compiled?.problem === undefined ? compiled?.matches : undefined;
}

/** Accounts that the configuration names, but whose records it refuses. */
function accountDoubts({ trail, assumeRole, organization, mirroring, exemptions }: Fields): readonly Problem[] {
  if (organization !== undefined)
    return assumeRole === undefined
      ? [{ path: 'organization', message: 'only our own account can be read: no role to assume is configured' }]
      : [];
  const listed = itemsOf(fieldsOf(trail).accounts);
  if (listed.length === 0)
    return assumeRole === undefined
      ? []
      : [{ path: 'assumeRole', message: 'has no effect: trail.accounts lists no account to assume the role in' }];
  const named = [
    ...itemsOf(fieldsOf(mirroring).overrides).map((each, index) => ({
      path: `mirroring.overrides[${index}].accountId`,
      account: fieldsOf(each).accountId,
    })),
    ...itemsOf(exemptions).map((each, index) => ({
      path: `exemptions[${index}].account`,
      account: fieldsOf(each).account,
    })),
  ];
  return named.flatMap(({ path, account }) =>
    textOf(account) === undefined || listed.includes(account)
      ? []
      : [{ path, message: `${JSON.stringify(account)} is not among trail.accounts, so this has no effect` }],
  );
}

function repeatedTargets({ targets }: Fields): readonly Problem[] {
  const written = itemsOf(targets).flatMap((target, index) => {
    const id = textOf(target) ?? textOf(fieldsOf(target).id);
    return id === undefined ? [] : [{ path: `mirroring.targets[${index}]`, id }];
  });
  return repeats(written, ({ id }) => id, 'names the same target as');
}

/** Rules that an earlier rule of their list hides: the first match wins. */
function ruleDoubts(mirroring: Fields): readonly Problem[] {
  const matched = rulesIn(mirroring).flatMap(({ path, list, rule: { subnetId, vpcId, tagList, match } }) => {
    const condition = subnetId ?? vpcId ?? tagList;
    return condition === undefined ? [] : [{ path, matches: JSON.stringify([list, condition, match ?? 'all']) }];
  });
  return repeats(matched, ({ matches }) => matches, 'never applies: it matches the same as');
}

function overrideDoubts({ overrides }: Fields): readonly Problem[] {
  const written = itemsOf(overrides).map((override, index) => ({
    ...fieldsOf(override),
    path: `mirroring.overrides[${index}]`,
  }));
  const parts = ['filterId', 'targets'] as const;
  return [
    ...written.flatMap((override: Fields & { readonly path: string }) =>
      parts.some((part) => override[part] !== undefined)
        ? []
        : [{ path: override.path, message: 'has no effect: it names neither a filterId nor targets' }],
    ),
    ...parts.flatMap((part) => {
      const setting = written.filter((override: Fields) => override[part] !== undefined);
      const scopeOf = ({ accountId, region }: Fields): string => JSON.stringify([accountId, region]);
      return repeats(setting, scopeOf, `replaces the ${part === 'targets' ? 'targets' : 'filter'} of`);
    }),
  ];
}

function exemptionDoubts(exemptions: readonly unknown[], now: Date): readonly Problem[] {
  const written = exemptions.map((exemption, index) => ({
    ...fieldsOf(exemption),
    path: `exemptions[${index}]`,
  }));
  const identity = ({ resource, tag, vpc, account, rule }: Fields): string =>
    JSON.stringify([resource, tag, vpc, account, rule ?? '*']);
  return [
    ...written.flatMap((exemption: Fields & { readonly path: string }) => expiryDoubts(exemption, now)),
    ...written.flatMap((exemption: Fields & { readonly path: string }) =>
      exemptsEverything(exemption) ? [{ path: exemption.path, message: 'exempts every resource from every rule' }] : [],
    ),
    ...repeats(written.filter(matchesSomething), identity, 'exempts the same as'),
  ];
}

function matchesSomething({ resource, tag, vpc, account }: Fields): boolean {
  return [resource, tag, vpc, account].some((part) => part !== undefined);
}

function exemptsEverything({ resource, tag, vpc, account, rule }: Fields): boolean {
  const isLimited = [tag, vpc, account].some((part) => part !== undefined) || (rule ?? '*') !== '*';
  return !isLimited && textOf(resource)?.replaceAll('*', '') === '' && resource !== '';
}

function expiryDoubts({ path, expires }: { readonly path: string } & Fields, now: Date): readonly Problem[] {
  const day = textOf(expires);
  if (day === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return [];
  const end = expiryOf({ match: {}, rule: '*', reason: '', owner: '', expires: day });
  if (Number.isNaN(end.getTime()) || now < end) return [];
  const message = `the exemption ended on ${day} and exempts nothing any more; extend it or remove it`;
  return [{ path: `${path}.expires`, message }];
}

/** A doubt about each item that repeats an earlier one. */
function repeats<T extends { readonly path: string }>(
  items: readonly T[],
  keyOf: (item: T) => string,
  says: string,
): readonly Problem[] {
  const first = new Map<string, string>();
  return items.flatMap((item) => {
    const key = keyOf(item);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, item.path);
    return earlier === undefined ? [] : [{ path: item.path, message: `${says} ${earlier}` }];
  });
}
