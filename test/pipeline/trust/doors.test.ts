import { describe, expect, it } from 'vitest';
import { doorsOf } from '../../../src/pipeline/trust/doors.ts';

const URL_HERE = 'https://sqs.eu-west-1.amazonaws.com/111122223333/deliveries';
const ARN = 'arn:aws:sqs:eu-west-1:111122223333:deliveries';

describe('doorsOf', () => {
  it.each([
    ['our queue', URL_HERE, ARN, true],
    ['our queue at an emulator', 'http://localhost:4566/111122223333/deliveries', ARN, true],
    ['our queue at an emulator without accounts', 'http://localhost:9324/deliveries', ARN, true],
    ['a queue of ours in another partition', URL_HERE, ARN.replace(':aws:', ':aws-cn:'), true],
    ['a queue of another name', URL_HERE, `${ARN}-2`, false],
    ['a queue of another account', URL_HERE, ARN.replace('1111', '9999'), false],
    ['no queue', URL_HERE, undefined, false],
    ['what is no ARN', URL_HERE, 'deliveries', false],
  ])('takes messages of our own from %s or not', (_, url, queueArn, own) => {
    const door = doorsOf({ queueUrls: [url], events: true })({ messageId: 'm', queueArn, body: '' });
    expect(door).toMatchObject({ own, events: !own });
  });

  it('takes events in no function that rules do not send them to', () => {
    expect(doorsOf({ queueUrls: [], events: false })({ body: {} })).toEqual({
      ...{ name: 'a direct invocation', own: false, events: false },
    });
  });
});
