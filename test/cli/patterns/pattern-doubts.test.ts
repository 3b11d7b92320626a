import { describe, expect, it } from 'vitest';
import { doubtOfPath } from '../../../src/cli/patterns/path-doubts.ts';
import { doubtsOfPattern } from '../../../src/cli/patterns/pattern-doubts.ts';
import { compilePattern } from '../../../src/rules/compile-pattern.ts';
import { PUBLISHED_EXAMPLES } from '../../rules/published-examples.ts';
import { aRecord } from '../../support/records.ts';

const doubts = (pattern: string, path = ''): readonly string[] => {
  const value: unknown = JSON.parse(pattern);
  expect(compilePattern(value)).toHaveProperty('pattern');
  return doubtsOfPattern(value, path).map((doubt) => `${doubt.path} ${doubt.message}`);
};

describe('a name that no AWS service has', () => {
  it.each([
    [
      '{"eventName":["CreateUsr"]}',
      'eventName[0] no AWS service is known to log an event "CreateUsr"; did you mean CreateUser?',
    ],
    [
      '{"eventName":["RunInstances","BrewCoffeeForEveryone"]}',
      'eventName[1] no AWS service is known to log an event "BrewCoffeeForEveryone"',
    ],
    [
      '{"eventName":["runinstances"]}',
      'eventName[0] no AWS service is known to log an event "runinstances"; did you mean RunInstances?',
    ],
    [
      '{"eventName":["iam:CreateUser"]}',
      'eventName[0] "iam:CreateUser" is an action of IAM; the event name is CreateUser',
    ],
    ['{"eventName":[""]}', 'eventName[0] never matches: eventName is never empty'],
    [
      '{"eventSource":["iam.amazonaws.com"],"eventName":["CreateUsers"]}',
      'eventName[0] no AWS service is known to log an event "CreateUsers"; did you mean CreateUser?',
    ],
    [
      '{"$or":[{"eventName":["CreateUser"]},{"eventName":["CreateUser","DeleteUsr"]}]}',
      '$or[1].eventName[1] no AWS service is known to log an event "DeleteUsr"; did you mean DeleteUser?',
    ],
    ['{"eventName":[{"prefix":"Creat e"}]}', 'eventName[0] {"prefix":"Creat e"} fits no event name that is known'],
    ['{"eventName":[{"prefix":"create"}]}', 'eventName[0] {"prefix":"create"} fits no event name that is known'],
    [
      '{"eventName":[{"suffix":"SecurityGruop"}]}',
      'eventName[0] {"suffix":"SecurityGruop"} fits no event name that is known',
    ],
    [
      '{"eventName":[{"wildcard":"Delete*Securitygroup"}]}',
      'eventName[0] {"wildcard":"Delete*Securitygroup"} fits no event name that is known',
    ],
    [
      '{"eventName":[{"equals-ignore-case":"createusr"}]}',
      'eventName[0] {"equals-ignore-case":"createusr"} fits no event name that is known; did you mean CreateUser?',
    ],
    ['{"eventSource":["ec2"]}', 'eventSource[0] "ec2" is no event source; write "ec2.amazonaws.com"'],
    ['{"eventSource":["aws.ec2"]}', 'eventSource[0] "aws.ec2" is no event source; write "ec2.amazonaws.com"'],
    [
      '{"eventSource":["cloudwatch.amazonaws.com"]}',
      'eventSource[0] "cloudwatch.amazonaws.com" is no event source; write "monitoring.amazonaws.com"',
    ],
    [
      '{"eventSource":["lamda.amazonaws.com"]}',
      'eventSource[0] no AWS service is known by the event source "lamda.amazonaws.com"; did you mean lambda.amazonaws.com?',
    ],
    ['{"eventSource":["brewing"]}', 'eventSource[0] event sources end with ".amazonaws.com", "brewing" does not'],
    ['{"eventSource":[{"prefix":"aws."}]}', 'eventSource[0] {"prefix":"aws."} fits no event source that is known'],
    [
      '{"eventSource":[{"suffix":".amazon.com"}]}',
      'eventSource[0] {"suffix":".amazon.com"} fits no event source that is known',
    ],
    [
      '{"detail":{"eventSource":["s3"],"eventName":["PutBucketPolicy"]}}',
      'detail.eventSource[0] "s3" is no event source; write "s3.amazonaws.com"',
    ],
    [
      '{"detail.eventName":["CreateUsr"]}',
      'detail.eventName[0] no AWS service is known to log an event "CreateUsr"; did you mean CreateUser?',
    ],
  ])('is named: %s', (pattern, doubt) => {
    expect(doubts(pattern)).toEqual([doubt]);
  });

  it('is named by its path in the configuration', () => {
    expect(doubts('{"eventName":["CreateUsr"]}', 'watch.rules[3].pattern')).toEqual([
      expect.stringMatching(/^watch\.rules\[3\]\.pattern\.eventName\[0\] /),
    ]);
  });
});

