/** What a run looks for in the objects of a plan. It is kept beside the results, so that every shard answers the same question. */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Wanted } from '../cloudtrail/scanner/wanted.ts';
import { watchedBy } from '../config/watch-config.ts';
import { type Config, parseConfig } from '../config.ts';
import type { Period } from '../delivery/log-key.ts';
import { messageOf, PipelineError } from '../errors.ts';
import { type Watched, wantedFor } from '../sighting/watched.ts';
import type { HistoryStore } from './history-store.ts';
import type { HistoryPlan } from './plan.ts';

/** The file of a run, at the top of its result. */
export const RUN_FILE = 'run.json';

export const RUN_SCHEMA = 'mirrorwatch.history-run/1';

/** A run, in `run.json`. Written once, before the first shard. */
export interface HistoryRun {
  readonly schema: typeof RUN_SCHEMA;
  /** Tells this question from every other: the SHA-256 of the rest, in hex. */
  readonly id: string;
  /** The plan's id. */
  readonly plan: string;
  /** What of the plan tells which questions the result can answer. */
  readonly planned: Planned;
  /** Records may be read differently by another version. */
  readonly toolVersion: string;
  /** Which records the result keeps: those that findings are judged by, or all. */
  readonly keep: Keep;
  /** Records of these calls are kept besides. */
  readonly eventNames: readonly string[];
  /** By `eventTime`; ISO 8601 UTC. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** What of the configuration decides which records matter, as it was written: `watch`, `trail.accounts` and `maxLogBytes`. */
  readonly config: HistoryConfig;
}

/** What a plan covers. */
export interface Planned extends Pick<HistoryPlan, 'shards' | 'objects' | 'accounts' | 'regions'> {
  /** How much could not be listed or opened. */
  readonly unlisted: number;
}

/** Which records a result keeps. */
export type Keep = 'watched' | 'all';

/** The part of a written configuration that a run depends on. */
export interface HistoryConfig {
  readonly watch?: unknown;
  readonly trail?: { readonly accounts?: unknown } | undefined;
  readonly maxLogBytes?: unknown;
}

const runSchema = z.object({
  schema: z.literal(RUN_SCHEMA),
  id: z.string(),
  plan: z.string(),
  planned: z.object({
    shards: z.number().int().nonnegative(),
    objects: z.number().int().nonnegative(),
    accounts: z.array(z.string()).readonly(),
    regions: z.array(z.string()).readonly(),
    unlisted: z.number().int().nonnegative(),
  }),
  toolVersion: z.string(),
  keep: z.enum(['watched', 'all']),
  eventNames: z.array(z.string()).readonly(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  config: z.object({
    watch: z.unknown().optional(),
    trail: z.object({ accounts: z.unknown().optional() }).optional(),
    maxLogBytes: z.unknown().optional(),
  }),
});

/** What is asked of a plan: which records to keep, by which configuration. */
export interface HistoryQuestion {
  readonly keep: Keep;
  readonly eventNames: readonly string[];
  readonly toolVersion: string;
  /** The configuration as it was written; only what a run depends on is kept of it. */
  readonly written: unknown;
}

/** The run of a plan that asks this. The order of names does not matter. */
export function runOf(
  { id: plan, since, until, shards, objects, accounts, regions, rejected }: HistoryPlan,
  { keep, eventNames, toolVersion, written }: HistoryQuestion,
): HistoryRun {
  const names = [...new Set(eventNames)].toSorted();
  const rest = {
    ...({ schema: RUN_SCHEMA, plan } as const),
    planned: { shards, objects, accounts, regions, unlisted: rejected.length },
    ...{ toolVersion, keep, eventNames: names },
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    config: configPart(written),
  };
  return { id: createHash('sha256').update(JSON.stringify(rest)).digest('hex'), ...rest };
}

function configPart(written: unknown): HistoryConfig {
  const { watch, trail, maxLogBytes } = (written ?? {}) as HistoryConfig;
  return {
    ...(watch !== undefined && { watch }),
    ...(trail?.accounts !== undefined && { trail: { accounts: trail.accounts } }),
    ...(maxLogBytes !== undefined && { maxLogBytes }),
  };
}

/**
 * The run of a result; undefined if none has begun. Throws PipelineError `usage` when `run.json` is not one, with what is wrong, and what the
 * store throws.
 */
export async function readRun(result: Pick<HistoryStore, 'read' | 'place'>): Promise<HistoryRun | undefined> {
  const bytes = await result.read(RUN_FILE);
  if (bytes === undefined) return undefined;
  const path = `${result.place}/${RUN_FILE}`;
  try {
    return runSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new PipelineError('usage', `${path} is no run of this version: ${reason}`, { path, cause });
  }
}

/**
 * Begins a run, or continues the one that the result holds. Throws PipelineError `usage` when that asks something else or belongs to
 * another plan: its shards would be answers to another question.
 */
export async function beginRun(result: HistoryStore, run: HistoryRun): Promise<'begun' | 'continued'> {
  if (await result.write(RUN_FILE, Buffer.from(`${JSON.stringify(run, undefined, 2)}\n`), { once: true }))
    return 'begun';
  const there = await readRun(result);
  if (there?.id === run.id) return 'continued';
  throw new PipelineError(
    'usage',
    `${result.place} holds the result of another run (${differenceOf(there, run)}): give another folder with --result, or ask the same again`,
    { path: result.place },
  );
}

function differenceOf(there: HistoryRun | undefined, run: HistoryRun): string {
  if (there === undefined) return 'which has vanished';
  if (there.plan !== run.plan) return 'of another plan';
  if (there.toolVersion !== run.toolVersion) return `by version ${there.toolVersion}`;
  if (there.keep !== run.keep || there.eventNames.join() !== run.eventNames.join()) return 'that keeps other records';
  return 'with another configuration';
}

/** What a shard's scan needs of a run. */
export interface RunSettings {
  /** The records that are kept. */
  readonly wanted: Wanted;
  /** What findings are judged by. */
  readonly watched: Watched;
  readonly period: Period;
  /** The accounts whose logs are read. Empty: all of them. */
  readonly accounts: readonly string[];
  readonly maxLogBytes: number;
}

/** The settings of a run. Throws ConfigError if its part of the configuration cannot be used. */
export function settingsOf(run: HistoryRun): RunSettings {
  const config: Config = parseConfig(JSON.stringify(run.config), RUN_FILE);
  const watched = watchedBy(config.watch);
  const judged = wantedFor(watched);
  const { since, until } = run;
  return {
    watched,
    wanted: run.keep === 'all' ? {} : besides(judged, run.eventNames),
    period: {
      since: since === undefined ? undefined : new Date(since),
      until: until === undefined ? undefined : new Date(until),
    },
    accounts: config.trail.accounts,
    maxLogBytes: config.maxLogBytes,
  };
}

/** Records of these calls too. Without `eventNames`, all records are wanted already. */
function besides(wanted: Wanted, eventNames: readonly string[]): Wanted {
  if (wanted.eventNames === undefined || eventNames.length === 0) return wanted;
  return { ...wanted, eventNames: new Set([...wanted.eventNames, ...eventNames]) };
}
