/**
 * No rule is on paper only: for each one, built-in or of the starter set, a command of the product is run on a small input that breaks the
 * rule, and finds it; and on one that keeps the rule, and does not.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { type BuiltInRuleId, type RuleId, ruleIds } from '../../src/audit/rule-book.ts';
import { addAudit } from '../../src/cli/commands/audit.ts';
import { addScan } from '../../src/cli/commands/scan.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { ACCESS } from '../cli/rules/starter-records/access.ts';
import { DATA } from '../cli/rules/starter-records/data.ts';
import { NETWORK } from '../cli/rules/starter-records/network.ts';
import { PERMISSIONS } from '../cli/rules/starter-records/permissions.ts';
import { WATCHING } from '../cli/rules/starter-records/watching.ts';
import { packed, snapshotOf } from '../support/command-line.ts';
import { anIamCall } from '../support/iam-calls.ts';
import { inProcess } from '../support/in-process.ts';
import { writeCopy } from '../support/integrity/copy.ts';
import { aScenario, type StoredObject } from '../support/integrity/scenario.ts';
import { anInstance, anInventory, aPermission, aSecurityGroup, aSession } from '../support/inventories.ts';
import { aMetrics, silentMetrics, steady } from '../support/metrics.ts';
import { aRecord } from '../support/records.ts';
import { STARTER_RULES_TEXT, starterRules } from '../support/starter-rules.ts';

const audit = inProcess(addAudit, 'audit');
const scan = inProcess(addScan, 'scan');

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mirrorwatch-'));
});
afterAll(() => rm(home, { recursive: true }));

let made = 0;
/** Writes a file of its own and returns its path. */
async function file(content: string | Buffer, extension = 'json'): Promise<string> {
  made += 1;
  const path = join(home, `${made}.${extension}`);
  await writeFile(path, content);
  return path;
}

