/** DynamoDB's condition expressions: a small recursive-descent reader that evaluates as it reads. */

/** An attribute value as DynamoDB writes it: `{S: 'text'}`, `{N: '1'}`, `{BOOL: true}`, … */
export type Value = Readonly<Record<string, unknown>>;
/** An item, or a map of values. */
export type Attributes = Readonly<Record<string, Value>>;

/** An expression with its placeholders. */
export interface Expression {
  readonly text: string | undefined;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Attributes;
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),+-]|:[\w.]+|#?[A-Za-z_][\w#.[\]-]*)/y;

/** An expression that DynamoDB would refuse. */
export class ExpressionError extends Error {
  override name = 'ExpressionError' as const;
}

/** The tokens of an expression. Throws ExpressionError at what is none. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found?.[1] === undefined) throw new ExpressionError(`cannot read "${text.slice(at)}"`);
    tokens.push(found[1]);
  }
  return tokens;
}

/** The attribute that a path names; undefined if the item has none. */
export function attributeAt(path: string, item: Attributes | undefined, names: Expression['names']): Value | undefined {
  const [first = '', ...rest] = path.split('.').map((part) => names[part] ?? part);
  let value = item?.[first];
  for (const part of rest) value = (value?.M as Attributes | undefined)?.[part];
  return value;
}

/** Whether the condition holds for the item; an absent condition always does. */
export function conditionHolds({ text, names, values }: Expression, item: Attributes | undefined): boolean {
  if (text === undefined || text.trim() === '') return true;
  const reader = new ConditionReader(tokensOf(text), { names, values, item });
  const result = reader.or();
  reader.end();
  return result;
}

interface Context {
  readonly names: Expression['names'];
  readonly values: Attributes;
  readonly item: Attributes | undefined;
}

class ConditionReader {
  private readonly tokens: string[];
  private readonly context: Context;
  private at = 0;
  constructor(tokens: string[], context: Context) {
    this.tokens = tokens;
    this.context = context;
  }
  end(): void {
    if (this.at < this.tokens.length) throw new ExpressionError(`unexpected ${this.tokens[this.at]}`);
  }
  or(): boolean {
    let result = this.and();
    while (this.takes('OR')) result = this.and() || result;
    return result;
  }
  private and(): boolean {
    let result = this.not();
    while (this.takes('AND')) result = this.not() && result;
    return result;
  }
  private not(): boolean {
    return this.takes('NOT') ? !this.not() : this.primary();
  }
  private primary(): boolean {
    if (this.takes('(')) {
      const result = this.or();
      this.needs(')');
      return result;
    }
    const test = TESTS[(this.tokens[this.at] ?? '').toLowerCase()];
    if (test !== undefined && this.tokens[this.at + 1] === '(') {
      this.at += 1;
      return test(...this.list());
    }
    return this.comparison(this.operand());
  }
  private comparison(left: Value | undefined): boolean {
    if (this.takes('BETWEEN')) {
      const low = this.operand();
      this.needs('AND');
      const high = this.operand();
      return compares(left, low, (order) => order >= 0) && compares(left, high, (order) => order <= 0);
    }
    if (this.takes('IN')) return this.list().some((each) => compares(left, each, (order) => order === 0));
    const operator = this.tokens[this.at++] ?? '';
    const holds = COMPARISONS[operator];
    if (holds === undefined) throw new ExpressionError(`unknown operator ${operator}`);
    const right = this.operand();
    if (operator === '<>') return !compares(left, right, (order) => order === 0);
    return compares(left, right, holds);
  }
  private list(): (Value | undefined)[] {
    this.needs('(');
    const items = [this.operand()];
    while (this.takes(',')) items.push(this.operand());
    this.needs(')');
    return items;
  }
  private operand(): Value | undefined {
    const token = this.tokens[this.at++] ?? '';
    if (token.startsWith(':')) {
      const value = this.context.values[token];
      if (value === undefined) throw new ExpressionError(`${token} has no value`);
      return value;
    }
    if (token.toLowerCase() === 'size') {
      const [value] = this.list();
      return value === undefined ? undefined : { N: String(sizeOf(value)) };
    }
    if (!/^[#A-Za-z_]/.test(token)) throw new ExpressionError(`unexpected ${token}`);
    return attributeAt(token, this.context.item, this.context.names);
  }
  private takes(word: string): boolean {
    const isNext = (this.tokens[this.at] ?? '').toUpperCase() === word;
    if (isNext) this.at += 1;
    return isNext;
  }
  private needs(word: string): void {
    if (!this.takes(word)) throw new ExpressionError(`expected ${word} instead of ${this.tokens[this.at]}`);
  }
}

type Test = (...values: (Value | undefined)[]) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  attribute_exists: (value) => value !== undefined,
  attribute_not_exists: (value) => value === undefined,
  attribute_type: (value, type) => value !== undefined && Object.keys(value)[0] === type?.S,
  begins_with: (value, start) => typeof value?.S === 'string' && value.S.startsWith(String(start?.S)),
  contains: (value, part) =>
    typeof value?.S === 'string'
      ? value.S.includes(String(part?.S))
      : ((value?.SS ?? value?.NS ?? []) as unknown[]).includes(part?.S ?? part?.N),
};

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** False if one is absent or the types differ. */
function compares(a: Value | undefined, b: Value | undefined, holds: (order: number) => boolean): boolean {
  const [typeA, typeB] = [Object.keys(a ?? {})[0], Object.keys(b ?? {})[0]];
  if (typeA === undefined || typeA !== typeB) return false;
  const [left, right] = [a?.[typeA], b?.[typeA]];
  if (typeA === 'N') return holds(Number(left) - Number(right));
  if (typeA === 'S') return holds(String(left) < String(right) ? -1 : left === right ? 0 : 1);
  return holds(JSON.stringify(left) === JSON.stringify(right) ? 0 : 1);
}

function sizeOf(value: Value): number {
  const [content] = Object.values(value);
  return typeof content === 'string' ? Buffer.byteLength(content) : Object.keys(content ?? {}).length;
}
