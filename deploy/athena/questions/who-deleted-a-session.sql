-- Who deleted which traffic mirror sessions.
SELECT DISTINCT
  eventtime, accountid, region, actor, actorarn, sourceipaddress,
  json_extract_scalar(record, '$.requestParameters.DeleteTrafficMirrorSessionRequest.TrafficMirrorSessionId') AS sessionid, eventid
FROM mirrorwatch_records
WHERE eventname = 'DeleteTrafficMirrorSession' AND eventsource = 'ec2.amazonaws.com' AND NOT failed
ORDER BY eventtime, accountid, region, eventid;
