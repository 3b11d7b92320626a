/** DuckDB, for comparison; needs `npm ci` in this folder. */

/** DuckDB with one thread. */
export interface DuckDb {
  /** The rows of an answer. */
  readonly query: (sql: string) => Promise<readonly (readonly unknown[])[]>;
  /** Counts the records with one of the names, on one thread. */
  readonly count: (files: readonly string[], names: readonly string[]) => Promise<number>;
}

interface Connection {
  runAndReadAll(sql: string): Promise<{ getRows(): readonly (readonly unknown[])[] }>;
}

/** DuckDB, or undefined if it isn't installed. */
export async function duckDb(): Promise<DuckDb | undefined> {
  let api: { DuckDBInstance: { create(path: string, options: object): Promise<{ connect(): Promise<Connection> }> } };
  try {
    const name = '@duckdb/node-api';
    api = (await import(name)) as typeof api;
  } catch {
    return undefined;
  }
  const instance = await api.DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  const list = (texts: readonly string[]): string => texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ');
  return {
    query: async (sql) => (await connection.runAndReadAll(sql)).getRows(),
    count: async (files, names) => {
      const answer = await connection.runAndReadAll(
        `SELECT count(*) FROM (SELECT unnest(Records) AS record FROM read_json([${list(files)}],
           columns = {Records: 'JSON[]'}, maximum_object_size = 1073741824)) WHERE record->>'eventName' IN (${list(names)})`,
      );
      return Number(answer.getRows()[0]?.[0]);
    },
  };
}
