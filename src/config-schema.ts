/** The form of config.json: which keys and values are allowed, and what each means. `config.ts` adds the defaults. */

import * as z from 'zod';
import { tagPattern } from './audit/patterns/tag-pattern.ts';
import { alerts } from './config/alerts/schema.ts';
import { assumeRole } from './config/assume-role-schema.ts';
import { contradictionsIn, isRule } from './config/contradictions.ts';
import { healthSchema } from './config/mirroring/health-schema.ts';
import { organization } from './config/organization/schema.ts';
import { schemaProblems } from './config/schema-problems.ts';
import { trail } from './config/trail-schema.ts';
import { valueOpinions } from './config/value-forms.ts';
import { watchProblems } from './config/watch-config.ts';
import { isDay, watch } from './config/watch-schema.ts';
import type { Problem } from './errors.ts';

const severity = z.enum(['low', 'medium', 'high', 'critical']);
const text = z.string().min(1);
const requiredTag = z.union([
  text,
  z.strictObject({
    key: text.describe('The key of the tag.'),
    values: z.array(z.string()).min(1).optional().describe('The values that are allowed. Default: any.'),
    pattern: z
      .string()
      .superRefine((pattern, context) => {
        const { problem } = tagPattern(pattern);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .optional()
      .describe(
        "A regular expression that the value must match: JavaScript's, without look-around and back-references. It is not anchored.",
      ),
    allowEmpty: z.boolean().optional().describe('Whether an empty value is allowed. Default: false.'),
  }),
]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const VALUE = 'The value of the tag. Default: any.';
const tagMatch = z.union([
  text,
  z.strictObject({
    Key: text.describe('The key of the tag.'),
    Value: scalar.nullish().describe(VALUE),
  }),
  z.strictObject({
    key: text.describe('The key of the tag.'),
    value: scalar.nullish().describe(VALUE),
  }),
]);
const target = z.union([
  text,
  z.strictObject({
    id: text.describe('The id of the traffic mirror target, tmt-….'),
    maxSources: z
      .int()
      .nonnegative()
      .optional()
      .describe("The most sources that the target takes, instead of AWS's limit. Default: AWS's limit."),
    weight: z
      .number()
      .positive()
      .optional()
      .describe('For a target without a limit: its share of the sources, compared with other targets. Default: 1.'),
  }),
]);
const onDemand = z.strictObject({
  imageId: text.describe('The machine image of the sensor, ami-….'),
  instanceType: text.describe('The instance type of the sensor, such as c6i.large.'),
  securityGroupIds: z.array(text).min(1).describe('The security groups of the sensor, sg-….'),
  subnetId: text.optional().describe("The subnet of the sensor, subnet-…. Default: the source's own."),
  maxPerRun: z.int().positive().max(100).optional().describe('The most sensors to launch in one run. Default: 3.'),
  tags: z
    .record(text, z.string())
    .optional()
    .describe('Tags for the sensor besides those that Mirrorwatch sets, by key.'),
});
const destination = {
  filterId: text.describe('The traffic mirror filter for sources of this rule, tmf-….'),
  targetId: text.optional().describe('The target for sources of this rule, tmt-…. Comes before those of targetIds.'),
  targetIds: z
    .array(text)
    .min(1)
    .optional()
    .describe('The targets for sources of this rule, tmt-…. Default: mirroring.targets.'),
  onDemand: onDemand
    .optional()
    .describe('How to launch a sensor if no target of this rule can take a source. Default: none is launched.'),
};
const rules = z.strictObject({
  tags: z
    .array(
      z.strictObject({
        ...destination,
        tagList: z.array(tagMatch).min(1).describe('The tags of the sources: "Key=value", a key, or an object.'),
        match: z.enum(['all', 'any']).optional().describe('Whether a source needs all tags or any. Default: all.'),
      }),
    )
    .nullish()
    .describe('Rules by tag. They come first; the first rule that matches applies.'),
  subnets: z
    .array(z.strictObject({ ...destination, subnetId: text.describe('The subnet of the sources, subnet-….') }))
    .nullish()
    .describe('Rules by subnet. They come after the rules by tag.'),
  vpcs: z
    .array(z.strictObject({ ...destination, vpcId: text.describe('The VPC of the sources, vpc-….') }))
    .nullish()
    .describe('Rules by VPC. They come last.'),
});
const override = z.strictObject({
  accountId: text.optional().describe('The account it is for. Default: every account.'),
  region: text.optional().describe('The region it is for. Default: every region.'),
  filterId: text.optional().describe('The filter to use there, tmf-…. Default: unchanged.'),
  targets: z.array(target).min(1).optional().describe('The targets to use there. Default: unchanged.'),
});
const onSuspicion = z.strictObject({
  filterId: text.describe('The filter for suspects, tmf-….'),
  targetIds: z.array(text).min(1).describe('The targets for suspects, tmt-….'),
  hours: z.number().positive().describe('How long a suspect is mirrored there, in hours.'),
});
const mirroring = z.strictObject({
  mode: z
    .enum(['off', 'plan', 'apply'])
    .optional()
    .describe(
      'What is done about mirroring: nothing (off); find, plan and mail (plan); create sessions too (apply). Default: plan; without mirroring, off.',
    ),
  filterId: text.optional().describe('The traffic mirror filter, tmf-…. Required unless there are rules.'),
  targets: z
    .array(target)
    .optional()
    .describe('The traffic mirror targets: ids (tmt-…), or objects with settings. Required unless there are rules.'),
  localZoneOnly: z
    .boolean()
    .optional()
    .describe("Whether targets outside the source's zone are forbidden, not just avoided. Default: false."),
  interfaces: z.enum(['all', 'primary']).optional().describe('Which interfaces to mirror. Default: all.'),
  onUnknown: z
    .enum(['refuse', 'try'])
    .optional()
    .describe(
      "If no target passes every check: refuse those whose checks couldn't be made, or try them. Default: refuse.",
    ),
  sessionNumber: z.int().min(1).max(32766).optional().describe('The session number of our sessions. Default: 1.'),
  fargate: z.boolean().optional().describe('Whether to mirror Fargate tasks. Default: true.'),
  sourceEgressAcl: z
    .enum(['warn', 'enforce', 'ignore'])
    .optional()
    .describe("What to do about a network ACL that blocks traffic leaving the source's subnet. Default: warn."),
  excludeTags: z.array(tagMatch).optional().describe('Sources with one of these tags are exempt. Default: none.'),
  trustedOwners: z
    .array(text)
    .optional()
    .describe('Accounts whose targets and sessions are trusted besides the account itself. Default: none.'),
  cleanup: z
    .boolean()
    .optional()
    .describe('Whether our own orphan and duplicate sessions are deleted, not just reported. Default: false.'),
  health: healthSchema.optional(),
  rules: rules
    .optional()
    .describe(
      "Which sources go where, as in AWS's source automation. Sources without a rule are exempt. Default: all.",
    ),
  overrides: z
    .array(override)
    .optional()
    .describe('A different filter or targets for an account, a region or both. The most specific one applies.'),
  lifecycleHooks: z
    .array(text)
    .optional()
    .describe(
      'The launch lifecycle hooks, by name, that Mirrorwatch completes once an instance is mirrored, besides those whose NotificationMetadata is mirrorwatch. Default: none.',
    ),
  hookWaitSeconds: z
    .int()
    .min(10)
    .max(900)
    .optional()
    .describe(
      'How long such a hook may wait for a repair, in seconds. Must be less than its heartbeat timeout. Default: 120.',
    ),
  onHookFailure: z
    .enum(['continue', 'abandon'])
    .optional()
    .describe(
      'What becomes of an instance that could not be mirrored: it goes into service, or its group replaces it. Default: continue.',
    ),
  onSuspicion: onSuspicion
    .optional()
    .describe('Where to mirror what GuardDuty suspects, whatever the rules say. Default: nowhere.'),
});
const exemption = z.strictObject({
  resource: text.optional().describe('The id of the resource; * stands for any characters.'),
  tag: tagMatch.optional().describe('A tag of the resource: "Key=value", a key, or an object.'),
  vpc: text.optional().describe('The VPC of the resource, vpc-….'),
  account: text.optional().describe('The account of the resource, 12 digits.'),
  rule: text.optional().describe('The rule that the resource is exempt from, or *. Default: *.'),
  reason: text.describe('Why the finding needs no action.'),
  owner: text.describe('Who decided that.'),
  still: z
    .enum(['repair'])
    .optional()
    .describe(
      'With repair, what is exempt is muted and repaired all the same. Default: it is left as it is, and not mirrored.',
    ),
  expires: z
    .string()
    .refine(isDay, 'must be a day such as 2027-01-31')
    .describe('The last day of the exemption in UTC, such as 2027-01-31.'),
});
const schema = z.strictObject({
  $schema: z.string().optional().describe('The JSON Schema of this file, for editors.'),
  region: text.optional().describe('The region for live AWS. Default: that of the AWS environment.'),
  alertTopicArn: text.optional().describe('The ARN of the SNS topic to send mail to. Default: no mail.'),
  requiredTag: text
    .optional()
    .describe(
      'A tag that every instance must have, as in aws-tag-watch. It and requiredTags are one list; it comes first.',
    ),
  requiredTags: z
    .array(requiredTag)
    .optional()
    .describe(
      'The tags that every instance must have: keys, or objects that say which values are valid. A key given twice must say the same.',
    ),
  graceSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .describe(
      'How long a finding waits before it is checked again and mailed, in seconds: after the event, or after it was first found if no event is known. What is being repaired is mailed when the repair is done, has failed or is overdue, even with 0. Default: 300.',
    ),
  maxLogBytes: z
    .int()
    .positive()
    .optional()
    .describe('The most that one log file may inflate to, in bytes. Default: 1 GiB.'),
  trail: trail.optional().describe('What to trust. Everything else is refused with a finding.'),
  assumeRole: assumeRole
    .optional()
    .describe(
      'The roles to assume in the accounts of trail.accounts and of the organization. Default: only the own account is watched.',
    ),
  organization: organization.optional().describe('The AWS organization whose accounts are watched. Default: none.'),
  mirroring: mirroring.optional().describe('What to mirror, and where to. Without it, mirroring is not judged.'),
  exemptions: z
    .array(exemption)
    .optional()
    .describe(
      'Findings that need no action, and until when. What is exempt is muted and left as it is, in mode apply too.',
    ),
  alerts: alerts.optional().describe('What is mailed and told elsewhere, and when.'),
  severities: z
    .record(z.string().refine(isRule, 'is not a rule'), severity)
    .optional()
    .describe("Severities that differ from the rules' own, by rule."),
  watch: watch.optional().describe('What is watched for besides tags and mirroring.'),
});

/** A configuration of the right form, without defaults. */
export type Written = z.infer<typeof schema>;
/** An entry of a `targets` list. */
export type WrittenTarget = z.infer<typeof target>;
/** `mirroring`. */
export type WrittenMirroring = z.infer<typeof mirroring>;
/** `mirroring.rules`. */
export type WrittenRules = z.infer<typeof rules>;
/** Where a rule sends its sources. */
export type WrittenDestination = z.infer<z.ZodObject<typeof destination>>;

/**
 * The configuration as written, or every problem with its JSON path. Values, gaps and contradictions are checked even where the form
 * is wrong elsewhere.
 */
export function readWritten(value: unknown): { readonly written: Written } | { readonly problems: readonly Problem[] } {
  const parsed = schema.safeParse(value);
  const problems = [
    ...(parsed.success ? [] : schemaProblems(parsed.error.issues, configSchema)),
    ...valueOpinions(value).problems,
    ...contradictionsIn(value),
    ...watchProblems(value),
  ];
  return parsed.success && problems.length === 0 ? { written: parsed.data } : { problems };
}

/** The JSON Schema (draft 2020-12) of config.json, for editors. Every key has a description. */
export function configSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(schema, { io: 'input' }), title: 'Mirrorwatch configuration' };
}
