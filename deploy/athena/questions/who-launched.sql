-- Who launched which instances, oldest first.
SELECT eventtime, accountid, region, actor, actorarn, resource AS instanceid
FROM mirrorwatch_records
CROSS JOIN UNNEST(resources) AS named (resource)
WHERE eventname = 'RunInstances' AND NOT failed AND resource LIKE 'i-%'
ORDER BY eventtime, accountid, region, resource, eventid;
