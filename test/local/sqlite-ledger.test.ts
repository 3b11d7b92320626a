import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import type { FullLedger } from '../../src/ledger/change-log.ts';
import { openSqliteLedger } from '../../src/local/sqlite-ledger.ts';
import { AFTER_RETENTION, aCall, changeLogContract, partsOn, tagSet } from '../contract/change-log.ts';
import { floodsContract } from '../contract/floods.ts';
import { ledgerContract } from '../contract/ledger.ts';
import { aFinding, aJudgement } from '../support/findings.ts';
import { ACCOUNT, REGION } from '../support/inventories.ts';
import { aLedger } from '../support/ledgers.ts';

/** Takes the last migration back. */
const WITHOUT_SIGHT = 'DROP INDEX finding_in_sight; ALTER TABLE finding DROP COLUMN in_sight;';

const opened: { close(): void }[] = [];

afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close();
});

function openAt(path: string): FullLedger {
  const ledger = openSqliteLedger(path);
  opened.push(ledger);
  return ledger;
}

const aPath = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'mirrorwatch-ledger-')), 'ledger.db');

ledgerContract('the ledger in memory', async () => ({ ledger: aLedger() }));
ledgerContract(
  'the ledger in a file',
  async () => {
    const path = await aPath();
    return { ledger: openAt(path), again: async () => openAt(path) };
  },
  { runs: 10 },
);

floodsContract('the ledger in memory', async () => ({ ledger: aLedger() }));
floodsContract('the ledger in a file', async () => {
  const path = await aPath();
  return { ledger: openAt(path), again: async () => openAt(path) };
});

changeLogContract('the ledger in memory', async () => aLedger());
changeLogContract('the ledger in a file', async () => openAt(await aPath()), { runs: 5 });

const MODULE = JSON.stringify(resolve('src/local/sqlite-ledger.ts'));
const FINDING = JSON.stringify(aFinding());

