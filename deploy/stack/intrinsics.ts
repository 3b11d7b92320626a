/** CloudFormation's intrinsic functions, and the shapes of a template. */

/** A value of a template: JSON, with intrinsic functions in it. */
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly [attribute: string]: Value;
}

/** Resources by their logical ids. */
export type Resources = Readonly<Record<string, Resource>>;

/** A resource with its properties, and the attributes beside them, such as `Condition` and `DeletionPolicy`. */
export function resource(
  Type: string,
  Properties: Readonly<Record<string, Value>>,
  attributes: Readonly<Record<string, Value>> = {},
): Resource {
  return { Type, ...attributes, Properties };
}

/** What a resource or a parameter is referred to by. */
export const ref = (name: string): Value => ({ Ref: name });

/** A resource's ARN. */
export const arnOf = (name: string): Value => ({ 'Fn::Sub': `\${${name}.Arn}` });

/** A text with `${Name}` in it, of resources, parameters, or of `values`. */
export const sub = (text: string, values?: Readonly<Record<string, Value>>): Value => ({
  'Fn::Sub': values === undefined ? text : [text, values],
});

/** One of two values, by a condition. */
export const when = (name: string, yes: Value, no: Value): Value => ({ 'Fn::If': [name, yes, no] });

/** A list as one text. */
export const join = (between: string, list: Value): Value => ({ 'Fn::Join': [between, list] });

/** Another condition. */
export const condition = (name: string): Value => ({ Condition: name });

/** Conditions of conditions. */
export const equals = (one: Value, other: Value): Value => ({ 'Fn::Equals': [one, other] });
export const not = (one: Value): Value => ({ 'Fn::Not': [one] });
export const and = (...all: readonly Value[]): Value => ({ 'Fn::And': all });
export const or = (...any: readonly Value[]): Value => ({ 'Fn::Or': any });

/** Leaves out the property or the item that it is the value of. */
export const NONE: Value = ref('AWS::NoValue');

/** The stack's account. */
export const ACCOUNT_ID: Value = ref('AWS::AccountId');

/** A resource that outlives its stack: what it holds is evidence. */
export const KEPT: Readonly<Record<string, Value>> = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
