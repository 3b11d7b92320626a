import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { narrowed } from '../../../src/local/account/narrow-inventory.ts';
import { sweep } from '../../../src/pipeline/sweep.ts';
import { STOPPED_CLOCK } from '../../support/clocks.ts';
import { authorized, deleted, revoked, rule, ssh } from '../../support/group-calls.ts';
import { anInstance, anInterface, attachedTo } from '../../support/inventories.ts';
import { aLedger } from '../../support/ledgers.ts';
import { openOf, outcomeOf } from '../../support/open-groups.ts';
import { at } from '../../support/sightings.ts';
import { ACCOUNTS, account, opened } from './rows/accounts.ts';
import { ALL, erin, GROUP, OTHER } from './rows/row.ts';

describe('security-group-open with the account', () => {
  it.each(ACCOUNTS.map((row) => [row.name, row] as const))(
    '%s',
    async (_, { account: inventory, records, policy, ...expected }) => {
      const source = {
        scopes: async () => [{ accountId: inventory.accountId, region: inventory.region }],
        load: async (
          __: unknown,
          need: Parameters<typeof narrowed>[1],
          options: { groups?: Parameters<typeof narrowed>[2] },
        ) => narrowed(inventory, need, options.groups),
      };
      const said =
        records === undefined ? await swept(source, policy) : await outcomeOf([records], policy, source as never);
      const { open, closed, unknown } = expected;
      expect(said.open.map(({ group, ports }) => ({ group, ports }))).toEqual(
        open === undefined ? [] : [{ group: open.group ?? GROUP, ports: open.ports }],
      );
      if (open !== undefined)
        expect(said.open.map(({ proven, by }) => causeIn(open.cause, proven, by))).toEqual([open.cause]);
      if (closed !== undefined) expect(said.closed).toEqual([{ group: GROUP, by: closed }]);
      else if (open !== undefined) expect(said.closed.filter(({ group }) => group === open.group)).toEqual([]);
      else expect(said.closed).toEqual([]);
      if (unknown !== undefined) expect(said.unknown).toEqual([expect.stringContaining(unknown)]);
    },
  );

  // The first delivery reads the account at minute 60, the second at minute 61.
  it.each([
    ['revoked by erin', account(['10.0.0.0/8']), [revoked(60.5, GROUP, ssh(ALL), erin)], ['erin']],
    ['deleted by erin', account([], {}, { securityGroups: [] }), [deleted(60.5, GROUP, erin)], ['erin']],
    ['revoked without a record', account(['10.0.0.0/8']), [authorized(60.5, GROUP, ssh('10.0.0.0/8'), erin)], []],
    [
      'revoked without a record, while erin revoked another rule',
      account([]),
      [revoked(60.5, GROUP, [rule('tcp', 3389, '10.0.0.0/8')], erin)],
      [],
    ],
  ] as const)('ends: %s', async (_, after, records, by) => {
    const states = [account([ALL]), after];
    const source = { ...sourceOf(after), load: async () => states.shift() ?? after };
    const { ledger } = await outcomeOf([[opened], records], {}, source as never);
    expect(ledger).toEqual([{ group: GROUP, status: 'resolved', by }]);
  });

  it('says what stands behind the group, running instances with public addresses first', async () => {
    const inventory = account(
      [ALL],
      {},
      {
        instances: [
          anInstance({ instanceId: 'i-0stopped', state: 'stopped' }),
          anInstance({ instanceId: 'i-1private' }),
          anInstance({ instanceId: 'i-2public' }),
        ],
        networkInterfaces: [
          anInterface({ networkInterfaceId: 'eni-0', groupIds: [GROUP], attachment: attachedTo('i-0stopped') }),
          anInterface({ networkInterfaceId: 'eni-1', groupIds: [GROUP], attachment: attachedTo('i-1private') }),
          anInterface({
            networkInterfaceId: 'eni-2',
            groupIds: [GROUP],
            publicIp: '198.51.100.7',
            attachment: attachedTo('i-2public'),
          }),
          anInterface({
            networkInterfaceId: 'eni-3',
            groupIds: [GROUP],
            description: 'ELB app/web/0123456789abcdef',
            requesterManaged: true,
            attachment: undefined,
          }),
          anInterface({
            networkInterfaceId: 'eni-4',
            groupIds: [OTHER],
            publicIp: '198.51.100.8',
            attachment: undefined,
          }),
        ],
      },
    );
    const { findings } = await swept(sourceOf(inventory));
    const [reason = ''] = findings.map((finding) => finding.reason);
    const places = ['i-2public', 'i-1private', 'i-0stopped', 'eni-3'].map((id) => reason.indexOf(id));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(reason).not.toContain('eni-4');
  });

  it('does not claim that an address is behind a group that nothing uses', async () => {
    const { findings } = await swept(sourceOf(account([ALL])));
    expect(findings).toMatchObject([{ resourceId: GROUP, detail: { behind: expect.anything() } }]);
    expect(findings[0]?.reason).toMatch(/nothing/);
  });
});

function sourceOf(inventory: Inventory) {
  return {
    scopes: async () => [{ accountId: inventory.accountId, region: inventory.region }],
    load: async () => inventory,
  };
}

function causeIn(cause: 'unknown' | 'unproven' | readonly string[], proven: boolean, by: readonly string[]): unknown {
  if (cause === 'unknown') return by.length === 0 ? 'unknown' : by;
  if (cause === 'unproven') return proven ? by : 'unproven';
  return proven ? by : { unproven: by };
}

/** What a sweep says of the account. */
async function swept(source: unknown, policy: object = {}) {
  const config = parseConfig(JSON.stringify({ watch: { securityGroupOpen: policy } }), 'config.json');
  const ledger = aLedger();
  const ports = { ledger, inventory: source, publisher: { publish: async () => 'mail-1' } };
  const { assessment } = await sweep(ports as never, config, { now: at(60), clock: STOPPED_CLOCK, name: 'sweep-1' });
  ledger.close();
  const findings = assessment.findings.filter((finding) => finding.rule === 'security-group-open');
  const judgements = assessment.judgements.filter((judgement) => judgement.rule === 'security-group-open');
  return {
    findings,
    open: findings.map(openOf),
    closed: judgements
      .filter(({ result }) => result !== 'unknown')
      .map(({ resourceId }) => ({ group: resourceId, by: [] as readonly string[] })),
    unknown: judgements.filter(({ result }) => result === 'unknown').map(({ reason }) => reason),
  };
}
