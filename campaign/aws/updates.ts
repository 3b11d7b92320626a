/** DynamoDB's update expressions: SET, REMOVE, ADD and DELETE. */

import { type Attributes, attributeAt, type Expression, ExpressionError, tokensOf, type Value } from './expressions.ts';

type Section = 'SET' | 'REMOVE' | 'ADD' | 'DELETE';

/** The item after the update. Only top-level attributes can be set. Throws ExpressionError at what it does not know. */
export function updated(item: Attributes, { text = '', names, values }: Expression): Attributes {
  const result: Record<string, Value> = { ...item };
  for (const { section, tokens } of clausesOf(tokensOf(text))) {
    const [path = '', ...rest] = tokens;
    const name = names[path] ?? path;
    const operand = (token: string): Value | undefined =>
      token.startsWith(':') ? values[token] : attributeAt(token, item, names);
    if (section === 'REMOVE') delete result[name];
    else if (section === 'SET') result[name] = evaluated(rest.slice(1), operand);
    else if (section === 'ADD') result[name] = added(result[name], operand(rest[0] ?? ''));
    else result[name] = without(result[name], operand(rest[0] ?? ''));
  }
  return result;
}

/** Each assignment with the section that it belongs to. */
function clausesOf(tokens: readonly string[]): readonly { readonly section: Section; readonly tokens: string[] }[] {
  const clauses: { section: Section; tokens: string[] }[] = [];
  let section: Section | undefined;
  let depth = 0;
  for (const token of tokens) {
    const named = (['SET', 'REMOVE', 'ADD', 'DELETE'] as const).find((each) => each === token.toUpperCase());
    if (named !== undefined) {
      section = named;
      clauses.push({ section, tokens: [] });
      continue;
    }
    if (section === undefined) throw new ExpressionError(`${token} belongs to no section`);
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (token === ',' && depth === 0) clauses.push({ section, tokens: [] });
    else clauses.at(-1)?.tokens.push(token);
  }
  return clauses;
}

type Operand = (token: string) => Value | undefined;

function evaluated(tokens: readonly string[], operand: Operand): Value {
  let depth = 0;
  const at = tokens.findIndex((token) => {
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    return depth === 0 && (token === '+' || token === '-');
  });
  if (at !== -1) {
    const [left, right] = [evaluated(tokens.slice(0, at), operand), evaluated(tokens.slice(at + 1), operand)];
    return { N: String(Number(left.N) + (tokens[at] === '+' ? 1 : -1) * Number(right.N)) };
  }
  const [first = '', , a = '', , b = ''] = tokens;
  const value = simple(first, operand(a), () => operand(b)) ?? operand(first);
  if (value === undefined) throw new ExpressionError(`${tokens.join(' ')} has no value`);
  return value;
}

function simple(name: string, a: Value | undefined, b: () => Value | undefined): Value | undefined {
  if (name === 'if_not_exists') return a ?? b();
  if (name !== 'list_append') return undefined;
  return { L: [...((a?.L ?? []) as unknown[]), ...((b()?.L ?? []) as unknown[])] };
}

function added(before: Value | undefined, value: Value | undefined): Value {
  if (value?.N !== undefined) return { N: String(Number(before?.N ?? 0) + Number(value.N)) };
  const kind = value?.SS === undefined ? 'NS' : 'SS';
  return { [kind]: [...new Set([...((before?.[kind] ?? []) as string[]), ...((value?.[kind] ?? []) as string[])])] };
}

function without(before: Value | undefined, value: Value | undefined): Value {
  const kind = value?.SS === undefined ? 'NS' : 'SS';
  const gone = new Set((value?.[kind] ?? []) as string[]);
  return { [kind]: ((before?.[kind] ?? []) as string[]).filter((each) => !gone.has(each)) };
}
