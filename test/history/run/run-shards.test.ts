import { describe, expect, it } from 'vitest';
import type { ShardPointer } from '../../../src/history/plan.ts';
import { MOST_ATTEMPTS, runShards } from '../../../src/history/run/run-shards.ts';
import { unfinishedShards } from '../../../src/history/run/unfinished.ts';
import type { ShardSummary } from '../../../src/history/shard/shard-summary.ts';
import { memoryStore } from '../../support/history.ts';

const pointersTo = (...shards: readonly string[]): readonly ShardPointer[] =>
  shards.map((shard) => ({ shard, manifest: `manifest/shard-${shard}.jsonl.gz`, objects: 1, bytes: 1 }));

const DONE = {} as ShardSummary;

describe('running shards', () => {
  it('scans each of them once, no more at the same time than there are workers', async () => {
    const scanned: string[] = [];
    let [running, most] = [0, 0];
    const failed = await runShards(pointersTo('1', '2', '3', '4', '5'), {
      atOnce: 2,
      scan: async ({ shard }) => {
        scanned.push(shard);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return DONE;
      },
    });
    expect([failed, scanned, most]).toEqual([[], ['1', '2', '3', '4', '5'], 2]);
  });

  it('tries a shard again after the others, when its worker died', async () => {
    const scanned: string[] = [];
    const retried: string[] = [];
    const scan = async ({ shard }: ShardPointer): Promise<ShardSummary> => {
      scanned.push(shard);
      if (shard === '1' && scanned.length === 1) throw new Error('its worker was ended by SIGKILL');
      return DONE;
    };
    const events = { retried: ({ shard }: ShardPointer, reason: string) => retried.push(`${shard}: ${reason}`) };
    expect(await runShards(pointersTo('1', '2', '3'), { atOnce: 1, scan }, events)).toEqual([]);
    expect(scanned).toEqual(['1', '2', '3', '1']);
    expect(retried).toEqual(['1: its worker was ended by SIGKILL']);
  });

  it('gives a shard up that fails every time, and goes on with the others', async () => {
    let tries = 0;
    const scan = async ({ shard }: ShardPointer): Promise<ShardSummary> => {
      if (shard !== '2') return DONE;
      tries += 1;
      throw new Error(`failure ${tries}`);
    };
    const done: string[] = [];
    const events = { done: ({ shard }: ShardPointer) => done.push(shard) };
    const failed = await runShards(pointersTo('1', '2', '3'), { atOnce: 2, scan }, events);
    expect(failed).toEqual([{ shard: '2', objects: 1, reason: `failure ${MOST_ATTEMPTS}` }]);
    expect(done.toSorted()).toEqual(['1', '3']);
  });

  it('has nothing to do without shards', async () => {
    const scan = (): Promise<ShardSummary> => Promise.reject(new Error('must not be called'));
    expect(await runShards([], { atOnce: 4, scan })).toEqual([]);
  });
});

describe('the shards that are not done', () => {
  it('are those without a summary, whatever else a dead worker left', async () => {
    const result = memoryStore();
    await result.write('shard=00001/summary.json', Buffer.from('{}'));
    await result.write('shard=00002/records/00001.parquet', Buffer.from(''));
    const left = await unfinishedShards(result, pointersTo('00001', '00002', '00003'));
    expect(left.map(({ shard }) => shard)).toEqual(['00002', '00003']);
  });
});
