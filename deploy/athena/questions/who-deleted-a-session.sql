-- Who deleted which traffic mirror sessions.
SELECT
  eventtime, accountid, region, actor, actorarn, sourceipaddress,
  json_extract_scalar(record, '$.requestParameters.DeleteTrafficMirrorSessionRequest.TrafficMirrorSessionId') AS sessionid
FROM mirrorwatch_records
WHERE eventname = 'DeleteTrafficMirrorSession' AND NOT failed
ORDER BY eventtime, accountid, region, eventid;
