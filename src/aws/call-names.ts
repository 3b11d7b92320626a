/** The names of the calls that the installed AWS SDK clients can make, as CloudTrail records them. */

/** The calls of EC2 and the other services that we have a client of. Loads the clients: about a second, so only for a closer look. */
export async function sdkCallNames(): Promise<readonly string[]> {
  const clients = await Promise.all([
    import('@aws-sdk/client-ec2'),
    import('@aws-sdk/client-ecs'),
    import('@aws-sdk/client-auto-scaling'),
    import('@aws-sdk/client-elastic-load-balancing-v2'),
    import('@aws-sdk/client-cloudtrail'),
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/client-sns'),
    import('@aws-sdk/client-sqs'),
    import('@aws-sdk/client-ssm'),
    import('@aws-sdk/client-sts'),
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/client-securityhub'),
  ]);
  return clients.flatMap((client) =>
    Object.keys(client).flatMap((name) => (name.endsWith('Command') ? name.slice(0, -'Command'.length) : [])),
  );
}
