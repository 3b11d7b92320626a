import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doubtsIn } from '../src/config/doubts.ts';
import { mirrorPolicyFor } from '../src/config/mirroring-config.ts';
import { type Config, parseConfig } from '../src/config.ts';
import { configSchema } from '../src/config-schema.ts';
import { ConfigError } from '../src/errors.ts';

const HERE = { accountId: '111122223333', region: 'eu-west-1' };

function parse(config: unknown): Config {
  return parseConfig(typeof config === 'string' ? config : JSON.stringify(config), 'config.json');
}

function problemsOf(config: unknown): readonly string[] {
  try {
    parse(config);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('parseConfig', () => {
  it('requires nothing: by default no tag is required and mirroring is off', () => {
    const config = parse({});
    expect(config).toMatchObject({
      tags: { requiredTags: [] },
      mirroring: null,
      graceSeconds: 300,
      alerts: { immediate: 'medium', digest: 'daily' },
    });
    expect(mirrorPolicyFor(config, HERE)).toBeNull();
  });

  it('reads the keys of aws-tag-watch unchanged', () => {
    const config = parse({
      region: 'eu-west-1',
      alertTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alerts',
      requiredTag: 'CostCenter',
    });
    expect(config).toMatchObject({
      region: 'eu-west-1',
      alertTopicArn: 'arn:aws:sns:eu-west-1:111122223333:alerts',
      tags: { requiredTags: [{ key: 'CostCenter', allowEmpty: false }] },
    });
  });

  it('reads YAML too, and turns tag values into the strings that EC2 stores', () => {
    const config = parse(
      'mirroring:\n  rules:\n    tags:\n      - tagList: [{Key: tier, Value: 1}, {Key: live, Value: true}, {Key: any}]\n        filterId: tmf-1\n        targetId: tmt-1\n',
    );
    expect(config.mirroring?.rules?.tags).toEqual([
      {
        filterId: 'tmf-1',
        targetIds: ['tmt-1'],
        match: 'all',
        tagList: [{ key: 'tier', value: '1' }, { key: 'live', value: 'true' }, { key: 'any' }],
      },
    ]);
  });

  it('reports every problem at once, each with its path', () => {
    expect(
      problemsOf({
        requiredTag: '',
        requiredTags: [{ key: 'Owner', pattern: '(' }, 3],
        graceSecond: 5,
        mirroring: { filterId: 'tmf-1', targets: ['tmt-1', { id: 'tmt-2', cap: 4 }], sessionNumber: 0 },
        exemptions: [{ rule: 'instance-untagged', reason: 'r', owner: 'o', expires: '2027-02-30' }],
      }),
    ).toEqual([
      expect.stringMatching(/^requiredTag: /),
      'requiredTags[0].pattern: is not a regular expression: unterminated group',
      expect.stringMatching(/^requiredTags\[1\]: /),
      expect.stringMatching(/^mirroring\.targets\[1\]\.cap: is not a known key/),
      expect.stringMatching(/^mirroring\.sessionNumber: /),
      'exemptions[0].expires: must be a day such as 2027-01-31',
      'graceSecond: is not a known key; did you mean graceSeconds?',
      'exemptions[0]: needs a resource, tag, vpc or account',
    ]);
  });

  it('also finds what is missing or contradictory where the form is wrong elsewhere', () => {
    expect(
      problemsOf({
        region: 'Ireland',
        requiredTag: 'Owner',
        requiredTags: [{ key: 'Owner', values: ['dana'] }, 3],
        mirroring: { mod: 'apply', targets: [{ id: 'tmt-1', maxSources: 3 }, 'tmt-1', 'eni-1'] },
        exemptions: [{ rule: 'instance-untaged', reason: 'r', owner: 5, expires: '2027-01-01' }],
        severities: { 'mirror-rouge': 'low' },
      }),
    ).toEqual([
      'requiredTags[1]: must be a string or an object',
      'mirroring.mod: is not a known key; did you mean mode?',
      expect.stringMatching(/^exemptions\[0\]\.owner: /),
      'severities.mirror-rouge: is not a rule; did you mean mirror-rogue?',
      expect.stringMatching(/^region: "Ireland" cannot be a region/),
      expect.stringMatching(/^mirroring\.targets\[2\]: "eni-1" is the id of a network interface/),
      'requiredTags[0]: requires the tag "Owner" differently from requiredTag; keep one of them',
      expect.stringMatching(/^mirroring\.filterId: is required/),
      'mirroring.targets[1]: gives tmt-1 other settings than mirroring.targets[0]; keep one of them',
      'exemptions[0]: needs a resource, tag, vpc or account',
      'exemptions[0].rule: "instance-untaged" is not a rule; did you mean instance-untagged?',
    ]);
  });

  it('refuses a key that the text gives twice, where a parser would keep the last one', () => {
    expect(problemsOf('{"requiredTags": ["A"], "graceSeconds": 1, "requiredTags": []}')).toEqual([
      'requiredTags: is given twice; keep one',
    ]);
  });

  it('merges the two spellings of required tags: a tag in both is required once', () => {
    const config = parse({ requiredTag: 'Owner', requiredTags: ['CostCenter', { key: 'Owner' }] });
    expect(config.tags.requiredTags.map(({ key }) => key)).toEqual(['Owner', 'CostCenter']);
  });

  it('gives a configuration or a ConfigError for anything, and never fails on doubts', () => {
    const keys = Object.keys(configSchema().properties as object);
    const inner = fc.constantFrom(
      'filterId',
      'targets',
      'rules',
      'tags',
      'overrides',
      'accounts',
      'expires',
      'rule',
      'key',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', maxDepth: 5 },
        fc.constantFrom<unknown>(null, true, 3, '', 'tmt-1', '2026-02-30', '__proto__', '*'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(inner, fc.string()), tie('value'), { maxKeys: 4 }),
      ),
    }));
    const config = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), value, { maxKeys: 6 });
    fc.assert(
      fc.property(config, (written) => {
        expect(() => problemsOf(written)).not.toThrow();
        expect(() => doubtsIn(written, new Date(0))).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  }, 60_000);

  it('refuses a tag with its key in both spellings', () => {
    const tag = { tagList: [{ Key: 'a', key: 'b' }], filterId: 'tmf-1', targetId: 'tmt-1' };
    expect(problemsOf({ mirroring: { rules: { tags: [tag] } } })).toEqual([
      'mirroring.rules.tags[0].tagList[0].key: cannot be given beside another spelling of the same; keep one',
    ]);
  });

  it('merges targetId and targetIds of a rule', () => {
    const vpc = { vpcId: 'vpc-1', filterId: 'tmf-1', targetId: 'tmt-1', targetIds: ['tmt-2', 'tmt-1'] };
    expect(parse({ mirroring: { rules: { vpcs: [vpc] } } }).mirroring?.rules?.vpcs[0]?.targetIds).toEqual([
      'tmt-1',
      'tmt-2',
    ]);
  });

  it('refuses a rule that names no target if there is no other either', () => {
    const rules = { vpcs: [{ vpcId: 'vpc-1', filterId: 'tmf-1' }] };
    expect(problemsOf({ mirroring: { rules } })).toEqual([
      'mirroring.rules.vpcs[0]: names no target, and mirroring.targets has none either',
    ]);
    expect(problemsOf({ mirroring: { rules, targets: ['tmt-1'] } })).toEqual([]);
    expect(problemsOf({ mirroring: { rules, overrides: [{ targets: ['tmt-1'] }] } })).toEqual([]);
  });

  it.each([
    ['text that is neither JSON nor YAML', '{"requiredTags": [', /^: is neither valid JSON nor YAML/],
    ['mirroring without targets', { mirroring: { filterId: 'tmf-1' } }, /^mirroring\.targets: needs at least one/],
    ['mirroring without a filter', { mirroring: { targets: ['tmt-1'] } }, /^mirroring\.filterId: is required/],
    [
      'empty mirroring rules',
      { mirroring: { filterId: 'tmf-1', targets: ['tmt-1'], rules: {} } },
      /^mirroring\.rules: contains no rule/,
    ],
    [
      'an exemption without an expiry date',
      { exemptions: [{ resource: 'i-1', reason: 'r', owner: 'o' }] },
      /^exemptions\[0\]\.expires: /,
    ],
    [
      'an exemption from an unknown rule',
      { exemptions: [{ resource: 'i-1', rule: 'tagged', reason: 'r', owner: 'o', expires: '2027-01-01' }] },
      /^exemptions\[0\]\.rule: "tagged" is not a rule/,
    ],
    [
      "an exemption from a rule of one's own without its prefix",
      {
        watch: { rules: [{ name: 'tagged', pattern: { eventName: ['CreateTags'] } }] },
        exemptions: [{ resource: 'i-1', rule: 'tagged', reason: 'r', owner: 'o', expires: '2027-01-01' }],
      },
      /^exemptions\[0\]\.rule: "tagged" is not a rule; did you mean custom:tagged\?$/,
    ],
    ['a severity of an unknown rule', { severities: { tagged: 'high' } }, /^severities/],
    ['a list instead of an object', [], /^: /],
  ])('refuses %s', (_, config, problem) => {
    expect(problemsOf(config).join('\n')).toMatch(problem);
  });

  it('accepts mirroring without targets when it is off', () => {
    expect(problemsOf({ mirroring: { mode: 'off' } })).toEqual([]);
    expect(mirrorPolicyFor(parse({ mirroring: { mode: 'off' } }), HERE)).toBeNull();
  });

  it('has the same hash for configurations of the same meaning, and another for a different one', () => {
    const one = parse({ requiredTags: ['A'], graceSeconds: 300 });
    expect(parse('requiredTag: A').hash).toBe(one.hash);
    expect(parse({ requiredTags: ['B'] }).hash).not.toBe(one.hash);
    expect(one.hash).toMatch(/^[0-9a-f]{12}$/);
    // Sessions carry the hash as a tag: it must not change with the code.
    expect(parse({}).hash).toBe('d5b487b5cd5a');
  });
});

