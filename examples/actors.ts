/** The people and services in the example, with the `userIdentity` that CloudTrail writes for them. */

import { ACCOUNT_ID } from './network.ts';

/** Who makes a call, and from where. */
export interface Caller {
  readonly userIdentity: object;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
}

const TERRAFORM = 'APN/1.0 HashiCorp/1.0 Terraform/1.14.0 (+https://www.terraform.io) terraform-provider-aws/6.20.0';

function assumedRole(role: string, session: string, path = ''): object {
  const principalId = `AROAEXAMPLE${role
    .replace(/[^A-Z]/gi, '')
    .toUpperCase()
    .padEnd(10, 'X')
    .slice(0, 10)}`;
  return {
    type: 'AssumedRole',
    principalId: `${principalId}:${session}`,
    arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${role}/${session}`,
    accountId: ACCOUNT_ID,
    accessKeyId: 'ASIAEXAMPLEEXAMPLEEX',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId,
        arn: `arn:aws:iam::${ACCOUNT_ID}:role/${path}${role}`,
        accountId: ACCOUNT_ID,
        userName: role,
      },
      attributes: { creationDate: '2026-03-17T07:30:00Z', mfaAuthenticated: 'false' },
    },
  };
}

const SSO_ROLE = 'AWSReservedSSO_Developer_0123456789abcdef';
const CONSOLE = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36';

/** The callers by name. */
export const CALLERS = {
  dana: {
    userIdentity: assumedRole(SSO_ROLE, 'dana@example.com', 'aws-reserved/sso.amazonaws.com/eu-west-1/'),
    sourceIPAddress: '203.0.113.17',
    userAgent: CONSOLE,
  },
  erin: {
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLEEXAMPLE01',
      arn: `arn:aws:iam::${ACCOUNT_ID}:user/erin`,
      accountId: ACCOUNT_ID,
      accessKeyId: 'AKIAEXAMPLEEXAMPLEEX',
      userName: 'erin',
    },
    sourceIPAddress: '198.51.100.23',
    userAgent: 'aws-cli/2.33.0 md/awscrt#0.29.2 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.9',
  },
  terraform: {
    userIdentity: assumedRole('deploy-terraform', 'gitlab-4711'),
    sourceIPAddress: '198.51.100.80',
    userAgent: TERRAFORM,
  },
  autoScaling: {
    userIdentity: {
      ...assumedRole('AWSServiceRoleForAutoScaling', 'AutoScaling', 'aws-service-role/autoscaling.amazonaws.com/'),
      invokedBy: 'autoscaling.amazonaws.com',
    },
    sourceIPAddress: 'autoscaling.amazonaws.com',
    userAgent: 'autoscaling.amazonaws.com',
  },
  root: {
    userIdentity: {
      type: 'Root',
      principalId: ACCOUNT_ID,
      arn: `arn:aws:iam::${ACCOUNT_ID}:root`,
      accountId: ACCOUNT_ID,
      accessKeyId: 'ASIAEXAMPLEEXAMPLEEX',
      sessionContext: {
        sessionIssuer: {},
        attributes: { creationDate: '2026-03-17T09:41:00Z', mfaAuthenticated: 'true' },
      },
    },
    sourceIPAddress: '192.0.2.99',
    userAgent: CONSOLE,
  },
  app: {
    userIdentity: assumedRole('shop-web', 'i-0aaaaaaaaaaaaaaaa'),
    sourceIPAddress: '10.20.1.51',
    userAgent: 'aws-sdk-java/2.41.2 md/io#sync ua/2.1 os/Linux#6.1 lang/java#21.0.9',
  },
  monitoring: {
    userIdentity: assumedRole('inventory-reader', 'inventory'),
    sourceIPAddress: '10.30.1.10',
    userAgent: 'Boto3/1.43.10 md/Botocore#1.43.10 ua/2.1 os/linux#6.1 lang/python#3.13.9',
  },
  ecs: {
    userIdentity: { type: 'AWSService', invokedBy: 'ecs-tasks.amazonaws.com' },
    sourceIPAddress: 'ecs-tasks.amazonaws.com',
    userAgent: 'ecs-tasks.amazonaws.com',
  },
} satisfies Record<string, Caller>;

/** A caller's name. */
export type CallerName = keyof typeof CALLERS;