describe('an event of another service', () => {
  it.each([
    [
      '{"eventSource":["ec2.amazonaws.com"],"eventName":["CreateAccessKey"]}',
      'eventName[0] "CreateAccessKey" is an event of iam.amazonaws.com, not of ec2.amazonaws.com',
    ],
    [
      '{"eventName":["RunInstances","CreateAccessKey"],"$or":[{"eventSource":["x.amazonaws.com"]},{"eventSource":["iam.amazonaws.com"],"eventType":["AwsApiCall"]}]}',
      '$or[0].eventSource[0] no AWS service is known by the event source "x.amazonaws.com"',
    ],
    [
      '{"eventSource":["kms.amazonaws.com"],"$or":[{"eventName":["ScheduleKeyDeletion"]},{"eventName":["CreateAccessKey"]}]}',
      '$or[1].eventName[0] "CreateAccessKey" is an event of iam.amazonaws.com, not of kms.amazonaws.com',
    ],
  ])('is named: %s', (pattern, doubt) => {
    const [first = '', ...others] = doubts(pattern);
    expect(first.startsWith(doubt)).toBe(true);
    expect(others).toEqual([]);
  });
});

describe('a condition that no record can meet', () => {
  it.each([
    [
      '{"errorCode":[null]}',
      'errorCode[0] never matches: errorCode is never null; a record without it leaves it out: write {"exists": false}',
    ],
    ['{"eventName":[null]}', 'eventName[0] never matches: eventName is never null'],
    [
      '{"errorCode":[{"numeric":[">",400]}]}',
      'errorCode[0] never matches: CloudTrail writes errorCode as a string, not as a number',
    ],
    [
      '{"eventVersion":[1.08]}',
      'eventVersion[0] never matches: CloudTrail writes eventVersion as a string, not as a number',
    ],
    [
      '{"recipientAccountId":[111122223333]}',
      'recipientAccountId[0] never matches: CloudTrail writes recipientAccountId as a string, not as a number',
    ],
    [
      '{"readOnly":["false"]}',
      'readOnly[0] never matches: CloudTrail writes readOnly as true or false, not as a string; write false without quotes',
    ],
    [
      '{"managementEvent":[{"prefix":"t"}]}',
      'managementEvent[0] never matches: CloudTrail writes managementEvent as true or false',
    ],
    [
      '{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":[false]}}}}',
      'userIdentity.sessionContext.attributes.mfaAuthenticated[0] never matches: CloudTrail writes userIdentity.sessionContext.attributes.mfaAuthenticated as a string; write "false"',
    ],
    [
      '{"requestParameters":["sg-1"]}',
      'requestParameters[0] never matches: requestParameters holds fields, not values; ask for one of its fields',
    ],
    [
      '{"userIdentity":["Root"]}',
      'userIdentity[0] never matches: userIdentity holds fields, not values; ask for one of its fields',
    ],
    [
      '{"userIdentity":[{"exists":true}]}',
      'userIdentity[0] never matches: userIdentity holds fields, not values; ask for one of its fields',
    ],
    [
      '{"requestParameters":[{"exists":true}]}',
      'requestParameters[0] matches null alone: requestParameters holds fields, not values; ask for one of its fields',
    ],
    [
      '{"detail":{"eventName":["PutBucketPolicy"],"responseElements":[{"anything-but":"x"}]}}',
      'detail.responseElements[0] matches null alone: responseElements holds fields, not values; ask for one of its fields',
    ],
    [
      '{"eventName":["PutBucketPolicy"],"resources":["arn:aws:s3:::bucket"]}',
      'resources[0] never matches: resources holds fields, not values; ask for one of its fields',
    ],
    ['{"eventName":{"a":["x"]}}', 'eventName never matches: eventName has no fields, it is a string'],
    ['{"eventName.a.b":["x"]}', 'eventName.a.b never matches: eventName has no fields, it is a string'],
    ['{"readOnly":{"value":[true]}}', 'readOnly never matches: readOnly has no fields, it is true or false'],
    [
      '{"userIdentity":{"arn":{"prefix":["arn:aws:iam::"]}}}',
      'userIdentity.arn never matches: userIdentity.arn has no fields, it is a string',
    ],
    [
      '{"requestParameters":{"ipPermissions":{"items":{"ipRanges":{"items":{"cidrIp":[{"cidr":"0.0.0.0/0"}]}}}}}}',
      'requestParameters.ipPermissions.items.ipRanges.items.cidrIp[0] never matches: cidr looks for addresses, and cidrIp is a network; write it as it is: "0.0.0.0/0"',
    ],
    ['{"awsRegion":[{"cidr":"10.0.0.0/8"}]}', 'awsRegion[0] never matches: awsRegion is no address'],
    [
      '{"sourceIPAddress":["10.0.0.0/8"]}',
      'sourceIPAddress[0] never matches: sourceIPAddress is an address; write {"cidr": "10.0.0.0/8"}',
    ],
    [
      '{"<<":{"eventName":["RunInstances"]},"readOnly":[false]}',
      '<< is read as a field of this name, and merges nothing; write its fields out',
    ],
    ['{"eventname":["RunInstances"]}', 'eventname is no field of CloudTrail records; did you mean eventName?'],
    ['{"userIdentity":{"Arn":["x"]}}', 'userIdentity.Arn is no field of userIdentity; did you mean arn?'],
    ['{"userIdentity":{"type":["root"]}}', 'userIdentity.type[0] "root" is no userIdentity.type; did you mean Root?'],
    ['{"eventType":["AWSApiCall"]}', 'eventType[0] "AWSApiCall" is no eventType; did you mean AwsApiCall?'],
  ])('is named: %s', (pattern, doubt) => {
    expect(doubts(pattern)).toEqual([doubt]);
  });
});

