/** Evaluates a CloudFormation template's functions for given parameters. */

import { readFileSync } from 'node:fs';

// biome-ignore lint/suspicious/noExplicitAny: a template is arbitrary JSON, and the tests look for its errors
export type Json = any;

export interface Template {
  readonly Rules?: Readonly<Record<string, Json>> | undefined;
  readonly Parameters: Readonly<Record<string, Json>>;
  readonly Conditions: Readonly<Record<string, Json>>;
  readonly Resources: Readonly<Record<string, Json>>;
  readonly Outputs: Readonly<Record<string, Json>>;
}

/** Reads a template file. The path starts at the repository's root. */
export function readTemplate(path: string): Template {
  return JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
}

const NOTHING = Symbol('AWS::NoValue');

const PSEUDO: Readonly<Record<string, Json>> = {
  'AWS::Region': 'eu-west-1',
  'AWS::AccountId': '111122223333',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'mirrorwatch',
  'AWS::NoValue': NOTHING,
};

/** The resources and outputs for these parameters. References to resources become `<Name>` or `<Name.Attribute>`. */
export function resolved(template: Template, parameters: Parameters = {}): Template {
  const { value, isIncluded } = evaluator(template, parameters);
  const part = (items: Readonly<Record<string, Json>>): Record<string, Json> =>
    Object.fromEntries(
      Object.entries(items)
        .filter(([, item]) => isIncluded(item))
        .map(([name, { Condition: _, ...item }]) => [name, value(item)]),
    );
  return { ...template, Resources: part(template.Resources), Outputs: part(template.Outputs ?? {}) };
}

/** One resource for these parameters; undefined if they leave it out. */
export function resourceFor(template: Template, name: string, parameters: Parameters): Json | undefined {
  const { value, isIncluded } = evaluator(template, parameters);
  const resource = template.Resources[name];
  return isIncluded(resource) ? value(resource) : undefined;
}

/** What the template's rules say against these parameters: CloudFormation refuses them before it creates anything. */
export function refusalsOf(template: Template, parameters: Parameters): readonly string[] {
  const { value } = evaluator(template, parameters);
  return Object.values(template.Rules ?? {})
    .filter(({ RuleCondition = true }) => value(RuleCondition))
    .flatMap(({ Assertions }) => Assertions)
    .flatMap(({ Assert, AssertDescription }) => (value(Assert) ? [] : [AssertDescription]));
}

type Parameters = Readonly<Record<string, string>>;

interface Evaluator {
  readonly value: (of: Json) => Json;
  readonly isIncluded: (item: Json) => boolean;
}

function evaluator(template: Template, parameters: Parameters): Evaluator {
  const conditions = new Map<string, boolean>();

  const parameter = (name: string): Json => {
    const { Default, Type } = template.Parameters[name];
    const value = parameters[name] ?? Default ?? `<${name}>`;
    return Type === 'CommaDelimitedList'
      ? String(value)
          .split(',')
          .filter((part) => part !== '' || value !== '')
      : value;
  };
  const ref = (name: string): Json => {
    if (name in PSEUDO) return PSEUDO[name];
    if (name in template.Parameters) return parameter(name);
    if (name in template.Resources) return `<${name}>`;
    throw new Error(`Ref of ${name}, which is neither a parameter nor a resource`);
  };
  const isTrue = (name: string): boolean => {
    const known = conditions.get(name) ?? value(template.Conditions[name]);
    conditions.set(name, known);
    return known;
  };
  const attribute = (name: string, of: string): string => {
    if (!(name in template.Resources)) throw new Error(`Fn::GetAtt of ${name}, which is not a resource`);
    return `<${name}.${of}>`;
  };
  const substituted = (text: string, values: Readonly<Record<string, Json>>): string =>
    text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name in values) return String(value(values[name]));
      const [resource = '', of] = name.split('.');
      return String(of === undefined ? ref(name) : attribute(resource, of));
    });

  const FUNCTIONS: Readonly<Record<string, (of: Json) => Json>> = {
    Ref: ref,
    Condition: isTrue,
    'Fn::GetAtt': ([name, of]) => attribute(name, of),
    'Fn::If': ([condition, yes, no]) => value(isTrue(condition) ? yes : no),
    'Fn::Equals': ([a, b]) => value(a) === value(b),
    'Fn::Not': ([a]) => !value(a),
    'Fn::And': (all) => all.every((each: Json) => value(each)),
    'Fn::EachMemberEquals': ([list, one]) => value(list).every((each: Json) => each === value(one)),
    'Fn::Contains': ([list, one]) => value(list).includes(value(one)),
    'Fn::Or': (all) => all.some((each: Json) => value(each)),
    'Fn::Join': ([by, list]) => value(list).join(by),
    'Fn::Split': ([by, text]) => value(text).split(by),
    'Fn::Select': ([at, list]) => value(list)[at],
    'Fn::Sub': (of) => (typeof of === 'string' ? substituted(of, {}) : substituted(of[0], of[1])),
  };
  const value = (of: Json): Json => {
    if (Array.isArray(of)) return of.map(value).filter((each) => each !== NOTHING);
    if (typeof of !== 'object' || of === null) return of;
    const [[key, inner] = ['', undefined], ...rest] = Object.entries(of);
    const call = rest.length === 0 ? FUNCTIONS[key] : undefined;
    if (call !== undefined && !(key === 'Condition' && typeof inner !== 'string')) return call(inner);
    return Object.fromEntries(
      Object.entries(of)
        .map(([name, member]) => [name, value(member)])
        .filter(([, member]) => member !== NOTHING),
    );
  };
  const isIncluded = (item: Json): boolean => item.Condition === undefined || isTrue(item.Condition);
  return { value, isIncluded };
}

/** Every policy statement in the template, with the resource it belongs to. */
export function statementsOf({ Resources }: Template): readonly { readonly of: string; readonly statement: Json }[] {
  const found: { of: string; statement: Json }[] = [];
  const walk = (of: string, node: Json): void => {
    if (Array.isArray(node)) for (const each of node) walk(of, each);
    else if (typeof node === 'object' && node !== null) {
      if (node.Effect !== undefined && node.Action !== undefined) found.push({ of, statement: node });
      for (const each of Object.values(node)) walk(of, each);
    }
  };
  for (const [name, resource] of Object.entries(Resources)) walk(name, resource.Properties);
  return found;
}

/** Wraps a single value in a list. Returns a list unchanged, and an empty one for undefined. */
export function listed<T>(items: T | readonly T[] | undefined): readonly T[] {
  return items === undefined ? [] : Array.isArray(items) ? items : [items as T];
}

/** The text with the values that references to resources get on deployment: a topic's is its ARN, a bucket's its name. */
export function deployed(text: string): string {
  return text
    .replace(/<(\w+Topic)>/g, 'arn:aws:sns:eu-west-1:111122223333:$1')
    .replace(/<(\w+Bucket)>/g, (_, name: string) => `mirrorwatch-${name.toLowerCase()}`);
}
