/** Random events written as JSON in every way that a reader of bytes may stumble over. What the text says may differ from the event. */

/** Chooses among the spellings: whole numbers from 0 below a bound. */
export type Draw = (below: number) => number;

/** Whole numbers that a seed decides. */
export function drawsOf(seed: number): Draw {
  let state = (seed % 2147483646) + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/** How a text is written; each part is chosen once for a text, so that the plain forms stay frequent. */
interface Style {
  readonly draw: Draw;
  readonly escapesKeys: boolean;
  readonly escapesTexts: boolean;
  readonly spaced: boolean;
  readonly dotted: boolean;
  readonly repeats: boolean;
  readonly lookAlikes: boolean;
  readonly rewritesNumbers: boolean;
}

/**
 * The event as JSON with repeated keys, names with dots for objects in objects, escapes, spaces, texts that look like members, numbers in
 * other spellings, members of the same name in other places; one text in twenty is cut off.
 */
export function hostileText(event: unknown, draw: Draw): string {
  const often = (): boolean => draw(3) === 0;
  const style: Style = {
    draw,
    ...{ escapesKeys: draw(6) === 0, escapesTexts: often(), spaced: often(), dotted: often(), repeats: often() },
    ...{ lookAlikes: often(), rewritesNumbers: often() },
  };
  const text = written(event, style);
  return draw(20) === 0 ? text.slice(0, draw(text.length + 1)) : text;
}

function written(value: unknown, style: Style): string {
  const gap = (): string => spaceOf(style);
  if (Array.isArray(value))
    return `[${gap()}${value.map((each) => `${written(each, style)}${gap()}`).join(`,${gap()}`)}]`;
  if (typeof value === 'object' && value !== null) {
    const members = membersOf(value, style).map(
      ([name, json]) => `${nameOf(name, style)}${gap()}:${gap()}${json}${gap()}`,
    );
    return `{${gap()}${members.join(`,${gap()}`)}}`;
  }
  if (typeof value === 'number') return numberOf(value, style);
  return typeof value === 'string' ? textOf(value, style.escapesTexts, style) : JSON.stringify(value);
}

type Member = readonly [name: string, json: string];

function membersOf(object: object, style: Style): readonly Member[] {
  const { draw } = style;
  return Object.entries(object).flatMap(([name, value]): readonly Member[] => {
    const own: readonly Member[] =
      style.dotted && isObject(value) && draw(2) === 0
        ? Object.entries(value).map(([below, inner]) => [`${name}.${below}`, written(inner, style)] as const)
        : [[name, written(value, style)]];
    const other: Member = [name, written(OTHERS[draw(OTHERS.length)], style)];
    const repeated = style.repeats && draw(4) === 0 ? [other] : [];
    const before: readonly Member[] = style.lookAlikes && draw(3) === 0 ? [lookAlike(name, style)] : [];
    return draw(2) === 0 ? [...before, ...repeated, ...own] : [...before, ...own, ...repeated];
  });
}

/** What a repeated key may have: values that match seldom, and containers. */
const OTHERS: readonly unknown[] = [
  null,
  '',
  'a',
  'AccessDenied',
  true,
  1,
  {},
  [],
  ['a'],
  { a: 'a', b: [1] },
  [[{ k: 'a' }]],
];

/** A member that holds the name where it means nothing, or further down. */
function lookAlike(name: string, style: Style): Member {
  const { draw } = style;
  const kinds: readonly (() => Member)[] = [
    () => ['note', JSON.stringify(`{"${name}":"a"}`)],
    () => ['note', JSON.stringify(`"${name}":`)],
    () => ['note', JSON.stringify(`\\"${name}`)],
    () => ['note', JSON.stringify(name)],
    () => [`x${name}`, '"a"'],
    () => [`${name}x`, '"a"'],
    () => [`x.${name}`, '"a"'],
    () => [`x"${name}`, '"a"'],
    () => ['deep', `{${JSON.stringify(name)}:${written(OTHERS[draw(OTHERS.length)], style)}}`],
    () => ['list', `[[{${JSON.stringify(name)}:"a"}]]`],
    () => [name.toUpperCase(), 'false'],
  ];
  return (kinds[draw(kinds.length)] ?? (() => ['note', 'null'] as const))();
}

function nameOf(name: string, style: Style): string {
  return textOf(name, style.escapesKeys && style.draw(3) === 0, style);
}

function textOf(text: string, escapes: boolean, { draw }: Style): string {
  if (!escapes) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, at) => {
    if (text[at] === '/' && draw(2) === 0) return '\\/';
    if (draw(4) > 0) return JSON.stringify(text.charAt(at)).slice(1, -1);
    const hex = text.charCodeAt(at).toString(16).padStart(4, '0');
    return `\\u${draw(2) === 0 ? hex : hex.toUpperCase()}`;
  });
  return `"${units.join('')}"`;
}

function numberOf(number: number, { draw, rewritesNumbers }: Style): string {
  const plain = Object.is(number, -0) ? '-0' : JSON.stringify(number);
  if (!rewritesNumbers || plain.includes('e')) return plain;
  const forms = [plain, `${plain}e0`, `${plain}E+0`, plain.includes('.') ? `${plain}00` : `${plain}.0`];
  return forms[draw(forms.length)] ?? plain;
}

function spaceOf({ draw, spaced }: Style): string {
  if (!spaced || draw(3) > 0) return '';
  return [' ', '\n', '\r\n  ', '\t'][draw(4)] ?? ' ';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;
}
