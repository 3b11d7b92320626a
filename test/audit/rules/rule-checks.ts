/**
 * What must be true of the built-in rules, seen from everything that is derived from them. Run as tests by registry.test.ts, which also
 * runs them on damaged registries to show that each cell is checked.
 */

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { composeDigest } from '../../../src/alert/compose-digest.ts';
import { describeFinding } from '../../../src/alert/describe.ts';
import { dueAlerts } from '../../../src/alert/digest.ts';
import { countPhrase } from '../../../src/alert/wording.ts';
import { audit } from '../../../src/audit/audit.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { integrityAudit } from '../../../src/audit/log-integrity.ts';
import { type BuiltInRuleId, ruleIds, ruleOf, severityOf, sweptRules, titleOf } from '../../../src/audit/rule-book.ts';
import { parseConfig } from '../../../src/config.ts';
import { findingsOfOutcome } from '../../../src/ledger/fold.ts';
import type { Coverage } from '../../../src/ledger/ledger.ts';
import type { PlanStep } from '../../../src/remediation/plan.ts';
import { withRemediation } from '../../../src/remediation/settle-findings.ts';
import { coverageOverTime } from '../../../src/report/coverage.ts';
import { aFinding, anEntry, NOW } from '../../support/findings.ts';
import {
  ACCOUNT,
  anInstance,
  anInterface,
  anInventory,
  aPolicy,
  aSession,
  attachedTo,
  REGION,
} from '../../support/inventories.ts';

/** One statement about the rules. Throws if it is false. */
export interface RuleCheck {
  readonly name: string;
  readonly check: () => void;
}

/** What each rule should be, repeated by hand from the documents and not derived from the registry. */
const EXPECTED: Readonly<
  Record<string, { readonly title: string; readonly phrase: string; readonly did: string; readonly repairs: string }>
> = {
  'instance-untagged': {
    title: 'Instance without required tags',
    phrase: 'untagged',
    did: 'nothing; setting tags is up to the owner',
    repairs: '',
  },
  'instance-unmirrored': {
    title: 'Instance whose traffic is not mirrored',
    phrase: 'unmirrored',
    did: 'nothing',
    repairs: 'create-session modify-session',
  },
  'mirror-ineffective': {
    title: 'Mirror session that carries nothing',
    phrase: 'with ineffective mirroring',
    did: 'nothing',
    repairs: 'create-session modify-session',
  },
  'mirror-rogue': {
    title: 'Mirror session to an unknown target or of a foreign owner',
    phrase: 'mirrored to an unknown target',
    did: 'nothing',
    repairs: 'modify-session',
  },
  'mirror-duplicate': {
    title: 'Interface mirrored more than once',
    phrase: 'mirrored twice',
    did: 'nothing',
    repairs: 'delete-session',
  },
  'mirror-orphan': {
    title: 'Mirror session with nothing to mirror',
    phrase: 'with nothing to mirror',
    did: 'nothing',
    repairs: 'delete-session',
  },
  'log-integrity': {
    title: 'Log that fails its integrity check',
    phrase: 'that cannot be trusted',
    did: 'nothing',
    repairs: '',
  },
  'security-group-open': {
    title: 'Security group open to the world',
    phrase: 'open to the world',
    did: 'nothing',
    repairs: '',
  },
  'iam-user-after-hours': {
    title: 'IAM user active after hours',
    phrase: 'active after hours',
    did: 'nothing',
    repairs: '',
  },
};

const FINDINGS_DOC = readFileSync(new URL('../../../docs/findings.md', import.meta.url), 'utf8');
const SWEPT = 'instance-unmirrored instance-untagged mirror-duplicate mirror-ineffective mirror-orphan mirror-rogue';

const ids = Object.keys(EXPECTED) as readonly BuiltInRuleId[];

