import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeAws, startFakeAws } from '../support/fake-ec2/server.ts';
import { aFakeHub } from '../support/fake-hub.ts';
import { ACCOUNT, anInventory, REGION } from '../support/inventories.ts';
import { seed } from '../support/live.ts';
import { RESPONSE_URL, responsesOptions } from '../support/stack-response.ts';
import { invoke, unpackZip } from '../support/zip-functions.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const hub = aFakeHub();
const MIRRORING = { mode: 'apply', filterId: 'tmf-1', targets: ['tmt-a'] };

let zip: string;
let fake: FakeAws;
let stack: Server;
const answers: { Status: string; RequestId: string; PhysicalResourceId: string }[] = [];
beforeAll(async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'mirrorwatch-sweep-')), 'mirrorwatch.zip');
  await promisify(execFile)('bash', [join(ROOT, 'bundle.sh'), '--out', out]);
  zip = await unpackZip(out);
  fake = await startFakeAws();
  stack = createServer((request, response) => {
    const parts: string[] = [];
    request.setEncoding('utf8').on('data', (part: string) => parts.push(part));
    request.on('end', () => {
      answers.push(JSON.parse(parts.join('')));
      response.end();
    });
  });
  await new Promise<void>((resolve) => stack.listen(0, '127.0.0.1', resolve));
}, 60_000);
afterAll(async () => {
  stack.close();
  await fake.stop();
});
beforeEach(() => {
  answers.length = 0;
  seed(fake.account(ACCOUNT, REGION), anInventory());
});

const sources = (): readonly string[] =>
  (fake.account(ACCOUNT, REGION).lists.TrafficMirrorSessions ?? []).map((each) => each.NetworkInterfaceId);

const onStack = (RequestType: string, more: object = {}): object => ({
  RequestType,
  ResponseURL: RESPONSE_URL,
  ...{ StackId: 'stack', RequestId: `request-${RequestType}`, LogicalResourceId: 'SweepNow' },
  ResourceType: 'Custom::FirstSweep',
  ResourceProperties: { ServiceToken: 'arn', ...more },
  ...(RequestType !== 'Create' && { PhysicalResourceId: 'the-one' }),
});

async function sweep(
  event: object,
  config: string = JSON.stringify({ mirroring: MIRRORING }),
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const env = {
    AWS_ENDPOINT_URL: fake.url,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    MIRRORWATCH_CONFIG: config,
    NODE_OPTIONS: responsesOptions(`http://127.0.0.1:${(stack.address() as AddressInfo).port}`),
    ...variables,
  };
  await invoke(zip, 'sweep', event, { env });
}

describe('sweep.handler', () => {
  it.each([
    ['Create', ['eni-1'], 'mirrorwatch-backfill-SweepNow'],
    ['Update', ['eni-1'], 'the-one'],
    ['Delete', [], 'the-one'],
  ])('answers the stack on %s, and sweeps unless the stack is deleted', async (type, mirrored, id) => {
    await sweep(onStack(type));
    expect(answers).toMatchObject([{ Status: 'SUCCESS', RequestId: `request-${type}`, PhysicalResourceId: id }]);
    expect(sources()).toEqual(mirrored);
  });

  it('answers the stack even if the configuration is invalid, and then fails', async () => {
    await expect(sweep(onStack('Create'), '{"mirroring": 1}')).rejects.toThrow(/config-invalid/);
    expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
  });

  it('leaves existing instances alone if the stack says so', async () => {
    await sweep(onStack('Create', { EnableForExistingInstances: 'false' }));
    expect(answers).toHaveLength(1);
    expect(sources()).toEqual([]);
  });

  it('mirrors on schedule what no event reported', async () => {
    await sweep({ mirrorwatch: 'sweep' });
    expect(sources()).toEqual(['eni-1']);
  });

  it('imports what it finds into Security Hub, as it is sent by the SDK, and only where that is asked for', async () => {
    hub.on.add(`${ACCOUNT} ${REGION}`);
    const untagged = JSON.stringify({ requiredTags: ['Owner'], graceSeconds: 0 });
    const to = { AWS_ENDPOINT_URL_SECURITYHUB: hub.url };
    await sweep({ mirrorwatch: 'sweep' }, untagged, to);
    expect(hub.calls).toEqual([]);
    await sweep({ mirrorwatch: 'sweep' }, untagged, { ...to, MIRRORWATCH_SECURITY_HUB: 'yes' });
    const [sent] = [...(hub.findings.get(`${ACCOUNT} ${REGION}`)?.values() ?? [])];
    expect(sent).toMatchObject({
      ...{ SchemaVersion: '2018-10-08', RecordState: 'ACTIVE', Compliance: { Status: 'FAILED' } },
      FindingProviderFields: { Severity: { Label: 'MEDIUM', Original: 'medium' } },
      Resources: [{ Type: 'AwsEc2Instance', Partition: 'aws', Region: REGION }],
      ProductFields: { 'mirrorwatch/rule': 'instance-untagged', 'mirrorwatch/missingTags': 'Owner' },
    });
  });
});
