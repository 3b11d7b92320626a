/** Which configuration the functions of a stack judged by last: one small item in the ledger's table for each place it is read from. */

import { createHash } from 'node:crypto';
import type { ItemKey, LedgerTable } from './dynamodb-table.ts';

/** A configuration that a function used. */
export interface UsedConfig {
  /** `Config.hash`. */
  readonly hash: string;
  /** Since when it is the one in its place. Newer ones replace older ones. */
  readonly changedAt: Date;
  /** When a function first used it. */
  readonly seenAt: Date;
}

/** The newest configuration that was used, by the place that it was read from. */
export interface ConfigVersions {
  /** Undefined before the first use. */
  newest(source: string): Promise<UsedConfig | undefined>;
  /** Notes a newer one than `known`. Does nothing if another function has noted one since that was read. */
  note(source: string, used: UsedConfig, known: UsedConfig | undefined): Promise<void>;
}

/** @throws PipelineError `ledger-failed` from every method */
export function configVersions(table: Pick<LedgerTable, 'get' | 'putAll'>): ConfigVersions {
  const versions = new Map<string, number>();
  return {
    async newest(source) {
      const [item] = await table.get([keyOf(source)]);
      if (item === undefined) return undefined;
      versions.set(source, item.version);
      const { hash, changedAt, seenAt } = JSON.parse(item.body) as Readonly<Record<keyof UsedConfig, string>>;
      return { hash, changedAt: new Date(changedAt), seenAt: new Date(seenAt) };
    },
    async note(source, used, known) {
      const version = known === undefined ? 0 : (versions.get(source) ?? 0);
      await table.putAll([{ ...keyOf(source), version: version + 1, body: JSON.stringify(used) }]);
    },
  };
}

/** A configuration in a variable may contain secrets, and be long. */
function keyOf(source: string): ItemKey {
  const place = source.trimStart().startsWith('{') ? 'variable' : source;
  return { pk: `config#${createHash('sha256').update(place).digest('hex').slice(0, 32)}`, sk: 'config' };
}