/** A finding by a rule, on the resource that its kind of step is about. */
function findingBy(rule: BuiltInRuleId): Finding {
  const resourceId = rule === 'mirror-orphan' ? 'tms-1' : 'i-1';
  const sessions = rule === 'mirror-rogue' ? { trafficMirrorSessionIds: ['tms-1'] } : {};
  return aFinding({ rule, resourceId, accountId: ACCOUNT, region: REGION, detail: sessions });
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
const STEPS: Readonly<Record<string, PlanStep>> = {
  'create-session': { kind: 'create-session', ...COMMON, tags: [], alternatives: [] },
  'modify-session': { kind: 'modify-session', ...COMMON, trafficMirrorSessionId: 'tms-1' },
  'delete-session': { kind: 'delete-session', ...COMMON, trafficMirrorSessionId: 'tms-1' },
};

/** The kinds of steps that resolve a rule's finding once they are done, in order of their names. */
function resolvingSteps(rule: BuiltInRuleId): string {
  return Object.entries(STEPS)
    .filter(([, step]) => {
      const outcome = { step, result: 'done', reason: 'done' } as const;
      const [settled] = withRemediation([findingBy(rule)], { steps: [step], unplaced: [] }, [outcome]);
      return settled?.status === 'resolved';
    })
    .map(([kind]) => kind)
    .join(' ');
}

/** The kinds of steps whose outcomes the ledger keeps with a rule's finding. */
function rememberedSteps(rule: BuiltInRuleId): string {
  const { id } = findingBy(rule);
  return Object.entries(STEPS)
    .filter(([, step]) => findingsOfOutcome({ step, result: 'done', reason: 'done' }).includes(id))
    .map(([kind]) => kind)
    .join(' ');
}

const OWNED = [{ key: 'Owner', value: 'dana' }];

/** An account in which each instance, interface and session breaks one rule, and what the audit finds there. */
function auditedAccount(): ReturnType<typeof audit> {
  const base = anInventory();
  const names = ['bare', 'blocked', 'rogue', 'twice'];
  const sources = names.map((name) =>
    anInterface({ networkInterfaceId: `eni-${name}`, attachment: attachedTo(`i-${name}`) }),
  );
  const session = (name: string, parts: Parameters<typeof aSession>[0] = {}) =>
    aSession({ trafficMirrorSessionId: `tms-${name}`, networkInterfaceId: `eni-${name}`, ...parts });
  const stopped = anInterface({ networkInterfaceId: 'eni-idle', attachment: attachedTo('i-idle') });
  const inventory = anInventory({
    instances: [
      ...(base.instances ?? [])
        .filter(({ instanceId }) => instanceId !== 'i-1')
        .map((each) => ({ ...each, tags: OWNED })),
      ...names.map((name) => anInstance({ instanceId: `i-${name}`, tags: OWNED })),
      anInstance({ instanceId: 'i-idle', state: 'stopped', tags: [] }),
    ],
    networkInterfaces: [
      ...(base.networkInterfaces ?? []).filter(({ networkInterfaceId }) => networkInterfaceId !== 'eni-1'),
      ...sources,
      stopped,
    ],
    trafficMirrorSessions: [
      session('blocked', { trafficMirrorTargetId: 'tmt-gone' }),
      session('rogue', { trafficMirrorTargetId: 'tmt-unknown', tags: [] }),
      session('twice'),
      session('twice', { trafficMirrorSessionId: 'tms-again', sessionNumber: 2 }),
      session('idle'),
    ],
  });
  return audit(
    { inventory, sightings: [], scope: 'all', now: NOW },
    {
      tags: { requiredTags: [{ key: 'Owner', allowEmpty: false }] },
      mirror: aPolicy({ targets: [...aPolicy().targets, { id: 'tmt-gone' }] }),
      exemptions: [],
      severities: {},
      graceSeconds: 0,
    },
  );
}

function broken(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ status }) => status === 'open')
    .map(({ rule, resourceId, severity }) => `${severity} ${rule} ${resourceId}`)
    .toSorted();
}

const CELLS =
  'appliesTo countedIn judge judges mailedAfterRepair notRepaired phrase repairedBy settledBySweep severity title when';

