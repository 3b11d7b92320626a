/** What each of EC2's refusals means for a step: one table, by code and never by message. */

/**
 * - `next-target`: this target takes no more, or is gone; another may serve
 * - `gone`: the source is no more, there is nothing to mirror
 * - `exempt`: AWS will never mirror this interface
 * - `slow-down`: the same call may succeed in a moment
 * - `stop-creating`: the account has no room left; nothing more can be created in it
 * - `refused`: it will not succeed until someone changes something
 * - `look`: it is not clear what is there; read the interface's sessions and decide by them
 */
export type Handling = 'next-target' | 'gone' | 'exempt' | 'slow-down' | 'stop-creating' | 'refused' | 'look';

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
const HANDLING: Readonly<Record<string, Handling>> = {
  TrafficMirrorSourcesPerTargetLimitExceeded: 'next-target',
  TrafficMirrorSessionsPerTargetLimitExceeded: 'next-target',
  'InvalidTrafficMirrorTargetId.NotFound': 'next-target',

  'InvalidNetworkInterfaceID.NotFound': 'gone',
  'InvalidInstanceID.NotFound': 'gone',

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

  // Of launches of sensors: the rule, or the account's quota, has to be changed.
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
 * How a code is handled. Every code that is not in the table, and no code at all (a dropped connection), is `look`: so are the
 * ones whose answer lies in the sessions themselves (`TrafficMirrorSessionsPerInterfaceLimitExceeded`, `InvalidParameterValue`
 * for a number in use, `IdempotentParameterMismatch`, `InternalError` after which it may have been done all the same).
 */
export function handlingOf(awsCode: string | undefined): Handling {
  return (awsCode !== undefined && Object.hasOwn(HANDLING, awsCode) && HANDLING[awsCode]) || 'look';
}
