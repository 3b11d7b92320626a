/** The reference of the permissions: what each role of the stack may do, statement by statement, as the template grants it. */

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { code, table } from './markdown.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

interface Statement {
  readonly Effect: Json;
  readonly Action: string | readonly string[];
  readonly Resource: Json;
  readonly Condition?: Json;
}

interface Resource {
  readonly Type: string;
  readonly Properties: {
    readonly PolicyDocument?: { readonly Statement: readonly Json[] };
    readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly Json[] } }[];
    readonly ManagedPolicyArns?: readonly { readonly Ref: string }[];
    readonly Roles?: readonly { readonly Ref: string }[];
  };
}

/** A table for each policy and role of `template.json`, in its order, and who has the policy. */
export function permissionsReference(root: string): string {
  const { Resources } = JSON.parse(readFileSync(resolve(root, 'template.json'), 'utf8')) as {
    readonly Resources: Readonly<Record<string, Resource>>;
  };
  const all = Object.entries(Resources);
  return all
    .filter(([, { Type }]) => Type === 'AWS::IAM::Role' || Type === 'AWS::IAM::ManagedPolicy')
    .map(([name, { Properties, Type }]) => {
      const { PolicyDocument, Policies = [], Roles = [] } = Properties;
      const statements = [PolicyDocument, ...Policies.map((policy) => policy.PolicyDocument)].flatMap(
        (document) => document?.Statement ?? [],
      );
      const holders = [
        ...Roles.map(({ Ref }) => Ref),
        ...all.flatMap(([role, one]) =>
          one.Properties.ManagedPolicyArns?.some(({ Ref }) => Ref === name) === true ? [role] : [],
        ),
      ];
      const heading = Type === 'AWS::IAM::Role' ? '' : `\nA policy of ${holders.map(code).join(', ')}.\n`;
      return `### ${name}\n${heading}\n${table(
        ['may', 'on', 'if'],
        statements.flatMap((one) => rowsOf(one, [])),
      )}`;
    })
    .join('\n');
}

/** The rows of a statement, or of those between which the template's conditions choose. */
function rowsOf(statement: Json, conditions: readonly string[]): readonly (readonly string[])[] {
  const choice = choiceOf(statement);
  if (choice !== undefined) {
    const [condition, one, other] = choice;
    return [...rowsOf(one, [...conditions, condition]), ...rowsOf(other, [...conditions, `not ${condition}`])];
  }
  if (isNothing(statement)) return [];
  const { Effect, Action, Resource, Condition } = statement as unknown as Statement;
  const effect = typeof Effect === 'string' ? [] : [words(Effect)];
  return [
    [
      [Action].flat().map(code).join(', '),
      [Resource as Json]
        .flat()
        .map((one) => code(words(one as Json)))
        .join(', '),
      [...conditions, ...effect, ...(Condition === undefined ? [] : [words(Condition)])].map(code).join('; '),
    ],
  ];
}

/** The two values of an `Fn::If`, after its condition. */
function choiceOf(value: Json): readonly [string, Json, Json] | undefined {
  const choice = isObject(value) ? value['Fn::If'] : undefined;
  return Array.isArray(choice) ? (choice as unknown as [string, Json, Json]) : undefined;
}

function isNothing(value: Json): boolean {
  return isObject(value) && value.Ref === 'AWS::NoValue';
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value of the template as one text: references as in `Fn::Sub`, everything else as JSON. */
function words(value: Json): string {
  if (typeof value === 'string') return value;
  if (isObject(value)) {
    if (typeof value.Ref === 'string') return `\${${value.Ref}}`;
    if (typeof value['Fn::Sub'] === 'string') return value['Fn::Sub'];
    const choice = choiceOf(value);
    if (choice !== undefined) return `${choice[0]} ? ${words(choice[1])} : ${words(choice[2])}`;
  }
  return JSON.stringify(value);
}
