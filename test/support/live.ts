/** The live adapters, pointed at the tests' own endpoints. */

import { afterAll, beforeAll } from 'vitest';
import { type AwsOptions, type AwsPorts, awsPorts } from '../../src/aws/ports.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { toSnapshot } from '../../src/inventory/snapshot.ts';
import type { FakeAccount, Item } from './fake-ec2/account.ts';
import { type FakeAws, startFakeAws } from './fake-ec2/server.ts';

/** Points every client of this process to `url`, with fake credentials. */
export function pointAt(url: string, service = ''): void {
  process.env[`AWS_ENDPOINT_URL${service}`] = url;
  process.env.AWS_ACCESS_KEY_ID = 'AKIATEST';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
  // Ignores the machine's own AWS configuration, and silences the warning about Node's version.
  process.env.AWS_CONFIG_FILE = '/nonexistent';
  process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent';
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
  process.env.NODE_NO_WARNINGS = '1';
}

/** Starts the fake endpoint before the tests of a file and stops it after them. */
export function aFakeAws(options: Parameters<typeof startFakeAws>[0] = {}): () => FakeAws {
  let fake: FakeAws | undefined;
  beforeAll(async () => {
    fake = await startFakeAws(options);
    pointAt(fake.url);
  });
  afterAll(() => fake?.stop());
  return () => {
    if (fake === undefined) throw new Error('the fake endpoint is there only while tests run');
    return fake;
  };
}

/** Replaces an account of the fake with an inventory's lists. */
export function seed(account: FakeAccount, inventory: Inventory): void {
  const [region] = toSnapshot([inventory]).regions as readonly Item[];
  for (const list of Object.keys(account.lists)) delete account.lists[list];
  for (const [name, items] of Object.entries(region ?? {})) if (Array.isArray(items)) account.lists[name] = items;
}

/** Live ports of an account in a region. By default nothing sleeps and the clock is the machine's. */
export function livePorts(options: Partial<AwsOptions> = {}): AwsPorts {
  return awsPorts({ region: 'eu-west-1', pathStyle: true, sleep: () => Promise.resolve(), ...options });
}
