import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, packed, snapshotOf } from '../../support/command-line.ts';
import { aLaunchRecord } from '../../support/deliveries.ts';
import { anInventory } from '../../support/inventories.ts';
import { STARTER_RULES_TEXT, starterRules } from '../../support/starter-rules.ts';

describe('mirrorwatch config init', () => {
  const place = aPlace();
  place.put('account.json', snapshotOf(anInventory()));
  place.put('logs/a.json.gz', packed([aLaunchRecord(1, 'i-1')]));

  it('writes a starter file, says what to fill in, and never overwrites a file', async () => {
    const empty = aPlace();
    const first = await empty.run('config', 'init');
    expect(first).toMatchObject({ code: 0, stdout: '' });
    for (const key of ['mirroring.filterId', 'mirroring.targets', 'requiredTags', 'config validate'])
      expect(first.stderr).toContain(key);
    const again = await empty.run('config', 'init');
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('config.json already exists');
    expect(readdirSync(empty.folder)).toEqual(['config.json']);
  });

  it('writes with --tags a file that is ready to use, and judges by it', async () => {
    const ready = aPlace();
    ready.put('logs/a.json.gz', packed([aLaunchRecord(1, 'i-1')]));
    const written = await ready.run('config', 'init', '--tags', 'Owner,CostCenter', 'tags.json');
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect(JSON.parse(readFileSync(ready.path('tags.json'), 'utf8'))).toMatchObject({
      requiredTags: ['Owner', 'CostCenter'],
    });
    expect((await ready.run('config', 'validate', '--config', 'tags.json')).code).toBe(0);
    const judged = await ready.run('scan', 'logs', '--account', 'none', '--config', 'tags.json');
    expect(judged.stdout).toContain('i-1 does not carry its required tags');
    expect((await ready.run('config', 'init', '--tags', 'Owner', '--rules', 'both.json')).code).toBe(1);
  });

  it('writes a file that is valid once its placeholders are filled in', async () => {
    await place.run('config', 'init', 'filled.json');
    const text = readFileSync(place.path('filled.json'), 'utf8');
    place.put('filled.json', text.replaceAll('REPLACE-ME', '0a000000000000001'));
    const { code, stderr } = await place.run('config', 'validate', '--config', 'filled.json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^filled\.json is a valid configuration \([0-9a-f]{12}\)\n$/);
  });

  it('writes the ports that may be open to every address', async () => {
    await place.run('config', 'init', 'ports.json');
    const { watch } = JSON.parse(readFileSync(place.path('ports.json'), 'utf8'));
    expect(watch).toEqual({ securityGroupOpen: { allowedPorts: [80, 443] } });
  });

  it.each([
    ['config validate'],
    ['scan logs --account account.json'],
    ['audit --account account.json'],
    ['mirror plan --account account.json'],
    ['mirror apply --account account.json'],
    ['mirror explain i-1 --account account.json'],
    ['watch --folder logs --once --account account.json'],
    ['snapshot --account account.json'],
    ['verify logs'],
  ])('writes placeholders that "%s" refuses, each named with its path', async (command) => {
    if (!readdirSync(place.folder).includes('config.json')) await place.run('config', 'init');
    const { code, stdout, stderr } = await place.run(...command.split(' '));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error: config.json cannot be used:');
    expect(stderr).toContain('  mirroring.filterId: "tmf-REPLACE-ME" is a placeholder');
    expect(stderr).toContain('  mirroring.targets[0]: "tmt-REPLACE-ME" is a placeholder');
  });
});

describe('mirrorwatch config init --rules', () => {
  it('writes the starter rules with their comments, says what to do with them, and never overwrites a file', async () => {
    const place = aPlace();
    const first = await place.run('config', 'init', '--rules');
    expect(first).toMatchObject({ code: 0, stdout: '' });
    for (const word of [
      'wrote rules.yaml',
      '"api-call-denied" and "root-used"',
      'Then run: mirrorwatch config validate --config rules.yaml\n',
    ])
      expect(first.stderr).toContain(word);
    expect(readFileSync(place.path('rules.yaml'), 'utf8')).toBe(STARTER_RULES_TEXT);
    const again = await place.run('config', 'init', '--rules');
    expect({ code: again.code, stderr: again.stderr }).toEqual({
      code: 1,
      stderr: 'error: rules.yaml already exists; name another file, or remove it first\n',
    });
  });

  it.each(['rules.yaml', 'rules.json'])('writes a valid configuration to %s', async (file) => {
    const place = aPlace();
    await place.run('config', 'init', '--rules', file);
    const { code, stderr } = await place.run('config', 'validate', '--config', file);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`${file} is a valid configuration`);
  });

  it('writes JSON to a file that is named so, to be copied into a configuration', async () => {
    const place = aPlace();
    expect((await place.run('config', 'init', '--rules', 'rules.json')).code).toBe(0);
    const { watch } = JSON.parse(readFileSync(place.path('rules.json'), 'utf8'));
    expect(watch).toEqual({ securityGroupOpen: { allowedPorts: [80, 443] }, rules: starterRules() });
  });
});

describe('mirrorwatch config validate', () => {
  const place = aPlace();

  it('lists problems and doubtful values of a configuration together', async () => {
    place.put(
      'wrong.json',
      '{"region": "eu-wset-1", "trail": {"accounts": ["1234"]}, "colour": 1, "graceSeconds": 1, "graceSeconds": 2}',
    );
    const { code, stdout, stderr } = await place.run('config', 'validate', '--config', 'wrong.json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      'warning: wrong.json: region: "eu-wset-1" is not a region that AWS published; did you mean eu-west-1?',
      'error: wrong.json cannot be used:',
      '  graceSeconds: is given twice; keep one',
      expect.stringMatching(/^ {2}colour: is not a known key; known here: .*requiredTags, /),
      '  trail.accounts[0]: "1234" cannot be an account id: those have 12 digits',
      '',
    ]);
  });

  it('accepts doubtful values with a warning each; other commands note how many there are', async () => {
    const exemption = { resource: 'i-*', rule: 'instance-untagged', reason: 'r', owner: 'o', expires: '2026-01-31' };
    place.put('doubtful.json', { region: 'eu-wset-1', requiredTags: ['Owner'], exemptions: [exemption] });
    place.put('account.json', snapshotOf(anInventory()));
    const options = ['--config', 'doubtful.json', '--now', '2026-02-01T00:00:00Z'];
    const validated = await place.run('config', 'validate', '--config', 'doubtful.json');
    expect(validated.code).toBe(0);
    expect(validated.stderr).toContain('warning: doubtful.json: region: "eu-wset-1"');
    expect(validated.stderr).toContain(
      'warning: doubtful.json: exemptions[0].expires: the exemption ended on 2026-01-31',
    );
    expect(validated.stderr).toContain('doubtful.json is a valid configuration');
    const audited = await place.run('audit', '--account', 'account.json', ...options);
    expect(audited.stderr).toContain('doubtful.json: 2 doubtful values; "mirrorwatch config validate" lists them\n');
  });
});

describe('mirrorwatch config schema', () => {
  it('prints its schema', async () => {
    const { stdout } = await aPlace().run('config', 'schema');
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { requiredTags: { description: expect.stringContaining('tags') } },
    });
  });
});
