/** A small reader of OpenMetrics text, written from its grammar alone: it throws at whatever the specification forbids. */

/** A metric family as it was read. */
export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string | undefined;
  readonly samples: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  info: ['_info'],
};
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Reads an exposition. @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md */
export function readOpenMetrics(text: string): ReadonlyMap<string, ReadFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('the last line is not "# EOF"');
  const lines = text.slice(0, -'# EOF\n'.length).split('\n');
  if (lines.pop() !== '') throw new Error('a line has no end');
  const families = new Map<string, ReadFamily>();
  let current: { -readonly [Key in keyof ReadFamily]: ReadFamily[Key] } | undefined;
  for (const line of lines) {
    const [, word, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line) ?? [];
    if (word === undefined) {
      if (line.startsWith('#') || current === undefined) throw new Error(`not allowed here: ${line}`);
      current.samples.push(readSample(line, current));
      continue;
    }
    if (current?.name !== name) {
      if (families.has(name)) throw new Error(`${name} is not in one piece`);
      if (!NAME.test(name)) throw new Error(`not a name: ${name}`);
      current = { name, type: 'unknown', unit: undefined, help: undefined, samples: [] };
      families.set(name, current);
    }
    if (current.samples.length > 0) throw new Error(`metadata after samples: ${line}`);
    if (word === 'TYPE') current.type = rest;
    if (word === 'HELP') current.help = rest;
    if (word === 'UNIT') current.unit = rest;
    if (word === 'UNIT' && !name.endsWith(`_${rest}`)) throw new Error(`${name} does not end in its unit`);
  }
  for (const { name, type, samples } of families.values()) {
    if (SUFFIXES[type] === undefined) throw new Error(`${name} has the type ${type}`);
    const series = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]));
    if (new Set(series).size < series.length) throw new Error(`${name} has a series twice`);
  }
  return families;
}

function readSample(line: string, { name, type }: ReadFamily): ReadFamily['samples'][number] {
  const [, sample = '', , inner = '', value = ''] =
    /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(
      line,
    ) ?? [];
  if (sample === '') throw new Error(`not a sample: ${line}`);
  if (!(SUFFIXES[type] ?? []).some((suffix) => sample === `${name}${suffix}`))
    throw new Error(`${sample} is no sample of ${type} ${name}`);
  const labels = Object.fromEntries(
    [...inner.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
      key,
      text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char)),
    ]),
  );
  if (type === 'counter' && Number(value) < 0) throw new Error(`a counter is negative: ${line}`);
  return { name: sample, labels, value: Number(value) };
}
