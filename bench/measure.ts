/** How the benchmarks measure: the least of three runs, so that other work on the machine weighs as little as possible. */

/** One row of the table: a way of doing the suite's work. */
export interface Row {
  readonly name: string;
  /** The least of the runs; absent when the tool is not installed. */
  readonly seconds?: number;
  readonly bytes?: number;
  readonly records?: number;
  readonly peakBytes?: number;
  readonly note?: string;
}

export interface Target {
  readonly name: string;
  readonly value: number;
  /** What it should at least be, or at most when `atMost`. */
  readonly goal: number;
  readonly atMost?: true;
}

export interface SuiteResult {
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}

export interface Suite {
  readonly name: string;
  readonly run: () => Promise<SuiteResult>;
}

const RUNS = 3;

/** Runs all ways in turn, three rounds, and gives each way's least seconds with what its last run answered. */
export async function race<T extends Readonly<Record<string, () => unknown>>>(
  ways: T,
): Promise<{ readonly [K in keyof T]: { readonly seconds: number; readonly answer: Awaited<ReturnType<T[K]>> } }> {
  const results: Record<string, { seconds: number; answer: unknown }> = {};
  for (let round = 0; round < RUNS; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const begin = process.hrtime.bigint();
      const answer = await way();
      const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
      results[name] = { seconds: Math.min(seconds, results[name]?.seconds ?? Number.POSITIVE_INFINITY), answer };
    }
  }
  return results as never;
}
