-- Who launched which instances, oldest first. The instance is NULL where CloudTrail left out what the call returned.
SELECT eventtime, accountid, region, actor, actorarn, resource AS instanceid, eventid
FROM mirrorwatch_records
CROSS JOIN UNNEST(resources) AS named (resource)
WHERE eventname = 'RunInstances' AND eventsource = 'ec2.amazonaws.com' AND NOT failed
  -- An instance may be the caller, or in the value of a tag: launched is what the answer lists.
  AND strpos(json_format(json_extract(record, '$.responseElements.instancesSet')), '"instanceId":"' || resource || '"') > 0
UNION
SELECT eventtime, accountid, region, actor, actorarn, NULL AS instanceid, eventid
FROM mirrorwatch_records
WHERE eventname = 'RunInstances' AND eventsource = 'ec2.amazonaws.com' AND NOT failed
  AND json_extract_scalar(record, '$.responseElements.instancesSet.items[0].instanceId') IS NULL
ORDER BY eventtime, accountid, region, instanceid, eventid;
