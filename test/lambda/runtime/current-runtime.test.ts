/** Warm functions of one stack while its configuration changes. */

import { describe, expect, it } from 'vitest';
import type { AlertMessage } from '../../../src/alert/message.ts';
import { configVersions } from '../../../src/aws/ledger/config-versions.ts';
import type { LedgerTable } from '../../../src/aws/ledger/dynamodb-table.ts';
import { memoryTable } from '../../../src/aws/ledger/memory-table.ts';
import { type Config, parseConfig } from '../../../src/config.ts';
import { AwsCallError } from '../../../src/errors.ts';
import { currentRuntime, type ReadText } from '../../../src/lambda/runtime/current-runtime.ts';
import type { JudgedBy } from '../../../src/ledger/reading.ts';
import { deliver } from '../../../src/pipeline/deliver.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { aBucket } from '../../support/deliveries.ts';
import { ACCOUNT, anInventory, REGION } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { anAccountOf } from '../../support/mirror-writers.ts';
import { at } from '../../support/sightings.ts';

const requiring = (key: string): string => JSON.stringify({ graceSeconds: 0, requiredTags: [key] });

interface Opened {
  readonly config: Config;
  readonly configuration: JudgedBy;
}

/** A place for a configuration, a ledger's table, and functions that start when a test says. */
function aStack(table: LedgerTable = memoryTable()) {
  let now = at(0);
  let stored: ReadText = { text: requiring('Owner'), changedAt: at(-60) };
  let fault: unknown;
  const gets: unknown[] = [];
  const counting = {
    ...table,
    get: async (keys: Parameters<LedgerTable['get']>[0]) => {
      gets.push(keys);
      return table.get(keys);
    },
  };
  const warnings: string[] = [];
  const start = (own?: ReadText, source = 'ssm:/mirrorwatch/config') => {
    const reads: string[] = [];
    const opened: string[] = [];
    const versions = configVersions(counting);
    const runtime = currentRuntime<Opened>({
      read: async () => {
        if (fault !== undefined) throw fault;
        const { text } = own ?? stored;
        reads.push(text);
        return own ?? stored;
      },
      open: async ({ text, changedAt }) => {
        opened.push(text);
        const config = parseConfig(text, 'config.json');
        return { config, configuration: { hash: config.hash, changedAt: changedAt.toISOString() } };
      },
      source,
      versions: () => versions,
      now: () => now,
      warn: (message) => void warnings.push(message),
    });
    return {
      ...{ reads, opened, runtime },
      /** The tag that the configuration of an invocation at this minute requires. */
      at: async (minute: number): Promise<string | undefined> => {
        now = at(minute);
        return (await runtime()).config.tags.requiredTags[0]?.key;
      },
    };
  };
  return {
    ...{ start, gets, warnings },
    store: (key: string, minute: number) => {
      stored = { text: requiring(key), changedAt: at(minute) };
    },
    breakReads: (error: unknown) => {
      fault = error;
    },
  };
}

describe('a warm function', () => {
  it('reads its configuration again after three minutes, and keeps its ports if the text is the same', async () => {
    const stack = aStack();
    const warm = stack.start();
    for (const minute of [0, 1, 2, 3, 4, 5, 6]) expect(await warm.at(minute)).toBe('Owner');
    expect(warm.reads).toHaveLength(3);
    expect(warm.opened).toHaveLength(1);
    stack.store('CostCenter', 7);
    expect(await warm.at(8)).toBe('Owner');
    expect(await warm.at(9)).toBe('CostCenter');
    expect(warm.opened).toHaveLength(2);
  });

  it('reads it again at once when another function has a newer one', async () => {
    const stack = aStack();
    const warm = stack.start();
    expect(await warm.at(0)).toBe('Owner');
    stack.store('CostCenter', 1);
    expect(await stack.start().at(1)).toBe('CostCenter');
    expect(await warm.at(1)).toBe('CostCenter');
  });

  it('asks the ledger once an invocation', async () => {
    const stack = aStack();
    const warm = stack.start();
    for (const minute of [0, 1, 2, 3, 4]) await warm.at(minute);
    expect(stack.gets).toHaveLength(5);
  });

  it('goes on with what it has if the configuration cannot be read for the moment', async () => {
    const stack = aStack();
    const warm = stack.start();
    await warm.at(0);
    stack.breakReads(new AwsCallError('GetParameter', 'ThrottlingException', 'slow down', { retryable: true }));
    expect(await warm.at(5)).toBe('Owner');
    expect(stack.warnings).toEqual([expect.stringContaining('could not be read again')]);
    stack.breakReads(new AwsCallError('GetParameter', 'AccessDeniedException', 'denied', {}));
    await expect(warm.at(10)).rejects.toMatchObject({ concerns: { awsCode: 'AccessDeniedException' } });
  });

  it('fails with a configuration that became invalid, and goes on when that is corrected', async () => {
    const stack = aStack();
    const warm = stack.start();
    await warm.at(0);
    stack.store('', 1);
    await expect(warm.at(4)).rejects.toMatchObject({ code: 'config-invalid' });
    stack.store('CostCenter', 5);
    expect(await warm.at(5)).toBe('CostCenter');
  });
});

