/** Tells a misspelt event name or source from one that simply did not occur, once a search for it found nothing. */

import { didYouMean, nearest } from '../../config/spelling.ts';
import { PipelineError } from '../../errors.ts';

/** Which of the names that a search asks for have occurred. */
export interface NameWatch {
  /** Looks at a record that was found. */
  see(json: Uint8Array): void;
  /** The names that no record had so far. */
  unseen(): readonly string[];
}

/** Watches for names in the records that a search finds. Costs one text search a record and name until the name was seen. */
export function watchNames(names: readonly string[] | undefined): NameWatch {
  let open = (names ?? []).map((name) => ({ name, text: Buffer.from(JSON.stringify(name)) }));
  return {
    see(json) {
      if (open.length === 0) return;
      const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
      open = open.filter(({ text }) => !bytes.includes(text));
    },
    unseen: () => open.map(({ name }) => name),
  };
}

/**
 * Throws PipelineError `usage` if a name that no record had is not known but close to a known one. A name that is close to none may be
 * of a service that this program does not know, and a known one just did not occur.
 */
export async function refuseMisspeltNames(unseen: readonly string[]): Promise<void> {
  if (unseen.length === 0) return;
  const { WANTED_CALLS } = await import('../../sighting/readers.ts');
  const doubtful = unseen.filter((name) => !WANTED_CALLS.has(name));
  if (doubtful.length === 0) return;
  const { sdkCallNames } = await import('../../aws/call-names.ts');
  const known = new Set([...WANTED_CALLS, ...OTHER_CALLS, ...(await sdkCallNames())]);
  refuse('--event-name', 'event name', doubtful, known);
}

/** As `refuseMisspeltNames`, for the full names of event sources. */
export function refuseMisspeltSources(unseen: readonly string[]): void {
  refuse('--event-source', 'event source', unseen, new Set(SERVICES.map((service) => `${service}.amazonaws.com`)));
}

function refuse(option: string, what: string, unseen: readonly string[], known: ReadonlySet<string>): void {
  const misspelt = unseen.filter((name) => !known.has(name) && nearest(name, known).length > 0);
  if (misspelt.length === 0) return;
  const lines = misspelt.map((name) => `no record has the ${what} ${JSON.stringify(name)}${didYouMean(name, known)}`);
  throw new PipelineError('usage', `${option}: ${lines.join('\n  ')}`);
}

/**
 * Calls that trails are often searched for, of services without an SDK client here.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html
 */
