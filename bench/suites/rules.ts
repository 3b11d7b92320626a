/** What rules of the configuration cost a scan: many with event names, and few without. */

import { importFolderScan } from '../built.ts';
import { mixedCorpus } from '../corpus.ts';
import { type Row, race, type Suite, type SuiteResult } from '../measure.ts';

const MANY = 500;

/** Rules as teams write them: exact names, of which one in fifty occurs in the logs, and a condition on the request. */
const NAMED = Array.from({ length: MANY }, (_, at) => ({
  name: `rule-${at}`,
  pattern: {
    eventSource: ['iam.amazonaws.com', 's3.amazonaws.com', 'ec2.amazonaws.com'],
    eventName: at % 50 === 0 ? ['RunInstances', 'CreateTags'] : [`PutThing${at}`, `DeleteThing${at}`],
    errorCode: [{ exists: false }],
    requestParameters: { name: [{ prefix: `prod-${at}` }] },
  },
}));

/** Rules without event names that a text tells, of which the logs have few records. */
const BY_TEXT = [
  {
    name: 'root',
    pattern: {
      userIdentity: { type: ['Root'], invokedBy: [{ exists: false }] },
      eventType: [{ 'anything-but': 'AwsServiceEvent' }],
    },
  },
  { name: 'failed-sign-in', pattern: { errorMessage: ['Failed authentication'] } },
];

/** One of which the logs have many: a tenth of all records is denied. */
const BY_COMMON_TEXT = [{ name: 'denied', pattern: { errorCode: ['AccessDenied'] } }];

/** Nothing that could be looked up tells which records these match. */
const BY_NOTHING = [
  { name: 'writes', pattern: { readOnly: [false], sourceIPAddress: [{ cidr: '198.51.100.0/24' }] } },
  {
    name: 'abroad',
    pattern: { awsRegion: [{ 'anything-but': ['eu-west-1', 'us-east-1'] }], errorCode: [{ exists: false }] },
  },
];

export const rules: Suite = { name: 'rules: 300 MB inflated, 500 files', run };

async function run(): Promise<SuiteResult> {
  const { prepared, readFolder } = await importFolderScan();
  const folder = mixedCorpus();
  const begin = performance.now();
  const named = prepared({ rules: NAMED });
  const compileSeconds = (performance.now() - begin) / 1000;
  const [none, text, commonText, nothing] = [
    prepared({}),
    prepared({ rules: BY_TEXT }),
    prepared({ rules: BY_COMMON_TEXT }),
    prepared({ rules: BY_NOTHING }),
  ];
  const { plain, many, byText, byCommonText, byNothing } = await race({
    plain: () => readFolder(folder, none, 1),
    many: () => readFolder(folder, named, 1),
    byText: () => readFolder(folder, text, 1),
    byCommonText: () => readFolder(folder, commonText, 1),
    byNothing: () => readFolder(folder, nothing, 1),
  });
  const row = (name: string, { seconds, answer }: typeof plain): Row => ({
    ...{ name, seconds, bytes: answer.bytes, records: answer.records },
    note: `${answer.wanted} sightings`,
  });
  return {
    rows: [
      { name: `compiling ${MANY} rules, once in a process`, seconds: compileSeconds },
      row('no rules', plain),
      row(`${MANY} rules with event names`, many),
      row('2 rules told by a text', byText),
      row('1 rule that finds a tenth of all records', byCommonText),
      row('2 rules told by nothing', byNothing),
    ],
    targets: [
      {
        name: `${MANY} rules with names, × no rules' time`,
        value: many.seconds / plain.seconds,
        goal: 1.15,
        atMost: true,
      },
      { name: "2 rules without names, × no rules' time", value: byText.seconds / plain.seconds, goal: 2, atMost: true },
      {
        name: "2 rules told only by values of fields, × no rules' time",
        value: byNothing.seconds / plain.seconds,
        goal: 2,
        atMost: true,
      },
    ],
  };
}