describe('a container of a deployment that was replaced', () => {
  const OLD = { text: requiring('Owner'), changedAt: at(0) };
  const NEW = { text: requiring('CostCenter'), changedAt: at(10) };

  it('gives its messages back for some minutes, and goes on with a warning after them', async () => {
    const stack = aStack();
    const [old, next] = [stack.start(OLD, 'config.json'), stack.start(NEW, 'config.json')];
    expect(await old.at(1)).toBe('Owner');
    expect(await next.at(10)).toBe('CostCenter');
    await expect(old.at(11)).rejects.toMatchObject({ code: 'config-outdated', retryable: true });
    await expect(old.at(14)).rejects.toMatchObject({ code: 'config-outdated' });
    expect(await next.at(14)).toBe('CostCenter');
    expect(await old.at(15)).toBe('Owner');
    expect(stack.warnings).toEqual([expect.stringMatching(/both go on; give each stack a ledger of its own/)]);
  });

  it('does not stop those with the same configuration that started at another time', async () => {
    const stack = aStack();
    const [one, other] = [stack.start(OLD, 'config.json'), stack.start({ ...OLD, changedAt: at(5) }, 'config.json')];
    expect(await other.at(6)).toBe('Owner');
    expect(await one.at(7)).toBe('Owner');
    expect(await other.at(8)).toBe('Owner');
  });

  it('takes over again when the deployment is rolled back', async () => {
    const stack = aStack();
    const next = stack.start(NEW, 'config.json');
    await next.at(10);
    const back = stack.start({ ...OLD, changedAt: at(20) }, 'config.json');
    expect(await back.at(20)).toBe('Owner');
    await expect(next.at(21)).rejects.toMatchObject({ code: 'config-outdated' });
  });

  it('is not compared with a stack that has its configuration elsewhere', async () => {
    const stack = aStack();
    await stack.start(NEW, 'ssm:/one').at(10);
    expect(await stack.start(OLD, 'ssm:/other').at(11)).toBe('Owner');
  });
});

describe('two warm functions with an old and a new configuration', () => {
  it('do not alternate: what the new one resolved is not opened by the old one again', async () => {
    const tagged = (anInventory().instances ?? []).map((each) => ({
      ...each,
      tags: [{ key: 'CostCenter', value: '1' }],
    }));
    const account = anAccountOf(anInventory({ instances: tagged }));
    const stack = aStack();
    const ledger = aLedger();
    const mails: AlertMessage[] = [];
    const publish = async (message: AlertMessage) => `mail-${mails.push(message)}`;
    const ports = { logs: aBucket().logs, inventory: account.source, ledger, publisher: { publish } };
    const body = { mirrorwatch: 'recheck', accountId: ACCOUNT, region: REGION, instanceIds: ['i-1'] };
    const [old, next] = [stack.start(), stack.start()];
    await old.at(0);
    stack.store('CostCenter', 1);
    await next.at(1);
    for (let run = 0; run < 8; run += 1) {
      const minute = 1 + run / 4;
      const one = run % 2 === 0 ? old : next;
      await one.at(Math.floor(minute));
      const { config, configuration } = await one.runtime();
      const options = { now: new Date(at(1).getTime() + run * 15_000), clock: STOPPED_CLOCK, configuration };
      await deliver([{ messageId: `m-${run}`, body }], ports, config, options);
    }
    expect(mails).toEqual([]);
    expect(await ledger.entries({})).toEqual([]);
  });

  it('leave in the ledger which one a run judged by', async () => {
    const stack = aStack();
    const ledger = aLedger();
    stack.store('CostCenter', 1);
    const warm = stack.start();
    await warm.at(2);
    const { config, configuration } = await warm.runtime();
    const account = anAccountOf(anInventory());
    const options = { now: at(2), clock: STOPPED_CLOCK, name: 'first', configuration };
    await sweep({ inventory: account.source, ledger }, config, options);
    const [run] = await ledger.runs({ since: at(0), until: at(10) });
    expect(run?.reading?.configuration).toEqual({ hash: config.hash, changedAt: at(1).toISOString() });
  });
});