const OTHER_CALLS: readonly string[] = `
  AddClientIDToOpenIDConnectProvider AddRoleToInstanceProfile AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy
  ChangePassword CreateAccessKey CreateAccountAlias CreateGroup CreateInstanceProfile CreateLoginProfile
  CreateOpenIDConnectProvider CreatePolicy CreatePolicyVersion CreateRole CreateSAMLProvider CreateServiceLinkedRole
  CreateServiceSpecificCredential CreateUser CreateVirtualMFADevice DeactivateMFADevice DeleteAccessKey DeleteAccountAlias
  DeleteAccountPasswordPolicy DeleteGroup DeleteGroupPolicy DeleteInstanceProfile DeleteLoginProfile DeleteOpenIDConnectProvider
  DeletePolicy DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DeleteSAMLProvider
  DeleteSSHPublicKey DeleteServerCertificate DeleteServiceLinkedRole DeleteServiceSpecificCredential DeleteSigningCertificate
  DeleteUser DeleteUserPermissionsBoundary DeleteUserPolicy DeleteVirtualMFADevice DetachGroupPolicy DetachRolePolicy
  DetachUserPolicy EnableMFADevice GenerateCredentialReport GetAccessKeyLastUsed GetAccountAuthorizationDetails
  GetAccountPasswordPolicy GetAccountSummary GetCredentialReport GetGroup GetGroupPolicy GetInstanceProfile GetLoginProfile
  GetPolicy GetPolicyVersion GetRole GetRolePolicy GetUser GetUserPolicy ListAccessKeys ListAccountAliases
  ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies ListEntitiesForPolicy ListGroupPolicies ListGroups
  ListGroupsForUser ListInstanceProfiles ListInstanceProfilesForRole ListMFADevices ListPolicies ListPolicyVersions
  ListRolePolicies ListRoleTags ListRoles ListUserPolicies ListUserTags ListUsers ListVirtualMFADevices PutGroupPolicy
  PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary PutUserPolicy RemoveRoleFromInstanceProfile
  RemoveUserFromGroup SetDefaultPolicyVersion SimulatePrincipalPolicy TagRole TagUser UntagRole UntagUser UpdateAccessKey
  UpdateAccountPasswordPolicy UpdateAssumeRolePolicy UpdateGroup UpdateLoginProfile UpdateRole UpdateRoleDescription
  UpdateSAMLProvider UpdateSSHPublicKey UpdateUser UploadServerCertificate UploadSigningCertificate UploadSSHPublicKey
  ConsoleLogin CheckMfa ExitRole PasswordRecoveryRequested RenewRole SwitchRole
  CancelKeyDeletion CreateAlias CreateGrant CreateKey Decrypt DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey
  EnableKeyRotation Encrypt GenerateDataKey GetKeyPolicy GetKeyRotationStatus ListAliases ListGrants ListKeys PutKeyPolicy
  RevokeGrant ScheduleKeyDeletion UpdateAlias
  CreateDBCluster CreateDBInstance CreateDBSnapshot DeleteDBCluster DeleteDBInstance DeleteDBSnapshot ModifyDBCluster
  ModifyDBInstance ModifyDBSnapshotAttribute RestoreDBInstanceFromDBSnapshot StartDBInstance StopDBInstance
  CreateSecret DeleteSecret DescribeSecret GetSecretValue PutSecretValue RestoreSecret UpdateSecret
  AssociateResourceShare CreateResourceShare DeleteResourceShare DisassociateResourceShare UpdateResourceShare
  CreateDetector DeleteDetector UpdateDetector GetFindings StopMonitoringMembers
  DeleteRule DisableRule EnableRule PutRule PutTargets RemoveTargets
  CreateAccount CreateOrganization InviteAccountToOrganization LeaveOrganization MoveAccount
`
  .trim()
  .split(/\s+/);

/** Services as event sources name them, those whose records a trail often holds. */
const SERVICES: readonly string[] = `
  access-analyzer account acm amplify apigateway application-autoscaling appsync athena autoscaling backup batch bedrock ce
  cloud9 cloudformation cloudfront cloudhsm cloudshell cloudtrail codeartifact codebuild codecommit codedeploy codepipeline
  codestar cognito-identity cognito-idp compute-optimizer config connect controltower datasync dax detective devicefarm
  directconnect dms ds dynamodb ebs ec2 ec2-instance-connect ecr ecr-public ecs eks elasticache elasticbeanstalk
  elasticfilesystem elasticloadbalancing elasticmapreduce es events firehose fms freetier fsx glacier globalaccelerator glue
  guardduty health iam identitystore imagebuilder inspector inspector2 iot kafka kinesis kinesisanalytics kms lakeformation
  lambda license-manager lightsail logs macie2 mediaconvert memorydb monitoring mq mwaa network-firewall notifications
  opensearch organizations outposts payments pipes pricing quicksight ram rds rds-data redshift redshift-data
  resource-explorer-2 resource-groups rolesanywhere route53 route53domains route53resolver s3 s3-outposts s3express sagemaker
  savingsplans scheduler schemas secretsmanager securityhub securitylake serverlessrepo servicecatalog servicediscovery
  servicequotas ses shield signin sns sqs ssm ssm-incidents ssmmessages sso sso-directory states storagegateway sts
  support swf synthetics tagging textract transcribe transfer trustedadvisor user-subscriptions vpc-lattice waf
  waf-regional wafv2 workmail workspaces xray
`
  .trim()
  .split(/\s+/);