/** Runs code in another process, where `openSqliteLedger` is imported. Resolves with its exit code or signal. */
async function inAnotherProcess(script: string): Promise<number | string> {
  const module = `import { openSqliteLedger } from ${MODULE};\n${script}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', module], { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

describe('openSqliteLedger', () => {
  it('keeps its content after it is closed', async () => {
    const path = await aPath();
    const first = openSqliteLedger(path);
    await first.record({ at: new Date(0), findings: [aFinding()], judgements: [], outcomes: [] });
    first.close();
    expect(await openAt(path).entries({})).toHaveLength(1);
  });

  it('deletes the calls on a resource when none has been added for longer than they are kept', async () => {
    const ledger = openAt(await aPath());
    const scope = { accountId: ACCOUNT, region: REGION };
    await ledger.keep([aCall(1, [tagSet('i-1')]), aCall(1, [tagSet('i-2')])], new Date('2026-03-17T13:00:00Z'));
    await ledger.keep([aCall(2, [tagSet('i-2')])], AFTER_RETENTION);
    expect(await partsOn(ledger, scope, ['i-1'])).toEqual([]);
    expect(await partsOn(ledger, scope, ['i-2'])).toHaveLength(2);
  });

  it('loses nothing when two processes write at once', async () => {
    const path = await aPath();
    const write = (who: string): Promise<number | string> =>
      inAnotherProcess(`
        const ledger = openSqliteLedger(${JSON.stringify(path)});
        for (let turn = 0; turn < 100; turn += 1) {
          const evidence = [{ eventID: '${who}-' + turn, eventName: 'RunInstances', eventTime: '2026-11-20T10:00:00Z', actor: 'x' }];
          const shared = { ...${FINDING}, evidence };
          const own = { ...${FINDING}, id: '${who}-' + turn, resourceId: '${who}-' + turn };
          await ledger.record({ at: new Date(turn), findings: [shared, own], judgements: [], outcomes: [] });
        }
        ledger.close();
      `);
    expect(await Promise.all([write('a'), write('b')])).toEqual([0, 0]);
    expect(await openAt(path).entries({})).toHaveLength(201);
  });

  it('keeps nothing of a killed process’s transaction, and accepts the next one at once', async () => {
    const path = await aPath();
    await openAt(path).record({ at: new Date(0), findings: [aFinding()], judgements: [], outcomes: [] });
    const killed = await inAnotherProcess(`
      import Database from 'libsql';
      openSqliteLedger(${JSON.stringify(path)});
      const db = new Database(${JSON.stringify(path)});
      db.exec('BEGIN IMMEDIATE');
      db.exec("DELETE FROM finding");
      process.kill(process.pid, 'SIGKILL');
    `);
    expect(killed).toBe('SIGKILL');
    const ledger = openAt(path);
    expect(await ledger.entries({})).toHaveLength(1);
    const second = aFinding({ resourceId: 'i-2' });
    const { opened: ids } = await ledger.record({ at: new Date(1), findings: [second], judgements: [], outcomes: [] });
    expect(ids).toEqual([second.id]);
  });

  it('lets signals and timers have their turn between calls, however many come one after the other', async () => {
    const ledger = aLedger();
    let isStopped = false;
    setImmediate(() => {
      isStopped = true;
    });
    let calls = 0;
    for (; !isStopped && calls < 1000; calls += 1) await ledger.entries({ ids: ['f-1'] });
    expect(calls).toBeLessThan(3);
  });

  it('rolls back an observation if a part of it cannot be recorded', async () => {
    const ledger = aLedger();
    const broken = { ...aFinding({ resourceId: 'i-2' }), accountId: null as unknown as string };
    const findings = [aFinding(), broken];
    await expect(ledger.record({ at: new Date(0), findings, judgements: [], outcomes: [] })).rejects.toMatchObject({
      code: 'ledger-failed',
    });
    expect(await ledger.entries({})).toEqual([]);
  });

  it.each([
    [
      'is not a ledger',
      async (path: string) => writeFile(path, 'not a database, but long enough to look like a header…'.repeat(20)),
    ],
    [
      'is of a newer version',
      async (path: string) => {
        const db = new Database(path);
        db.exec('PRAGMA user_version = 99');
        db.close();
      },
    ],
  ])('rejects a file that %s, and names its path', async (_, make) => {
    const path = await aPath();
    await make(path);
    const refused = expect.objectContaining({ code: 'ledger-failed', message: expect.stringContaining(path) });
    expect(() => openSqliteLedger(path)).toThrow(refused);
  });

  it('opens a ledger of the version before runs kept what they read, and says of its runs that it is not known', async () => {
    const path = await aPath();
    openSqliteLedger(path).close();
    const db = new Database(path);
    db.exec(
      `${WITHOUT_SIGHT} DROP TABLE spoken; DROP TABLE silence_judged; DROP TABLE intended_launch; DROP TABLE new_finding; DROP TABLE mail; ALTER TABLE claim DROP COLUMN owner; DROP TABLE judged_policy; DROP TABLE change_log; DROP TABLE look;
       ALTER TABLE run DROP COLUMN reading; PRAGMA user_version = 1`,
    );
    db.exec("INSERT INTO run (at, digest, coverage, inputs) VALUES (5, 'd', '[]', '[]')");
    db.close();
    const ledger = openAt(path);
    expect(await ledger.runs({ since: new Date(0), until: new Date(9) })).toEqual([
      { at: new Date(5), coverage: [], inputs: [] },
    ]);
  });

  it('opens a ledger of the version before mails were noted by what they tell of, and knows its mails', async () => {
    const path = await aPath();
    const first = openSqliteLedger(path);
    const { id } = aFinding();
    await first.record({ at: new Date(5), findings: [aFinding()], judgements: [], outcomes: [] });
    first.close();
    const db = new Database(path);
    db.exec(
      `${WITHOUT_SIGHT} DROP TABLE spoken; DROP TABLE silence_judged; DROP TABLE intended_launch; DROP TABLE new_finding; DROP TABLE mail; ALTER TABLE claim DROP COLUMN owner; PRAGMA user_version = 4`,
    );
    db.exec(`INSERT INTO claim (kind, key, done, at) VALUES ('alert', '${id}:1:notified', 1, 7),
      ('alert', '${id}:1:reminded-day', 0, 7), ('delivery', 'a:b', 1, 3)`);
    db.close();
    const ledger = openAt(path);
    expect((await ledger.entries({}))[0]?.notified).toEqual({ notified: new Date(7) });
    const claim = { kind: 'delivery', key: 'a:b' } as const;
    expect(await ledger.claim([claim], { now: new Date(9), leaseSeconds: 1, owner: 'a' })).toEqual([]);
    await ledger.record({ at: new Date(2), findings: [aFinding()], judgements: [], outcomes: [] });
    expect((await ledger.entries({}))[0]?.notified).toEqual({ notified: new Date(7) });
  });

  it('opens a ledger of the version before findings were kept in sight, and has them in sight', async () => {
    const path = await aPath();
    const first = openSqliteLedger(path);
    const findings = [aFinding(), aFinding({ resourceId: 'i-2' })];
    await first.record({ at: new Date(5), findings, judgements: [], outcomes: [] });
    const claims = findings.map(({ id }) => ({ kind: 'alert', key: `${id}:notified` }) as const);
    await first.settle(claims, { now: new Date(6), owner: 'a', how: 'done' });
    await first.record({
      at: new Date(7),
      findings: [],
      judgements: [aJudgement({ resourceId: 'i-2' })],
      outcomes: [],
    });
    first.close();
    const db = new Database(path);
    db.exec(
      `${WITHOUT_SIGHT} DROP TABLE spoken; DROP TABLE silence_judged; DROP TABLE intended_launch; DROP TABLE new_finding; PRAGMA user_version = 5`,
    );
    db.close();
    const inSight = await openAt(path).entries({ inSight: { accountId: '111122223333', region: 'eu-west-1' } });
    expect(inSight.map(({ finding }) => finding.status).toSorted()).toEqual(['open', 'resolved']);
  });

  it('keeps no row of what a look found in order, and one of what passed by records', async () => {
    const path = await aPath();
    const ledger = openSqliteLedger(path);
    const judgements = [aJudgement({ resourceId: 'i-1' }), aJudgement({ resourceId: 'i-2' })];
    const looked = new Set(judgements.slice(0, 1).map(({ id }) => id));
    await ledger.record({ at: new Date(5), findings: [], judgements, looked, outcomes: [] });
    ledger.close();
    const db = new Database(path);
    expect(db.prepare('SELECT id FROM finding').all()).toEqual([{ id: judgements[1]?.id }]);
    db.close();
  });

  it('rejects a path in a missing folder', async () => {
    const path = join(await aPath(), 'none', 'ledger.db');
    expect(() => openSqliteLedger(path)).toThrow(expect.objectContaining({ code: 'ledger-failed' }));
  });
});
