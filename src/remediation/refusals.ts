/** What each of EC2's error codes means for a step. Decided by code, never by message. */

/**
 * - `next-target`: this target is full or gone; another may serve
 * - `source-gone`: the source no longer exists; there is nothing to mirror
 * - `exempt`: AWS never mirrors this interface
 * - `slow-down`: a passing fault; the same call may succeed in a moment
 * - `stop-creating`: the account's quota is used up; after some of these in a row nothing more is created in it
 * - `refused`: the call cannot succeed until someone changes something
 * - `read-sessions`: the answer is unclear; read the interface's sessions and judge by them
 * - `no-answer`: neither this call nor the reading of the sessions was answered; every other step would wait as long. No code stands for it
 */
export type Handling =
  | 'next-target'
  | 'source-gone'
  | 'exempt'
  | 'slow-down'
  | 'stop-creating'
  | 'refused'
  | 'read-sessions'
  | 'no-answer';

const EC2_ERRORS = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html';
const QUOTAS = 'https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html';
const THROTTLING = 'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html';
const IDEMPOTENCY = 'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html';
const COMMON_ERRORS = 'https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html';

/** How a code is handled, and where AWS describes it. */
interface Refusal {
  readonly handling: Handling;
  readonly source: string;
}

const as = (handling: Handling, source: string): Refusal => ({ handling, source });

/** The codes of which we know what they mean for a step. */
export const REFUSALS: Readonly<Record<string, Refusal>> = {
  TrafficMirrorSourcesPerTargetLimitExceeded: as('next-target', QUOTAS),
  TrafficMirrorSessionsPerTargetLimitExceeded: as('next-target', QUOTAS),
  'InvalidTrafficMirrorTargetId.NotFound': as('next-target', EC2_ERRORS),

  'InvalidNetworkInterfaceID.NotFound': as('source-gone', EC2_ERRORS),
  'InvalidInstanceID.NotFound': as('source-gone', EC2_ERRORS),

  InterfaceInUseByTrafficMirrorTarget: as('exempt', EC2_ERRORS),
  NetworkInterfaceNotSupported: as('exempt', EC2_ERRORS),

  RequestLimitExceeded: as('slow-down', THROTTLING),
  Throttling: as('slow-down', THROTTLING),
  ThrottlingException: as('slow-down', COMMON_ERRORS),
  EC2ThrottledException: as('slow-down', THROTTLING),
  TooManyRequestsException: as('slow-down', COMMON_ERRORS),
  Unavailable: as('slow-down', EC2_ERRORS),
  ServiceUnavailable: as('slow-down', EC2_ERRORS),

  TrafficMirrorSessionLimitExceeded: as('stop-creating', QUOTAS),
  TrafficMirrorTargetLimitExceeded: as('stop-creating', QUOTAS),

  UnauthorizedOperation: as('refused', EC2_ERRORS),
  AccessDenied: as('refused', COMMON_ERRORS),
  AuthFailure: as('refused', EC2_ERRORS),
  OptInRequired: as('refused', COMMON_ERRORS),
  PendingVerification: as('refused', EC2_ERRORS),
  DryRunOperation: as('refused', EC2_ERRORS),
  InterfaceInUseByTrafficMirrorSession: as('refused', EC2_ERRORS),
  NetworkLoadBalancerNotFoundException: as('refused', EC2_ERRORS),
  NlbInUseByTrafficMirrorTargetException: as('refused', EC2_ERRORS),
  'InvalidTrafficMirrorFilterId.NotFound': as('refused', EC2_ERRORS),

  // Only the sessions show the cause: a number in use, three sessions of others, or a call that was carried out.
  TrafficMirrorSessionsPerInterfaceLimitExceeded: as('read-sessions', QUOTAS),
  InvalidParameterValue: as('read-sessions', EC2_ERRORS),
  IdempotentParameterMismatch: as('read-sessions', IDEMPOTENCY),
  InternalError: as('read-sessions', EC2_ERRORS),
  InternalFailure: as('read-sessions', COMMON_ERRORS),
  'InvalidTrafficMirrorSessionId.NotFound': as('read-sessions', EC2_ERRORS),

  // Launches of sensors: someone has to change the rule or the account's quota.
  'InvalidAMIID.NotFound': as('refused', EC2_ERRORS),
  'InvalidAMIID.Malformed': as('refused', EC2_ERRORS),
  'InvalidAMIID.Unavailable': as('refused', EC2_ERRORS),
  'InvalidSubnetID.NotFound': as('refused', EC2_ERRORS),
  'InvalidGroup.NotFound': as('refused', EC2_ERRORS),
  InvalidParameterCombination: as('refused', EC2_ERRORS),
  InstanceLimitExceeded: as('refused', EC2_ERRORS),
  VcpuLimitExceeded: as('refused', EC2_ERRORS),
  InsufficientFreeAddressesInSubnet: as('refused', EC2_ERRORS),
};

/** How a code is handled. Any other code, and no code at all (a dropped connection), is `read-sessions`. */
export function handlingOf(awsCode: string | undefined): Handling {
  const known = awsCode !== undefined && Object.hasOwn(REFUSALS, awsCode) ? REFUSALS[awsCode] : undefined;
  return known?.handling ?? 'read-sessions';
}
