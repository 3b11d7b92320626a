/** One function: its log group, its role, itself, and how long what it was told asynchronously is tried again. */

import { arnOf, NONE, type Resources, ref, resource, sub, type Value, when } from './intrinsics.ts';
import { allow, assumedBy, policy } from './statements.ts';

/** How a function differs from the others. */
export interface FunctionShape {
  /** The logical id. Its handler is `{id in lower case}.handler` of the zip. */
  readonly id: string;
  readonly description: string;
  /** In MB. 1,769 is one whole processor; so much where logs are read or an account is judged. */
  readonly memory: number;
  readonly managed: readonly string[];
  /** What it alone may do, besides writing its log. */
  readonly may: readonly Value[];
  /** Its variables besides the configuration and the ledger, in the order of the template. */
  readonly variables: Readonly<Record<string, Value>>;
  /** True for one that puts messages back into the queue that it reads. */
  readonly loops?: true | undefined;
  /** True for one that is invoked without waiting for its answer. */
  readonly retries?: true | undefined;
}

/** Where a function finds its configuration: in the stack's own parameter, or in your bucket. */
const CONFIG: Value = when(
  'MadeConfig',
  sub('ssm:${ConfigParameter}'),
  sub('s3://${ConfigS3Bucket}/${ConfigS3Key}${ConfigS3Pin}'),
);

/** The resources of a function: `{id}Logs`, `{id}Role`, `{id}`, and `{id}Retries` if it has them. */
export function functionOf(shape: FunctionShape): Resources {
  const { id, description, memory, managed, may, variables, loops, retries } = shape;
  const logs = `${id}Logs`;
  const role = `${id}Role`;
  return {
    [logs]: resource('AWS::Logs::LogGroup', { RetentionInDays: ref('LogRetentionDays'), KmsKeyId: arnOf('Key') }),
    [role]: resource('AWS::IAM::Role', {
      AssumeRolePolicyDocument: assumedBy('lambda.amazonaws.com'),
      ManagedPolicyArns: managed.map(ref),
      Policies: [
        {
          PolicyName: 'own',
          PolicyDocument: policy(allow(['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(logs)), ...may),
        },
      ],
    }),
    [id]: resource('AWS::Lambda::Function', {
      Description: description,
      Handler: `${id.toLowerCase()}.handler`,
      ...(loops && { RecursiveLoop: 'Allow' }),
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      MemorySize: memory,
      Timeout: 300,
      Role: arnOf(role),
      Code: {
        S3Bucket: ref('CodeS3Bucket'),
        S3Key: ref('CodeS3Key'),
        S3ObjectVersion: when('HasCodeVersion', ref('CodeS3ObjectVersion'), NONE),
      },
      KmsKeyArn: arnOf('Key'),
      DeadLetterConfig: { TargetArn: arnOf('EventDeadLetters') },
      LoggingConfig: { LogGroup: ref(logs) },
      Environment: { Variables: { MIRRORWATCH_CONFIG: CONFIG, ...variables } },
    }),
    ...(retries && {
      [`${id}Retries`]: resource('AWS::Lambda::EventInvokeConfig', {
        FunctionName: ref(id),
        Qualifier: '$LATEST',
        MaximumEventAgeInSeconds: 3600,
      }),
    }),
  };
}