describe("a pattern of EventBridge's event", () => {
  const CALL = '"detail-type":["AWS API Call via CloudTrail"]';
  it.each([
    [
      `{"source":["ec2.amazonaws.com"],${CALL}}`,
      'source[0] "ec2.amazonaws.com" is the source of no event of AWS\'s: they begin with "aws."; write "aws.ec2"',
    ],
    [
      '{"detail-type":["AWS Api Call via Cloudtrail"]}',
      'detail-type[0] "AWS Api Call via Cloudtrail" is not what events with CloudTrail records have; did you mean AWS API Call via CloudTrail?',
    ],
    [
      '{"detail-type":["EC2 Instance State-change Notification"],"detail":{"state":["x"]}}',
      'detail-type[0] "EC2 Instance State-change Notification" is not what events with CloudTrail records have; theirs end with " via CloudTrail"',
    ],
    [
      `{${CALL},"eventName":["RunInstances"]}`,
      `eventName is a field of the record, which is in the event's detail; write it under "detail"`,
    ],
    [`{${CALL},"detail":["x"]}`, 'detail never matches: detail is an object; ask for one of its fields'],
    [`{${CALL},"detail":{"errorCode":[null]}}`, expect.stringMatching(/^detail\.errorCode\[0\] never matches/)],
    [`{${CALL},"detail":{"userIdentity":["Root"]}}`, expect.stringMatching(/^detail\.userIdentity\[0\] never matches/)],
    [
      `{${CALL},"detail":{"eventSource":["iam.amazonaws.com"],"$or":[{"eventName":["RunInstances"]},{"readOnly":[true]}]}}`,
      expect.stringMatching(
        /^detail\.\$or\[0\]\.eventName\[0\] "RunInstances" is an event of .*, not of iam\.amazonaws\.com$/,
      ),
    ],
  ])('is looked at as well: %s', (pattern, doubt) => {
    expect(doubts(pattern)).toEqual([doubt]);
  });
});

