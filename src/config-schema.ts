/** The form of config.json: which keys and values are allowed, and what a configuration needs. `config.ts` adds the defaults. */

import { z } from 'zod';
import { isBuiltIn, ruleIds } from './audit/rule-book.ts';
import type { Problem } from './errors.ts';

const severity = z.enum(['low', 'medium', 'high', 'critical']);
const text = z.string().min(1);
const requiredTag = z.union([
  text,
  z.strictObject({
    key: text,
    values: z.array(z.string()).min(1).optional(),
    pattern: z.string().refine(isPattern, 'is not a regular expression').optional(),
    allowEmpty: z.boolean().optional(),
  }),
]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const tagMatch = z.union([
  text,
  z.strictObject({ Key: text, Value: scalar.nullish() }),
  z.strictObject({ key: text, value: scalar.nullish() }),
]);
const target = z.union([
  text,
  z.strictObject({ id: text, maxSources: z.int().nonnegative().optional(), weight: z.number().positive().optional() }),
]);
const onDemand = z.strictObject({
  imageId: text,
  instanceType: text,
  securityGroupIds: z.array(text).min(1),
  subnetId: text.optional(),
  maxPerRun: z.int().positive().max(100).optional(),
  tags: z.record(text, z.string()).optional(),
});
const destination = {
  filterId: text,
  targetId: text.optional(),
  targetIds: z.array(text).min(1).optional(),
  onDemand: onDemand.optional(),
};
const rules = z.strictObject({
  tags: z
    .array(
      z.strictObject({ ...destination, tagList: z.array(tagMatch).min(1), match: z.enum(['all', 'any']).optional() }),
    )
    .nullish(),
  subnets: z.array(z.strictObject({ ...destination, subnetId: text })).nullish(),
  vpcs: z.array(z.strictObject({ ...destination, vpcId: text })).nullish(),
});
const mirroring = z.strictObject({
  mode: z.enum(['off', 'plan', 'apply']).optional(),
  filterId: text.optional(),
  targets: z.array(target).optional(),
  localZoneOnly: z.boolean().optional(),
  interfaces: z.enum(['all', 'primary']).optional(),
  onUnknown: z.enum(['refuse', 'try']).optional(),
  sessionNumber: z.int().min(1).max(32766).optional(),
  fargate: z.boolean().optional(),
  sourceEgressAcl: z.enum(['warn', 'enforce', 'ignore']).optional(),
  excludeTags: z.array(tagMatch).optional(),
  trustedOwners: z.array(text).optional(),
  cleanup: z.boolean().optional(),
  rules: rules.optional(),
  overrides: z
    .array(
      z.strictObject({
        accountId: text.optional(),
        region: text.optional(),
        filterId: text.optional(),
        targets: z.array(target).min(1).optional(),
      }),
    )
    .optional(),
  onSuspicion: z
    .strictObject({ filterId: text, targetIds: z.array(text).min(1), hours: z.number().positive() })
    .optional(),
});
const exemption = z
  .strictObject({
    resource: text.optional(),
    tag: tagMatch.optional(),
    vpc: text.optional(),
    account: text.optional(),
    rule: text.optional(),
    reason: text,
    owner: text,
    expires: z.string().refine(isDay, 'must be a day such as 2027-01-31'),
  })
  .refine(
    ({ resource, tag, vpc, account }) => [resource, tag, vpc, account].some((part) => part !== undefined),
    'needs a resource, tag, vpc or account',
  );
const schema = z.strictObject({
  $schema: z.string().optional(),
  region: text.optional(),
  alertTopicArn: text.optional(),
  requiredTag: text.optional(),
  requiredTags: z.array(requiredTag).optional(),
  graceSeconds: z.int().min(0).max(86_400).optional(),
  maxLogBytes: z.int().positive().optional(),
  trail: z
    .strictObject({
      buckets: z.array(text).optional(),
      topics: z.array(text).optional(),
      accounts: z.array(text).optional(),
    })
    .optional(),
  assumeRole: z.strictObject({ roleName: text, externalId: text.optional() }).optional(),
  mirroring: mirroring.optional(),
  exemptions: z.array(exemption).optional(),
  alerts: z
    .strictObject({ immediate: severity.optional(), digest: z.enum(['off', 'daily', 'weekly']).optional() })
    .optional(),
  severities: z.record(z.string().refine(isRule, 'is not a rule'), severity).optional(),
  watch: z.strictObject({}).optional(),
});

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') !== null;
  } catch {
    return false;
  }
}

