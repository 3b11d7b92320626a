/**
 * What AWS's engine does where people expect something else: one group of rows for each numbered fact, seen by running the engine.
 *
 * @see https://github.com/aws/event-ruler
 */

import { type Example, rows } from './examples.ts';

const text = JSON.stringify;

/** Two inbound rules: SSH from one network, HTTPS from everywhere. */
const PERMISSIONS = '{"items":[{"fromPort":22,"cidr":"10.0.0.0/8"},{"fromPort":443,"cidr":"0.0.0.0/0"}]}';

/** Rows named for the fact they show. Facts that no pair can show, such as refusals, have their rows in `refused-patterns.ts`. */
export const FACT_EXAMPLES: readonly Example[] = [
  rows('fact 1, types are kept', '{"port":[22]}', { hits: ['{"port":22}'], misses: ['{"port":"22"}', '{"port":220}'] }),
  rows('fact 1, types are kept', '{"readOnly":["true"]}', {
    hits: ['{"readOnly":"true"}'],
    misses: ['{"readOnly":true}'],
  }),
  rows('fact 1, types are kept', '{"readOnly":[true]}', {
    hits: ['{"readOnly":true}'],
    misses: ['{"readOnly":"true"}', '{"readOnly":1}', '{"readOnly":false}'],
  }),
  rows('fact 1, types are kept', '{"x":["null"]}', { hits: ['{"x":"null"}'], misses: ['{"x":null}', '{}'] }),
  rows('fact 2, numbers match by value', '{"x":[250]}', {
    hits: ['{"x":250.0}', '{"x":2.5e2}', '{"x":25E+1}'],
    misses: ['{"x":"250"}', '{"x":250.0001}'],
  }),
  rows('fact 2, numbers match by value', '{"x":[-0.0]}', {
    hits: ['{"x":0}', '{"x":-0}'],
    misses: ['{"x":"0"}', '{"x":"-0"}'],
  }),
  rows('fact 2, numeric never matches a string', '{"x":[{"numeric":["=",0]}]}', {
    hits: ['{"x":-0.0}'],
    misses: ['{"x":"0"}', '{"x":null}', '{"x":false}', '{"x":""}'],
  }),
  rows('fact 3, whole numbers that a double holds', '{"x":[9007199254740991]}', {
    hits: ['{"x":9007199254740991}'],
    misses: ['{"x":9007199254740990}', '{"x":"9007199254740991"}'],
  }),
  rows('fact 4, exact strings are case-sensitive', '{"eventName":["CreateUser"]}', {
    hits: ['{"eventName":"CreateUser"}'],
    misses: ['{"eventName":"createuser"}', '{"eventname":"CreateUser"}', '{"EventName":"CreateUser"}'],
  }),
  rows('fact 4, Unicode is not normalised', '{"x":["\\u00e9"]}', {
    hits: ['{"x":"é"}'],
    misses: ['{"x":"e\\u0301"}', '{"x":"e"}', '{"x":"É"}'],
  }),
  rows('fact 5, anything-but compares addresses as text', '{"x":[{"anything-but":"::1"}]}', {
    hits: ['{"x":"0:0:0:0:0:0:0:1"}'],
    misses: ['{"x":"::1"}'],
  }),
  rows('fact 5, an exact address is compared as text', '{"x":["::1"]}', {
    hits: ['{"x":"::1"}'],
    misses: ['{"x":"0:0:0:0:0:0:0:1"}', '{"x":"::2"}'],
  }),
  rows('fact 6, null is a value', '{"errorCode":[null]}', {
    hits: ['{"errorCode":null}', '{"errorCode":["x",null]}'],
    misses: ['{}', '{"errorCode":"AccessDenied"}'],
  }),
  rows('fact 6, null exists', '{"errorCode":[{"exists":true}]}', {
    hits: ['{"errorCode":null}', '{"errorCode":"AccessDenied"}'],
    misses: ['{}', '{"errorCode":[]}'],
  }),
  rows('fact 6, null is something other', '{"errorCode":[{"anything-but":"AccessDenied"}]}', {
    hits: ['{"errorCode":null}'],
    misses: ['{}', '{"errorCode":"AccessDenied"}'],
  }),
  rows('fact 6, only absence means no error', '{"errorCode":[{"exists":false}]}', {
    hits: ['{}', '{"errorMessage":"x"}'],
    misses: ['{"errorCode":null}', '{"errorCode":""}'],
  }),
  ...[
    '[""]',
    '[{"prefix":""}]',
    '[{"suffix":""}]',
    '[{"equals-ignore-case":""}]',
    '[{"wildcard":"*"}]',
    '[{"wildcard":""}]',
    '[{"prefix":{"equals-ignore-case":""}}]',
  ].map((tests) =>
    rows('fact 7, an empty string is a value', `{"x":${tests}}`, {
      hits: ['{"x":""}', '{"x":["",1]}'],
      misses: ['{"x":null}', '{"x":0}', '{"x":false}', '{}', '{"x":[]}'],
    }),
  ),
  rows('fact 7, an empty prefix is any string', '{"x":[{"prefix":""}]}', {
    hits: ['{"x":"a"}'],
    misses: ['{"x":1}', '{"x":true}', '{"x":{}}'],
  }),
  rows('fact 7, an empty wildcard is the empty string', '{"x":[{"wildcard":""}]}', {
    misses: ['{"x":"a"}', '{"x":" "}'],
  }),
  rows('fact 8, only leaves exist', '{"requestParameters":[{"exists":true}]}', {
    hits: ['{"requestParameters":"x"}', '{"requestParameters":[1]}'],
    misses: [
      '{"requestParameters":{"a":1}}',
      '{"requestParameters":{}}',
      '{"requestParameters":[]}',
      '{"requestParameters":[{}]}',
      '{"requestParameters":[[]]}',
    ],
  }),
  rows('fact 8, objects are absent', '{"requestParameters":[{"exists":false}]}', {
    hits: [
      '{"requestParameters":{"a":1}}',
      '{"requestParameters":{}}',
      '{"requestParameters":[]}',
      '{"requestParameters":[{"a":1},[]]}',
    ],
    misses: ['{"requestParameters":null}', '{"requestParameters":[{},0]}'],
  }),
  rows('fact 9, absent below what is not an object', '{"a":{"b":{"c":[{"exists":false}]}}}', {
    hits: ['{}', '{"a":null}', '{"a":1}', '{"a":"b"}', '{"a":{"b":null}}', '{"a":["c",[]]}', '{"a":[{"b":[{"d":1}]}]}'],
    misses: ['{"a":{"b":{"c":null}}}', '{"a":[1,{"b":[[{"c":0}]]}]}'],
  }),
  rows('fact 10, absent or a value', '{"x":[{"exists":false},"a"]}', {
    hits: ['{}', '{"x":"a"}', '{"x":{}}'],
    misses: ['{"x":"b"}', '{"x":null}'],
  }),
  rows('fact 10, alternatives in the other order', '{"x":["a",{"exists":false}]}', {
    hits: ['{}', '{"x":"a"}', '{"x":["b","a"]}'],
    misses: ['{"x":"b"}'],
  }),
  rows('fact 10, null or absent', '{"x":[null,{"exists":false}]}', {
    hits: ['{}', '{"x":null}'],
    misses: ['{"x":""}', '{"x":0}', '{"x":false}'],
  }),
  ...[
    '"a"',
    '{"anything-but":"a"}',
    '{"prefix":""}',
    '{"wildcard":"*"}',
    '{"numeric":["<",1]}',
    '{"cidr":"0.0.0.0/0"}',
    '{"exists":true}',
    'null',
  ].map((test) =>
    rows('fact 11, every other test fails on an absent field', `{"x":[${test}]}`, {
      misses: ['{}', '{"y":"a"}', '{"x":{}}'],
    }),
  ),
  rows('fact 12, anything-but matches other types', '{"x":[{"anything-but":"a"}]}', {
    hits: ['{"x":1}', '{"x":true}', '{"x":null}', '{"x":"A"}'],
    misses: ['{"x":"a"}'],
  }),
  rows('fact 12, anything-but matches other types', '{"x":[{"anything-but":1}]}', {
    hits: ['{"x":"1"}', '{"x":true}', '{"x":null}'],
    misses: ['{"x":1}', '{"x":1.0}'],
  }),
  rows('fact 12, anything-but a prefix matches what is no string', '{"x":[{"anything-but":{"prefix":"1"}}]}', {
    hits: ['{"x":1}', '{"x":null}', '{"x":"01"}'],
    misses: ['{"x":"1"}', '{"x":"10"}'],
  }),
  rows('fact 12, anything-but a wildcard matches what is no string', '{"x":[{"anything-but":{"wildcard":"*"}}]}', {
    hits: ['{"x":1}', '{"x":null}', '{"x":false}'],
    misses: ['{"x":""}', '{"x":"a"}'],
  }),
  rows('fact 13, some element is other', '{"x":[{"anything-but":"a"}]}', {
    hits: ['{"x":["a","b"]}', '{"x":["a",null]}'],
    misses: ['{"x":["a","a"]}', '{"x":[]}', '{"x":[["a"]]}'],
  }),
  rows('fact 14, the operands of anything-but', '{"x":[{"anything-but":""}]}', {
    hits: ['{"x":"a"}', '{"x":null}'],
    misses: ['{"x":""}'],
  }),
  rows('fact 14, the operands of anything-but', '{"x":[{"anything-but":{"equals-ignore-case":["A","b"]}}]}', {
    hits: ['{"x":"c"}', '{"x":0}'],
    misses: ['{"x":"a"}', '{"x":"B"}'],
  }),
  rows('fact 15, a list means none of them', '{"x":[{"anything-but":["a","b"]}]}', {
    hits: ['{"x":"c"}'],
    misses: ['{"x":"a"}', '{"x":"b"}', '{"x":["a","b"]}'],
  }),
  rows('fact 15, two anything-but are an OR', '{"x":[{"anything-but":"a"},{"anything-but":"b"}]}', {
    hits: ['{"x":"a"}', '{"x":"b"}', '{"x":"c"}'],
    misses: ['{}'],
  }),
  rows('fact 16, not in a network is written as a prefix', '{"x":[{"anything-but":{"prefix":"10."}}]}', {
    hits: ['{"x":"11.0.0.1"}', '{"x":"AWS Internal"}'],
    misses: ['{"x":"10.1.2.3"}'],
  }),
  ...[
    '{"prefix":"1"}',
    '{"suffix":"2"}',
    '{"wildcard":"1*"}',
    '{"equals-ignore-case":"12"}',
    '{"prefix":{"equals-ignore-case":"1"}}',
    '{"suffix":{"equals-ignore-case":"2"}}',
  ].map((test) =>
    rows('fact 17, text operators match strings only', `{"x":[${test}]}`, {
      hits: ['{"x":"12"}', '{"x":[12,"12"]}'],
      misses: ['{"x":12}', '{"x":[[12]]}', '{"x":true}', '{"x":null}', '{"x":{"12":"12"}}'],
    }),
  ),
  rows('fact 17, cidr matches strings only', '{"x":[{"cidr":"0.0.0.0/0"}]}', {
    hits: ['{"x":"0.0.0.1"}'],
    misses: ['{"x":1}', '{"x":16777216}', '{"x":null}'],
  }),
  rows('fact 17, ignoring case at the end', '{"x":[{"suffix":{"equals-ignore-case":".PnG"}}]}', {
    hits: ['{"x":"a.png"}', '{"x":".PNG"}'],
    misses: ['{"x":"a.png "}', '{"x":"png"}'],
  }),
  rows('fact 18, ignoring case beyond ASCII', '{"x":[{"equals-ignore-case":"äÖß"}]}', {
    hits: ['{"x":"ÄöSS"}', '{"x":"äÖß"}'],
    misses: ['{"x":"aob"}', '{"x":"äÖss"}', '{"x":"äÖs"}'],
  }),
  rows('fact 18, nothing is folded in the event', '{"x":[{"equals-ignore-case":"SS"}]}', {
    hits: ['{"x":"sS"}'],
    misses: ['{"x":"ß"}', '{"x":"ſſ"}'],
  }),
  rows('fact 18, no locale', '{"x":[{"equals-ignore-case":"title"}]}', {
    hits: ['{"x":"TITLE"}'],
    misses: ['{"x":"TİTLE"}', '{"x":"tıtle"}'],
  }),
  rows('fact 18, a pattern with a Kelvin sign', '{"x":[{"equals-ignore-case":"\\u212a"}]}', {
    hits: ['{"x":"k"}', '{"x":"\\u212a"}'],
    misses: ['{"x":"K"}'],
  }),
  rows('fact 19, a star is any run', '{"x":[{"wildcard":"a*c"}]}', {
    hits: ['{"x":"ac"}', '{"x":"abc"}', '{"x":"a\\n\\u2028c"}', '{"x":"acc"}', '{"x":"a😀c"}'],
    misses: ['{"x":"acb"}', '{"x":"bac"}', '{"x":"a"}', '{"x":"AC"}'],
  }),
  rows('fact 19, pieces do not overlap', '{"x":[{"wildcard":"ab*ba"}]}', {
    hits: ['{"x":"abba"}'],
    misses: ['{"x":"aba"}'],
  }),
  rows('fact 19, later pieces go back', '{"x":[{"wildcard":"*ab*b"}]}', {
    hits: ['{"x":"abb"}', '{"x":"aabab"}', '{"x":"abab"}'],
    misses: ['{"x":"ab"}', '{"x":"aab"}', '{"x":"abba"}'],
  }),
  rows('fact 19, nothing else is special', '{"x":[{"wildcard":"a?.[b]|$^+(c)*"}]}', {
    hits: ['{"x":"a?.[b]|$^+(c)"}', '{"x":"a?.[b]|$^+(c)d"}'],
    misses: ['{"x":"abbbc"}', '{"x":"ab"}'],
  }),
  rows('fact 19, an escaped star', `{"x":[{"wildcard":${text('a\\**')}}]}`, {
    hits: ['{"x":"a*"}', '{"x":"a*b"}'],
    misses: ['{"x":"ab"}', `{"x":${text('a\\*')}}`],
  }),
  rows('fact 19, an escaped backslash', `{"x":[{"wildcard":${text('a\\\\*')}}]}`, {
    hits: [`{"x":${text('a\\b')}}`, `{"x":${text('a\\')}}`],
    misses: ['{"x":"ab"}', '{"x":"a*"}'],
  }),
  rows('fact 20, long values', '{"x":[{"wildcard":"*a*a*b"}]}', {
    hits: [`{"x":"${'a'.repeat(60)}b"}`],
    misses: [`{"x":"${'a'.repeat(60)}"}`, '{"x":"ab"}'],
  }),
  rows('fact 21, several stars before one character', '{"x":[{"wildcard":"*a*a*a*a*"}]}', {
    hits: ['{"x":"aaaa"}', '{"x":"banana a"}'],
    misses: ['{"x":"banana"}'],
  }),
  rows('fact 22, lower bound', '{"x":[{"numeric":[">=",5]}]}', {
    hits: ['{"x":5}', '{"x":1e9}'],
    misses: ['{"x":4.999}', '{"x":"6"}'],
  }),
  rows('fact 22, upper bound', '{"x":[{"numeric":["<",5]}]}', {
    hits: ['{"x":-5}', '{"x":4.999}'],
    misses: ['{"x":5}', '{"x":null}'],
  }),
  rows('fact 22, a range', '{"x":[{"numeric":[">",-1.5,"<",1.5]}]}', {
    hits: ['{"x":0}', '{"x":-1.4}', '{"x":[9,1]}'],
    misses: ['{"x":-1.5}', '{"x":1.5}', '{"x":[-9,9]}'],
  }),
  rows('fact 22, a range with its ends', '{"x":[{"numeric":[">=",0,"<=",65535]}]}', {
    hits: ['{"x":0}', '{"x":65535}'],
    misses: ['{"x":-1}', '{"x":65536}'],
  }),
  rows('fact 23, the base may have host bits', '{"x":[{"cidr":"10.1.2.3/8"}]}', {
    hits: ['{"x":"10.0.0.0"}', '{"x":"10.255.255.255"}'],
    misses: ['{"x":"11.1.2.3"}'],
  }),
  rows('fact 23, a single address', '{"x":[{"cidr":"192.0.2.1/32"}]}', {
    hits: ['{"x":"192.0.2.1"}'],
    misses: ['{"x":"192.0.2.0"}', '{"x":"192.0.2.2"}'],
  }),
  rows('fact 23, a single address', '{"x":[{"cidr":"2001:db8::1/128"}]}', {
    hits: ['{"x":"2001:DB8:0::0:1"}'],
    misses: ['{"x":"2001:db8::2"}'],
  }),
  rows('fact 24, values that are no address', '{"x":[{"cidr":"0.0.0.0/0"},{"cidr":"::/0"}]}', {
    hits: ['{"x":"192.0.2.1"}', '{"x":"fe80::1"}'],
    misses: [
      'AWS Internal',
      'ec2.amazonaws.com',
      '10.0.0.0/8',
      'fe80::1%eth0',
      ' 10.0.0.1',
      '10.0.0.1 ',
      '',
      '1',
      '10.0.0',
      '10.0.0.0.1',
      '10.0.0.256',
      '1.2.3.',
      '0x7f.0.0.1',
      '::1::',
      ':::',
      ':1',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '12345::',
      '::g',
      '[::1]',
      '1:2:3:4:5:6:7:8::',
    ].map((value) => `{"x":${text(value)}}`),
  }),
  rows('fact 25, families do not mix', '{"x":[{"cidr":"::/0"}]}', {
    hits: ['{"x":"::a00:1"}'],
    misses: ['{"x":"10.0.0.1"}', '{"x":"0.0.0.0"}'],
  }),
  rows('fact 25, families do not mix', '{"x":[{"cidr":"0.0.0.0/0"}]}', {
    misses: ['{"x":"::"}', '{"x":"::1"}', '{"x":"::a00:1"}'],
  }),
  rows('fact 26, addresses above 127', '{"x":[{"cidr":"192.168.0.0/16"},{"cidr":"255.255.255.254/31"}]}', {
    hits: ['{"x":"192.168.255.1"}', '{"x":"255.255.255.255"}'],
    misses: ['{"x":"192.169.0.0"}', '{"x":"255.255.255.253"}', '{"x":"127.255.255.255"}'],
  }),
  rows('fact 26, /0 is every address of the family', '{"x":[{"cidr":"203.0.113.9/0"}]}', {
    hits: ['{"x":"0.0.0.0"}', '{"x":"127.0.0.1"}', '{"x":"128.0.0.0"}', '{"x":"255.255.255.255"}'],
  }),
  rows('fact 26, /1 splits the addresses in two', '{"x":[{"cidr":"128.0.0.0/1"}]}', {
    hits: ['{"x":"128.0.0.0"}', '{"x":"255.0.0.1"}'],
    misses: ['{"x":"127.255.255.255"}', '{"x":"0.0.0.0"}'],
  }),
  rows('fact 26, IPv6 is written in many ways', '{"x":[{"cidr":"2001:DB8:0:1::/64"}]}', {
    hits: [
      '{"x":"2001:db8:0:1::"}',
      '{"x":"2001:0db8:0000:0001:0000:0000:0000:0009"}',
      '{"x":"2001:db8::1:a:b:c:D"}',
      '{"x":"2001:db8:0:1:2:3:4::"}',
      '{"x":"2001:DB8:0:1:FFFF:FFFF:FFFF:FFFF"}',
    ],
    misses: ['{"x":"2001:db8::1"}', '{"x":"2001:db8:1::"}'],
  }),
  rows('fact 27, cidr does not compare networks', '{"cidrIp":[{"cidr":"0.0.0.0/0"}]}', {
    hits: ['{"cidrIp":"0.0.0.0"}'],
    misses: ['{"cidrIp":"0.0.0.0/0"}', '{"cidrIp":"10.0.0.0/8"}'],
  }),
  rows('fact 27, a network is an exact value', '{"cidrIp":["0.0.0.0/0"]}', {
    hits: ['{"cidrIp":"0.0.0.0/0"}'],
    misses: ['{"cidrIp":"0.0.0.0"}'],
  }),
  rows('fact 28, any element', '{"x":["b"]}', {
    hits: ['{"x":["a","b"]}', '{"x":[["a"],[[["b"]]]]}', '{"x":[{"y":1},"b"]}'],
    misses: ['{"x":["a"]}', '{"x":[{"x":"b"}]}', '{"x":["ab"]}'],
  }),
  rows('fact 29, one element has both', '{"items":{"fromPort":[22],"cidr":["0.0.0.0/0"]}}', {
    hits: [
      '{"items":[{"fromPort":[22,23],"cidr":["::/0","0.0.0.0/0"]}]}',
      '{"items":{"fromPort":22,"cidr":"0.0.0.0/0"}}',
    ],
    misses: [PERMISSIONS],
  }),
  rows('fact 29, one element has both', '{"items":{"fromPort":[443],"cidr":["0.0.0.0/0"]}}', { hits: [PERMISSIONS] }),
  rows('fact 29, at every level', '{"a":{"k":["x"],"b":{"l":["y"],"m":["z"]}}}', {
    hits: ['{"a":[{"k":"w"},{"k":"x","b":[{"l":"z","m":"y"},{"l":"y","m":"z"}]}]}'],
    misses: [
      '{"a":[{"k":"x","b":[{"l":"y"},{"m":"z"}]}]}',
      '{"a":[{"k":"x"},{"b":[{"l":"y","m":"z"}]}]}',
      '{"a":[{"k":"x","b":[{"l":"y"}]},{"k":"x","b":[{"m":"z"}]}]}',
    ],
  }),
  rows('fact 29, arrays in arrays', '{"a":{"k":["x"],"l":["y"]}}', {
    hits: ['{"a":[[{"k":"x","l":"y"}]]}', '{"a":[[1],[[{"k":"x","l":"y"},2]]]}'],
    misses: ['{"a":[[{"k":"x"},{"l":"y"}]]}', '{"a":[[{"k":"x"}],[{"l":"y"}]]}'],
  }),
  rows('fact 29, arrays side by side are independent', '{"a":{"k":["x"]},"b":{"k":["y"]}}', {
    hits: ['{"a":[{"k":"x"},{"k":"1"}],"b":[{"k":"2"},{"k":"y"}]}'],
    misses: ['{"a":[{"k":"x"},{"k":"y"}],"b":[{"k":"x"}]}'],
  }),
  rows('fact 29, values directly in an array carry no place', '{"x":[1],"y":[4]}', {
    hits: ['{"x":[1,3],"y":[2,4]}', '{"x":[[1],[3]],"y":[[2],[4]]}'],
    misses: ['{"x":[3],"y":[4]}'],
  }),
  rows('fact 29, a value and an object of one array', '{"x":[1],"x.y":[2]}', {
    hits: ['{"x":[1,{"y":2}]}', '{"x":[1,[{"y":2}]]}'],
    misses: ['{"x":[[1],[{"y":2}]]}', '{"x":[{"y":2}]}'],
  }),
  rows('fact 30, look-ups go back', '{"a":{"k":["x"],"l":["y"]}}', {
    hits: ['{"a":[{"k":"x"},{"k":"x","l":"n"},{"k":"x","l":"y"}]}'],
    misses: ['{"a":[{"k":"x"},{"k":"x","l":"n"}]}'],
  }),
  rows('fact 30, over two levels', '{"a":{"b":{"k":["x"]},"z":["y"]}}', {
    hits: ['{"a":[{"b":[{"k":"x"},{"k":"x"}],"z":"n"},{"b":[{"k":"w"},{"k":"x"}],"z":"y"}]}'],
    misses: ['{"a":[{"b":[{"k":"x"}],"z":"n"},{"b":[{"k":"w"}],"z":"y"}]}'],
  }),
  rows(
    'fact 31, within one alternative and the fields around it',
    '{"a":{"k":["x"],"$or":[{"l":["y"]},{"m":["z"]}]}}',
    { hits: ['{"a":[{"k":"x","m":"z"},{"l":"y"}]}'], misses: ['{"a":[{"k":"x"},{"l":"y","m":"z"}]}'] },
  ),
  rows('fact 31, also when the $or is outside the array', '{"a":{"k":["x"]},"$or":[{"a":{"l":["y"]}},{"b":["z"]}]}', {
    hits: ['{"a":[{"k":"x","l":"y"}]}', '{"a":[{"k":"x"},{"l":"y"}],"b":"z"}'],
    misses: ['{"a":[{"k":"x"},{"l":"y"}]}'],
  }),
  rows('fact 32, some element satisfies the whole subtree', '{"a":{"k":[1],"b":{"k":[2],"c":{"k":[3]}}}}', {
    hits: ['{"a":[{"k":1,"b":{"k":2}},{"k":1,"b":[{"k":2,"c":[{"k":0},{"k":3}]}]}]}'],
    misses: ['{"a":[{"k":1,"b":{"k":2}},{"k":1,"b":[{"k":0,"c":[{"k":3}]},{"k":2}]}]}'],
  }),
  rows('fact 33, absent in the chosen element', '{"t":{"key":["a"],"value":[{"exists":false}]}}', {
    hits: ['{"t":[{"key":"a"},{"key":"b","value":"1"}]}', '{"t":[{"key":"a","value":"1"},{"key":"a"}]}'],
    misses: ['{"t":[{"key":"a","value":"1"},{"key":"b"}]}'],
  }),
  rows('fact 33, absent in every element, when its name is first', '{"t":{"key":[{"exists":false}],"value":["1"]}}', {
    hits: ['{"t":[{"value":"1"},{"value":"2"}]}'],
    misses: ['{"t":[{"value":"1"},{"key":"b","value":"2"}]}'],
  }),
  rows('fact 33, whatever the order in the pattern', '{"t":{"value":["1"],"key":[{"exists":false}]}}', {
    misses: ['{"t":[{"value":"1"},{"key":"b","value":"2"}]}'],
  }),
  rows('fact 33, names are ordered in UTF-16 and in full', '{"t":{"Z":["1"],"a":[{"exists":false}]}}', {
    hits: ['{"t":[{"Z":"1"},{"a":"2"}]}'],
    misses: ['{"t":[{"Z":"1","a":"2"}]}'],
  }),
  rows(
    'fact 33, names are ordered in UTF-16 and in full',
    '{"t":{"\\ud83d\\ude00":["1"],"\\uff5e":[{"exists":false}]}}',
    {
      hits: ['{"t":[{"\\ud83d\\ude00":"1"},{"\\uff5e":"2"}]}'],
      misses: ['{"t":[{"\\ud83d\\ude00":"1","\\uff5e":"2"}]}'],
    },
  ),
  rows('fact 33, names are ordered in UTF-16 and in full', '{"t":{"k":{"z":["1"]},"k-":[{"exists":false}]}}', {
    misses: ['{"t":[{"k":{"z":"1"}},{"k-":"2"}]}'],
  }),
  rows('fact 33, a choice in an outer array', '{"t":{"a":["1"],"u":{"v":[{"exists":false}]}}}', {
    hits: ['{"t":[{"a":"1","u":[{"w":1}]},{"a":"2","u":[{"v":1}]}]}'],
    misses: ['{"t":[{"a":"1","u":[{"w":1},{"v":1}]},{"a":"2"}]}'],
  }),
  rows('fact 33, a choice of another array', '{"s":{"a":["1"]},"t":{"v":[{"exists":false}]}}', {
    hits: ['{"s":[{"a":"1"}],"t":[{"w":1}]}'],
    misses: ['{"s":[{"a":"1"},{"a":"2"}],"t":[{"w":1},{"v":2}]}'],
  }),
  rows('fact 33, absent or a value goes both ways', '{"t":{"a":[{"exists":false},"1"],"b":["2"]}}', {
    hits: ['{"t":[{"b":"2"}]}', '{"t":[{"a":"1","b":"2"},{"a":"3"}]}'],
    misses: ['{"t":[{"b":"2"},{"a":"1"}]}', '{"t":[{"a":"3","b":"2"}]}'],
  }),
  rows('fact 34, an index is no field', '{"x":{"0":["a"]}}', {
    hits: ['{"x":{"0":"a"}}', '{"x":[{"0":"a"}]}'],
    misses: ['{"x":["a"]}', '{"x":"a"}'],
  }),
  rows('fact 34, length is no field', '{"x":{"length":[{"exists":true}]}}', {
    hits: ['{"x":{"length":1}}'],
    misses: ['{"x":["a"]}', '{"x":"a"}', '{"x":{}}'],
  }),
  ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'].map((name) =>
    rows('fact 34, nothing of a prototype', `{"${name}":[{"exists":false}]}`, {
      hits: ['{}', '{"x":1}'],
      misses: [`{"${name}":"a"}`, `{"${name}":null}`],
    }),
  ),
  rows('fact 34, __proto__ is a field like others', '{"__proto__":{"isAdmin":[true]}}', {
    hits: ['{"__proto__":{"isAdmin":true}}', '{"__proto__.isAdmin":true}'],
    misses: ['{"isAdmin":true}', '{"__proto__":{}}'],
  }),
  rows('fact 34, __proto__ lends nothing', '{"isAdmin":[true]}', {
    hits: ['{"isAdmin":true}'],
    misses: ['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"isAdmin":true}}}'],
  }),
  rows('fact 34, a prototype far down', '{"a":{"constructor":{"name":[{"exists":true}]}}}', {
    hits: ['{"a":{"constructor":{"name":"x"}}}'],
    misses: ['{"a":{}}', '{"a":[]}', '{"a":"x"}'],
  }),
  rows('fact 35, dots and nesting are one', '{"a.b":["x"]}', {
    hits: ['{"a":{"b":"x"}}', '{"a.b":"x"}', '{"a":[{"b":"x"}]}'],
    misses: ['{"a":"x","b":"x"}', '{"a":{".b":"x"}}'],
  }),
  rows('fact 35, dots and nesting are one', '{"a":{"b.c":{"d":["x"]}}}', {
    hits: ['{"a.b":{"c":{"d":"x"}}}', '{"a.b.c.d":"x"}', '{"a":{"b":{"c.d":"x"}}}'],
    misses: ['{"a.b":{"c":"x"}}'],
  }),
  rows('fact 35, both spellings in one event', '{"a":{"b":["x"]}}', {
    hits: ['{"a.b":"y","a":{"b":"x"}}', '{"a":{"b":"y"},"a.b":"x"}'],
    misses: ['{"a.b":"y","a":{"b":"z"}}'],
  }),
  rows('fact 36, $or is AND-ed with what is beside it', '{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}', {
    hits: ['{"a":1,"c":3}', '{"b":2,"c":3,"a":9}'],
    misses: ['{"a":1,"b":2}', '{"c":3}', '{"a":2,"b":1,"c":3}'],
  }),
  rows('fact 36, $or directly inside $or', '{"$or":[{"$or":[{"a":[1]},{"b":[2]}]},{"c":[3]}]}', {
    hits: ['{"a":1}', '{"b":2}', '{"c":3}'],
    misses: ['{"a":2}', '{}'],
  }),
  rows('fact 36, $or deep inside', '{"a":{"b":{"$or":[{"c":[1]},{"d":[{"exists":false}]}]}}}', {
    hits: ['{"a":{"b":{"c":1,"d":1}}}', '{"a":{"b":{"c":2}}}', '{}'],
    misses: ['{"a":{"b":{"c":2,"d":0}}}', '{"c":1,"a":{"b":{"d":1}}}'],
  }),
  rows('fact 36, one path in two alternatives', '{"$or":[{"a":[1],"b":[1]},{"a":[2],"b":[2]}]}', {
    hits: ['{"a":1,"b":1}', '{"a":2,"b":2}', '{"a":[1,2],"b":2}'],
    misses: ['{"a":1,"b":2}', '{"a":2,"b":1}'],
  }),
  rows('fact 36, outside $or an operator may name a field', '{"detail":{"prefix":["x"],"numeric":{"cidr":[1]}}}', {
    hits: ['{"detail":{"prefix":"x","numeric":{"cidr":1}}}'],
    misses: ['{"detail":{"prefix":"xy","numeric":{"cidr":1}}}'],
  }),
  rows('fact 37, a path below another is another path', '{"a":["x"],"a.b":["y"]}', {
    hits: ['{"a":["x",{"b":"y"}]}', '{"a":"x","a.b":"y"}'],
    misses: ['{"a":"x"}', '{"a":{"b":"y"}}'],
  }),
  rows(
    'fact 38, alternatives multiply',
    '{"$or":[{"a":[1]},{"b":[1]}],"x":{"$or":[{"a":[1]},{"b":[1]}]},"y":{"$or":[{"a":[1]},{"b":[1]}]}}',
    {
      hits: ['{"a":1,"x":{"b":1},"y":{"a":1}}', '{"b":1,"x":{"b":1},"y":{"b":1}}'],
      misses: ['{"a":1,"b":1,"x":{"a":1}}', '{"x":{"a":1},"y":{"a":1}}'],
    },
  ),
  rows('fact 39, a field is a list or an object', '{"a":{"b":["CreateUser",7,true,null]}}', {
    hits: ['{"a":{"b":"CreateUser"}}', '{"a":{"b":7}}', '{"a":{"b":null}}'],
    misses: ['{"a":{"b":"7"}}', '{"a":"CreateUser"}'],
  }),
  rows('fact 41, nested operators are not ignored', '{"x":[{"anything-but":{"prefix":"a"}}]}', {
    hits: ['{"x":"ba"}'],
    misses: ['{"x":"ab"}'],
  }),
  rows(
    'fact 42, an event of EventBridge',
    '{"source":["aws.ec2"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["RunInstances"]}}',
    {
      hits: ['{"source":"aws.ec2","detail-type":"AWS API Call via CloudTrail","detail":{"eventName":"RunInstances"}}'],
      misses: ['{"eventSource":"ec2.amazonaws.com","eventName":"RunInstances"}'],
    },
  ),
  rows('fact 44, failed calls', '{"eventName":["CreateUser"],"errorCode":[{"exists":false}]}', {
    hits: ['{"eventName":"CreateUser","responseElements":null}'],
    misses: ['{"eventName":"CreateUser","errorCode":"AccessDenied","responseElements":null}'],
  }),
  rows('fact 46, arrays of one are transparent', '{"requestParameters":{"tag":{"key":["a"]}}}', {
    hits: ['{"requestParameters":{"tag":{"key":"a"}}}', '{"requestParameters":{"tag":[{"key":"b"},{"key":"a"}]}}'],
    misses: ['{"requestParameters":{"tag":"a"}}'],
  }),
  rows('fact 33, a path that an object has in two ways', '{"r":{"a":{"b":{"a":[1],"k":[{"exists":false}]}}}}', {
    hits: ['{"r":{"a.b":[{"a":1},{"k":0}],"a":{"b":[{"a":2}]}}}', '{"r":{"a.b":{"a":1},"a":{"b":[{"a":1}]}}}'],
    misses: ['{"r":{"a.b":[{"k":0},{"a":1}],"a":{"b":[{"a":1},{"k":0}]}}}'],
  }),
].flat();
