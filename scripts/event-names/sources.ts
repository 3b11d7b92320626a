/** Where the names of event sources differ from IAM's prefixes. */

/**
 * Event sources, without `.amazonaws.com`, that log the calls of services with other prefixes in IAM: how their endpoints or signatures
 * name them.
 *
 * @see https://github.com/aws/api-models-aws
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-aws-service-specific-topics.html
 */
export const PREFIXES_OF_SOURCE: Readonly<Record<string, readonly string[]>> = {
  'a2i-runtime.sagemaker': ['sagemaker'],
  'agreement-marketplace': ['aws-marketplace'],
  apigateway: ['apigateway', 'execute-api'],
  appconfigdata: ['appconfig'],
  appstream2: ['appstream'],
  autoscaling: ['autoscaling', 'application-autoscaling', 'autoscaling-plans'],
  'bedrock-agent': ['bedrock'],
  'bedrock-agent-runtime': ['bedrock'],
  'bedrock-agentcore-control': ['bedrock-agentcore'],
  'bedrock-data-automation': ['bedrock'],
  'bedrock-data-automation-runtime': ['bedrock'],
  'bedrock-runtime': ['bedrock'],
  billingconsole: ['aws-portal', 'billing', 'account'],
  'catalog-marketplace': ['aws-marketplace'],
  'catalog.marketplace': ['aws-marketplace'],
  cloudcontrolapi: ['cloudformation'],
  cloudhsmv2: ['cloudhsm'],
  codeconnections: ['codeconnections', 'codestar-connections'],
  'codestar-connections': ['codestar-connections', 'codeconnections'],
  'data.mediastore': ['mediastore'],
  'deployment-marketplace': ['aws-marketplace'],
  'discovery-marketplace': ['aws-marketplace'],
  ebs: ['ebs', 'ec2'],
  'entitlement-marketplace': ['aws-marketplace'],
  'finspace-api': ['finspace-api', 'finspace'],
  'iot-data': ['iot'],
  'iot-jobs-data': ['iotjobsdata'],
  iotdata: ['iot'],
  ioteventsdata: ['iotevents'],
  ivsrealtime: ['ivs'],
  macie: ['macie2'],
  'mail-manager': ['ses'],
  marketplacecatalog: ['aws-marketplace'],
  'memory-db': ['memorydb'],
  'metering-marketplace': ['aws-marketplace'],
  'migrationhub-config': ['mgh'],
  monitoring: ['cloudwatch'],
  'mturk-requester': ['mechanicalturk'],
  'partnercentral-selling': ['partnercentral'],
  'personalize-events': ['personalize'],
  'personalize-runtime': ['personalize'],
  pinpoint: ['mobiletargeting'],
  portal: ['sso'],
  rdsdata: ['rds-data'],
  's3-outposts': ['s3-outposts', 's3'],
  s3express: ['s3express', 's3'],
  sagemaker: ['sagemaker', 'sagemaker-mlflow', 'sagemaker-geospatial'],
  'servicecatalog-appregistry': ['servicecatalog'],
  'sms-voice': ['sms-voice', 'mobiletargeting'],
  sso: ['sso', 'sso-directory', 'sso-oauth', 'identitystore'],
  ssm: ['ssm', 'ec2messages', 'ssmmessages'],
  tagging: ['tag'],
  timestream: ['timestream', 'timestream-influxdb'],
  transcribestreaming: ['transcribe'],
  'waf-regional': ['waf-regional', 'waf'],
  vpce: ['vpce', 'ec2'],
};

/** Event sources of which neither IAM nor AWS's API models have a name. */
export const BARE_SOURCES: readonly string[] = `
  api.pricing aws-marketplace awsmobilehubservice awsroutes53 awssupport billing.console codebuild-runtime commerceplatform console
  costexplorer datasync-agent health-console iq mobilehub quicksuite resource-groups-console s3control savingsplans schemas-console
  supportrecommendations tnb wafportal
`
  .trim()
  .split(/\s+/);

/** Prefixes of IAM's that no record has as its source. */
export const NO_SOURCES: readonly string[] = ['cloudwatch', 'tag'];
