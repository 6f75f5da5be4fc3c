// Documents about single scalars: what they are taken for as a value, as a key and under a tag.

const booleans = `y Y yes Yes YES yEs n N no No NO nO true True TRUE tRue false False FALSE on On ON oN
  off Off OFF oFF t f T F`;
const nulls = `~ null Null NULL nUll nil none ~~ "~" "null" 'null'`;
const integers = `0 -0 +0 1 -1 +1 00 007 -007 +010 0777 0778 08 09 -08 0o17 0O17 -0o17 0o8 0o 0x1f 0X1F
  0xDEADbeef -0x10 +0x10 0xg 0x 0b101 0B101 -0b101 +0b101 0b2 0b 0b-1 0b+1 -0b-1 0b_1 1_000 1__0 1_ _1
  +_1 -_ 0_7 0x_1f 0x1_f 1,000 1e3 +12 12a - + -- 0-1 1- 22:22 1:30:00 190:20:30 12:30:45.6 0:0
  9007199254740991 9007199254740992 9007199254740993 -9007199254740993 999999999999999
  1000000000000000 9223372036854775806 9223372036854775807 9223372036854775808 -9223372036854775808
  -9223372036854775809 +9223372036854775807 +9223372036854775808 18446744073709551615
  18446744073709551616 +18446744073709551615 -18446744073709551615 12345678901234567890
  123456789012345678901234567890 0xffffffffffffffff 0x10000000000000000 -0x8000000000000000
  -0x8000000000000001 0x7fffffffffffffff 01777777777777777777777 02000000000000000000000
  0777777777777777777777777 0b1111111111111111111111111111111111111111111111111111111111111111
  0b11111111111111111111111111111111111111111111111111111111111111111
  0b-1000000000000000000000000000000000000000000000000000000000000000
  0b-1000000000000000000000000000000000000000000000000000000000000001 1_000_000_000_000_000_000_000`;
const floats = `0.0 -0.0 +0.0 1.0 1. .5 -.5 +.5 . .. .e1 .5e3 .5E-3 1e6 1e21 1e20 1e-7 1e-6 123456789.123
  1e5 1e+5 1E5 1e 1e+ e5 1.5e3.5 1_0.5_0 ._5 .5_0 .5_ .1_2e3 .1e1_0 .1e_1 .1__2 0x1p-2 0x1.8p1 1e400 -1e400 1e308
  1.7976931348623157e308 1.7976931348623159e308 5e-324 4.9e-324 2e-324 1e-400 -1e-400 .1e999
  0.1 0.30000000000000004 100000000000000000000 1e22 123456789012345680000 3.14159265358979323846
  .inf .Inf .INF +.inf -.inf -.Inf -.INF .iNf inf Infinity -inf .nan .NaN .NAN .Nan nan 1.2.3 1.10 1.20
  00.5 08.5 010e1 1..2 +1.e2 -.e 2.50 1e0 9.0e15 16777217.0`;
const times = `2001-01-01 2001-1-1 2001-13-01 2001-02-30 2000-02-29 1900-02-29 02001-01-01
  2001-12-14t21:59:43.10-05:00 2001-12-14T21:59:43Z 2001-12-15T2:59:43.1Z 20010101 2001-01 10:00 24:00
  2001-01-01T24:00:00Z 12-12-2001`;
const words = `<< = == foo a:b a::b :a ::: -a ?a a? a- a, a] a} http://x.y/z?a=b&c=d#e a#b a:#b
  a\\nb $x %x% ^ ( ) a*b a&b a!b a|b a>b é ü 😀 日本 \u00a0 \u200b x\u00a0y yesno trueish Null0 ~x .x .5.x
  0.x 1st 5m 10Mi 1Gi 0.5m __proto__ constructor toString`;

const split = (text) => text.split(/[ \n]+/).filter(Boolean);
const values = [booleans, nulls, integers, floats, times, words].flatMap(split);

/** Several to a document, which is still small: a sequence that names each by its place. */
function rows(list, size, write) {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    write(list.slice(i * size, (i + 1) * size)),
  );
}

