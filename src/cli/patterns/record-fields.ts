/** The fields of a CloudTrail record that all services write alike, and what kind of value each has. */

/**
 * What stands in a field:
 * - `object`: an object, a list of them, or null
 * - `token`: a string of AWS's own, such as a name or a time; never an address
 * - `text`: any other string
 * - `boolean`: true or false
 * - `quoted`: the string "true" or "false"
 */
export type FieldKind = 'object' | 'token' | 'text' | 'boolean' | 'quoted';

/**
 * The fields by their dotted names.
 *
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
 */
export const RECORD_FIELDS: ReadonlyMap<string, FieldKind> = new Map(
  Object.entries({
    object: `additionalEventData addendum edgeDeviceDetails eventContext insightDetails requestParameters resources responseElements
      serviceEventDetails summary timeWindow tlsDetails userIdentity userIdentity.inScopeOf userIdentity.onBehalfOf
      userIdentity.sessionContext userIdentity.sessionContext.attributes userIdentity.sessionContext.sessionIssuer
      userIdentity.sessionContext.webIdFederationData`,
    token: `awsRegion eventCategory eventID eventId eventName eventSource eventTime eventType eventVersion recipientAccountId
      sharedEventID vpcEndpointAccountId vpcEndpointId resources.ARN resources.accountId resources.type tlsDetails.cipherSuite
      tlsDetails.tlsVersion userIdentity.accessKeyId userIdentity.accountId userIdentity.arn userIdentity.type
      userIdentity.sessionContext.attributes.creationDate userIdentity.sessionContext.ec2RoleDelivery
      userIdentity.sessionContext.sessionIssuer.accountId userIdentity.sessionContext.sessionIssuer.arn
      userIdentity.sessionContext.sessionIssuer.principalId userIdentity.sessionContext.sessionIssuer.type`,
    text: `accountId apiVersion errorCode errorMessage requestID sourceIPAddress userAgent tlsDetails.clientProvidedHostHeader
      userIdentity.identityProvider userIdentity.invokedBy userIdentity.principalId userIdentity.userName
      userIdentity.credentialId userIdentity.sessionContext.sessionIssuer.userName userIdentity.sessionContext.sourceIdentity`,
    boolean: 'managementEvent readOnly',
    quoted: 'userIdentity.sessionContext.attributes.mfaAuthenticated',
  } satisfies Record<FieldKind, string>).flatMap(([kind, names]) =>
    names.split(/\s+/).map((name) => [name, kind as FieldKind] as const),
  ),
);

/** Fields that may be there without a kind of their own: some services write them so, some otherwise. */
export const OTHER_FIELDS: readonly string[] = [
  'sessionCredentialFromConsole',
  'userIdentity.sessionContext.assumedRoot',
];

/** Fields that are left out where they have no value, or that every record has: they are never null. */
export const NEVER_NULL: ReadonlySet<string> = new Set(
  `awsRegion errorCode errorMessage eventCategory eventID eventName eventSource eventTime eventType eventVersion recipientAccountId
  sharedEventID userIdentity vpcEndpointId`.split(/\s+/),
);

/** Fields of every record that are never an empty string. */
export const NEVER_EMPTY: ReadonlySet<string> = new Set([
  'awsRegion',
  'eventName',
  'eventSource',
  'eventTime',
  'eventType',
]);

/** Fields whose values CloudTrail takes from a list, with all values that it has documented. */
export const VALUES: Readonly<Record<string, readonly string[]>> = {
  eventType:
    `AwsAggregatedEvent AwsApiCall AwsCloudTrailInsight AwsConsoleAction AwsConsoleSignIn AwsMcpEvent AwsServiceEvent AwsVpceEvent`.split(
      ' ',
    ),
  eventCategory: ['Aggregated', 'Data', 'Insight', 'Management', 'NetworkActivity'],
  'userIdentity.type':
    `AWSAccount AWSService AssumedRole Directory FederatedUser IAMUser IdentityCenterUser Role Root SAMLUser Unknown WebIdentityUser`.split(
      ' ',
    ),
};

/** The last names of fields in which services write networks, in lower case. */
export const NETWORK_FIELDS: ReadonlySet<string> = new Set(
  `cidr cidrblock cidrblocks cidrip cidripv4 cidripv6 clientcidrblock destinationcidrblock destinationipv6cidrblock ipv6cidrblock
  sourcecidrblock targetnetworkcidr vpccidr`.split(/\s+/),
);
