/** Each finding's fix, pasted: it makes the finding go away and brings no other, or it says in words why no command can. */

import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/audit/finding.ts';
import { partsOfFix } from '../../src/audit/fixes/fix-parts.ts';
import type { IpPermission } from '../../src/inventory/security-group.ts';
import { parseSnapshot } from '../../src/inventory/snapshot.ts';
import { aPlace, type Place, snapshotOf } from '../support/command-line.ts';
import { anInventory, aPermission, aSecurityGroup } from '../support/inventories.ts';
import { aFakeAws, seed } from '../support/live.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const EXAMPLE = read('examples/account.json');
const CONFIG = read('config.json');
const SCRIPTS = {
  aws: [
    createRequire(import.meta.url).resolve('tsx/cli'),
    fileURLToPath(new URL('../support/aws-double.ts', import.meta.url)),
  ],
  mirrorwatch: [fileURLToPath(new URL('../../dist/cli.js', import.meta.url))],
};

/** A folder with an account, its configuration, and `aws` and `mirrorwatch` on the PATH. */
function aDesk(account: string, config: string = CONFIG): Place {
  const place = aPlace();
  place.put('account.json', account);
  place.put('config.json', config);
  for (const [name, script] of Object.entries(SCRIPTS)) {
    place.put(
      `bin/${name}`,
      `#!/bin/sh\nexec '${process.execPath}' ${script.map((part) => `'${part}'`).join(' ')} "$@"\n`,
    );
    chmodSync(place.path(`bin/${name}`), 0o755);
  }
  return place;
}

