/** Who we are by STS, what time it is by the dates of its answers, which regions are enabled, and which roles we can assume. */

import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { awsCodeOf } from '../../errors.ts';
import type { Answer } from '../../pipeline/doctor/line.ts';
import type { Caller, ClockDifference, IdentityReads } from '../../pipeline/doctor/reads.ts';
import { awsCall } from '../call.ts';
import type { Clients } from '../clients.ts';
import type { Organization } from '../organization/organization.ts';
import { ask, onceEach } from './ask.ts';

/** A `Date` header has whole seconds. */
const HEADER_PRECISION_MS = 1000;
/** What identifies a key in the console, and is not enough to use it. */
const SHOWN = 4;

interface Exchange {
  readonly date: string | undefined;
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

/** Reads over STS and EC2 in the home region. */
export function identityReads(clients: Clients, region: string, organization?: Organization): IdentityReads {
  const exchanges: Exchange[] = [];
  const sts = clients.home(STSClient, region);
  noteDates(sts, (exchange) => exchanges.push(exchange));
  const caller = onceEach(
    () => '',
    (): Promise<Answer<Caller>> =>
      ask('GetCallerIdentity', async () => {
        const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
        const { accessKeyId } = await sts.config.credentials();
        return { accountId: Account, arn: Arn, accessKey: shortened(accessKeyId) };
      }),
  );
  return {
    caller,
    async clock() {
      await caller();
      return { value: differenceOf(exchanges) };
    },
    optInStatus: (wanted) =>
      ask('DescribeRegions', async () => {
        const ec2 = clients.home(EC2Client, region);
        try {
          const { Regions = [] } = await awsCall('DescribeRegions', {}, () =>
            ec2.send(new DescribeRegionsCommand({ AllRegions: true, RegionNames: [wanted] })),
          );
          return Regions.find(({ RegionName }) => RegionName === wanted)?.OptInStatus;
        } catch (fault) {
          // AWS does not know a region of this name in this partition.
          if (awsCodeOf(fault) === 'InvalidParameterValue') return undefined;
          throw fault;
        }
      }),
    organization:
      organization &&
      (() =>
        ask('ListAccounts', async () => {
          const accountIds = await organization.accountIds();
          const { scopes, leftOut } = await organization.scopes();
          return { accountIds, scopes: scopes.length, leftOut };
        })),
    member: (accountId, access) =>
      ask('GetCallerIdentity', async () => {
        const change = access === 'read' ? 'read' : 'CreateTrafficMirrorSession';
        const client = await clients.in(STSClient, { accountId, region }, change);
        return (await client.send(new GetCallerIdentityCommand({}))).Arn ?? '';
      }),
  };
}

/** `AKIA…7XYZ`: the kind of key and its end. */
function shortened(accessKeyId: string): string {
  return accessKeyId.length <= 2 * SHOWN ? '…' : `${accessKeyId.slice(0, SHOWN)}…${accessKeyId.slice(-SHOWN)}`;
}

/** Notes the date of every answer, that of an error too: the SDK corrects its own clock by it, and tells nobody. */
function noteDates(client: STSClient, note: (exchange: Exchange) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentAtMs = Date.now();
      const noteAnswer = (response: unknown): void => {
        const { headers } = Object(response) as { readonly headers?: Readonly<Record<string, string>> };
        note({ date: headers?.date, sentAtMs, answeredAtMs: Date.now() });
      };
      try {
        const result = await next(args);
        noteAnswer(result.response);
        return result;
      } catch (fault) {
        noteAnswer((Object(fault) as { readonly $response?: unknown }).$response);
        throw fault;
      }
    },
    { step: 'deserialize', name: 'doctorDates', priority: 'high' },
  );
}

function differenceOf(exchanges: readonly Exchange[]): ClockDifference | undefined {
  const dated = exchanges.flatMap(({ date = '', sentAtMs, answeredAtMs }) => {
    const dateMs = Date.parse(date);
    return Number.isNaN(dateMs)
      ? []
      : [{ fromMs: dateMs - answeredAtMs, toMs: dateMs + HEADER_PRECISION_MS - sentAtMs }];
  });
  if (dated.length === 0) return undefined;
  return {
    fromMs: Math.max(...dated.map(({ fromMs }) => fromMs)),
    toMs: Math.min(...dated.map(({ toMs }) => toMs)),
  };
}
