/** `mirror plan`, `apply` and `explain` on the example account, next to what findings and mails say of the same sources. */

import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Finding, findingId } from '../../../src/audit/finding.ts';
import { parseSnapshot } from '../../../src/inventory/snapshot.ts';
import { openSqliteLedger } from '../../../src/local/sqlite-ledger.ts';
import type { Explanation } from '../../../src/mirror/verdict.ts';
import type { RemediationPlan } from '../../../src/remediation/plan.ts';
import { aPlace, type Place, snapshotOf } from '../../support/command-line.ts';
import { aFinding } from '../../support/findings.ts';
import { aWorld } from '../../support/worlds.ts';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const ACCOUNT = ['--account', 'account.json'];

/** A folder with the example account and its configuration. */
function anExample(): Place {
  const place = aPlace();
  place.put('account.json', read('examples/account.json'));
  place.put('config.json', read('config.json'));
  return place;
}

/** Forty sources, and three targets with room for one each. */
function aCrowd(): Place {
  const place = aPlace();
  const targets = [0, 1, 2];
  const { inventory } = aWorld({
    sources: Array.from({ length: 40 }, () => ({ zone: 'a' as const, targets })),
    targets: targets.map(() => ({ zone: 'a' as const, capacity: 1 })),
  });
  place.put('account.json', snapshotOf(inventory));
  place.put('config.json', {
    mirroring: { filterId: 'tmf-1', targets: targets.map((index) => ({ id: `tmt-${index}`, maxSources: 1 })) },
  });
  return place;
}

const targetsIn = (text: string): readonly string[] => [...new Set(text.match(/\btmt-[0-9a-f]{17}\b/g))].toSorted();