interface Pasted {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Pastes a text into bash in the folder. */
function paste(text: string, place: Place, more: Readonly<Record<string, string>> = {}): Promise<Pasted> {
  const env = {
    PATH: `${place.path('bin')}:${process.env.PATH}`,
    HOME: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
  const options = { cwd: place.folder, env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile('bash', ['--norc', '-c', text], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

async function findingsOf(place: Place, ...options: readonly string[]): Promise<readonly Finding[]> {
  const { stdout, stderr } = await place.run('audit', ...options, '-o', 'jsonl', '--quiet');
  if (stdout === '') throw new Error(`the audit printed nothing: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
}

const openIds = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ status }) => status === 'open').map(({ id, rule, resourceId }) => `${rule} ${resourceId} ${id}`);

const ACCOUNT = ['--account', 'account.json'];
const before = await findingsOf(aDesk(EXAMPLE), ...ACCOUNT);
const open = before.filter(({ status }) => status === 'open');
const isCommand = ({ fix }: Finding): boolean => partsOfFix(fix).words === '';
const named = (findings: readonly Finding[]): readonly (readonly [string, Finding])[] =>
  findings.map((finding) => [`${finding.rule} of ${finding.resourceId}`, finding]);

/** The open findings without this one. */
const without = (finding: Finding): readonly string[] => openIds(before.filter(({ id }) => id !== finding.id));

describe('the example account', () => {
  it('has a fix for each open finding, and commands for most that are about mirroring', () => {
    expect(open.length).toBeGreaterThan(25);
    expect(open.filter(({ fix }) => fix === '')).toEqual([]);
    expect(open.filter(isCommand).length).toBeGreaterThan(15);
    for (const { fix } of open) expect(fix).toMatch(/^(?:aws |mirrorwatch |No command )/);
  });

  it('has no fix for what needs none', () => {
    const muted = before.filter(({ status }) => status === 'muted');
    expect(muted.length).toBeGreaterThan(5);
    expect(muted.filter(({ fix }) => fix !== '')).toEqual([]);
  });

  it('has no fix with a placeholder', () => {
    for (const { fix } of open) expect(fix).not.toMatch(/<[^>]*>|…|\.\.\./);
  });
});

describe('a fix that is a command', () => {
  it.each(named(open.filter(isCommand)))(
    'resolves %s, and nothing else',
    async (_, finding) => {
      const desk = aDesk(EXAMPLE);
      const { code, stderr } = await paste(finding.fix, desk);
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
      expect(openIds(await findingsOf(desk, ...ACCOUNT))).toEqual(without(finding));
    },
    60_000,
  );
});

describe('a fix in words', () => {
  it.each(named(open.filter((finding) => !isCommand(finding))))('does nothing when pasted: %s', async (_, finding) => {
    const desk = aDesk(EXAMPLE);
    const { code } = await paste(finding.fix, desk);
    expect(code).not.toBe(0);
    expect(readFileSync(desk.path('account.json'), 'utf8')).toBe(EXAMPLE);
    expect(existsSync(desk.path('aws-calls.jsonl'))).toBe(false);
    expect(existsSync(desk.path('account.applied.json'))).toBe(false);
  });

  it.each(named(open.filter(({ rule }) => rule === 'mirror-rogue' || rule === 'mirror-duplicate')))(
    'ends with the command for a person who has looked: %s',
    async (_, finding) => {
      const desk = aDesk(EXAMPLE);
      expect((await paste(partsOfFix(finding.fix).command, desk)).code).toBe(0);
      expect(openIds(await findingsOf(desk, ...ACCOUNT))).toEqual(without(finding));
    },
  );

  it.each(named(open.filter(({ rule }) => rule === 'instance-untagged')))(
    'says which values %s needs',
    async (_, finding) => {
      const keys = finding.detail.missingTags ?? [];
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys) expect(finding.fix).toContain(`${key} (`);
      if (keys.includes('Owner')) expect(finding.fix).toContain(String.raw`Owner (matching '^[^@]+@example\.com$')`);
    },
  );
});

describe('a fix', () => {
  it('sets a tag by command when the policy allows only one value', async () => {
    const tags = [{ key: 'CostCenter', values: ["it's $(touch pwned), 5"] }];
    const desk = aDesk(EXAMPLE, JSON.stringify({ requiredTags: tags }));
    const all = await findingsOf(desk, ...ACCOUNT);
    const [finding] = all.filter(({ status }) => status === 'open');
    if (finding === undefined) throw new Error('no finding');
    expect(partsOfFix(finding.fix).words).toBe('');
    expect(await paste(finding.fix, desk)).toMatchObject({ code: 0 });
    expect(openIds(await findingsOf(desk, ...ACCOUNT))).toEqual(openIds(all.filter(({ id }) => id !== finding.id)));
    expect(existsSync(desk.path('pwned'))).toBe(false);
  });

  it('never sets by command the one value that the policy refuses', async () => {
    const tags = [{ key: 'Owner', values: ['nobody'], pattern: '@' }];
    const [finding] = await findingsOf(aDesk(EXAMPLE, JSON.stringify({ requiredTags: tags })), ...ACCOUNT);
    expect(finding?.fix).toMatch(/^No command /);
  });

  it('works pasted beside the files that the run named, whatever their names', async () => {
    const desk = aDesk('{}', '{}');
    const account = 'my $(touch pwned) account.json';
    const config = "it's.json";
    desk.put(account, EXAMPLE);
    desk.put(config, CONFIG);
    const options = ['--account', account, '--config', config, '--ledger', 'a b.sqlite'];
    const all = await findingsOf(desk, ...options);
    const finding = all.find((one) => one.rule === 'instance-unmirrored' && one.fix.startsWith('mirrorwatch'));
    if (finding === undefined) throw new Error('no finding');
    expect(await paste(finding.fix, desk)).toMatchObject({ code: 0 });
    expect(openIds(await findingsOf(desk, ...options))).toEqual(openIds(all.filter(({ id }) => id !== finding.id)));
    expect(existsSync(desk.path('pwned'))).toBe(false);
  });

  it('in the ledger and its reports is the same as printed', async () => {
    const desk = aDesk(EXAMPLE);
    const printed = await findingsOf(desk, ...ACCOUNT, '--ledger', 'h.sqlite');
    const { stdout } = await desk.run(
      'report',
      '--ledger',
      'h.sqlite',
      '--since',
      '2026-01-01',
      '-o',
      'jsonl',
      '--quiet',
    );
    const fixes = new Map(printed.map(({ id, fix }) => [id, fix]));
    const reported = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);
    expect(reported.length).toBeGreaterThan(25);
    for (const { id, fix } of reported) expect(fix).toBe(fixes.get(id));
  });
});

describe('the fix of an open security group', () => {
  const WATCH = JSON.stringify({ watch: { securityGroupOpen: { allowedPorts: [443] } } });
  const ssh = aPermission({ ipProtocol: 'tcp', fromPort: 22, toPort: 22, cidrIps: ['0.0.0.0/0', '10.0.0.0/8'] });
  const opened = { ...ssh, cidrIpv6s: ['::/0'] };
  const rule = (id: string, peer: object) => ({
    ...{ securityGroupRuleId: id, groupId: 'sg-0web', isEgress: false },
    ...{ ipProtocol: 'tcp', fromPort: 22, toPort: 22, ...peer },
  });
  const RULES = [
    rule('sgr-1', { cidrIpv4: '0.0.0.0/0' }),
    rule('sgr-2', { cidrIpv4: '10.0.0.0/8' }),
    rule('sgr-3', { cidrIpv6: '::/0' }),
  ];
  const group = (ipPermissions: readonly IpPermission[]) => aSecurityGroup({ groupId: 'sg-0web', ipPermissions });
  const isOfGroup = ({ rule: id }: Finding): boolean => id === 'security-group-open';

  it.each<[string, Parameters<typeof anInventory>[0], string]>([
    ['by the ids of its rules', { securityGroupRules: RULES }, '["sgr-1","sgr-3"]'],
    ['by what they open where the ids are not known', {}, '"IpRanges"'],
  ])('closes it %s, and leaves its other rules', async (_, more, named) => {
    const account = anInventory({ securityGroups: [group([opened])], ...more });
    const desk = aDesk(JSON.stringify(snapshotOf(account)), WATCH);
    const [finding] = (await findingsOf(desk, ...ACCOUNT)).filter(isOfGroup);
    expect(finding?.fix).toContain(named);
    expect(await paste(finding?.fix ?? '', desk)).toMatchObject({ code: 0, stderr: '' });
    expect((await desk.run('audit', ...ACCOUNT, '-o', 'jsonl', '--quiet')).stdout).toBe('');
    const { regions } = JSON.parse(readFileSync(desk.path('account.json'), 'utf8'));
    expect(regions[0].SecurityGroups[0].IpPermissions).toMatchObject([
      { FromPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }], Ipv6Ranges: [] },
    ]);
  });

  it('does nothing when pasted if its rule also opens a port that may be open, and closes the group once a person takes its command', async () => {
    const wide = aPermission({ ipProtocol: 'tcp', fromPort: 0, toPort: 65535, cidrIps: ['0.0.0.0/0'] });
    const desk = aDesk(JSON.stringify(snapshotOf(anInventory({ securityGroups: [group([wide])] }))), WATCH);
    const [finding] = (await findingsOf(desk, ...ACCOUNT)).filter(isOfGroup);
    expect((await paste(finding?.fix ?? '', desk)).code).not.toBe(0);
    expect(existsSync(desk.path('aws-calls.jsonl'))).toBe(false);
    expect(await paste(partsOfFix(finding?.fix ?? '').command, desk)).toMatchObject({ code: 0, stderr: '' });
    expect((await desk.run('audit', ...ACCOUNT, '-o', 'jsonl', '--quiet')).stdout).toBe('');
  });
});

describe('the fix of a run on live AWS', () => {
  const fake = aFakeAws();

  it('works pasted as printed, without a snapshot', async () => {
    const { inventories } = parseSnapshot(JSON.parse(EXAMPLE), 'account.json');
    for (const inventory of inventories) seed(fake().account('111122223333', 'eu-west-1'), inventory);
    const desk = aDesk('{}');
    const live = {
      AWS_ENDPOINT_URL: fake().url,
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    };
    const audited = async (): Promise<readonly Finding[]> => {
      const { stdout, stderr } = await paste('mirrorwatch audit --regions eu-west-1 -o jsonl --quiet', desk, live);
      if (stdout === '') throw new Error(`the audit printed nothing: ${stderr}`);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Finding);
    };
    const found = await audited();
    const repaired = ['instance-unmirrored i-017513bfe33be5ba4', 'mirror-orphan tms-09f0af7a852e3a57f'].map((name) =>
      found.find(({ rule, resourceId, status }) => status === 'open' && `${rule} ${resourceId}` === name),
    );
    for (const finding of repaired) {
      expect(finding?.fix).toMatch(/^mirrorwatch mirror apply .* --regions eu-west-1$/);
      expect(await paste(finding?.fix ?? '', desk, live)).toMatchObject({ code: 0 });
    }
    expect(openIds(await audited())).toEqual(openIds(found.filter((finding) => !repaired.includes(finding))));
  }, 60_000);
});

describe('the fix of a hostile account', () => {
  const HOSTILE = [
    '"; touch pwned; "',
    "'; $(touch pwned) `touch pwned` #",
    'a\ntouch pwned\n',
    'a: aws iam delete-user --user-name b',
    '--endpoint-url=http://evil.example',
    'x && touch pwned, y',
  ];
  /** What fixes name: an untagged and unmirrored instance, a duplicate, an orphan and a rogue session, a group, a target, and interfaces. */
  const IDS = [
    'i-003528c6fbc8e9f53',
    'i-043f442a9b75ad4a5',
    'tms-09f0af7a852e3a57f',
    'tms-05aeaa9a75157887c',
    'tms-0816fcd1d11c657ce',
    'sg-05e0000000000000b',
    'tmt-0bad00000000bad00',
    'eni-09fa4caecaf8c0953',
    'eni-0e7d8d6702b393c51',
  ];

  it.each(HOSTILE.map((text) => [JSON.stringify(text), text]))(
    'with %s in its ids runs no word of them',
    async (_, text) => {
      const replaced = IDS.reduce(
        (account, id, index) => account.replaceAll(id, JSON.stringify(`${text}${index}`).slice(1, -1)),
        EXAMPLE,
      );
      const desk = aDesk(replaced);
      const findings = (await findingsOf(desk, ...ACCOUNT)).filter(({ status }) => status === 'open');
      expect(findings.length).toBe(open.length);
      const affected = findings.filter(({ fix, resourceId, reason }) =>
        `${fix} ${resourceId} ${reason}`.includes(text),
      );
      expect(affected.length).toBeGreaterThan(4);
      for (const { fix } of affected) {
        await paste(fix, desk);
        await paste(partsOfFix(fix).command, desk);
      }
      expect(existsSync(desk.path('pwned'))).toBe(false);
      // What no form fits is in no command, and the fix says so. The other commands are as before.
      expect(findings.some(({ fix }) => /left out: |No command can be given safely: /.test(fix))).toBe(true);
      const calls = existsSync(desk.path('aws-calls.jsonl')) ? linesOf(desk, 'aws-calls.jsonl') : [];
      expect(calls.flat().filter((word) => word.includes(text) || /^--endpoint-url/.test(word))).toEqual([]);
    },
    120_000,
  );
});

function linesOf(desk: Place, path: string): readonly (readonly string[])[] {
  return readFileSync(desk.path(path), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);
}

describe('the fix of an account that cannot be judged', () => {
  it('shows a check by a command with the options of the run, and runs as pasted', async () => {
    const { regions, ...rest } = JSON.parse(EXAMPLE) as { readonly regions: Readonly<Record<string, unknown>>[] };
    const [{ SecurityGroups: _, ...region } = {}] = regions;
    const place = aDesk(JSON.stringify({ ...rest, regions: [region] }));
    place.put('my rules.json', CONFIG);
    const audit = async (hour: number): Promise<readonly Finding[]> => {
      const options = ['--account', 'account.json', '--config', 'my rules.json', '--ledger', 'l.sqlite'];
      const { stdout } = await place.run('audit', ...options, '--now', `2026-03-18T${hour}:00:00Z`, '-o', 'jsonl');
      return stdout
        .trimEnd()
        .split('\n')
        .map((line): Finding => JSON.parse(line));
    };
    await audit(12);
    const [finding] = (await audit(13)).filter(({ rule }) => rule === 'not-judged');
    const { words, command } = partsOfFix(finding?.fix ?? '');
    expect(words).toMatch(/^No command of ours can change it/);
    expect(command).toMatch(/^mirrorwatch mirror explain i-\S+ --account account\.json --config 'my rules\.json'/);
    expect((await paste(command, place)).stdout).toContain('security group');
  });
});
