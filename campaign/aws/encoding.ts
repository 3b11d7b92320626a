/** Reads requests in the protocols of AWS's services, and writes answers and errors in them. */

import { FakeFault, type Params } from '../../test/support/fake-ec2/account.ts';
import { unfolded } from '../../test/support/fake-ec2/server.ts';
import { ec2Xml, faultXml, queryXml } from '../../test/support/fake-ec2/xml.ts';
import type { WireRequest, WireResponse } from '../driver/wire.ts';

export type Protocol = 'json' | 'ec2' | 'query' | 's3' | 'plain';

/** A request as a service understands it. */
export interface Call {
  readonly service: string;
  readonly action: string;
  readonly protocol: Protocol;
  readonly region: string;
  /** The access key, which says who calls. */
  readonly accessKey: string;
  readonly params: Params;
  readonly request: WireRequest;
}

const S3_ACTIONS: Readonly<Record<string, string>> = { GET: 'GetObject', PUT: 'PutObject', HEAD: 'HeadObject' };

const HUB_ACTIONS: Readonly<Record<string, string>> = { '/findings/import': 'BatchImportFindings' };

/** Reads a request. What is not signed is a plain PUT, such as CloudFormation's answer. */
export function callOf(request: WireRequest): Call {
  const [, accessKey = '', region = '', service = ''] =
    /Credential=([^/]+)\/\d+\/([^/]+)\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? [];
  const target = request.headers['x-amz-target'];
  const text = request.body.toString();
  const common = { service, region, accessKey, request };
  if (service === '') return { ...common, action: 'PutAnswer', protocol: 'plain', params: {} };
  if (target !== undefined)
    return { ...common, action: target.split('.').at(-1) ?? '', protocol: 'json', params: JSON.parse(text || '{}') };
  if (service === 'securityhub')
    return { ...common, action: HUB_ACTIONS[request.path] ?? request.path, protocol: 'json', params: JSON.parse(text) };
  if (service === 's3') {
    const isList = request.method === 'GET' && request.path.includes('list-type=2');
    const action = isList ? 'ListObjectsV2' : (S3_ACTIONS[request.method] ?? request.method);
    return { ...common, action, protocol: 's3', params: {} };
  }
  const params = unfolded(new URLSearchParams(text));
  return { ...common, action: String(params.Action), protocol: service === 'ec2' ? 'ec2' : 'query', params };
}

/** An answer in the call's protocol. */
export function encoded({ protocol, action }: Call, answer: object): WireResponse {
  if (protocol === 'json')
    return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(answer) };
  const headers = { 'content-type': 'text/xml' };
  if (protocol === 'ec2') return { status: 200, headers, body: ec2Xml(action, answer) };
  return { status: 200, headers, body: queryXml(action, answer) };
}

/** An error in the call's protocol. */
export function encodedFault({ protocol, service }: Call, fault: FakeFault): WireResponse {
  const { code, message, status } = fault;
  if (protocol === 'json') {
    const more = (fault as { readonly fields?: object }).fields ?? {};
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-errortype': code };
    return { status, headers, body: JSON.stringify({ __type: `com.amazonaws.${service}#${code}`, message, ...more }) };
  }
  const headers = { 'content-type': 'application/xml' };
  if (protocol === 's3' || protocol === 'plain')
    return {
      status,
      headers,
      body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    };
  return { status, headers, body: faultXml(protocol, code, message) };
}

/** The code with which each service refuses a call because there are too many. */
const THROTTLED: Readonly<Record<string, readonly [code: string, status: number]>> = {
  ec2: ['RequestLimitExceeded', 503],
  dynamodb: ['ProvisionedThroughputExceededException', 400],
  sqs: ['ThrottlingException', 400],
  sns: ['Throttled', 429],
  s3: ['SlowDown', 503],
};

/** What a service says when it is asked too often. */
export function throttled({ service }: Call): FakeFault {
  const [code, status] = THROTTLED[service] ?? ['Throttling', 400];
  return new FakeFault(code, 'Rate exceeded', status);
}

/** What a service says when it fails itself. */
export function serverError({ service }: Call): FakeFault {
  const code = service === 'dynamodb' ? 'InternalServerError' : service === 'ec2' ? 'InternalError' : 'InternalFailure';
  return new FakeFault(code, 'An internal error has occurred', service === 'ec2' ? 500 : 500);
}
