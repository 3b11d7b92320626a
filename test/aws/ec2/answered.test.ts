/** Answers of EC2 without any list: only AWS's own prove that nothing is there. */

import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { describeEc2 } from '../../../src/aws/ec2/describe.ts';
import { answeringEndpoint, closesEndpoints } from '../../support/silence.ts';

closesEndpoints();

const SCOPE = { accountId: '111122223333', region: 'eu-west-1' };
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };

async function answeredWith(body: string, headers: Readonly<Record<string, string>> = {}) {
  const { url } = await answeringEndpoint((response) => response.writeHead(200, headers).end(body));
  return describeEc2(new EC2Client({ endpoint: url, region: SCOPE.region, credentials, maxAttempts: 1 }), SCOPE);
}

describe('an answer of EC2', () => {
  it('is an empty list if it has an empty one', async () => {
    const lists = await answeredWith('<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>');
    expect(await lists.reservations()).toEqual([]);
    expect(await lists.pageOfReservations()).toEqual([]);
  });

  it('is an empty list if it has none, but the request id with which AWS answers', async () => {
    const lists = await answeredWith('', { 'x-amzn-requestid': '59dbff89-35bd-4eac-99ed-be587EXAMPLE' });
    expect(await lists.trafficMirrorSessions()).toEqual([]);
  });

  it('is a failed read, to be retried, if it says nothing at all', async () => {
    const lists = await answeredWith('');
    const fault = { code: 'aws-call-failed', retryable: true, concerns: { awsCode: 'EmptyAnswer' } };
    await expect(lists.reservations()).rejects.toMatchObject(fault);
    await expect(lists.pageOfInterfaces()).rejects.toMatchObject(fault);
    await expect(lists.list('TrafficMirrorTargets')).rejects.toThrow(
      /DescribeTrafficMirrorTargets \(111122223333, eu-west-1\)/,
    );
  });
});
