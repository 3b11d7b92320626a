import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { audit } from '../../../src/audit/audit.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { type BuiltInRuleId, ruleIds } from '../../../src/audit/rule-book.ts';
import type { Coverage } from '../../../src/ledger/ledger.ts';
import { coverageOverTime } from '../../../src/report/coverage.ts';
import { NOW } from '../../support/findings.ts';
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

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the built-in rules', () => {
  it('each have a test of their own, and no test is without its rule', () => {
    const tested = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.test.ts') && file !== 'registry.test.ts')
      .map((file) => file.replace(/\.test\.ts$/, ''));
    expect(tested.toSorted()).toEqual(ruleIds().toSorted());
    for (const id of tested) expect(read(`${id}.test.ts`)).toContain(`describeRule('${id}', {`);
  });

  it('each have a section in docs/findings.md, and no section is without its rule', () => {
    const sections = [...read('../../../docs/findings.md').matchAll(/^## (\S+)$/gm)].map(([, id]) => id);
    expect(sections.toSorted()).toEqual(ruleIds().toSorted());
  });
});

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

/** A rule that is added later may judge the same account, so only these are compared. */
const JUDGED_HERE: readonly string[] = [
  'instance-unmirrored',
  'instance-untagged',
  'mirror-duplicate',
  'mirror-ineffective',
  'mirror-orphan',
  'mirror-rogue',
];

function broken(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ status, rule }) => status === 'open' && JUDGED_HERE.includes(rule))
    .map(({ rule, resourceId, severity }) => `${severity} ${rule} ${resourceId}`)
    .toSorted();
}

describe('the rules that judge an account', () => {
  it('find the resources that break them and no others', () => {
    expect(broken(auditedAccount().findings)).toEqual([
      'critical mirror-rogue i-rogue',
      'high instance-unmirrored i-bare',
      'high instance-unmirrored i-rogue',
      'high mirror-ineffective i-blocked',
      'low mirror-duplicate i-twice',
      'low mirror-orphan tms-idle',
      'medium instance-untagged i-idle',
    ]);
  });
});

describe('the coverage figures', () => {
  const row = (rule: BuiltInRuleId, checked: number, passed: number): Coverage => ({
    ...{ accountId: ACCOUNT, region: REGION },
    ...{ rule, checked, passed },
  });
  const mirroring = (...coverage: readonly Coverage[]) =>
    coverageOverTime([{ at: NOW, coverage, inputs: [] }]).mirroring;

  it('are lowered by each failure of each rule that counts in them', () => {
    expect(
      mirroring(
        row('instance-unmirrored', 1000, 998),
        row('mirror-ineffective', 1000, 996),
        row('mirror-rogue', 1000, 992),
      ),
    ).toMatchObject([{ checked: 1000, passed: 994 }]);
  });

  it('leave out resources that are exempt by the rule that counts all, though they pass the other', () => {
    expect(mirroring(row('instance-unmirrored', 1000, 999), row('mirror-ineffective', 1005, 1003))).toMatchObject([
      { checked: 1000, passed: 997 },
    ]);
  });
});