// An infinite number, and some words, fail a whole document: each has one of its own.
const alone = /^[-+]?\.(inf|nan)|^[-?:]$|^[-%=]|[\]}]$|^\.nan|^:/i;
const safe = values.filter((value) => !alone.test(value));

const keys =
  split(`true yes y No off ~ null Null "null" 1 01 0777 0x10 0b11 1_000 -0 +1 1.0 1.5 1e3 1e5 1e6 1e21
  123456.0 1234567.0 16777217.0 0.1 0.3333333333333333 0.0001 0.00001 -0.0 1e39 -1e39 1e-46 456789.123 456789.375 0.000244140625 -0.000244140625 1.262177448353619e-29
  1.2379400392853803e+27 9.671406556917033e+24 5.551115123125783e-17 -5.551115123125783e-17 1.1754943508222875e-38 1.401298464324817e-45 33554432.0 8388608.5 16777219.0 3.4028235e38 .inf -.inf .nan
  9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616 2001-01-01
  22:22 !!str !!binary|Zm9v !!float|1 !!int|"7" !!bool|yes !!str|1 !!null|~ !foo|1 !|1 "" '' << "<<" = é 😀
  __proto__ constructor hasOwnProperty`).map((key) => key.replace('|', ' '));

const tagged = [
  '!!str',
  '!!int',
  '!!float',
  '!!bool',
  '!!null',
  '!!binary',
  '!!timestamp',
  '!',
  '!local',
  '!!merge',
  '!!seq',
  '!!map',
  '!!set',
  '!<tag:yaml.org,2002:int>',
  '!<!x>',
  '!!%69nt',
];
const contents = [
  '',
  '1',
  '"1"',
  "'07'",
  '1.5',
  'yes',
  '~',
  'Zm9v',
  '2001-01-01',
  'x y',
  '18446744073709551615',
];

export const scalars = {
  'plain scalars as values': [
    ...rows(safe, 4, (list) => list.map((value, i) => `v${i}: ${value}\n`).join('')),
    ...values.filter((value) => alone.test(value)).map((value) => `v: ${value}\n`),
  ],
  'plain scalars in sequences': rows(
    safe,
    8,
    (list) => `v: [${list.filter((v) => !/[?,\]}]/.test(v)).join(', ')}]\n`,
  ),
  'scalars as keys': keys.flatMap((key) => [`${key}: 1\n`, `a: {${key}: 1}\n`]),
  tags: tagged.flatMap((tag) => contents.map((content) => `v: ${tag} ${content}\n`)),
  binary: [
    'Zm9v',
    'Zm9vYg==',
    'Zm9vYg=',
    'Zm9vYg',
    'Zm9v\n  YmFy',
    '"Zm9v\\nYmFy"',
    '/////w==',
    'gICA',
    '4oKs',
    '8J+YgA==',
    '7aCA',
    '4oI=',
    'wK+A',
    'Zm9vYh==',
    'Z m9v',
    '====',
    '"="',
    "''",
    '|\n  Zm9v\n  YmFy\n',
    'Zm-_',
    '9I+/vw==',
    '9JCAgA==',
    '4ICA',
    'AAAA',
  ].map((text) => `v: !!binary ${text}\n`),
  timestamps: [
    '2001-12-14t21:59:43.10-05:00',
    '2001-12-14 21:59:43.10',
    '2001-12-14  1:2:3',
    '2001-12-14 21:59:43.10 -5',
    '2001-1-1',
    '2001-1-1T1:1:1Z',
    '2001-1-1T1:1:1',
    '"2001-01-01T00:00:00,5Z"',
    '2001-01-01T00:00:00+24:60',
    '2001-01-01T00:00:00+25:00',
    '2001-01-01T00:60:00Z',
    '2001-02-29',
    '2004-02-29',
    '2001-01-01T00:00:00z',
    '"2001-01-01 "',
    '2001-01-01T00:00:00.Z',
    '2001-00-01',
    '0000-01-01',
    '2001-01-01T00:00:00+0100',
  ].map((text) => `v: !!timestamp ${text}\n`),
};
