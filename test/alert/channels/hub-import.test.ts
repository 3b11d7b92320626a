import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Imported,
  type ImportFailure,
  importDaily,
  importDue,
  importFailures,
  type SecurityHub,
} from '../../../src/alert/channels/hub-import.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { ledgerOn } from '../../../src/aws/ledger/dynamodb-ledger.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import type { FullLedger } from '../../../src/ledger/change-log.ts';
import type { Claim } from '../../../src/ledger/ledger.ts';
import { openSqliteLedger } from '../../../src/local/sqlite-ledger.ts';
import type { AsffFinding } from '../../../src/report/security-hub/asff.ts';
import { aCallFinding, aDetail, aFinding, aJudgement, NOW } from '../../support/findings.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };
const ELSEWHERE = { accountId: '444455556666', region: 'us-east-1' };

/** A hub that keeps what it takes, and notes each call. `refuses` one finding, `isOff` an account's every call. */
function aHub() {
  const has = new Map<string, AsffFinding>();
  const calls: number[] = [];
  const hub = { refuses: (_: AsffFinding) => false, isOff: (_: string) => false };
  const failure = (finding: AsffFinding, index: number, isCall: boolean): ImportFailure => ({
    ...{ index, id: finding.Id, accountId: finding.AwsAccountId, region: finding.Region },
    ...(isCall
      ? { awsCode: 'InvalidAccessException', reason: 'not subscribed' }
      : { awsCode: 'InvalidInput', reason: 'no' }),
    ...{ retry: false, isCall },
  });
  const importFindings = async (findings: readonly AsffFinding[]): Promise<Imported> => {
    calls.push(findings.length);
    const failed = findings.flatMap((finding, index) => {
      const off = hub.isOff(finding.AwsAccountId);
      if (off || hub.refuses(finding)) return [failure(finding, index, off)];
      has.set(finding.Resources[0]?.Id.split('/').at(-1) ?? '', finding);
      return [];
    });
    return { imported: findings.length - failed.length, failed };
  };
  const states = () =>
    Object.fromEntries(
      [...has].map(([name, { RecordState, Compliance }]) => [name, `${RecordState} ${Compliance?.Status ?? '-'}`]),
    );
  return { hub, port: { importFindings } satisfies SecurityHub, calls, has, states };
}

let runs = 0;

