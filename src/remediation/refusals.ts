/** What each of EC2's error codes means for a step. Decided by code, never by message. */

/**
 * - `next-target`: this target is full or gone; another may serve
 * - `source-gone`: the source no longer exists; there is nothing to mirror
 * - `exempt`: AWS never mirrors this interface
 * - `slow-down`: the same call may succeed in a moment
 * - `stop-creating`: the account's quota is used up; no more sessions can be created in it
 * - `refused`: the call cannot succeed until someone changes something
 * - `read-sessions`: the answer is unclear; read the interface's sessions and judge by them
 */
export type Handling =
  | 'next-target'
  | 'source-gone'
  | 'exempt'
  | 'slow-down'
  | 'stop-creating'
  | 'refused'
  | 'read-sessions';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const HANDLING: Readonly<Record<string, Handling>> = {
  TrafficMirrorSourcesPerTargetLimitExceeded: 'next-target',
  TrafficMirrorSessionsPerTargetLimitExceeded: 'next-target',
  'InvalidTrafficMirrorTargetId.NotFound': 'next-target',

  'InvalidNetworkInterfaceID.NotFound': 'source-gone',
  'InvalidInstanceID.NotFound': 'source-gone',

  InterfaceInUseByTrafficMirrorTarget: 'exempt',
  NetworkInterfaceNotSupported: 'exempt',

  RequestLimitExceeded: 'slow-down',
  Throttling: 'slow-down',
  ThrottlingException: 'slow-down',
  EC2ThrottledException: 'slow-down',
  TooManyRequestsException: 'slow-down',
  Unavailable: 'slow-down',
  ServiceUnavailable: 'slow-down',

  TrafficMirrorSessionLimitExceeded: 'stop-creating',
  TrafficMirrorTargetLimitExceeded: 'stop-creating',

  UnauthorizedOperation: 'refused',
  AccessDenied: 'refused',
  AuthFailure: 'refused',
  OptInRequired: 'refused',
  PendingVerification: 'refused',
  DryRunOperation: 'refused',
  InterfaceInUseByTrafficMirrorSession: 'refused',
  NetworkLoadBalancerNotFoundException: 'refused',
  NlbInUseByTrafficMirrorTargetException: 'refused',
  'InvalidTrafficMirrorFilterId.NotFound': 'refused',

  // Launches of sensors: someone has to change the rule or the account's quota.
  'InvalidAMIID.NotFound': 'refused',
  'InvalidAMIID.Malformed': 'refused',
  'InvalidAMIID.Unavailable': 'refused',
  'InvalidSubnetID.NotFound': 'refused',
  'InvalidGroup.NotFound': 'refused',
  InvalidParameterCombination: 'refused',
  InstanceLimitExceeded: 'refused',
  VcpuLimitExceeded: 'refused',
  InsufficientFreeAddressesInSubnet: 'refused',
};

/**
 * How a code is handled. Every other code, and no code at all (a dropped connection), is `read-sessions`. That covers the codes whose
 * cause only the sessions show: `TrafficMirrorSessionsPerInterfaceLimitExceeded`, `InvalidParameterValue` for a number in use,
 * `IdempotentParameterMismatch`, and `InternalError`, after which the call may have been carried out.
 */
export function handlingOf(awsCode: string | undefined): Handling {
  return (awsCode !== undefined && Object.hasOwn(HANDLING, awsCode) && HANDLING[awsCode]) || 'read-sessions';
}