export const RULE_CHECKS: readonly RuleCheck[] = [
  {
    name: 'have every cell',
    check: () => {
      for (const id of ids)
        expect([
          id,
          Object.keys(ruleOf(id) ?? {})
            .toSorted()
            .join(' '),
        ]).toEqual([id, CELLS]);
    },
  },
  {
    name: 'are those that the documents describe, each with its severity, its condition and its types of resources',
    check: () => {
      expect(ruleIds().toSorted()).toEqual(ids.toSorted());
      for (const id of ids) {
        const section = FINDINGS_DOC.split(`\n## ${id}\n`)[1]?.split('\n## ')[0] ?? '';
        const rule = ruleOf(id);
        expect(section).toContain(`Severity ${severityOf(id, {})}. ${rule?.when}\n`);
        expect(section).toContain(`Applies to ${rule?.appliesTo.map((type) => `\`${type}\``).join(', ')}.\n`);
      }
    },
  },
  {
    name: 'have a heading in reports and a phrase in the subjects of mails',
    check: () => {
      for (const id of ids) {
        expect(titleOf(id)).toBe(EXPECTED[id]?.title);
        expect(countPhrase([aFinding({ rule: id })])).toBe(`1 instance ${EXPECTED[id]?.phrase}`);
      }
    },
  },
  {
    name: 'say in mails what we did where there is no step',
    check: () => {
      for (const id of ids) {
        const lines = describeFinding(anEntry(aFinding({ rule: id })), [], NOW);
        expect(lines).toContain(`What we did: ${EXPECTED[id]?.did}`);
      }
    },
  },
  {
    name: 'are resolved by the steps that repair them, which the ledger remembers',
    check: () => {
      for (const id of ids) {
        expect([id, resolvingSteps(id)]).toEqual([id, EXPECTED[id]?.repairs]);
        expect([id, rememberedSteps(id)]).toEqual([id, EXPECTED[id]?.repairs]);
      }
    },
  },
  {
    name: 'are mailed after their repair only where traffic was redirected',
    check: () => {
      const remediation = { kind: 'modify-session', outcome: 'done' } as const;
      const mailed = ids.filter((rule) => {
        const finding = aFinding({ rule, status: 'resolved', remediation, evidence: [] });
        const entry = anEntry(finding, { resolvedAt: NOW, notified: {} });
        return dueAlerts([entry], { immediate: 'low' }, NOW).length > 0;
      });
      expect(mailed).toEqual(['mirror-rogue']);
    },
  },
  {
    name: 'are settled by a sweep that judges them',
    check: () => {
      expect(sweptRules({ mirrored: true }).toSorted().join(' ')).toBe(SWEPT);
      expect(sweptRules({ mirrored: false })).toEqual(['instance-untagged']);
    },
  },
  {
    name: 'count in the figures of reports and digests',
    check: () => {
      const row = (rule: BuiltInRuleId, passed: number): Coverage => ({ ...SCOPE, rule, checked: 1000, passed });
      const coverage = ids.map((id, index) => row(id, 1000 - 2 ** index));
      const failures = (rule: BuiltInRuleId): number => 2 ** ids.indexOf(rule);
      const run = { at: NOW, coverage, inputs: [] };
      const { tags, mirroring } = coverageOverTime([run], { at: NOW, findings: [], judgements: [] });
      expect(tags).toEqual([{ at: NOW.toISOString(), checked: 1000, passed: 1000 - failures('instance-untagged') }]);
      expect(mirroring).toEqual([
        {
          at: NOW.toISOString(),
          checked: 1000,
          passed: 1000 - failures('instance-unmirrored') - failures('mirror-ineffective'),
        },
      ]);
      // Five exempt resources are muted by the rule that counts, and pass the other.
      const exempt = { ...row('mirror-ineffective', 1003), checked: 1005 };
      const withExempt = { ...run, coverage: [row('instance-unmirrored', 999), exempt] };
      expect(coverageOverTime([withExempt], { at: NOW, findings: [], judgements: [] }).mirroring).toMatchObject([
        { checked: 1000, passed: 997 },
      ]);
      const source = { every: 'daily', entries: [], runs: [run], lastLogAt: NOW, reportUrl: undefined } as const;
      const { body } = composeDigest(source, { now: NOW, graceSeconds: 300, immediate: 'medium' });
      expect(body).toContain(`Tagged: ${1000 - failures('instance-untagged')} of 1000 instances`);
      expect(body).toContain(`Mirrored: ${1000 - failures('instance-unmirrored')} of 1000 instances`);
    },
  },
  {
    name: 'judge instances, mirrored resources and sessions, each by its own question and severity',
    check: () => {
      const { findings } = auditedAccount();
      expect(broken(findings)).toEqual([
        'critical mirror-rogue i-rogue',
        'high instance-unmirrored i-bare',
        'high instance-unmirrored i-rogue',
        'high mirror-ineffective i-blocked',
        'low mirror-duplicate i-twice',
        'low mirror-orphan tms-idle',
        'medium instance-untagged i-idle',
      ]);
      for (const { rule, resourceType } of findings) expect(ruleOf(rule)?.appliesTo).toContain(resourceType);
    },
  },
  {
    name: 'judge log files',
    check: () => {
      const check = { object: 's3://b/k', type: 'log', reason: 'its hash differs', ...SCOPE } as const;
      const { findings, judgements } = integrityAudit(
        [
          { ...check, status: 'invalid' },
          { ...check, object: 's3://b/other', status: 'valid' },
        ],
        { severities: {}, now: NOW },
      );
      expect(broken(findings)).toEqual(['critical log-integrity s3://b/k']);
      expect(judgements).toMatchObject([{ resourceId: 's3://b/other', result: 'pass' }]);
      expect(ruleOf('log-integrity')?.judges).toBe('log-object');
    },
  },
  {
    name: 'say where they are not judged yet',
    check: () => {
      for (const id of ids) {
        const rule = ruleOf(id);
        const isJudged = rule?.when.endsWith('Not judged yet.') === false;
        expect([id, typeof rule?.judge]).toEqual([id, isJudged ? 'function' : 'object']);
        expect([id, rule?.judges === 'call']).toEqual([id, !isJudged]);
      }
    },
  },
  {
    name: 'take a severity from the configuration',
    check: () => {
      for (const id of ids) {
        const { severities } = parseConfig(JSON.stringify({ severities: { [id]: 'low' } }), 'config.json');
        expect(severityOf(id, severities)).toBe('low');
      }
    },
  },
];