describe.each<[string, () => FullLedger]>([
  ['DynamoDB', () => ledgerOn(memoryTable())],
  ['SQLite', () => openSqliteLedger(':memory:')],
])('importing into Security Hub, with the ledger on %s', (_, aLedger) => {
  function aWorld() {
    const [world, ledger] = [aHub(), aLedger()];
    const claimed: Claim[] = [];
    const counting: FullLedger = {
      ...ledger,
      claim: (claims, claiming) => {
        claimed.push(...claims);
        return ledger.claim(claims, claiming);
      },
    };
    const see = (
      findings: readonly Finding[],
      at: Date,
      judgements: Parameters<FullLedger['record']>[0]['judgements'] = [],
    ) => ledger.record({ at, findings, judgements, outcomes: [] });
    const pass = (finding: Finding, at: Date) => {
      const { id, rule, resourceId, resourceType, accountId, region } = finding;
      return see([], at, [aJudgement({ id, rule, resourceId, resourceType, accountId, region, result: 'pass' })]);
    };
    const push = async (now: Date, how = importDue, isLate = () => false): Promise<Imported> => {
      runs += 1;
      const owner = `run ${runs}`;
      const entries = [
        ...(await ledger.entries({ inSight: SCOPE })),
        ...(await ledger.entries({ inSight: ELSEWHERE })),
        ...(await ledger.entries({ inSight: 'other-rules' })),
      ];
      return how({ ledger: counting, owner, hub: world.port, isLate }, entries, now);
    };
    return { ...world, ledger, claimed, see, pass, push };
  }
  const aNamed = (name: string, parts: Partial<Finding> = {}) => aFinding({ resourceId: name, ...parts });

  it('imports each opening once, however many runs there are, of every severity', async () => {
    const { see, push, calls, states } = aWorld();
    await see([aNamed('i-1'), aNamed('i-2', { severity: 'low' })], NOW);
    for (const minutes of [1, 2, 3]) await push(later(minutes * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ACTIVE FAILED', 'i-2': 'ACTIVE FAILED' });
    expect(calls).toEqual([2]);
  });

  it('archives what is resolved, once, and then has it no longer in sight; opens it again when it is reopened', async () => {
    const { see, pass, push, calls, states, ledger } = aWorld();
    const finding = aNamed('i-1');
    await see([finding], NOW);
    await push(later(MINUTE_MS));
    await pass(finding, later(2 * MINUTE_MS));
    expect(await ledger.entries({ inSight: SCOPE })).toHaveLength(1);
    for (const minutes of [3, 4]) await push(later(minutes * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ARCHIVED PASSED' });
    expect(calls).toHaveLength(2);
    await see([finding], later(5 * MINUTE_MS));
    await push(later(6 * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ACTIVE FAILED' });
  });

  it('archives what is muted as failed, and opens it again when nobody mutes it', async () => {
    const { see, push, states, calls } = aWorld();
    const finding = aNamed('i-1');
    await see([finding], NOW);
    await push(later(MINUTE_MS));
    await see([{ ...finding, status: 'muted' }], later(2 * MINUTE_MS));
    for (const minutes of [3, 4]) await push(later(minutes * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ARCHIVED FAILED' });
    expect(calls).toHaveLength(2);
    await see([finding], later(5 * MINUTE_MS));
    await push(later(6 * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ACTIVE FAILED' });
  });

  it('archives what was resolved, opened and resolved again between two runs', async () => {
    const { see, pass, push, states } = aWorld();
    const finding = aNamed('i-1');
    await see([finding], NOW);
    await push(later(MINUTE_MS));
    await pass(finding, later(2 * MINUTE_MS));
    await see([finding], later(3 * MINUTE_MS));
    await pass(finding, later(4 * MINUTE_MS));
    await push(later(5 * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ARCHIVED PASSED' });
    expect((await push(later(6 * MINUTE_MS))).imported).toBe(0);
  });

  it('imports nothing of what was over, muted or within its grace before a run came', async () => {
    const { see, pass, push, calls } = aWorld();
    await see([aNamed('i-1'), aNamed('i-2', { status: 'muted' })], NOW);
    await see([aNamed('i-3', { detail: aDetail({ pendingUntil: later(DAY_MS).toISOString() }) })], NOW);
    await pass(aNamed('i-1'), later(MINUTE_MS));
    await push(later(2 * MINUTE_MS));
    expect(calls).toEqual([]);
    await push(later(DAY_MS + 1));
    expect(calls).toEqual([1]);
  });

  it('archives a finding about a call that time closes', async () => {
    const { see, push, states } = aWorld();
    const finding = aCallFinding();
    await see([finding], NOW);
    await push(later(MINUTE_MS));
    await see([{ ...finding, status: 'resolved' }], later(2 * MINUTE_MS));
    await push(later(3 * MINUTE_MS));
    expect(Object.values(states())).toEqual(['ARCHIVED -']);
  });

  it('tells a day and a week later what is known by then, once each', async () => {
    const { see, push, calls, has } = aWorld();
    await see([aNamed('i-1', { reason: 'first' })], NOW);
    for (const hours of [0, 20]) await push(later(hours * 3_600_000));
    expect(calls).toHaveLength(1);
    await see([aNamed('i-1', { reason: 'then' })], later(DAY_MS));
    for (const hours of [25, 26, 27]) await push(later(hours * 3_600_000));
    expect(calls).toHaveLength(2);
    expect(has.get('i-1')?.Description).toBe('then');
    for (const days of [8, 9, 20]) await push(later(days * DAY_MS));
    expect(calls).toHaveLength(3);
  });

  it('imports open findings anew every thirty days, in the daily run, and nothing else on other days', async () => {
    const { see, push, calls } = aWorld();
    await see([aNamed('i-1')], NOW);
    const imports: number[] = [];
    for (let day = 0; day <= 95; day += 1) {
      const before = calls.length;
      await push(later(day * DAY_MS + 1), importDaily);
      if (calls.length > before) imports.push(day);
    }
    expect(imports).toEqual([0, 1, 7, 30, 60, 90]);
  });

  it('names what was refused, and tries that one again', async () => {
    const { see, push, hub, states } = aWorld();
    await see([aNamed('i-1'), aNamed('i-2'), aNamed('i-3')], NOW);
    hub.refuses = ({ Resources }) => Resources[0]?.Id.endsWith('i-2') === true;
    const { imported, failed } = await push(later(MINUTE_MS));
    expect(imported).toBe(2);
    expect(importFailures(failed)).toEqual([expect.stringMatching(/^mirrorwatch\/111122223333\/.*: InvalidInput no$/)]);
    hub.refuses = () => false;
    expect(await push(later(2 * MINUTE_MS))).toEqual({ imported: 1, failed: [] });
    expect(Object.keys(states())).toEqual(['i-1', 'i-3', 'i-2']);
  });

  it('goes on in other accounts where one has no hub, which costs the ledger one call and is named in one line', async () => {
    const { see, push, hub, states, claimed } = aWorld();
    const many = Array.from({ length: 350 }, (_unused, n) => aNamed(`i-${1000 + n}`));
    await see([...many, aNamed('i-9', ELSEWHERE)], NOW);
    hub.isOff = (accountId) => accountId === SCOPE.accountId;
    const { imported, failed } = await push(later(MINUTE_MS));
    expect([imported, failed.length, Object.keys(states())]).toEqual([1, 350, ['i-9']]);
    expect(importFailures(failed)).toEqual([
      '111122223333 eu-west-1: InvalidAccessException not subscribed (350 findings)',
    ]);
    expect(claimed).toHaveLength(101);
    hub.isOff = () => false;
    expect((await push(later(2 * MINUTE_MS))).imported).toBe(350);
  });

  it('imports nothing twice in two runs at the same time', async () => {
    const { see, push, calls } = aWorld();
    await see(
      Array.from({ length: 250 }, (_unused, n) => aNamed(`i-${1000 + n}`)),
      NOW,
    );
    const both = await Promise.all([push(later(MINUTE_MS)), push(later(MINUTE_MS))]);
    expect(both.reduce((sum, { imported }) => sum + imported, 0)).toBe(250);
    expect(calls.reduce((sum, count) => sum + count, 0)).toBe(250);
    expect(await push(later(2 * MINUTE_MS))).toEqual({ imported: 0, failed: [] });
  });

  it('begins no other hundred when the run is late, and leaves the rest to the next', async () => {
    const { see, push, calls, port } = aWorld();
    await see(
      Array.from({ length: 250 }, (_unused, n) => aNamed(`i-${1000 + n}`)),
      NOW,
    );
    const { importFindings } = port;
    let isLate = false;
    port.importFindings = (findings) => {
      isLate = true;
      return importFindings(findings);
    };
    expect(await push(later(MINUTE_MS), importDue, () => isLate)).toEqual({ imported: 100, failed: [] });
    expect((await push(later(2 * MINUTE_MS))).imported).toBe(150);
    expect(calls).toEqual([100, 100, 50]);
  });

  it('releases what a fault of the port left, and throws it', async () => {
    const { see, push, port, states } = aWorld();
    await see([aNamed('i-1')], NOW);
    const { importFindings } = port;
    port.importFindings = () => Promise.reject(new Error('a defect'));
    await expect(push(later(MINUTE_MS))).rejects.toThrow('a defect');
    port.importFindings = importFindings;
    await push(later(2 * MINUTE_MS));
    expect(states()).toEqual({ 'i-1': 'ACTIVE FAILED' });
  });

  it('has in the hub what the ledger has, whatever happened in between', async () => {
    const steps = fc.array(
      fc.record({
        name: fc.constantFrom('i-1', 'i-2', 'i-3'),
        does: fc.constantFrom('open', 'mute', 'pass', 'push', 'push'),
        isOff: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const { see, pass, push, hub, states, ledger } = aWorld();
        for (const [index, { name, does, isOff }] of all.entries()) {
          const at = later(index * MINUTE_MS);
          hub.isOff = () => isOff;
          if (does === 'open') await see([aNamed(name)], at);
          if (does === 'mute') await see([aNamed(name, { status: 'muted' })], at);
          if (does === 'pass') await pass(aNamed(name), at);
          if (does === 'push') await push(at);
        }
        hub.isOff = () => false;
        await push(later(all.length * MINUTE_MS));
        const entries = await ledger.entries({ ids: ['i-1', 'i-2', 'i-3'].map((name) => aNamed(name).id) });
        for (const { finding, resolvedAt } of entries) {
          const status = finding.status === 'open' && resolvedAt !== null ? 'resolved' : finding.status;
          const state = states()[finding.resourceId];
          // What was over before it was imported is not there. What was muted and then resolved, or the reverse, was archived by the first.
          if (status === 'open') expect(state).toBe('ACTIVE FAILED');
          else expect(state ?? 'ARCHIVED').toMatch(/^ARCHIVED/);
        }
      }),
      { numRuns: 60 },
    );
  });
});
