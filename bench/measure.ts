/** How the benchmarks measure: the fastest of three runs, to reduce the influence of other work on the machine. */

/** One row of the table: one variant of the suite's work. */
export interface Row {
  readonly name: string;
  /** The fastest run; absent if the tool isn't installed. */
  readonly seconds?: number;
  readonly bytes?: number;
  readonly records?: number;
  readonly peakBytes?: number;
  readonly note?: string;
}

/** A figure with its goal. */
export interface Target {
  readonly name: string;
  readonly value: number;
  /** The value should be at least this, or at most if `atMost` is set. */
  readonly goal: number;
  readonly atMost?: true;
}

/** What a suite measured. */
export interface SuiteResult {
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

/** A benchmark. */
export interface Suite {
  readonly name: string;
  readonly run: () => Promise<SuiteResult>;
}

const RUNS = 3;

/** Runs all variants in turn for three rounds; returns each one's fastest time and the result of its last run. */
export async function race<T extends Readonly<Record<string, () => unknown>>>(
  variants: T,
): Promise<{ readonly [K in keyof T]: { readonly seconds: number; readonly answer: Awaited<ReturnType<T[K]>> } }> {
  const results: Record<string, { seconds: number; answer: unknown }> = {};
  for (let round = 0; round < RUNS; round += 1) {
    for (const [name, variant] of Object.entries(variants)) {
      const begin = process.hrtime.bigint();
      const answer = await variant();
      const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
      results[name] = { seconds: Math.min(seconds, results[name]?.seconds ?? Number.POSITIVE_INFINITY), answer };
    }
  }
  return results as never;
}
