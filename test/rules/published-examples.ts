/**
 * AWS's published examples of event patterns, in variants of our own, each with near-misses.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-arrays.html
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-null-values.html
 * @see https://github.com/aws/event-ruler#readme
 */

import { type Example, rows } from './examples.ts';

const TERMINATED =
  '{"version":"0","detail-type":"EC2 Instance State-change Notification","source":"aws.ec2","account":"111122223333","time":"2017-12-22T18:43:48Z","region":"us-west-1","resources":["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],"detail":{"instance-id":"i-1234567890abcdef0","state":"terminated"}}';

const EMPLOYEES =
  '{"employees":[{"firstName":"John","lastName":"Doe"},{"firstName":"Anna","lastName":"Smith"},{"firstName":"Peter","lastName":"Jones"}]}';

const LAUNCHED =
  '{"detail-type":"EC2 Instance Launch Successful","source":"aws.autoscaling","resources":[],"detail":{"eventVersion":"","responseElements":null}}';

/** Rows for the operator pages of the user guide and the README of AWS's engine. */
export const PUBLISHED_EXAMPLES: readonly Example[] = [
  rows(
    'every field named must match',
    '{"source":["aws.ec2"],"detail-type":["EC2 Instance State-change Notification"],"detail":{"state":["terminated"]}}',
    {
      hits: [TERMINATED],
      misses: [
        '{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","detail":{"state":"running"}}',
        '{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","detail":{}}',
        '{"source":"aws.ec2","detail":{"state":"terminated"}}',
        '{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","state":"terminated"}',
      ],
    },
  ),
  rows('values in a list are alternatives', '{"detail":{"state":["shutting-down","terminated"]}}', {
    hits: [TERMINATED, '{"detail":{"state":"shutting-down"}}'],
    misses: ['{"detail":{"state":"pending"}}', '{"detail":{"state":"terminated "}}'],
  }),
  rows('prefix', '{"time":[{"prefix":"2017-10-02"}]}', {
    hits: ['{"time":"2017-10-02T18:43:48Z"}', '{"time":"2017-10-02"}'],
    misses: ['{"time":"2017-10-03T18:43:48Z"}', '{"time":" 2017-10-02"}', '{"time":"2017-10-0"}'],
  }),
  rows('prefix of a region', '{"detail":{"Region":[{"prefix":"us-"}]}}', {
    hits: ['{"detail":{"Region":"us-gov-west-1"}}'],
    misses: ['{"detail":{"Region":"US-EAST-1"}}', '{"detail":{"Region":"eu-us-1"}}'],
  }),
  rows('prefix, ignoring case', '{"detail":{"service":[{"prefix":{"equals-ignore-case":"EventB"}}]}}', {
    hits: [
      '{"detail":{"service":"EVENTBRIDGE"}}',
      '{"detail":{"service":"eventb"}}',
      '{"detail":{"service":"eVeNtBus"}}',
    ],
    misses: ['{"detail":{"service":"event-bus"}}', '{"detail":{"service":"my eventbridge"}}'],
  }),
  rows('suffix', '{"FileName":[{"suffix":".png"}]}', {
    hits: ['{"FileName":"cat.png"}', '{"FileName":".png"}'],
    misses: ['{"FileName":"cat.PNG"}', '{"FileName":"cat.png.txt"}', '{"FileName":"catpng"}'],
  }),
  rows('suffix, ignoring case', '{"detail":{"service":[{"suffix":{"equals-ignore-case":"tBridge"}}]}}', {
    hits: ['{"detail":{"service":"EventBRIDGE"}}', '{"detail":{"service":"tbridge"}}'],
    misses: ['{"detail":{"service":"eventbridges"}}'],
  }),
  rows('equals-ignore-case', '{"detail-type":[{"equals-ignore-case":"ec2 instance state-change notification"}]}', {
    hits: [TERMINATED, '{"detail-type":"EC2 INSTANCE STATE-CHANGE NOTIFICATION"}'],
    misses: [
      '{"detail-type":"EC2 Instance State-change Notifications"}',
      '{"detail-type":"EC2 Instance State change Notification"}',
    ],
  }),
  rows('anything-but one string', '{"detail":{"state":[{"anything-but":"initializing"}]}}', {
    hits: ['{"detail":{"state":"running"}}', '{"detail":{"state":"Initializing"}}', '{"detail":{"state":""}}'],
    misses: ['{"detail":{"state":"initializing"}}', '{"detail":{}}'],
  }),
  rows('anything-but one number', '{"detail":{"x-limit":[{"anything-but":123}]}}', {
    hits: ['{"detail":{"x-limit":122}}', '{"detail":{"x-limit":"123"}}'],
    misses: ['{"detail":{"x-limit":123}}', '{"detail":{"x-limit":123.0}}'],
  }),
  rows('anything-but several strings', '{"detail":{"state":[{"anything-but":["stopped","overloaded"]}]}}', {
    hits: ['{"detail":{"state":"running"}}'],
    misses: ['{"detail":{"state":"stopped"}}', '{"detail":{"state":"overloaded"}}'],
  }),
  rows('anything-but several numbers', '{"detail":{"x-limit":[{"anything-but":[100,200,300]}]}}', {
    hits: ['{"detail":{"x-limit":150}}'],
    misses: ['{"detail":{"x-limit":200}}', '{"detail":{"x-limit":3e2}}'],
  }),
  rows('anything-but, ignoring case', '{"detail":{"state":[{"anything-but":{"equals-ignore-case":"initializing"}}]}}', {
    hits: ['{"detail":{"state":"initialized"}}'],
    misses: ['{"detail":{"state":"INITIALIZING"}}', '{"detail":{"state":"initializing"}}'],
  }),
  rows(
    'anything-but several, ignoring case',
    '{"detail":{"state":[{"anything-but":{"equals-ignore-case":["initializing","stopped"]}}]}}',
    {
      hits: ['{"detail":{"state":"running"}}'],
      misses: ['{"detail":{"state":"Stopped"}}', '{"detail":{"state":"iNitializing"}}'],
    },
  ),
  rows('anything-but a prefix', '{"detail":{"state":[{"anything-but":{"prefix":"init"}}]}}', {
    hits: ['{"detail":{"state":"running"}}', '{"detail":{"state":"reinit"}}', '{"detail":{"state":"Init"}}'],
    misses: ['{"detail":{"state":"initializing"}}', '{"detail":{"state":"init"}}'],
  }),
  rows('anything-but several prefixes', '{"detail":{"state":[{"anything-but":{"prefix":["init","error"]}}]}}', {
    hits: ['{"detail":{"state":"running"}}'],
    misses: ['{"detail":{"state":"initializing"}}', '{"detail":{"state":"errored"}}'],
  }),
  rows('anything-but a suffix', '{"FileName":[{"anything-but":{"suffix":".txt"}}]}', {
    hits: ['{"FileName":"note.txt.zip"}', '{"FileName":"txt"}'],
    misses: ['{"FileName":"note.txt"}'],
  }),
  rows('anything-but several suffixes', '{"FileName":[{"anything-but":{"suffix":[".txt",".rtf"]}}]}', {
    hits: ['{"FileName":"note.doc"}'],
    misses: ['{"FileName":"note.rtf"}', '{"FileName":"note.txt"}'],
  }),
  rows('anything-but a wildcard', '{"FilePath":[{"anything-but":{"wildcard":"*/lib/*"}}]}', {
    hits: ['{"FilePath":"/usr/bin/node"}', '{"FilePath":"/usr/lib"}'],
    misses: ['{"FilePath":"/usr/lib/node"}', '{"FilePath":"/lib/"}'],
  }),
  rows('anything-but several wildcards', '{"FilePath":[{"anything-but":{"wildcard":["*/lib/*","*/bin/*"]}}]}', {
    hits: ['{"FilePath":"/usr/share/x"}'],
    misses: ['{"FilePath":"/usr/bin/x"}', '{"FilePath":"/usr/lib/x"}'],
  }),
  rows(
    'numeric',
    '{"detail":{"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],"x-limit":[{"numeric":["=",3.018e2]}]}}',
    {
      hits: [
        '{"detail":{"c-count":5,"d-count":9.99,"x-limit":301.8}}',
        '{"detail":{"c-count":0.001,"d-count":-40,"x-limit":301.80}}',
      ],
      misses: [
        '{"detail":{"c-count":0,"d-count":3,"x-limit":301.8}}',
        '{"detail":{"c-count":5.1,"d-count":3,"x-limit":301.8}}',
        '{"detail":{"c-count":5,"d-count":10,"x-limit":301.8}}',
        '{"detail":{"c-count":5,"d-count":3,"x-limit":"301.8"}}',
        '{"detail":{"c-count":5,"d-count":3}}',
      ],
    },
  ),
  rows('cidr', '{"detail":{"sourceIPAddress":[{"cidr":"10.0.0.0/24"}]}}', {
    hits: ['{"detail":{"sourceIPAddress":"10.0.0.0"}}', '{"detail":{"sourceIPAddress":"10.0.0.255"}}'],
    misses: [
      '{"detail":{"sourceIPAddress":"10.0.1.0"}}',
      '{"detail":{"sourceIPAddress":"9.255.255.255"}}',
      '{"detail":{}}',
    ],
  }),
  rows('cidr of IPv6', '{"detail":{"sourceIPAddress":[{"cidr":"2001:db8::/32"}]}}', {
    hits: ['{"detail":{"sourceIPAddress":"2001:db8::1"}}', '{"detail":{"sourceIPAddress":"2001:0DB8:ffff::"}}'],
    misses: ['{"detail":{"sourceIPAddress":"2001:db9::1"}}', '{"detail":{"sourceIPAddress":"10.0.0.1"}}'],
  }),
  rows('exists', '{"detail":{"state":[{"exists":true}]}}', {
    hits: [TERMINATED, '{"detail":{"state":null}}', '{"detail":{"state":""}}', '{"detail":{"state":false}}'],
    misses: ['{"detail":{"instance-id":"i-1"}}', '{"detail":{"state":{"name":"running"}}}'],
  }),
  rows('does not exist', '{"detail":{"c-count":[{"exists":false}]}}', {
    hits: [TERMINATED, '{"detail":{"state":"running","c-count":{"c1":100}}}'],
    misses: ['{"detail":{"c-count":100}}', '{"detail":{"c-count":null}}'],
  }),
  rows('wildcard', '{"detail":{"object":{"key":[{"wildcard":"dir/*.png"}]}}}', {
    hits: ['{"detail":{"object":{"key":"dir/cat.png"}}}', '{"detail":{"object":{"key":"dir/a/b/.png"}}}'],
    misses: ['{"detail":{"object":{"key":"dir/cat.jpg"}}}', '{"detail":{"object":{"key":"my/dir/cat.png"}}}'],
  }),
  rows('wildcard with a literal star', '{"x":[{"wildcard":"C:\\\\\\\\*\\\\*"}]}', {
    hits: ['{"x":"C:\\\\temp*"}', '{"x":"C:\\\\*"}'],
    misses: ['{"x":"C:\\\\temp"}', '{"x":"C:temp*"}'],
  }),
  rows(
    '$or between fields',
    '{"detail":{"$or":[{"c-count":[{"numeric":[">",0,"<=",5]}]},{"d-count":[{"numeric":["<",10]}]},{"x-limit":[{"numeric":["=",3.018e2]}]}]}}',
    {
      hits: [
        '{"detail":{"c-count":9,"d-count":9}}',
        '{"detail":{"x-limit":301.8}}',
        '{"detail":{"c-count":1,"d-count":99}}',
      ],
      misses: ['{"detail":{"c-count":6,"d-count":10,"x-limit":300}}', '{"detail":{}}', '{"c-count":1}'],
    },
  ),
  rows(
    '$or beside a field',
    '{"source":["aws.cloudwatch"],"$or":[{"metricName":["CPUUtilization","ReadLatency"]},{"namespace":["AWS/EC2","AWS/ES"]}]}',
    {
      hits: [
        '{"source":"aws.cloudwatch","metricName":"ReadLatency"}',
        '{"source":"aws.cloudwatch","namespace":"AWS/EC2","metricName":"x"}',
      ],
      misses: ['{"source":"aws.ec2","metricName":"ReadLatency"}', '{"source":"aws.cloudwatch","namespace":"AWS/S3"}'],
    },
  ),
  rows(
    'two $or at two places',
    '{"$or":[{"metricName":["CPU"]},{"namespace":["AWS/EC2"]}],"detail":{"$or":[{"source":["aws.cloudwatch"]},{"detail-type":["Alarm"]}]}}',
    {
      hits: [
        '{"metricName":"CPU","detail":{"detail-type":"Alarm"}}',
        '{"namespace":"AWS/EC2","detail":{"source":"aws.cloudwatch"}}',
      ],
      misses: [
        '{"metricName":"CPU","namespace":"AWS/EC2"}',
        '{"detail":{"source":"aws.cloudwatch","detail-type":"Alarm"}}',
      ],
    },
  ),
  rows(
    '$or with fields inside that all must match',
    '{"source":["cw"],"$or":[{"metricName":["CPU"]},{"metricType":["T"],"namespace":["N"]},{"scope":["S"]}]}',
    {
      hits: ['{"source":"cw","metricType":"T","namespace":"N"}', '{"source":"cw","scope":"S","metricType":"U"}'],
      misses: ['{"source":"cw","metricType":"T"}', '{"source":"cw","namespace":"N","metricName":"Disk"}'],
    },
  ),
  rows(
    '$or inside $or',
    '{"source":["cw"],"$or":[{"metricName":["CPU"]},{"namespace":["N"],"$or":[{"metricId":[1234]},{"spaceId":[1000]}]},{"scope":["S"]}]}',
    {
      hits: ['{"source":"cw","namespace":"N","spaceId":1000}', '{"source":"cw","metricName":"CPU","spaceId":1}'],
      misses: ['{"source":"cw","metricId":1234}', '{"source":"cw","namespace":"N","metricId":1000,"spaceId":1234}'],
    },
  ),
  rows(
    'alternatives of different kinds',
    '{"detail":{"Location":["New York",{"prefix":"Los"},{"exists":false}],"Price":[100,{"numeric":[">",200]}]}}',
    {
      hits: [
        '{"detail":{"Location":"Los Angeles","Price":100}}',
        '{"detail":{"Price":201}}',
        '{"detail":{"Location":"New York","Price":300}}',
      ],
      misses: ['{"detail":{"Location":"Boston","Price":100}}', '{"detail":{"Price":200}}', '{"detail":{}}'],
    },
  ),
  rows(
    'several operators at once',
    '{"time":[{"prefix":"2017-10-02"}],"detail":{"state":[{"anything-but":"initializing"}],"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],"x-limit":[{"anything-but":[100,200,300]}]}}',
    {
      hits: ['{"time":"2017-10-02T16:24:49Z","detail":{"c-count":5,"d-count":3,"x-limit":301.8,"state":"running"}}'],
      misses: [
        '{"time":"2017-10-02T16:24:49Z","detail":{"c-count":5,"d-count":3,"x-limit":300,"state":"running"}}',
        '{"time":"2017-10-02T16:24:49Z","detail":{"c-count":5,"d-count":3,"x-limit":301.8}}',
      ],
    },
  ),
  rows(
    'an array of values',
    '{"resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f","arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"]}',
    {
      hits: [
        '{"resources":["arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:eb56d16b","arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f"]}',
        '{"resources":"arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"}',
      ],
      misses: ['{"resources":["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560"]}', '{"resources":[]}'],
    },
  ),
  rows('one field of an array of objects', '{"employees":{"firstName":["Anna"]}}', {
    hits: [EMPLOYEES, '{"employees":[[{"firstName":"John"},{"firstName":"Anna"}],[{"firstName":"Peter"}]]}'],
    misses: ['{"employees":[{"lastName":"Anna"}]}', '{"employees":["Anna"]}'],
  }),
  rows('two fields of one object in an array', '{"employees":{"firstName":["Anna"],"lastName":["Smith"]}}', {
    hits: [EMPLOYEES],
    misses: ['{"employees":[{"firstName":"Anna"},{"lastName":"Smith"}]}'],
  }),
  rows('two fields of different objects in an array', '{"employees":{"firstName":["Anna"],"lastName":["Jones"]}}', {
    misses: [EMPLOYEES],
  }),
  rows('an empty string', '{"detail":{"eventVersion":[""]}}', {
    hits: [LAUNCHED],
    misses: ['{"detail":{"eventVersion":null}}', '{"detail":{"eventVersion":" "}}', '{"detail":{}}'],
  }),
  rows('null', '{"detail":{"responseElements":[null]}}', {
    hits: [LAUNCHED],
    misses: [
      '{"detail":{"responseElements":""}}',
      '{"detail":{"responseElements":"null"}}',
      '{"detail":{}}',
      '{"detail":{"responseElements":{}}}',
    ],
  }),
  rows('a key with a dot is the same as nesting', '{"detail":{"state.status":["running"]}}', {
    hits: [
      '{"detail":{"state":{"status":"running"}}}',
      '{"detail":{"state.status":"running"}}',
      '{"detail.state.status":"running"}',
    ],
    misses: ['{"detail":{"state":{"status":"stopped"}}}', '{"state":{"status":"running"}}'],
  }),
].flat();
