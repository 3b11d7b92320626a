/**
 * What must be true of a rule, seen from everything that is derived from it. Each rule's test states what it expects, by hand and from the
 * documents. `describeRule` runs these checks on the rule, and on damaged copies of it to show that each cell is checked.
 */

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { composeDigest } from '../../../src/alert/compose-digest.ts';
import { describeFinding } from '../../../src/alert/describe.ts';
import { dueAlerts } from '../../../src/alert/digest.ts';
import { countPhrase } from '../../../src/alert/wording.ts';
import { audit } from '../../../src/audit/audit.ts';
import type { AuditResult, Finding, Judgement, Severity } from '../../../src/audit/finding.ts';
import type { LastingGap } from '../../../src/audit/gaps/gap.ts';
import { notJudgedAudit } from '../../../src/audit/gaps/not-judged.ts';
import { integrityAudit } from '../../../src/audit/log-integrity.ts';
import type { Rule } from '../../../src/audit/rule.ts';
import { type BuiltInRuleId, ruleOf, ruleTitleOf, severityOf, sweptRules } from '../../../src/audit/rule-book.ts';
import type { IntegrityCheck } from '../../../src/cloudtrail/digests/digest-chain.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { findingsOfOutcome } from '../../../src/ledger/fold.ts';
import type { PlanStep } from '../../../src/remediation/plan.ts';
import { withRemediation } from '../../../src/remediation/settle-findings.ts';
import { coverageOverTime } from '../../../src/report/coverage.ts';
import { aFinding, anEntry, NOW } from '../../support/findings.ts';
import { ACCOUNT, aPolicy, REGION } from '../../support/inventories.ts';

/** An account, a log file or a gap that lasts, and the rule's answer: `open high AWS::EC2::Instance i-1: REASON`, `pass …`; null for no answer. */
export interface RuleCase {
  readonly given: Inventory | IntegrityCheck | LastingGap;
  readonly answer: string | null;
}

/** What a rule should be, written by hand. */
export interface RuleExpectation {
  readonly title: string;
  readonly severity: Severity;
  /** Completes "1 instance …" in the subject of a mail. */
  readonly phrase: string;
  readonly judges: Rule['judges'];
  /** The mail's "What we did" when there was no step. */
  readonly whatWeDid: string;
  /** The kinds of steps that resolve its findings, in order of their names. */
  readonly repairedBy: readonly PlanStep['kind'][];
  readonly mailedAfterRepair: boolean;
  readonly settledBySweep: 'always' | 'if mirroring is judged' | 'if security groups are judged' | 'never';
  /** The figures in the report and the digest's line when 7 of 1000 resources fail this rule and no other was judged. */
  readonly figures: { readonly tags?: string; readonly mirroring?: string; readonly digest?: string };
  /**
   * Its answers about `i-1` in an account made by `anInventory`, about its session `tms-1`, or about a log file. The default policy
   * applies, and the tag `Owner` is required. Null for a rule on calls, which has no judge of one resource.
   */
  readonly cases: { readonly failing: RuleCase; readonly passing: RuleCase; readonly notApplicable: RuleCase } | null;
}

/** One statement about a rule. Throws if it is false. */
export interface RuleCheck {
  readonly name: string;
  readonly check: () => void;
}

const CELLS =
  'appliesTo countedIn judge judges mailedAfterRepair notRepaired phrase repairedBy settledBySweep severity title when';

/** Compares the names of the cells only, so it proves nothing about their use. */
export function hasEveryCell(id: BuiltInRuleId): void {
  const cells = Object.keys(ruleOf(id) ?? {}).toSorted();
  expect(cells.join(' ')).toBe(CELLS);
}

/** The checks of what each cell of a rule means. */
export function ruleChecks(id: BuiltInRuleId, expected: RuleExpectation): readonly RuleCheck[] {
  return [...wordingChecks(id, expected), ...repairChecks(id, expected), ...judgingChecks(id, expected)];
}

