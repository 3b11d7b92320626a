/** A small evaluator of IAM policies: whether a role may make a call, by the identity policies of a resolved template. */

import { type Json, listed, type Template } from './cloudformation.ts';

/** A call as IAM sees it: one action on one resource. A call of EC2 asks for several of them. */
export interface Asked {
  readonly action: string;
  /** An ARN. @default '*', for actions without resources */
  readonly resource?: string;
  /** Condition keys of the request. The resource's account is taken from its ARN where that has one. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** The statements of a role: its own ones, those of the managed policies that it names, and those of policies that name it. */
export function statementsOfRole({ Resources }: Template, role: string): readonly Json[] {
  const { Policies = [], ManagedPolicyArns = [] } = Resources[role].Properties;
  const managed = Object.entries(Resources).filter(
    ([name, { Type, Properties }]) =>
      Type === 'AWS::IAM::ManagedPolicy' &&
      (ManagedPolicyArns.includes(`<${name}>`) || listed(Properties.Roles).includes(`<${role}>`)),
  );
  const documents = [...Policies, ...managed.map(([, { Properties }]) => Properties)];
  return documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** True if the statements allow what is asked and none denies it. `*` and `?` match as in IAM; partitions are `aws`. */
export function isAllowed(statements: readonly Json[], asked: Asked): boolean {
  const matching = statements.filter((statement) => matches(statement, asked));
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

/** True if a policy of a resource (or a trust policy) lets a principal do it, by its ARN or its service. */
export function isTrusted(statements: readonly Json[], principal: string, asked: Asked): boolean {
  const by = statements.filter(
    ({ Principal = {} }) =>
      Principal === '*' || Object.values(Principal).some((one) => listed(one).includes(principal)),
  );
  return isAllowed(by, asked);
}

function matches({ Action, Resource, Condition = {} }: Json, { action, resource = '*', context = {} }: Asked): boolean {
  const account = resource.split(':')[4];
  const known: NonNullable<Asked['context']> = { ...(account ? { 'aws:ResourceAccount': account } : {}), ...context };
  return (
    listed<string>(Action).some((one) => isLike(action.toLowerCase(), one.toLowerCase())) &&
    (Resource === undefined || listed<string>(Resource).some((one) => isLike(resource, one))) &&
    Object.entries<Json>(Condition).every(([operator, keys]) =>
      Object.entries<Json>(keys).every(([key, wanted]) => holds(operator, known[key], listed(wanted).map(String))),
    )
  );
}

type Values = string | readonly string[] | undefined;

/** The operators of our policies, as IAM evaluates them. One that is not here fails the test that needs it. */
function holds(operator: string, found: Values, wanted: readonly string[]): boolean {
  const [, base = '', ifExists] = /^(\w+?)(IfExists)?$/.exec(operator) ?? [];
  const compare = OPERATORS[base];
  if (compare === undefined) throw new Error(`the evaluator does not know ${operator}`);
  if (found === undefined) return ifExists !== undefined;
  return listed(found).some((value) => wanted.some((one) => compare(value, one)));
}

const OPERATORS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringLike: (value, wanted) => isLike(value, wanted),
  ArnEquals: (value, wanted) => isLike(value, wanted),
  ArnLike: (value, wanted) => isLike(value, wanted),
  Bool: (value, wanted) => value === wanted,
};

function isLike(value: string, pattern: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(value);
}
