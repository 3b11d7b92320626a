/** A fake AWS endpoint for tests: EC2 with mirror sessions, STS, Elastic Load Balancing and DynamoDB. It logs calls and injects faults. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Action,
  EC2_ACTIONS,
  type FakeAccount,
  FakeFault,
  type Item,
  type Params,
  type Quotas,
} from './account.ts';
import { DYNAMODB_ACTIONS, type FakeTables } from './dynamodb.ts';
import { LAUNCH_ACTIONS } from './launches.ts';
import { listRegions, ORGANIZATION_ACTIONS } from './organization.ts';
import { JSON_ACTIONS, QUERY_ACTIONS } from './other-services.ts';
import { ec2Xml, faultXml, queryXml } from './xml.ts';

/** Lets the first `skip` calls of the action pass and fails the next `times` (one if not given). `drop` does the work, then closes the connection. */
export interface Fault {
  readonly action: string;
  readonly code?: string;
  /** @default 'injected' */
  readonly message?: string;
  readonly status?: number;
  readonly skip?: number;
  readonly times?: number;
  readonly every?: number;
  readonly drop?: boolean;
  /** Only calls about this network interface count. @default every call */
  readonly networkInterfaceId?: string;
}

export interface FakeAws {
  readonly url: string;
  /** Calls so far, in order: `DescribeInstances`, `AssumeRole`, … */
  readonly calls: string[];
  /** The parameters of the last call of an action. */
  readonly lastParams: Map<string, Params>;
  /** The roles that can be assumed. If empty, any can. */
  readonly roles: { arn: string; externalId?: string }[];
  account(accountId: string, region: string): FakeAccount;
  fail(...faults: readonly Fault[]): void;
  count(action: string): number;
  stop(): Promise<void>;
}

/** The account of callers that have not assumed a role. */
export const HOME_ACCOUNT = '111122223333';

/** Starts an endpoint on a free port of the loopback address. */
export async function startFakeAws(
  options: { readonly quotas?: Partial<Quotas>; readonly page?: number } = {},
): Promise<FakeAws> {
  const accounts = new Map<string, FakeAccount>();
  const tables: FakeTables = new Map();
  const calls: string[] = [];
  const lastParams = new Map<string, Params>();
  const roles: { arn: string; externalId?: string }[] = [];
  let faults: { fault: Fault; seen: number }[] = [];

  const account = (accountId: string, region: string): FakeAccount => {
    const key = `${accountId}:${region}`;
    const quotas = { sourcesPerTarget: 10, sessions: 10_000, ...options.quotas };
    const made = accounts.get(key) ?? { lists: {}, quotas, page: options.page ?? 1000, nextId: 1 };
    accounts.set(key, made);
    return made;
  };

  const faultFor = (action: string, params: Params): Fault | undefined => {
    for (const entry of faults) {
      const { networkInterfaceId = params.NetworkInterfaceId } = entry.fault;
      if (entry.fault.action !== action || networkInterfaceId !== params.NetworkInterfaceId) continue;
      entry.seen += 1;
      const { skip = 0, times = 1, every } = entry.fault;
      if (every === undefined ? entry.seen > skip && entry.seen <= skip + times : entry.seen % every === 0)
        return entry.fault;
    }
    return undefined;
  };

  const answer = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const [, key = '', region = '', service = ''] =
      /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
    const target = request.headers['x-amz-target'];
    const isJson = typeof target === 'string' || service === 'account';
    const params: Params = isJson ? JSON.parse(body || '{}') : unfolded(new URLSearchParams(body));
    const action =
      typeof target === 'string' ? (target.split('.').at(-1) ?? '') : isJson ? 'ListRegions' : String(params.Action);
    const accountId = /^ASIA(\d{12})$/.exec(key)?.[1] ?? HOME_ACCOUNT;
    calls.push(action);
    lastParams.set(action, params);
    const protocol = isJson ? 'json' : service === 'ec2' ? 'ec2' : 'query';
    const send = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': protocol === 'json' ? 'application/x-amz-json-1.0' : 'text/xml' });
      response.end(text);
    };
    const refuse = ({ code, message, status }: FakeFault): void =>
      protocol === 'json'
        ? send(status, JSON.stringify({ __type: code, message, ...cancellationReasons(code, message) }))
        : send(status, faultXml(protocol, code, message));
    try {
      const fault = faultFor(action, params);
      if (fault?.code !== undefined) throw new FakeFault(fault.code, fault.message ?? 'injected', fault.status ?? 503);
      const given = { account: account(accountId, region), accountId, roles };
      let text: string;
      if (protocol === 'ec2')
        text = ec2Xml(action, known(LAUNCH_ACTIONS[action] ?? EC2_ACTIONS[action], action)(given.account, params));
      else if (protocol === 'query') text = queryXml(action, known(QUERY_ACTIONS[action], action)(given, params));
      else if (service === 'dynamodb') text = JSON.stringify(known(DYNAMODB_ACTIONS[action], action)(tables, params));
      else if (service === 'account') text = JSON.stringify(listRegions(given, params, (id) => account(id, region)));
      else text = JSON.stringify(known(JSON_ACTIONS[action] ?? ORGANIZATION_ACTIONS[action], action)(given, params));
      if (fault?.drop) response.destroy();
      else send(200, text);
    } catch (thrown) {
      if (thrown instanceof FakeFault) refuse(thrown);
      else send(500, String(thrown));
    }
  };

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, Buffer.concat(chunks as unknown as Uint8Array[]).toString(), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    lastParams,
    roles,
    account,
    fail: (...wanted) => {
      faults = wanted.map((fault) => ({ fault, seen: 0 }));
    },
    count: (action) => calls.filter((each) => each === action).length,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function known<A>(action: A | undefined, name: string): A {
  if (action === undefined)
    throw new FakeFault('InvalidAction', `The action ${name} is not valid for this web service.`);
  return action;
}

/** `A.1.B=x` → `{A: [{B: 'x'}]}`: numbered parts are lists. */
export function unfolded(form: URLSearchParams): Params {
  const root: Item = {};
  for (const [path, value] of form) {
    const parts = path.split('.').filter((part) => part !== 'member');
    let holder: Item = root;
    for (const [index, part] of parts.entries()) {
      const key = /^\d+$/.test(part) ? String(Number(part) - 1) : part;
      const next = parts[index + 1];
      if (next === undefined) holder[key] = value;
      else {
        holder[key] ??= /^\d+$/.test(next) ? [] : {};
        holder = holder[key];
      }
    }
  }
  return root;
}

export type { Action, FakeAccount, Item };

/** Why each write of a transaction was cancelled, as AWS lists it beside the message that names the codes. */
function cancellationReasons(code: string, message: string): object {
  const codes = /\[(.*)\]/.exec(message)?.[1]?.split(', ') ?? [];
  return code === 'TransactionCanceledException' ? { CancellationReasons: codes.map((Code) => ({ Code })) } : {};
}
