/** A state machine of Step Functions. */

import { DescribeExecutionCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { AwsCallError } from '../errors.ts';
import type { StateMachine } from '../history/run/state-machine.ts';
import { awsCall } from './call.ts';
import type { Clients } from './clients.ts';

/** The state machine at this ARN, in its own region. */
export function stateMachine(clients: Clients, arn: string): StateMachine {
  const [, , , region = ''] = arn.split(':');
  const call = <T>(operation: string, send: (sfn: SFNClient) => Promise<T>): Promise<T> =>
    awsCall(operation, { resourceId: arn }, () => send(clients.home(SFNClient, region)));
  return {
    arn,
    async start(name, input) {
      try {
        await call('StartExecution', (sfn) =>
          sfn.send(new StartExecutionCommand({ stateMachineArn: arn, name, input })),
        );
        return true;
      } catch (fault) {
        // Step Functions answers with the execution that runs if its input is the same. A name that has ended is taken for 90 days.
        if (fault instanceof AwsCallError && fault.concerns.awsCode === 'ExecutionAlreadyExists') return false;
        throw fault;
      }
    },
    async describe(name) {
      const executionArn = `${arn.replace(':stateMachine:', ':execution:')}:${name}`;
      const { status, error, cause } = await call('DescribeExecution', (sfn) =>
        sfn.send(new DescribeExecutionCommand({ executionArn })),
      );
      return { status: status ?? 'RUNNING', error, cause };
    },
    async *running() {
      let nextToken: string | undefined;
      do {
        const page = await call('ListExecutions', (sfn) =>
          sfn.send(new ListExecutionsCommand({ stateMachineArn: arn, statusFilter: 'RUNNING', nextToken })),
        );
        for (const { name } of page.executions ?? []) if (name !== undefined) yield name;
        ({ nextToken } = page);
      } while (nextToken !== undefined);
    },
  };
}