function isDay(day: string): boolean {
  const time = Date.parse(`${day}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}

/** True for the id of a built-in rule and for `custom:NAME`. */
function isRule(rule: string): boolean {
  return isBuiltIn(rule) || rule.startsWith('custom:');
}

/** A configuration of the right form, without defaults. */
export type Written = z.infer<typeof schema>;
/** An entry of a `targets` list. */
export type WrittenTarget = z.infer<typeof target>;
/** A tag to match: text or an object. */
export type WrittenTagMatch = z.infer<typeof tagMatch>;
/** `mirroring`. */
export type WrittenMirroring = z.infer<typeof mirroring>;
/** `mirroring.rules`. */
export type WrittenRules = z.infer<typeof rules>;
/** Where a rule sends its sources. */
export type WrittenDestination = z.infer<z.ZodObject<typeof destination>>;

/** The configuration as written, or every problem with its JSON path. What is missing is only checked once the form is right. */
export function readWritten(value: unknown): { readonly written: Written } | { readonly problems: readonly Problem[] } {
  const parsed = schema.safeParse(value);
  const problems = parsed.success
    ? [...unknownRules(parsed.data), ...mirroringGaps(parsed.data)]
    : parsed.error.issues.flatMap((issue) => problemsOf(issue));
  return parsed.success && problems.length === 0 ? { written: parsed.data } : { problems };
}

/** The JSON Schema (draft 2020-12) of config.json, for editors. */
export function configSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(schema, { io: 'input' }), title: 'Mirrorwatch configuration' };
}

function unknownRules({ exemptions = [] }: Written): readonly Problem[] {
  return exemptions.flatMap(({ rule = '*' }, index) =>
    rule === '*' || isRule(rule)
      ? []
      : [
          {
            path: `exemptions[${index}].rule`,
            message: `${JSON.stringify(rule)} is not a rule; use ${ruleIds().join(', ')}, custom:NAME or *`,
          },
        ],
  );
}

/** What mirroring still needs: rules of its own, or else a filter and a target for every source. */
function mirroringGaps({ mirroring: written }: Written): readonly Problem[] {
  if (written === undefined || written.mode === 'off') return [];
  const { rules: own, filterId, targets = [] } = written;
  const hasRules = own !== undefined && [own.tags, own.subnets, own.vpcs].some((list) => (list ?? []).length > 0);
  if (hasRules) return [];
  const gaps: readonly (Problem | false)[] = [
    own !== undefined && {
      path: 'mirroring.rules',
      message: 'contains no rule, so nothing would be mirrored; remove it to mirror every instance',
    },
    filterId === undefined && {
      path: 'mirroring.filterId',
      message: 'is required: the id of the traffic mirror filter (tmf-…)',
    },
    targets.length === 0 && {
      path: 'mirroring.targets',
      message: 'needs at least one traffic mirror target (tmt-…)',
    },
  ];
  return gaps.filter((gap) => gap !== false);
}

function problemsOf(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[] = []): Problem[] {
  const at = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: jsonPath([...at, key]), message: 'is not a known key' }));
  if (issue.code === 'invalid_union') {
    // Reports only the alternative that the value comes closest to: the one whose problems are inside the value.
    const inside = issue.errors.find((branch) =>
      branch.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
    );
    return (inside ?? issue.errors.at(-1) ?? []).flatMap((nested) => problemsOf(nested, at));
  }
  return [{ path: jsonPath(at), message: issue.message }];
}

/** `mirroring.targets[0].id`. */
function jsonPath(parts: readonly PropertyKey[]): string {
  return parts.reduce<string>(
    (path, part) =>
      typeof part === 'number' ? `${path}[${part}]` : path === '' ? String(part) : `${path}.${String(part)}`,
    '',
  );
}