describe('a pattern of a rule of the configuration', () => {
  const ofRule = (pattern: string) =>
    doubtsOfPattern(JSON.parse(pattern), '', { records: true }).map(({ path, message }) => `${path} ${message}`);

  it.each([
    [
      '{"detail":{"eventname":["RunInstances"]}}',
      'detail.eventname is no field of CloudTrail records; did you mean eventName?',
    ],
    [
      '{"source":["ec2.amazonaws.com"]}',
      'source[0] "ec2.amazonaws.com" is the source of no event of AWS\'s: they begin with "aws."; write "aws.ec2"',
    ],
    [
      '{"account":["111122223333"]}',
      "account is a field of EventBridge's event, and the pattern is one of the record; write recipientAccountId",
    ],
    [
      '{"$or":[{"region":["eu-west-1"]},{"eventName":["RunInstances"]}]}',
      "$or[0].region is a field of EventBridge's event, and the pattern is one of the record; write awsRegion",
    ],
    ['{"eventType":["AwsCloudTrailInsight"]}', 'eventType[0] never matches: Insights events are not read'],
    ['{"detail-type":["AWS Insight via CloudTrail"]}', 'detail-type[0] never matches: Insights events are not read'],
    [
      '{"detail":{"eventCategory":["Aggregated","Management"]}}',
      'detail.eventCategory[0] never matches: aggregated events are not read',
    ],
    [
      '{"eventCategory":["NetworkActivity"]}',
      "eventCategory[0] finds nothing in a trail's files: those of network activity are not read",
    ],
  ])('is asked of no event but those that carry records: %s', (pattern, doubt) => {
    expect(ofRule(pattern)).toEqual([doubt]);
    expect(doubts(pattern)).toEqual([]);
  });
});

describe('a path of a rule', () => {
  it.each([
    ['userIdentity.arm', false, 'is no field of userIdentity; did you mean arn?'],
    ['eventname', false, 'is no field of CloudTrail records; did you mean eventName?'],
    ['detail.eventname', true, 'is no field of CloudTrail records; did you mean eventName?'],
    ['detail.eventName', false, "is in EventBridge's event, and the pattern is one of the record; write eventName"],
    ['source', false, "is in EventBridge's event, and the pattern is one of the record"],
    ['source', true, undefined],
    ['detail.eventName', true, undefined],
    ['eventName', true, undefined],
    ['requestParameters.eventname', false, undefined],
    ['userIdentity.sessionContext.sessionIssuer.arn', false, undefined],
  ])('%s, of an event: %s', (path, isForEvent, doubt) => {
    expect(doubtOfPath(path.split('.'), isForEvent)).toBe(doubt);
  });
});

