import { describe, expect, it } from 'vitest';
import { awsCall, faultOf, isDenied, isUnsupported } from '../../src/aws/call.ts';
import { ConfigError } from '../../src/errors.ts';

/** An error as the SDK throws it. */
const sdk = (fields: object): Error => Object.assign(new Error('as AWS wrote it'), fields);
const answered = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });

describe('faultOf', () => {
  it.each<[string, object, string, boolean]>([
    ['a refusal, in its name', { name: 'UnauthorizedOperation', ...answered(403) }, 'UnauthorizedOperation', false],
    [
      'a code with the old Client prefix',
      { name: 'Client.InvalidInstanceID.NotFound', ...answered(400) },
      'InvalidInstanceID.NotFound',
      false,
    ],
    ['a code with the old Server prefix', { name: 'Server.InternalError', ...answered(500) }, 'InternalError', true],
    ['a code besides the name', { name: 'Error', Code: 'SlowDown', ...answered(503) }, 'SlowDown', true],
    ['throttling with status 400', { name: 'ThrottlingException', ...answered(400) }, 'ThrottlingException', true],
    ['EC2’s throttling', { name: 'RequestLimitExceeded', ...answered(503) }, 'RequestLimitExceeded', true],
    ['a server error of any name', { name: 'SomethingBroke', ...answered(502) }, 'SomethingBroke', true],
    ['an endpoint without the operation', { name: 'NotImplemented', ...answered(501) }, 'NotImplemented', false],
    [
      'a quota',
      { name: 'TrafficMirrorSessionLimitExceeded', ...answered(400) },
      'TrafficMirrorSessionLimitExceeded',
      false,
    ],
    ['a dropped connection', { code: 'ECONNRESET' }, 'ECONNRESET', true],
    [
      'a connection that was closed in the middle of an answer',
      { name: 'Error', code: 'ECONNRESET', ...answered(200) },
      'ECONNRESET',
      true,
    ],
    ['a successful answer that is garbled', { name: 'SyntaxError', ...answered(200) }, 'SyntaxError', true],
    ['a refusal with a code of Node’s', { name: 'Odd', code: 'ECONNRESET', ...answered(403) }, 'Odd', false],
    ['a name that does not resolve', { code: 'ENOTFOUND', name: 'Error' }, 'ENOTFOUND', true],
    ['a timeout', { name: 'TimeoutError' }, 'TimeoutError', true],
    ['what the SDK calls retryable', { name: 'Odd', $retryable: { throttling: true }, ...answered(400) }, 'Odd', true],
    ['missing credentials', { name: 'CredentialsProviderError' }, 'CredentialsProviderError', false],
  ])('reads the code of %s', (_, fields, awsCode, retryable) => {
    const thrown = sdk(fields);
    expect(faultOf('Operation', {}, thrown)).toMatchObject({ retryable, cause: thrown, concerns: { awsCode } });
  });

  it('ignores the message when it decides whether a retry may help', () => {
    const fault = faultOf(
      'Operation',
      {},
      sdk({ name: 'InvalidParameterValue', message: 'ThrottlingException ECONNRESET', ...answered(400) }),
    );
    expect(fault).toMatchObject({ retryable: false, concerns: { awsCode: 'InvalidParameterValue' } });
  });

  it('names the call, the resource, the account and the region in the message', () => {
    const concerns = { accountId: '111122223333', region: 'eu-west-1', resourceId: 'eni-1' };
    expect(faultOf('Create', concerns, sdk({ name: 'Nope' })).message).toBe(
      'Create (eni-1, 111122223333, eu-west-1) failed with Nope: as AWS wrote it',
    );
  });

  it('leaves out the advice of the SDK to whoever debugs it', () => {
    const message = 'aborted\n  Deserialization error: to see the raw response, inspect the hidden field of it.';
    expect(faultOf('Read', {}, sdk({ name: 'Odd', message })).message).toBe('Read failed with Odd: aborted');
  });

  it('accepts anything that was thrown', () => {
    for (const thrown of [undefined, null, 'text', 7]) {
      expect(faultOf('Operation', {}, thrown)).toMatchObject({
        concerns: { awsCode: 'UnknownError' },
        retryable: false,
      });
    }
  });
});

describe('awsCall', () => {
  it('returns the answer', async () => expect(await awsCall('Operation', {}, async () => 7)).toBe(7));

  it('passes our own errors through unchanged', async () => {
    const own = new ConfigError('config.json', []);
    await expect(awsCall('Operation', {}, () => Promise.reject(own))).rejects.toBe(own);
  });
});

describe('kinds of codes', () => {
  it('distinguishes denied calls from unknown operations', () => {
    expect([isDenied('AccessDenied'), isDenied('InvalidAction'), isDenied(undefined)]).toEqual([true, false, false]);
    expect([isUnsupported('InvalidAction'), isUnsupported('AccessDenied'), isUnsupported(undefined)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});