function wordingChecks(id: BuiltInRuleId, expected: RuleExpectation): readonly RuleCheck[] {
  return [
    {
      name: 'is described in docs/findings.md with its severity, its condition and its types of resources',
      check: () => {
        const text = readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8');
        const section = text.split(`\n## ${id}\n`)[1]?.split('\n## ')[0] ?? '';
        const types = ruleOf(id)?.appliesTo.map((type) => `\`${type}\``);
        expect(section.split('\n').slice(1, 3)).toEqual([
          `Severity ${expected.severity}. ${ruleOf(id)?.when}`,
          `Applies to ${types?.join(', ')}.`,
        ]);
      },
    },
    {
      name: 'has a heading in reports and a phrase in the subjects of mails',
      check: () => {
        expect(ruleTitleOf({ rule: id })).toBe(expected.title);
        expect(countPhrase([aFinding({ rule: id })])).toBe(`1 instance ${expected.phrase}`);
      },
    },
    {
      name: 'has a severity, which the configuration can change',
      check: () => {
        expect(severityOf(id, {})).toBe(expected.severity);
        const { severities } = parseConfig(JSON.stringify({ severities: { [id]: 'low' } }), 'config.json');
        expect(severityOf(id, severities)).toBe('low');
      },
    },
  ];
}

function repairChecks(id: BuiltInRuleId, expected: RuleExpectation): readonly RuleCheck[] {
  return [
    {
      name: 'says in mails what we did when there was no step',
      check: () => {
        const lines = describeFinding(anEntry(aFinding({ rule: id })), [], { now: NOW });
        expect(lines).toContain(`What we did: ${expected.whatWeDid}`);
      },
    },
    {
      name: 'is resolved by the steps that repair it, which the ledger remembers',
      check: () => {
        const finding = findingBy(id, expected);
        expect(resolvingSteps(finding)).toEqual(expected.repairedBy);
        expect(rememberedSteps(finding)).toEqual(expected.repairedBy);
      },
    },
    {
      name: `is ${expected.mailedAfterRepair ? '' : 'not '}mailed if it was repaired before any mail`,
      check: () => {
        const remediation = { kind: 'modify-session', outcome: 'done' } as const;
        const finding = aFinding({ rule: id, status: 'resolved', remediation, evidence: [] });
        const entry = anEntry(finding, { resolvedAt: NOW, notified: {} });
        expect(dueAlerts([entry], { immediate: 'low' }, NOW)).toHaveLength(expected.mailedAfterRepair ? 1 : 0);
      },
    },
    {
      name: `is settled by a sweep: ${expected.settledBySweep}`,
      check: () => {
        const looks = [{ mirrored: true }, { mirrored: false }, { mirrored: false, groups: true }];
        const settled = looks.map((look) => sweptRules(look).includes(id));
        const when = {
          always: [true, true, true],
          'if mirroring is judged': [true, false, false],
          'if security groups are judged': [false, false, true],
          never: [false, false, false],
        };
        expect(settled).toEqual(when[expected.settledBySweep]);
      },
    },
    {
      name: 'counts in the figures of reports and digests',
      check: () => expect(figuresOf(id)).toEqual(expected.figures),
    },
  ];
}

function judgingChecks(id: BuiltInRuleId, { judges, cases }: RuleExpectation): readonly RuleCheck[] {
  const kind: RuleCheck = {
    name: 'judges one kind of thing',
    check: () => {
      const rule = ruleOf(id);
      expect(rule?.judges).toBe(judges);
      expect(rule?.judge === null).toBe(cases === null);
      expect(rule?.when).not.toMatch(/not judged yet/i);
      expect(judges === 'call').toBe(cases === null);
      // Nothing repairs a call, so nothing else notices this cell.
      if (judges === 'call') expect(rule?.mailedAfterRepair).toBe(false);
    },
  };
  const rows = Object.entries(cases ?? {}).map(
    ([name, { given, answer }]): RuleCheck => ({
      name: `answers as expected in its ${name === 'notApplicable' ? 'not-applicable' : name} case`,
      check: () => {
        const answers = answersOf(id, given);
        expect(answers.map(textOf)).toEqual(answer === null ? [] : [answer]);
        for (const { resourceType } of answers) expect(ruleOf(id)?.appliesTo).toContain(resourceType);
      },
    }),
  );
  return [kind, ...rows];
}

/** The rule's answers about everything except the sensors. */
function answersOf(id: BuiltInRuleId, given: RuleCase['given']): readonly (Finding | Judgement)[] {
  const { findings, judgements } = auditOf(given);
  return [...findings, ...judgements].filter(
    ({ rule, resourceId }) => rule === id && !resourceId.startsWith('i-sensor-'),
  );
}

