/** Resources of other accounts that a shared subnet or target brings into an account's lists. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { aPlace, type Place, packed, type Ran } from '../support/command-line.ts';
import { aLaunch } from '../support/records.ts';

const EXAMPLE = readFileSync(new URL('../../examples/account.json', import.meta.url), 'utf8');
const CONFIG = readFileSync(new URL('../../config.json', import.meta.url), 'utf8');
const STRANGER = '999988887777';
/** The interface of a task that has no session. */
const TASK = 'eni-0e8e5f5455eda225c';
/** A session of the example, and its source. */
const SESSION = 'tms-0704e347ca9216c57';
const SOURCE = 'eni-024f2baa827df60d0';

interface Tagged {
  Tags?: { Key: string; Value: string }[];
}
interface Region {
  accountId: string;
  Reservations: { OwnerId?: string; Instances: (Tagged & { InstanceId: string; OwnerId?: string })[] }[];
  NetworkInterfaces: {
    NetworkInterfaceId: string;
    OwnerId?: string;
    Attachment?: { InstanceId?: string; InstanceOwnerId?: string };
  }[];
  TrafficMirrorSessions: (Tagged & { TrafficMirrorSessionId: string; TrafficMirrorTargetId: string })[];
}

/** A folder with the example account after a change, and its configuration with these settings of mirroring. */
function withAccount(change: (region: Region) => void, mirroring: Readonly<Record<string, unknown>> = {}): Place {
  const account = JSON.parse(EXAMPLE) as { regions: Region[] };
  const config = JSON.parse(CONFIG) as { mirroring: Readonly<Record<string, unknown>> };
  for (const region of account.regions) change(region);
  const place = aPlace();
  place.put('account.json', account);
  place.put('config.json', { ...config, mirroring: { ...config.mirroring, ...mirroring } });
  return place;
}

interface Found {
  readonly rule: string;
  readonly status: string;
  readonly resourceId: string;
  readonly detail: { readonly interfaces?: readonly { readonly networkInterfaceId: string }[] };
}

const linesOf = ({ stdout, stderr }: Ran): readonly Found[] => {
  if (stdout === '') throw new Error(`nothing was printed: ${stderr}`);
  return stdout
    .trim()
    .split('\n')
    .map((line): Found => JSON.parse(line));
};

const audited = async (place: Place): Promise<readonly Found[]> =>
  linesOf(await place.run('audit', '--account', 'account.json', '-o', 'jsonl', '--quiet'));

/** The source's instance is another account's, which we cannot list. */
function lentAway({ NetworkInterfaces, Reservations, TrafficMirrorSessions }: Region): void {
  const attachment = NetworkInterfaces.find(({ NetworkInterfaceId }) => NetworkInterfaceId === SOURCE)?.Attachment;
  if (attachment === undefined) throw new Error('the example has another source');
  for (const reservation of Reservations)
    reservation.Instances = reservation.Instances.filter(({ InstanceId }) => InstanceId !== attachment.InstanceId);
  attachment.InstanceOwnerId = STRANGER;
  const session = TrafficMirrorSessions.find(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId === SESSION);
  if (session !== undefined) session.Tags = [{ Key: 'mirrorwatch:managed', Value: 'true' }];
}

/** The task's interface is another account's, in a subnet that we share with it. */
function inSharedSubnet({ NetworkInterfaces }: Region): void {
  for (const each of NetworkInterfaces) if (each.NetworkInterfaceId === TASK) each.OwnerId = STRANGER;
}

const unchanged = (): void => undefined;

describe('an interface on an instance of another account', () => {
  it('an instance that only its own account lists is not called gone, and its session is no orphan', async () => {
    const found = await audited(withAccount(lentAway));
    expect(found.filter(({ resourceId }) => resourceId === SESSION)).toEqual([]);
    expect(found.filter(({ rule }) => rule === 'mirror-orphan').length).toBeGreaterThan(0);
  });

  it('a session on an instance that only its own account lists is not deleted by the clean-up', async () => {
    const place = withAccount(lentAway);
    const { stdout } = await place.run('mirror', 'plan', '--cleanup', '--account', 'account.json', '-o', 'json');
    expect(stdout).toContain('"steps"');
    expect(stdout).not.toContain(SESSION);
  });
});

