/** deploy/history.json: its state machine, and that its roles may do what is done, and no more. */

import { describe, expect, it } from 'vitest';
import { type Json, readTemplate, resolved } from '../support/cloudformation.ts';
import { statementsOfRole } from '../support/iam.ts';

const template = readTemplate('deploy/history.json');
const stack = resolved(template, {
  CodeS3Bucket: 'code',
  TrailBuckets: 'trail,old-trail',
  TrailKeyArn: 'arn:aws:kms:x',
});
const definition: Json = JSON.parse(stack.Resources.Machine.Properties.DefinitionString);
const map = definition.States.ScanShards;

describe('the state machine', () => {
  it('is a Standard one that reads the shards from a JSON array, and writes what its children answer', () => {
    expect(stack.Resources.Machine.Properties.StateMachineType).toBe('STANDARD');
    expect(map.ItemReader).toEqual({
      Resource: 'arn:aws:states:::s3:getObject',
      ReaderConfig: { InputType: 'JSON' },
      Parameters: { 'Bucket.$': '$.pending.bucket', 'Key.$': '$.pending.key' },
    });
    expect(map.ItemProcessor.ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(map.MaxConcurrencyPath).toBe('$.maxConcurrency');
    expect(map.ResultWriter.Resource).toBe('arn:aws:states:::s3:putObject');
  });

  it('goes on whatever becomes of a shard, and writes the percentage as engines read it', () => {
    expect(map.ToleratedFailurePercentage).toBe(100);
    expect(JSON.stringify(template.Resources.Machine)).toContain('\\"ToleratedFailurePercentage\\":100.0');
  });

  it('asks again after a pause that grows, with jitter', () => {
    const { Retry } = map.ItemProcessor.States.ScanShard;
    for (const retry of Retry)
      expect(retry).toMatchObject({ JitterStrategy: 'FULL', BackoffRate: expect.any(Number), MaxDelaySeconds: 300 });
    expect(Retry[0].ErrorEquals).toContain('Lambda.TooManyRequestsException');
    expect(Retry.at(-1).ErrorEquals).toEqual(['States.ALL']);
  });

  it('waits longer for a function than the function may take', () => {
    expect(map.ItemProcessor.States.ScanShard.TimeoutSeconds).toBeGreaterThan(
      stack.Resources.ScanShard.Properties.Timeout,
    );
  });

  it('logs faults without data, and encrypts what it keeps', () => {
    const { LoggingConfiguration, EncryptionConfiguration } = stack.Resources.Machine.Properties;
    expect(LoggingConfiguration).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
    expect(EncryptionConfiguration).toMatchObject({ Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: '<Key.Arn>' });
    for (const { Type, Properties } of Object.values(stack.Resources))
      if (Type === 'AWS::Logs::LogGroup')
        expect(Properties).toMatchObject({ KmsKeyId: '<Key.Arn>', RetentionInDays: 30 });
  });
});

describe('the roles', () => {
  const grants = (role: string): readonly string[] =>
    statementsOfRole(stack, role)
      .flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}`)),
      )
      .toSorted();

  it('let the function read the trails that are named, and keep plans and results', () => {
    expect(grants('ScanShardRole')).toEqual([
      'kms:Decrypt <Key.Arn>',
      'kms:Decrypt arn:aws:kms:x',
      'kms:GenerateDataKey <Key.Arn>',
      'logs:CreateLogStream <ScanShardLogs.Arn>',
      'logs:PutLogEvents <ScanShardLogs.Arn>',
      's3:GetObject <HistoryBucket.Arn>/*',
      's3:GetObject arn:*:s3:::old-trail/*',
      's3:GetObject arn:*:s3:::trail/*',
      's3:ListBucket <HistoryBucket.Arn>',
      's3:PutObject <HistoryBucket.Arn>/*',
    ]);
  });

  it('let the state machine call that function and itself', () => {
    const states = 'arn:aws:states:eu-west-1:111122223333';
    expect(grants('MachineRole').filter((each) => !each.startsWith('logs:') && !each.startsWith('kms:'))).toEqual([
      'lambda:InvokeFunction <ScanShard.Arn>',
      'lambda:InvokeFunction <ScanShard.Arn>:*',
      's3:AbortMultipartUpload <HistoryBucket.Arn>/*',
      's3:GetObject <HistoryBucket.Arn>/*',
      's3:ListMultipartUploadParts <HistoryBucket.Arn>/*',
      's3:PutObject <HistoryBucket.Arn>/*',
      `states:DescribeExecution ${states}:execution:mirrorwatch-history/*`,
      `states:StartExecution ${states}:stateMachine:mirrorwatch-history`,
      `states:StopExecution ${states}:execution:mirrorwatch-history/*`,
    ]);
  });

  it('are assumed by their service alone, for this account', () => {
    const { MachineRole } = stack.Resources;
    expect(MachineRole.Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'states.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
      },
    ]);
  });

  it('cover all resources only where IAM knows no others', () => {
    for (const role of ['ScanShardRole', 'MachineRole'])
      for (const { Action, Resource } of statementsOfRole(stack, role))
        if (Resource === '*') for (const action of [Action].flat()) expect(action).toMatch(/^logs:/);
  });
});