const OUTPUT = ['-o', 'jsonl', '--quiet', '--exit-zero'];
const findingsIn = (out: string): readonly Finding[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** What `audit` finds in an account, last if it looks several times, an hour apart, with a ledger. */
async function audited(inventory: Inventory, settings: object, looks = 1): Promise<readonly Finding[]> {
  const account = await file(JSON.stringify(snapshotOf(inventory)));
  const paths = ['--account', account, '--config', await file(JSON.stringify(settings))];
  if (looks > 1) paths.push('--ledger', `${account}.sqlite`);
  let out = '';
  for (let look = 0; look < looks; look++)
    ({ out } = await audit(...paths, ...OUTPUT, '--now', `2026-01-31T${12 + look}:00:00Z`));
  return findingsIn(out);
}

/** What `scan` finds in a log without an account. */
async function scanned(records: readonly unknown[], configPath: string): Promise<readonly Finding[]> {
  const log = await file(packed(records), 'json.gz');
  const paths = [log, '--account', 'none', '--config', configPath];
  return findingsIn((await scan(...paths, ...OUTPUT, '--now', '2026-03-18T00:00:00Z')).out);
}

const trail = aScenario();

/** What `scan --verify` finds in a trail. */
async function proven(objects: readonly StoredObject[]): Promise<readonly Finding[]> {
  made += 1;
  const folder = await writeCopy(join(home, `trail-${made}`), objects);
  const keys = ['--verify', '--keys', await file(JSON.stringify({ PublicKeyList: trail.keys }))];
  const paths = [folder, '--account', 'none', '--config', await file('{"requiredTags":["Owner"]}')];
  return findingsIn((await scan(...paths, ...keys, ...OUTPUT, '--now', trail.now.toISOString())).out);
}

const TAGS = { requiredTags: ['Owner'] };
const MIRRORING = { mirroring: { filterId: 'tmf-1', targets: ['tmt-a', 'tmt-b'] } };
const GROUPS = { watch: { securityGroupOpen: { allowedPorts: [443] } } };
const HOURS = {
  watch: {
    iamUserAfterHours: {
      timeZone: 'Europe/Berlin',
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      hours: { from: '08:00', to: '18:00' },
    },
  },
};
const STOPPED = { watch: { rules: [{ name: 'trail-stopped', pattern: { eventName: ['StopLogging'] } }] } };

const openOn = (port: number): Inventory =>
  anInventory({
    securityGroups: [
      aSecurityGroup({
        ipPermissions: [aPermission({ ipProtocol: 'tcp', fromPort: port, toPort: port, cidrIps: ['0.0.0.0/0'] })],
      }),
    ],
  });
const userMadeAt = (eventTime: string): unknown => anIamCall('CreateUser', eventTime, { userName: 'kim' });
const trailCall = (eventName: string): unknown =>
  aRecord({ eventName, eventSource: 'cloudtrail.amazonaws.com', requestParameters: { name: 'main' } });
const settings = (one: object): Promise<string> => file(JSON.stringify(one));

/** A run on an input that breaks a rule, and one on an input that keeps it. */
interface Runs {
  readonly broken: () => Promise<readonly Finding[]>;
  readonly kept: () => Promise<readonly Finding[]>;
}

const mirrored = anInventory({ trafficMirrorSessions: [aSession()] });
const audits = (policy: object, broken: Inventory, kept: Inventory, looks?: number): Runs => ({
  broken: () => audited(broken, policy, looks),
  kept: () => audited(kept, policy, looks),
});

const [changedLog] = trail.chains[0]?.logs[1] ?? [];

/** An input for each rule. A new rule does not compile without one. */
const RUNS = {
  'iam-user-after-hours': {
    broken: async () => scanned([userMadeAt('2026-03-17T02:00:00Z')], await settings(HOURS)),
    kept: async () => scanned([userMadeAt('2026-03-17T12:00:00Z')], await settings(HOURS)),
  },
  'instance-unmirrored': audits(MIRRORING, anInventory(), mirrored),
  'instance-untagged': audits(
    TAGS,
    anInventory(),
    anInventory({ instances: [anInstance({ tags: [{ key: 'Owner', value: 'dana' }] })] }),
  ),
  'log-integrity': {
    broken: () =>
      proven(trail.objects.map((one) => (one === changedLog ? { ...one, bytes: gzipSync('{"Records":[]}') } : one))),
    kept: () => proven(trail.objects),
  },
  'mirror-dropping': audits(
    MIRRORING,
    { ...mirrored, metrics: [aMetrics({ skippedPacketsIn: steady(900) })] },
    { ...mirrored, metrics: [aMetrics()] },
  ),
  'mirror-duplicate': audits(
    MIRRORING,
    anInventory({
      trafficMirrorSessions: [aSession(), aSession({ trafficMirrorSessionId: 'tms-2', sessionNumber: 2 })],
    }),
    mirrored,
  ),
  'mirror-ineffective': audits(
    MIRRORING,
    anInventory({
      trafficMirrorSessions: [aSession()],
      securityGroups: [aSecurityGroup({ ipPermissions: [] })],
    }),
    mirrored,
  ),
  'mirror-orphan': audits(
    MIRRORING,
    anInventory({ instances: [anInstance({ state: 'stopped' })], trafficMirrorSessions: [aSession()] }),
    mirrored,
  ),
  'mirror-rogue': audits(
    MIRRORING,
    anInventory({ trafficMirrorSessions: [aSession({ trafficMirrorTargetId: 'tmt-unknown' })] }),
    mirrored,
  ),
  'mirror-silent': audits(
    MIRRORING,
    { ...mirrored, metrics: [silentMetrics()] },
    { ...mirrored, metrics: [aMetrics()] },
  ),
  // Without its groups, the account cannot be judged: a fault once, a finding when it lasts.
  'not-judged': audits(MIRRORING, anInventory({ securityGroups: undefined }), anInventory(), 2),
  'security-group-open': audits(GROUPS, openOn(22), openOn(443)),
} satisfies Readonly<Record<BuiltInRuleId, Runs>>;

const openBy = (findings: readonly Finding[]): readonly RuleId[] =>
  findings.filter(({ status }) => status === 'open').map(({ rule }) => rule);

describe('each built-in rule', () => {
  it('has an input here, in the order of the registry', () => {
    expect(Object.keys(RUNS)).toEqual(ruleIds());
  });

  it.each(ruleIds())('%s is broken by something, and by nothing that keeps it', async (id) => {
    const { broken, kept } = RUNS[id];
    expect(openBy(await broken())).toContain(id);
    expect(openBy(await kept())).not.toContain(id);
  });

  it('is in the README’s table, which has no other', async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    const [, table = ''] = readme.split('| rule | severity | there is a finding when |\n|---|---|---|\n');
    const listed = [...(table.split('\n\n')[0] ?? '').matchAll(/^\| (.*?) \|/gm)].map(([, cell = '']) => cell);
    const expected = ruleIds().map((id) => `[\`${id}\`](docs/findings.md#${id})`);
    expect(listed.toSorted()).toEqual(expected.toSorted());
  });
});

describe('a rule of the configuration', () => {
  it('finds its call and no other', async () => {
    const path = await settings(STOPPED);
    expect(openBy(await scanned([trailCall('StopLogging')], path))).toEqual(['custom:trail-stopped']);
    expect(openBy(await scanned([trailCall('StartLogging')], path))).toEqual([]);
  });
});

describe('the starter rules', () => {
  const CASES = [...ACCESS, ...PERMISSIONS, ...WATCHING, ...DATA, ...NETWORK];

  /** The rules that a scan with the starter rules finds broken. */
  async function foundBy(records: readonly unknown[]): Promise<ReadonlySet<string>> {
    return new Set(openBy(await scanned(records, await file(STARTER_RULES_TEXT, 'yaml'))));
  }

  it('each find their record in one scan, and docs/rules.md lists no other', async () => {
    const found = await foundBy(CASES.map(({ match }) => match));
    const ids = starterRules().map(({ name }) => `custom:${name}`);
    expect([...found].filter((id) => id.startsWith('custom:')).toSorted()).toEqual(ids.toSorted());
    const document = await readFile(new URL('../../docs/rules.md', import.meta.url), 'utf8');
    const [, table = ''] = document.split('| rule | severity | finds | closes |\n|---|---|---|---|\n');
    const listed = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => `custom:${name}`);
    expect(listed.toSorted()).toEqual(ids.toSorted());
  });
});
