/** The eight people and services of every history, with the `userIdentity` that CloudTrail writes for them. */

import type { UserIdentity } from '../../../src/cloudtrail/record.ts';

export const ACCOUNT_ID = '111122223333';
export const REGION = 'eu-west-1';

interface Actor {
  /** The name by which findings speak of the actor. */
  readonly name: string;
  readonly userIdentity: UserIdentity;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
}

function user(userName: string, last: number): Actor {
  return {
    name: userName,
    userIdentity: {
      type: 'IAMUser',
      principalId: `AIDAEXAMPLEEXAMPLE0${last}`,
      arn: `arn:aws:iam::${ACCOUNT_ID}:user/${userName}`,
      accountId: ACCOUNT_ID,
      accessKeyId: 'AKIAEXAMPLEEXAMPLEEX',
      userName,
    },
    sourceIPAddress: `203.0.113.${last}`,
    userAgent: 'aws-cli/2.33.0',
  };
}

function role(roleName: string, session: string): Actor {
  return {
    name: `${roleName}/${session}`,
    userIdentity: {
      type: 'AssumedRole',
      principalId: `AROAEXAMPLEEXAMPLEEX:${session}`,
      arn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/${roleName}/${session}`,
      accountId: ACCOUNT_ID,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          arn: `arn:aws:iam::${ACCOUNT_ID}:role/${roleName}`,
          accountId: ACCOUNT_ID,
          userName: roleName,
        },
      },
    },
    sourceIPAddress: '198.51.100.80',
    userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.14.0',
  };
}

export const ACTORS = {
  ana: user('ana', 1),
  ben: user('ben', 2),
  cleo: user('cleo', 3),
  dan: user('dan', 4),
  eve: user('eve', 5),
  finn: user('finn', 6),
  terraform: role('deploy-terraform', 'gitlab-4711'),
  shop: role('shop-web', 'i-0aaaaaaaaaaaaaaaa'),
} as const satisfies Readonly<Record<string, Actor>>;

export type ActorName = keyof typeof ACTORS;

export const ACTOR_NAMES: readonly ActorName[] = ['ana', 'ben', 'cleo', 'dan', 'eve', 'finn', 'terraform', 'shop'];