describe('a shared subnet', () => {
  it('the task of another account in a subnet that we share is judged in its own account alone', async () => {
    const naming = (found: readonly Found[]): readonly Found[] =>
      found.filter(({ detail }) => detail.interfaces?.some(({ networkInterfaceId }) => networkInterfaceId === TASK));
    expect(naming(await audited(withAccount(unchanged)))).not.toEqual([]);
    expect(naming(await audited(withAccount(inSharedSubnet)))).toEqual([]);
  });

  it('the task of another account in a subnet that we share gets no session of ours', async () => {
    const planned = async (change: (region: Region) => void): Promise<string> =>
      (await withAccount(change).run('mirror', 'plan', '--account', 'account.json', '-o', 'json')).stdout;
    expect(await planned(unchanged)).toContain(TASK);
    expect(await planned(inSharedSubnet)).not.toContain(TASK);
  });
});

describe('a session of ours on an interface of another account', () => {
  it('a session to an unknown target on an interface of another account in our subnet is found', async () => {
    const place = withAccount(({ NetworkInterfaces, TrafficMirrorSessions }) => {
      for (const each of NetworkInterfaces) if (each.NetworkInterfaceId === SOURCE) each.OwnerId = STRANGER;
      for (const each of TrafficMirrorSessions)
        if (each.TrafficMirrorSessionId === SESSION) each.TrafficMirrorTargetId = 'tmt-0bad0000000000bad';
    });
    const rogue = (await audited(place)).filter(({ rule }) => rule === 'mirror-rogue');
    expect(JSON.stringify(rogue)).toContain('tmt-0bad0000000000bad');
  });
});

describe('tags of other letters', () => {
  it.each([
    { attack: 'a tag in other letters exempts nothing', key: 'nomirror' },
    { attack: 'a tag with a blank after it exempts nothing', key: 'NoMirror ' },
    { attack: 'a tag with a letter of another alphabet exempts nothing', key: 'NoMirr\u043er' },
  ])('$attack', async ({ key }) => {
    const unmirrored = async (tag: string): Promise<number> => {
      const place = withAccount(
        ({ Reservations }) => {
          for (const { Instances } of Reservations)
            for (const instance of Instances) instance.Tags = [{ Key: tag, Value: 'true' }];
        },
        { excludeTags: [{ Key: 'NoMirror' }] },
      );
      return (await audited(place)).filter(
        ({ rule, status, resourceId }) =>
          rule === 'instance-unmirrored' && status === 'open' && resourceId.startsWith('i-'),
      ).length;
    };
    expect(await unmirrored('NoMirror')).toBe(0);
    expect(await unmirrored(key)).toBeGreaterThan(0);
  });
});

describe('an instance of another account', () => {
  it('a record of ours that names an instance of another account is no all-clear by the tags of that one', async () => {
    const place = withAccount(({ Reservations }) => {
      const [instance] = Reservations.flatMap(({ Instances }) => Instances);
      if (instance === undefined) throw new Error('the example has no instance');
      instance.OwnerId = STRANGER;
      instance.InstanceId = 'i-0aaaaaaaaaaaaaaaa';
      instance.Tags = [
        { Key: 'Owner', Value: 'dana@example.com' },
        { Key: 'CostCenter', Value: 'c1' },
      ];
    });
    place.put('logs/1.json.gz', packed([aLaunch([{ instanceId: 'i-0aaaaaaaaaaaaaaaa' }])]));
    const ran = await place.run(
      ...['scan', 'logs', '--account', 'account.json', '-o', 'json', '--quiet', '--include-pass'],
    );
    expect(ran.stdout).not.toContain('carries its required tags');
    expect(ran.code).not.toBe(0);
  });
});