describe('nothing is said of what can match', () => {
  it.each([
    '{"eventName":["RunInstances"]}',
    '{"eventName":["CreateFunction20150331","UpdateFunctionCode20150331v2"]}',
    '{"eventName":["ConsoleLogin"],"eventType":["AwsConsoleSignIn"]}',
    '{"eventSource":["signin.amazonaws.com"],"eventName":["SomethingOfTheSignInPage"]}',
    '{"eventType":["AwsServiceEvent"],"eventName":["SomethingAServiceDoes"]}',
    '{"eventSource":["brewing-marketplace.amazonaws.com","iam.amazonaws.com"],"eventType":[{"anything-but":"x"}],"eventName":[{"anything-but":"BrewCoffee"}]}'.replace(
      'brewing-marketplace',
      'agreement-marketplace',
    ),
    '{"eventName":[{"prefix":"Create"},{"suffix":"SecurityGroup"},{"wildcard":"*Bucket*"},{"equals-ignore-case":"createuser"}]}',
    '{"eventName":[{"prefix":{"equals-ignore-case":"CREATE"}},{"suffix":"20150331v2"},{"prefix":""}]}',
    '{"eventSource":[{"prefix":"ec2"},{"suffix":".amazonaws.com"},{"wildcard":"*-marketplace.amazonaws.com"}]}',
    '{"eventSource":["ec2.amazonaws.com.cn","ec2.amazonaws.com"]}',
    '{"eventSource":["kms.amazonaws.com"],"eventName":["ScheduleKeyDeletion","DisableKey"]}',
    '{"eventSource":["ec2.amazonaws.com"],"$or":[{"eventName":["RunInstances"]},{"userAgent":["x"]}]}',
    '{"errorCode":[{"exists":false}]}',
    '{"errorCode":[null,{"exists":false}]}',
    '{"errorCode":[null,"AccessDenied"]}',
    '{"errorCode":[{"anything-but":"AccessDenied"}]}',
    '{"errorCode":["*UnauthorizedOperation",{"wildcard":"*UnauthorizedOperation"},{"prefix":"AccessDenied"}]}',
    '{"requestParameters":[null]}',
    '{"responseElements":[null]}',
    '{"requestParameters":[{"exists":false}]}',
    '{"userIdentity":[{"exists":false}]}',
    '{"eventName":{"a":[{"exists":false}]}}',
    '{"readOnly":[false]}',
    '{"readOnly":[true,"true"]}',
    '{"readOnly":[{"anything-but":"x"}]}',
    '{"eventTime":[{"prefix":"2026-11-2"}]}',
    '{"sessionCredentialFromConsole":["true"]}',
    '{"sourceIPAddress":[{"cidr":"10.0.0.0/8"},"AWS Internal","2001:db8::1"]}',
    '{"sourceIPAddress":[{"anything-but":{"prefix":"10."}}]}',
    '{"tlsDetails":{"clientProvidedHostHeader":[{"cidr":"10.0.0.0/8"}]}}',
    '{"requestParameters":{"cidrIp":["0.0.0.0/0","::/0"]}}',
    '{"requestParameters":{"cidrIp":[{"prefix":"0."},{"cidr":"0.0.0.0/0"}]}}',
    '{"requestParameters":{"privateIpAddress":[{"cidr":"10.0.0.0/8"}]}}',
    '{"requestParameters":{"eventName":["CreateUsr"],"eventname":[1],"errorCode":[null]}}',
    '{"requestParameters":{"ipPermissions":{"items":{"fromPort":[{"numeric":["<=",22]}]}}}}',
    '{"additionalEventData":{"MFAUsed":["No"]}}',
    '{"userIdentity":{"type":["Root"],"invokedBy":[{"exists":false}]}}',
    '{"userIdentity":{"accessKeyId":[""]}}',
    '{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":["false"]}}}}',
    '{"resources":{"ARN":[{"prefix":"arn:aws:s3:::"}]}}',
    '{"aFieldThatMayComeToBe":["x"]}',
    '{"resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f"]}',
    '{"source":["aws.ec2"],"detail":{"state":["terminated"]}}',
    '{"source":["com.example.shop"],"detail":{"resource":["x"],"eventTyp":["x"]}}',
    '{"source":["aws.signin"],"detail-type":["AWS Console Sign In via CloudTrail"],"detail":{"eventName":["ConsoleLogin"]}}',
    '{"source":["aws.kms"],"detail-type":["AWS Service Event via CloudTrail"],"detail":{"eventName":["RotateKey"]}}',
    '{"detail-type":[{"prefix":"AWS API Call"}],"account":["111122223333"],"detail":{"eventSource":["iam.amazonaws.com"]}}',
  ])('%s', (pattern) => {
    expect(doubts(pattern)).toEqual([]);
  });

  it('in the published examples, but for one about events that carry no record', () => {
    const doubted = PUBLISHED_EXAMPLES.filter(({ pattern }) => doubtsOfPattern(pattern, '').length > 0);
    const patterns = new Set(doubted.map(({ pattern }) => JSON.stringify(pattern)));
    expect([...patterns]).toEqual([
      '{"source":["aws.ec2"],"detail-type":["EC2 Instance State-change Notification"],"detail":{"state":["terminated"]}}',
    ]);
  });

  it('in a pattern of every value of a record', () => {
    const listed = (value: unknown): unknown =>
      Object.fromEntries(
        Object.entries(Object(value)).map(([name, one]) => [
          name,
          typeof one === 'object' && one !== null && !Array.isArray(one) ? listed(one) : [one].flat().slice(0, 1),
        ]),
      );
    expect(doubtsOfPattern(listed(aRecord()), '')).toEqual([]);
  });
});

it('answers a pattern of two thousand misspelt names within ten seconds, the first ten with suggestions', () => {
  const names = Array.from({ length: 2000 }, (_, index) => `DescribeManyInstanceAttribute${index.toString(36)}`);
  const before = performance.now();
  const doubted = doubtsOfPattern({ eventName: ['CreateUsr', ...names] }, '');
  expect(doubted).toHaveLength(2001);
  expect(doubted[0]?.message).toContain('did you mean CreateUser?');
  expect(performance.now() - before).toBeLessThan(10_000);
});
