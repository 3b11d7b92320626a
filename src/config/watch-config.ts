/** `watch` of the configuration: its defaults, and its rules, compiled. */

import type { OpenGroupPolicy, WeekDay, WorkingHoursPolicy } from '../audit/calls/watch-policy.ts';
import type { Severity } from '../audit/finding.ts';
import type { RuleId } from '../audit/rule-book.ts';
import type { Problem } from '../errors.ts';
import { type CallRule, callRuleOf, type WrittenCallRule } from '../rules/call-rule.ts';
import { NO_RULES, type RuleSet, ruleSetOf } from '../rules/rule-set.ts';
import type { Watched } from '../sighting/watched.ts';
import { fieldsOf, itemsOf, textOf } from './json-path.ts';
import { tagMatchOf } from './tag-match.ts';
import { minuteOf, portsOf } from './watch-schema.ts';

/** What is watched for besides tags and mirroring. */
export interface WatchPolicy {
  /** Null if the rule is not judged. */
  readonly securityGroupOpen: OpenGroupPolicy | null;
  /** Null if the rule is not judged. */
  readonly iamUserAfterHours: WorkingHoursPolicy | null;
  readonly rules: RuleSet;
}

/** `watch` in the form that the schema allows. */
export interface WrittenWatch {
  readonly securityGroupOpen?:
    | {
        readonly allowedPorts?: readonly (string | number)[] | undefined;
        readonly exceptGroups?: readonly string[] | undefined;
        readonly exceptTags?:
          | readonly (string | { readonly key: string; readonly value?: string | undefined })[]
          | undefined;
      }
    | undefined;
  readonly iamUserAfterHours?:
    | {
        readonly timeZone: string;
        readonly days?: readonly WeekDay[] | undefined;
        readonly hours: { readonly from: string; readonly to: string };
        readonly holidays?: readonly string[] | undefined;
        readonly exempt?: readonly string[] | undefined;
      }
    | undefined;
  readonly rules?: readonly (WrittenCallRule & { readonly severity?: Severity | undefined })[] | undefined;
}

/** Nothing is watched for. */
export const NO_WATCH: WatchPolicy = { securityGroupOpen: null, iamUserAfterHours: null, rules: NO_RULES };

/** `watch` with its defaults. Rules that cannot be compiled, which `watchProblems` tells of, are left out. */
export function watchOf({ securityGroupOpen, iamUserAfterHours, rules = [] }: WrittenWatch): WatchPolicy {
  return {
    securityGroupOpen: securityGroupOpen === undefined ? null : openGroupsOf(securityGroupOpen),
    iamUserAfterHours: iamUserAfterHours === undefined ? null : workingHoursOf(iamUserAfterHours),
    rules: ruleSetOf(rules.map(callRuleOf).flatMap((made): readonly CallRule[] => ('rule' in made ? [made.rule] : []))),
  };
}

/** True if records alone can give findings. */
export function watchesCalls({ securityGroupOpen, iamUserAfterHours, rules }: WatchPolicy): boolean {
  return securityGroupOpen !== null || iamUserAfterHours !== null || rules.rules.length > 0;
}

/** What records are read for besides tags and mirroring. */
export function watchedBy({ rules, iamUserAfterHours }: WatchPolicy): Watched {
  return { rules, iamUsers: iamUserAfterHours !== null };
}

/** The severities that rules name for themselves, by rule. */
export function severitiesOf({ rules = [] }: WrittenWatch): Readonly<Partial<Record<RuleId, Severity>>> {
  return Object.fromEntries(
    rules.flatMap(({ name, severity }) => (severity === undefined ? [] : [[`custom:${name}`, severity]])),
  );
}

function openGroupsOf({
  allowedPorts = [],
  exceptGroups = [],
  exceptTags = [],
}: NonNullable<WrittenWatch['securityGroupOpen']>): OpenGroupPolicy {
  return {
    allowedPorts: allowedPorts.flatMap((ports) => portsOf(ports) ?? []),
    exceptGroups,
    exceptTags: exceptTags.map(tagMatchOf),
  };
}

const WORK_DAYS: readonly WeekDay[] = ['mon', 'tue', 'wed', 'thu', 'fri'];

function workingHoursOf({
  timeZone,
  days = WORK_DAYS,
  hours,
  holidays = [],
  exempt = [],
}: NonNullable<WrittenWatch['iamUserAfterHours']>): WorkingHoursPolicy {
  const { from, to } = hours;
  return { timeZone, days, hours: { fromMinute: minuteOf(from), toMinute: minuteOf(to) }, holidays, exempt };
}

/** What is wrong with the rules of `watch`, beyond their form: patterns, paths and names, with their JSON path. */
export function watchProblems(config: unknown): readonly Problem[] {
  const first = new Map<string, number>();
  return itemsOf(fieldsOf(fieldsOf(config).watch).rules).flatMap((written, index) => {
    const at = `watch.rules[${index}]`;
    const fields = fieldsOf(written);
    const name = textOf(fields.name) ?? '';
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    const repeated =
      earlier === undefined || name === ''
        ? []
        : [{ path: `${at}.name`, message: `${JSON.stringify(name)} is the name of watch.rules[${earlier}] already` }];
    return [...repeated, ...ruleProblems(fields).map((one) => ({ ...one, path: `${at}.${one.path}` }))];
  });
}

/** Of a rule of the wrong form, the parts of the right form are looked at all the same. */
function ruleProblems({
  pattern,
  resolvedBy,
  resource,
  reason,
}: Readonly<Record<string, unknown>>): readonly Problem[] {
  const made = callRuleOf({
    name: '',
    pattern: isObject(pattern) ? pattern : ANY,
    resolvedBy: isObject(resolvedBy) ? resolvedBy : undefined,
    resource: textOf(resource) || undefined,
    reason: textOf(reason) || undefined,
  });
  return 'problems' in made ? made.problems : [];
}

/** Stands for a pattern that the schema refuses. */
const ANY = { eventName: [{ exists: true }] };

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
