/** SECURITY.md's table of roles matches the templates: every role and shared policy, with every action that is more than looking. */

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const TEMPLATES = [
  'template.json',
  'deploy/member-role.json',
  'deploy/iam-calls.json',
  'deploy/history.json',
  'deploy/member-events.json',
  'deploy/organization-role.json',
];
/** What only looks at an account, and a function's own log. The table says it in words. */
const PLAIN = /^(?:(?:ec2|elasticloadbalancing|ecs):Describe|ec2:GetManaged|logs:)/;

/** Every action in a value, wherever it is: statements may be conditional. */
function actionsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { Action = [], ...rest } = value as { readonly Action?: string | readonly string[] };
  return [Action, ...Object.values(rest).map(actionsIn)].flat();
}

/** The actions of each role and shared policy, without those by which it is assumed. */
function grantsOf(path: string): ReadonlyMap<string, readonly string[]> {
  const { Resources } = JSON.parse(read(path)) as { Resources: Record<string, { Type: string; Properties: object }> };
  const ours = Object.entries(Resources).filter(([, { Type }]) =>
    /^AWS::IAM::(?:Role|ManagedPolicy|Policy)$/.test(Type),
  );
  return new Map(
    ours.map(([name, { Properties }]) => {
      const actions = actionsIn({ ...Properties, AssumeRolePolicyDocument: undefined });
      return [name, [...new Set(actions)].filter((action) => !PLAIN.test(action)).toSorted()];
    }),
  );
}

/** The rows of the table under a heading that names a template: the first code of a row, and the actions in the others. */
function rowsOf(path: string): ReadonlyMap<string, readonly string[]> {
  const section =
    read('SECURITY.md')
      .split(/^#+ /m)
      .find((text) => text.split('\n')[0]?.includes(`\`${path}\``)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.map((row) => {
      const [name = '', ...codes] = [...row.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
      return [name, codes.filter((code) => /^[a-z0-9-]+:[A-Z]\w+$/.test(code)).toSorted()];
    }),
  );
}

describe.each(TEMPLATES)('the table of the roles in %s', (path) => {
  it('has every role and shared policy, and no other', () => {
    const names = [...grantsOf(path).keys()].toSorted();
    expect(names.length).toBeGreaterThan(0);
    expect([...rowsOf(path).keys()].toSorted()).toEqual(names);
  });

  it.each([...grantsOf(path)])('names what %s may do, and no more', (name, actions) => {
    expect(rowsOf(path).get(name)).toEqual(actions);
  });
});

describe('the policies of the organisation in SECURITY.md', () => {
  it('are the files in deploy/', () => {
    for (const file of ['deploy/reserve-tags.scp.json', 'deploy/reserve-tags.tag-policy.json'])
      expect(read('SECURITY.md')).toContain(`](${file})`);
  });
});
