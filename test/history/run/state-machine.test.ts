import { describe, expect, it } from 'vitest';
import type { ShardPointer } from '../../../src/history/plan.ts';
import {
  type Execution,
  type MachineOrder,
  runMachine,
  type StateMachine,
} from '../../../src/history/run/state-machine.ts';
import { summaryNameOf } from '../../../src/history/shard/shard-summary.ts';
import { type MemoryStore, memoryStore } from '../../support/history.ts';

const RUN = 'ab'.repeat(32);
const POINTERS: readonly ShardPointer[] = ['00001', '00002', '00003'].map((shard) => ({
  shard,
  manifest: `manifest/shard-${shard}.jsonl.gz`,
  objects: 10,
  bytes: 100,
}));

interface Machine extends StateMachine {
  readonly inputs: Map<string, string>;
}

/** A state machine whose executions give these answers, one after another; the last one stays. `before` runs already. */
function aMachine(
  answers: readonly (() => Execution)[],
  before: readonly string[] = [],
  taken: readonly string[] = [],
): Machine {
  const inputs = new Map<string, string>();
  const asked = [...answers];
  return {
    arn: 'arn:aws:states:eu-west-1:111122223333:stateMachine:history',
    inputs,
    start: async (name, input) => {
      if (taken.some((suffix) => name.endsWith(suffix))) return false;
      inputs.set(name, input);
      return true;
    },
    describe: async (name) => {
      if (taken.some((suffix) => name.endsWith(suffix)) && !before.includes(name)) return { status: 'FAILED' };
      const next = asked.length > 1 ? asked.shift() : asked[0];
      return next?.() ?? { status: 'SUCCEEDED' };
    },
    async *running() {
      yield* before;
    },
  };
}

function order(machine: StateMachine, result: MemoryStore): MachineOrder {
  return {
    ...{ machine, result, plan: 's3://history/plan', run: RUN, pointers: POINTERS },
    ...{ bucketOwners: { trail: '111122223333' }, maxConcurrency: 7 },
  };
}

function events() {
  const told: string[] = [];
  const pauses: number[] = [];
  return {
    ...{ told, pauses },
    started: (_: string, how: string) => told.push(how),
    progress: (left: readonly ShardPointer[]) => told.push(`${left.length} left`),
    sleep: async (ms: number) => {
      pauses.push(ms);
    },
  };
}

const aResult = (...done: readonly string[]): MemoryStore => {
  const result = memoryStore('s3://history/plan/result');
  for (const shard of done) result.files.set(summaryNameOf(shard), Buffer.from('{}'));
  return result;
};

describe('running a state machine', () => {
  it('starts an execution for the shards without a result, and waits for its end', async () => {
    const result = aResult('00002');
    const machine = aMachine([
      () => ({ status: 'RUNNING' }),
      () => {
        for (const shard of ['00001', '00003']) result.files.set(summaryNameOf(shard), Buffer.from('{}'));
        return { status: 'SUCCEEDED' };
      },
    ]);
    const heard = events();
    const end = await runMachine(order(machine, result), heard);
    expect(end).toMatchObject({ status: 'SUCCEEDED', left: [] });
    expect(heard.told).toEqual(['started', '2 left', '0 left']);
    const [[name, input] = ['', '']] = machine.inputs;
    expect(name).toMatch(/^(ab){8}-[0-9a-f]{16}-[0-9a-f]{16}-1$/);
    const { pending, ...rest } = JSON.parse(input);
    expect(rest).toEqual({
      ...{ plan: 's3://history/plan', result: 's3://history/plan/result', run: RUN },
      ...{ bucketOwners: { trail: '111122223333' }, maxConcurrency: 7 },
    });
    expect(pending).toEqual({
      bucket: 'history',
      key: expect.stringMatching(/^plan\/result\/pending-[0-9a-f]{16}\.json$/),
    });
    const file = pending.key.slice('plan/result/'.length);
    expect(JSON.parse(String(result.files.get(file)))).toEqual([POINTERS[0], POINTERS[2]]);
  });

  it('follows an execution of the same run that is there already, and starts none', async () => {
    const first = aMachine([() => ({ status: 'SUCCEEDED' })]);
    const name = (await runMachine(order(first, aResult()), events())).execution;
    const machine = aMachine([() => ({ status: 'SUCCEEDED' })], ['another-run', name]);
    const heard = events();
    const end = await runMachine(order(machine, aResult('00001', '00002', '00003')), heard);
    expect([end.execution, end.left, heard.told[0], machine.inputs.size]).toEqual([name, [], 'found', 0]);
  });

  it('does not follow the same run into another result', async () => {
    const first = aMachine([() => ({ status: 'SUCCEEDED' })]);
    const elsewhere = memoryStore('s3://history/plan/other');
    const name = (await runMachine(order(first, elsewhere), events())).execution;
    const machine = aMachine([() => ({ status: 'SUCCEEDED' })], [name]);
    const heard = events();
    await runMachine(order(machine, aResult()), heard);
    expect([heard.told[0], machine.inputs.size]).toEqual(['started', 1]);
  });

  it('starts another where those before have ended', async () => {
    const machine = aMachine([() => ({ status: 'SUCCEEDED' })], [], ['-1', '-2']);
    expect((await runMachine(order(machine, aResult()), events())).execution).toMatch(/-3$/);
  });

  it('gives up where every execution has ended without the shards', async () => {
    const machine: StateMachine = {
      ...aMachine([]),
      start: async () => false,
      describe: async () => ({ status: 'FAILED' }),
    };
    await expect(runMachine(order(machine, aResult()), events())).rejects.toThrow('100 times without an end');
  });

  it('believes the results, not what the execution says of itself', async () => {
    const succeeded = aMachine([() => ({ status: 'SUCCEEDED' })]);
    const end = await runMachine(order(succeeded, aResult('00001')), events());
    expect(end.left).toEqual([
      { shard: '00002', objects: 10, reason: expect.stringContaining('its function failed') },
      { shard: '00003', objects: 10, reason: expect.stringContaining('its function failed') },
    ]);
    const failed = aMachine([() => ({ status: 'FAILED', error: 'States.ItemReaderFailed', cause: 'x'.repeat(9999) })]);
    const all = await runMachine(order(failed, aResult('00001', '00002', '00003')), events());
    expect(all).toMatchObject({ status: 'FAILED', left: [] });
    const none = await runMachine(order(failed, aResult()), events());
    expect(none.left[0]?.reason).toMatch(/^FAILED: States\.ItemReaderFailed: x+$/);
    expect(none.left[0]?.reason.length).toBe(300);
  });

  it('asks less and less often', async () => {
    const answers: (() => Execution)[] = Array.from({ length: 20 }, () => () => ({ status: 'RUNNING' }));
    const machine = aMachine([...answers, () => ({ status: 'SUCCEEDED' })]);
    const { pauses, ...heard } = events();
    await runMachine(order(machine, aResult()), heard);
    expect(pauses.slice(0, 3)).toEqual([1000, 1500, 2250]);
    expect(pauses.at(-1)).toBe(15_000);
  });

  it('needs a result in a bucket', async () => {
    await expect(runMachine(order(aMachine([]), memoryStore('/tmp/result')), events())).rejects.toThrow(
      'is in no bucket',
    );
  });
});