describe('a source without a session', () => {
  const place = anExample();
  let plan: RemediationPlan;
  let findings: readonly Finding[];
  let mail: string;
  beforeAll(async () => {
    plan = JSON.parse((await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json')).stdout) as RemediationPlan;
    const ledger = ['--ledger', 'history.sqlite', '--mail', 'mail', '-o', 'jsonl'];
    const { stdout } = await place.run('audit', ...ACCOUNT, ...ledger, '--now', '2026-03-17T13:00:00Z');
    findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    mail = readdirSync(place.path('mail'))
      .map((name) => readFileSync(place.path(`mail/${name}`), 'utf8'))
      .join('\n')
      .replaceAll(/\s+/g, ' ');
  });

  it('is sent to one and the same target by plan, finding, mail and explain', async () => {
    const resources = [...new Set(plan.steps.map(({ resourceId }) => resourceId))];
    expect(resources.length).toBeGreaterThan(15);
    let different = 0;
    let mailed = 0;
    for (const resourceId of resources) {
      const planned = new Map(
        plan.steps
          .filter((step) => step.resourceId === resourceId)
          .map((step) => [step.networkInterfaceId, step.trafficMirrorTargetId]),
      );
      const targets = [...new Set(planned.values())].toSorted();
      const finding = findings.find((each) => each.resourceId === resourceId && each.rule === 'instance-unmirrored');
      // A rogue session's target is named too: it is where the traffic goes today.
      const today = /mirrors to (tmt-\w+)/.exec(finding?.reason ?? '')?.[1];
      expect(targetsIn(finding?.reason ?? '').filter((id) => id !== today)).toEqual(targets);
      expect(targets).toContain(finding?.remediation?.trafficMirrorTargetId);
      const about = mail.split(' What: ').find((part) => part.startsWith(`${resourceId} is not mirrored`));
      if (about !== undefined) {
        mailed += 1;
        const said = about.split(' Fix:')[0] ?? '';
        expect(targetsIn(said).filter((id) => id !== today)).toEqual(targets);
      }
      const { stdout } = await place.run('mirror', 'explain', resourceId, ...ACCOUNT, '-o', 'json');
      const { interfaces } = JSON.parse(stdout) as { interfaces: readonly Explanation[] };
      for (const one of interfaces.filter(({ networkInterfaceId }) => planned.has(networkInterfaceId))) {
        expect(one.planned?.trafficMirrorTargetId).toBe(planned.get(one.networkInterfaceId));
        expect(one.verdict.reason).toContain(`for this source alone, with the sessions of now: ${one.selected}`);
        if (one.selected !== one.planned?.trafficMirrorTargetId) different += 1;
      }
    }
    // The account is one in which the plan and the choice for one source alone differ.
    expect(different).toBeGreaterThan(3);
    expect(mailed).toBeGreaterThan(3);
  }, 60_000);

  it('is left out by all four when no target serves it', async () => {
    expect(plan.unplaced.length).toBeGreaterThan(0);
    for (const { networkInterfaceId, resourceId, reason } of plan.unplaced) {
      const finding = findings.find((each) => each.resourceId === resourceId && each.remediation !== undefined);
      expect(finding).toMatchObject({ status: 'open', remediation: { outcome: 'unplaced', reason } });
      for (const part of reason.split('; ')) expect(finding?.reason).toContain(part);
      const { stdout, code } = await place.run('mirror', 'explain', networkInterfaceId, ...ACCOUNT, '-o', 'json');
      expect(code).toBe(3);
      expect((JSON.parse(stdout) as Explanation).planned).toMatchObject({ kind: 'unplaced', reason });
    }
  });
});

describe('mirror plan', () => {
  it('says first how many sources get no session', async () => {
    const { stdout } = await aCrowd().run('mirror', 'plan', ...ACCOUNT);
    expect(stdout.split('\n')[0]).toBe('3 steps: 3 create-session; 37 sources get no session');
  });

  it.each<[readonly string[], number]>([
    [[], 3],
    [['--fail-on', 'high'], 3],
    [['--fail-on', 'critical'], 0],
    [['--exit-zero'], 0],
    [['-z', '--fail-on', 'low'], 0],
  ])('%s exits with %i when sources get no session', async (options, expected) => {
    expect((await aCrowd().run('mirror', 'plan', ...ACCOUNT, ...options)).code).toBe(expected);
  });

  it('refuses a ledger that does not exist, and does not create it', async () => {
    const place = aCrowd();
    const { code, stderr } = await place.run('mirror', 'plan', ...ACCOUNT, '--ledger', 'none.sqlite');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no ledger at none.sqlite');
    expect(readdirSync(place.folder).filter((name) => name.startsWith('none'))).toEqual([]);
  });
});

describe('--only', () => {
  it('plans and applies the steps of one instance, to the targets of the whole plan', async () => {
    const place = anExample();
    const whole = JSON.parse((await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json')).stdout) as RemediationPlan;
    const id = 'i-0334a1e43222deec0';
    const own = whole.steps.filter(({ resourceId }) => resourceId === id);
    const only = ['--only', id];
    const part = await place.run('mirror', 'plan', ...ACCOUNT, ...only, '-o', 'json');
    expect(own).toHaveLength(1);
    expect(JSON.parse(part.stdout)).toMatchObject({ steps: own, unplaced: [] });
    const load = (JSON.parse(part.stdout) as RemediationPlan).load;
    const target = own[0]?.trafficMirrorTargetId;
    // Three sources before, and this one.
    expect(load.find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === target)?.sources).toBe(4);
    const applied = await place.run('mirror', 'apply', ...ACCOUNT, ...only, '-o', 'json');
    expect(applied.code).toBe(0);
    expect(applied.stderr).toContain(
      'this was done in account.applied.json, a copy of the snapshot; nothing was changed on AWS',
    );
    const { outcomes } = JSON.parse(applied.stdout) as { outcomes: readonly { result: string }[] };
    expect(outcomes.map(({ result }) => result)).toEqual(['done']);
    const left = await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json');
    expect((JSON.parse(left.stdout) as RemediationPlan).steps).toHaveLength(whole.steps.length - 1);
  });

  it('refuses an id that is not in the account', async () => {
    const { code, stderr } = await anExample().run('mirror', 'apply', ...ACCOUNT, '--only', 'i-0aaaaaaaaaaaaaaaa');
    expect(code).toBe(1);
    expect(stderr).toContain('--only i-0aaaaaaaaaaaaaaaa: no interface, instance, task or session has that id');
  });
});

describe('an exempted source', () => {
  const id = 'i-0334a1e43222deec0';
  const mirrored = 'i-043f442a9b75ad4a5';
  const COUNCIL = {
    rule: 'instance-unmirrored',
    reason: 'the works council forbids it',
    owner: 'rosa',
    expires: '2099-12-31',
  };
  const place = anExample();
  const { exemptions: _, ...config } = JSON.parse(read('config.json')) as { exemptions: unknown };
  place.put('config.json', { ...config, exemptions: [id, mirrored].map((resource) => ({ ...COUNCIL, resource })) });
  const WHY = 'exempted by rosa until 2099-12-31: the works council forbids it';

  it('is left out of the plan, which says why and names the sessions that it has', async () => {
    const { stdout } = await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json');
    const plan = JSON.parse(stdout) as RemediationPlan;
    expect(plan.steps.filter(({ resourceId }) => resourceId === id)).toEqual([]);
    expect(plan.exempted).toMatchObject([
      { resourceId: id, reason: WHY, trafficMirrorSessionIds: [] },
      { resourceId: mirrored, trafficMirrorSessionIds: ['tms-08f2b99b686c0355b', 'tms-0816fcd1d11c657ce'] },
    ]);
    const table = (await place.run('mirror', 'plan', ...ACCOUNT)).stdout.replaceAll(/\s+/g, ' ');
    expect(table).toContain('2 sources are left as found by an exemption');
    expect(table).toContain(`of ${id} ${WHY}`);
    expect(table).toContain(
      'it has sessions all the same, left as found: tms-08f2b99b686c0355b, tms-0816fcd1d11c657ce',
    );
  });

  it('is explained with the decision', async () => {
    const { stdout } = await place.run('mirror', 'explain', id, ...ACCOUNT);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(`Planned with the whole account: no step (${WHY})`);
  });

  it('gets no session when the plan is carried out', async () => {
    const { stdout } = await place.run('mirror', 'apply', ...ACCOUNT, '-o', 'json');
    const { outcomes } = JSON.parse(stdout) as {
      outcomes: readonly { step: { resourceId: string }; result: string }[];
    };
    expect(outcomes.filter(({ result }) => result === 'done').length).toBeGreaterThan(15);
    expect(outcomes.filter(({ step }) => step.resourceId === id)).toEqual([]);
  });
});

describe('--ledger', () => {
  it('tells the plan which interfaces AWS refuses to mirror', async () => {
    const place = anExample();
    const whole = JSON.parse((await place.run('mirror', 'plan', ...ACCOUNT, '-o', 'json')).stdout) as RemediationPlan;
    const [step] = whole.steps.filter(({ resourceId }) => resourceId === 'i-0334a1e43222deec0');
    if (step === undefined) throw new Error('nothing is planned');
    const { accountId, region, resourceId, networkInterfaceId } = step;
    const { instances = [] } =
      parseSnapshot(JSON.parse(read('examples/account.json')), 'account.json').inventories[0] ?? {};
    const instanceType = instances.find((each) => each.instanceId === resourceId)?.instanceType;
    const refused = [{ networkInterfaceId, reason: 'not supported', at: '2026-03-17T12:00:00Z', instanceType }];
    const interfaces = [{ networkInterfaceId, verdict: 'missing', reason: 'no session' }];
    const rule = 'instance-unmirrored';
    const ledger = openSqliteLedger(place.path('history.sqlite'));
    const finding = aFinding({
      ...{ id: findingId(rule, accountId, region, resourceId), rule, accountId, region, resourceId, status: 'muted' },
      detail: { interfaces, refused },
    });
    await ledger.record({ at: new Date('2026-03-17T12:00:00Z'), findings: [finding], judgements: [], outcomes: [] });
    ledger.close();
    const known = ['--ledger', 'history.sqlite', '--now', '2026-03-17T13:00:00Z', '-o', 'json'];
    const plan = JSON.parse((await place.run('mirror', 'plan', ...ACCOUNT, ...known)).stdout) as RemediationPlan;
    expect(plan.steps).toHaveLength(whole.steps.length - 1);
    const { stdout } = await place.run('mirror', 'explain', networkInterfaceId, ...ACCOUNT, ...known);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { kind: 'exempt' }, planned: null });
  });
});
