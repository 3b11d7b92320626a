-- When each instance was first and last named by a kept record, as what a call was about or as its caller, and by how many.
SELECT
  accountid, region, resource AS instanceid,
  min(eventtime) AS firstsighting, max(eventtime) AS lastsighting, count(DISTINCT eventid) AS records
FROM mirrorwatch_records
CROSS JOIN UNNEST(resources) AS named (resource)
WHERE resource LIKE 'i-%'
GROUP BY accountid, region, resource
ORDER BY accountid, region, resource;