describe('mirrorPolicyFor', () => {
  const config = parse({
    mirroring: {
      filterId: 'tmf-all',
      targets: ['tmt-all'],
      overrides: [
        { accountId: '111122223333', region: 'eu-west-1', filterId: 'tmf-both' },
        { region: 'eu-west-1', targets: ['tmt-overridden'] },
        { region: 'eu-west-1', targets: ['tmt-region'] },
        { accountId: '111122223333', targets: [{ id: 'tmt-account', maxSources: 3 }] },
      ],
    },
  });

  it.each([
    ['no override matches', { accountId: '9', region: 'us-east-1' }, 'tmf-all', ['tmt-all']],
    ['the region matches', { accountId: '9', region: 'eu-west-1' }, 'tmf-all', ['tmt-region']],
    ['the account matches', { accountId: '111122223333', region: 'us-east-1' }, 'tmf-all', ['tmt-account']],
    ['both match: the most specific override wins, key by key', HERE, 'tmf-both', ['tmt-account']],
  ])('where %s', (_, scope, filterId, targets) => {
    const policy = mirrorPolicyFor(config, scope);
    expect(policy?.filterId).toBe(filterId);
    expect(policy?.targets.map(({ id }) => id)).toEqual(targets);
  });

  it('only plans by default', () => {
    expect(mirrorPolicyFor(config, HERE)?.mode).toBe('plan');
  });
});

/** Every key of a JSON Schema with its description, at any depth. */
function keysIn(node: unknown, path = ''): readonly { readonly path: string; readonly description: string }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([name, inner]) => {
    if (name !== 'properties') return keysIn(inner, path);
    return Object.entries(inner as Record<string, { readonly description?: string }>).flatMap(([key, schema]) => [
      { path: `${path}.${key}`, description: schema.description ?? '' },
      ...keysIn(schema, `${path}.${key}`),
    ]);
  });
}

describe('configSchema', () => {
  it('lists the keys and forbids others, for editors', () => {
    expect(configSchema()).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: { requiredTags: {}, mirroring: {}, exemptions: {} },
    });
  });

  it('describes every key', () => {
    const described = keysIn(configSchema());
    expect(described.length).toBeGreaterThan(60);
    expect(described.filter(({ description }) => !/^[A-Z].*\.$/.test(description)).map(({ path }) => path)).toEqual([]);
  });
});