function auditOf(given: RuleCase['given']): AuditResult {
  if ('object' in given) return integrityAudit([given], { severities: {}, now: NOW });
  if ('cause' in given) return notJudgedAudit([given], { severities: {}, exemptions: [], now: NOW });
  return audit(
    { inventory: given, sightings: [], scope: 'all', now: NOW },
    {
      tags: { requiredTags: [{ key: 'Owner', allowEmpty: false }] },
      mirror: aPolicy(),
      openGroups: { allowedPorts: [], exceptGroups: [], exceptTags: [] },
      exemptions: [],
      severities: {},
      graceSeconds: 0,
    },
  );
}

function textOf(answer: Finding | Judgement): string {
  const verdict = 'status' in answer ? `${answer.status} ${answer.severity}` : answer.result;
  return `${verdict} ${answer.resourceType} ${answer.resourceId}: ${answer.reason}`;
}

/** The finding of the failing case. For a rule that judges no instance or session, one about `i-1`, so that a wrong repair would resolve it. */
function findingBy(id: BuiltInRuleId, { cases }: RuleExpectation): Finding {
  if (ruleOf(id)?.appliesTo.some((type) => type === 'AWS::EC2::SecurityGroup')) return aboutInstance(id);
  if (cases === null || 'object' in cases.failing.given || 'cause' in cases.failing.given) return aboutInstance(id);
  const found = auditOf(cases.failing.given).findings.find(
    ({ rule, resourceId }) => rule === id && !resourceId.startsWith('i-sensor-'),
  );
  if (found === undefined) throw new Error(`the failing case of ${id} gives no finding`);
  return found;
}

function aboutInstance(rule: BuiltInRuleId): Finding {
  return aFinding({ rule, resourceId: 'i-1', accountId: ACCOUNT, region: REGION });
}

const SCOPE = { accountId: ACCOUNT, region: REGION };
const COMMON = {
  ...SCOPE,
  networkInterfaceId: 'eni-1',
  resourceId: 'i-1',
  trafficMirrorTargetId: 'tmt-a',
  trafficMirrorFilterId: 'tmf-1',
  sessionNumber: 1,
  reason: 'planned',
};
const STEPS: readonly PlanStep[] = [
  { kind: 'create-session', ...COMMON, tags: [], alternatives: [] },
  { kind: 'delete-session', ...COMMON, trafficMirrorSessionId: 'tms-1' },
  { kind: 'modify-session', ...COMMON, trafficMirrorSessionId: 'tms-1' },
];

/** The kinds of steps that resolve a finding once they are done. */
function resolvingSteps(finding: Finding): readonly string[] {
  return STEPS.filter((step) => {
    const outcome = { step, result: 'done', reason: 'done' } as const;
    const [settled] = withRemediation([finding], { steps: [step], unplaced: [] }, [outcome]);
    return settled?.status === 'resolved';
  }).map(({ kind }) => kind);
}

/** The kinds of steps whose outcomes the ledger keeps with a finding. */
function rememberedSteps({ id }: Finding): readonly string[] {
  return STEPS.filter((step) => findingsOfOutcome({ step, result: 'done', reason: 'done' }).includes(id)).map(
    ({ kind }) => kind,
  );
}

function figuresOf(rule: BuiltInRuleId): RuleExpectation['figures'] {
  const run = {
    at: new Date(NOW.getTime() - 1),
    coverage: [{ ...SCOPE, rule, checked: 1000, passed: 993 }],
    inputs: [],
  };
  const { tags, mirroring } = coverageOverTime([run]);
  const source = { every: 'daily', entries: [], runs: [run], lastLogAt: NOW, reportUrl: undefined } as const;
  const { body } = composeDigest(source, { now: NOW, graceSeconds: 300, immediate: 'medium' });
  const digest = body.split('\n').find((line) => /^(Tagged|Mirrored): \d/.test(line));
  const [ofTags, ofMirroring] = [tags, mirroring].map((points) =>
    points.map(({ checked, passed }) => `${passed} of ${checked}`).at(-1),
  );
  return {
    ...(ofTags !== undefined && { tags: ofTags }),
    ...(ofMirroring !== undefined && { mirroring: ofMirroring }),
    ...(digest !== undefined && { digest }),
  };
}
