MODES = {'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT INET_NTOA(-1) AS c0,
INET_NTOA(4294967296) AS c1,
INET_NTOA(CAST(NULL AS BIGINT)) AS c2,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','HOST') AS c3,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','PATH') AS c4,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','QUERY') AS c5,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','REF') AS c6,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','PROTOCOL') AS c7,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','FILE') AS c8,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','AUTHORITY') AS c9,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','USERINFO') AS c10,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','QUERY','r') AS c11,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','QUERY','z') AS c12,
PARSE_URL('http://user:pw@host:80/p/a?q=1&r=2#frag','NOPE') AS c13,
PARSE_URL('no url','HOST') AS c14,
PARSE_URL(s,'HOST') AS c15,
OVERLAY(CAST('abc' AS CHAR(3)) PLACING 'Z' FROM 1) AS c16,
CAST('abc' AS CHAR(5)) || 'x' AS c17,
CHAR_LENGTH(CAST('ab' AS CHAR(5))) AS c18,
UPPER(CAST('ab' AS CHAR(5))) AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
