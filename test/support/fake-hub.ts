/** Security Hub in several accounts and regions, and the STS that lets into them, as AWS answers on the wire. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { pointAt } from './live.ts';
import { signedBy } from './signed-by.ts';

/** A finding as it was sent. */
export interface Sent {
  readonly Id: string;
  readonly AwsAccountId: string;
  readonly ProductArn: string;
  readonly UpdatedAt: string;
  readonly Title: string;
  readonly RecordState: string;
  readonly Compliance?: { readonly Status: string };
  readonly Workflow?: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: object | string;
  readonly code?: string;
}

/** The account of the tests' own credentials. */
export const OWN = '111122223333';
const SECRETS: Readonly<Record<string, string>> = { AKIATEST: 'secret' };
/** The longest title, and the most findings of a call. */
const [LONGEST_TITLE, MOST_FINDINGS, MOST_BYTES] = [256, 100, 240_000];

/** The hubs, and what reached them. Emptied before each test. */
export interface FakeHub {
  /** `account region` of each hub that is on. */
  readonly on: Set<string>;
  /** Accounts that let nobody in. */
  readonly closed: Set<string>;
  /** What each hub has, by `account region` and `Id`. */
  readonly findings: Map<string, Map<string, Sent>>;
  /** Each call, by the account of its credentials and the region of its signature. */
  readonly calls: { readonly by: string; readonly region: string; readonly count: number; readonly bytes: number }[];
  /** The roles that were assumed, with the actions of their session policies. */
  readonly roles: { readonly arn: string; readonly actions: readonly string[] }[];
  /** The next calls that fail, with the code. */
  readonly faults: string[];
  /** What is refused one by one, beside what AWS refuses. */
  refuses: (finding: Sent) => boolean;
  /** Where it answers, once tests run. */
  url: string;
}

/** Starts it before the tests of a file, and stops it after them. */
export function aFakeHub(): FakeHub {
  const hub: FakeHub = {
    ...{ on: new Set(), closed: new Set(), findings: new Map(), calls: [], roles: [], faults: [] },
    ...{ refuses: () => false, url: '' },
  };
  const server = createServer((request, response) => {
    const chunks: string[] = [];
    request.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
    request.on('end', () => {
      const body = chunks.join('');
      const signer = signedBy(request, body, secretOf);
      const { status, body: answer, code } = signer === null ? NOT_SIGNED : answerTo(hub, signer, request.url, body);
      const type = typeof answer === 'string' ? 'text/xml' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...(code !== undefined && { 'x-amzn-errortype': code }) });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    pointAt(hub.url);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    for (const each of [hub.on, hub.closed, hub.findings]) each.clear();
    for (const list of [hub.calls, hub.roles, hub.faults]) list.length = 0;
    hub.refuses = () => false;
  });
  return hub;
}

const NOT_SIGNED: Answer = { status: 403, body: { Message: 'signature' }, code: 'InvalidSignatureException' };

/** Assumed keys tell their account, so that a call with them is one of that account. */
function secretOf(accessKeyId: string): string | undefined {
  return SECRETS[accessKeyId] ?? (/^ASIA\d{12}$/.test(accessKeyId) ? `secret of ${accessKeyId}` : undefined);
}

function answerTo(
  hub: FakeHub,
  signer: { readonly accessKeyId: string; readonly region: string; readonly service: string },
  url: string | undefined,
  body: string,
): Answer {
  if (signer.service === 'sts') return assumed(hub, new URLSearchParams(body));
  if (signer.service !== 'securityhub' || url !== '/findings/import')
    return { status: 404, body: { Message: `no ${signer.service} at ${url}` }, code: 'UnknownOperationException' };
  const by = /^ASIA(\d{12})$/.exec(signer.accessKeyId)?.[1] ?? OWN;
  return imported(hub, { by, region: signer.region }, JSON.parse(body).Findings, Buffer.byteLength(body));
}

function assumed({ roles, closed }: FakeHub, asked: URLSearchParams): Answer {
  if (asked.get('Action') === 'GetCallerIdentity')
    return xml('GetCallerIdentity', `<Account>${OWN}</Account><Arn>arn:aws:iam::${OWN}:user/tests</Arn>`);
  const arn = asked.get('RoleArn') ?? '';
  const [, account = ''] = /^arn:aws[a-z-]*:iam::(\d{12}):role\//.exec(arn) ?? [];
  if (closed.has(account))
    return {
      status: 403,
      body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
    };
  const statements = JSON.parse(asked.get('Policy') ?? '{}').Statement as { readonly Action: string | string[] }[];
  roles.push({ arn, actions: statements.flatMap(({ Action }) => Action) });
  const key = `ASIA${account}`;
  const ends = new Date(Date.now() + 3_600_000).toISOString();
  return xml(
    'AssumeRole',
    `<Credentials><AccessKeyId>${key}</AccessKeyId><SecretAccessKey>secret of ${key}</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${ends}</Expiration></Credentials>`,
  );
}

const xml = (name: string, text: string): Answer => ({
  status: 200,
  body: `<${name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${name}Result>${text}</${name}Result></${name}Response>`,
});

/** Takes findings as BatchImportFindings does: a call as a whole, and then each finding. */
function imported(
  hub: FakeHub,
  { by, region }: { readonly by: string; readonly region: string },
  all: readonly Sent[],
  bytes: number,
): Answer {
  hub.calls.push({ by, region, count: all.length, bytes });
  const fault = hub.faults.shift();
  if (fault !== undefined) return { status: 400, body: { Message: 'told to fail' }, code: fault };
  if (!hub.on.has(`${by} ${region}`))
    return {
      status: 401,
      body: { Message: `Account ${by} is not subscribed to AWS Security Hub` },
      code: 'InvalidAccessException',
    };
  if (all.length > MOST_FINDINGS || all.length === 0 || all.some(({ Title }) => Title.length > LONGEST_TITLE))
    return { status: 400, body: { Message: 'Invalid parameter' }, code: 'InvalidInputException' };
  const has = hub.findings.get(`${by} ${region}`) ?? new Map<string, Sent>();
  hub.findings.set(`${by} ${region}`, has);
  const FailedFindings = all.flatMap((finding) => {
    const { Id } = finding;
    const reason = reasonAgainst(finding, by, region) ?? (hub.refuses(finding) ? 'told to refuse' : undefined);
    if (reason !== undefined) return [{ Id, ErrorCode: 'InvalidInput', ErrorMessage: reason }];
    const before = has.get(Id);
    if (before === undefined || before.UpdatedAt < finding.UpdatedAt)
      has.set(Id, before?.Workflow === undefined ? finding : { ...finding, Workflow: before.Workflow });
    return [];
  });
  const FailedCount = FailedFindings.length;
  return { status: 200, body: { SuccessCount: all.length - FailedCount, FailedCount, FailedFindings } };
}

function reasonAgainst(finding: Sent, by: string, region: string): string | undefined {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  if (finding.AwsAccountId !== by) return 'the account of the finding is not the account of the caller';
  if (finding.ProductArn !== `arn:${partition}:securityhub:${region}:${by}:product/${by}/default`)
    return 'the product is not of this account and region';
  if (Buffer.byteLength(JSON.stringify(finding)) > MOST_BYTES) return 'the finding is larger than 240 KB';
  return finding.Workflow === undefined ? undefined : 'Workflow belongs to the customer';
}
