MODES = {'batch'}
TAGS = ['function', 'string']
QUERY = r"""SELECT IS_DECIMAL(s) AS c0,
IS_DECIMAL('1.5e3') AS c1,
IS_DECIMAL('-.5') AS c2,
IS_DIGIT('') AS c3,
IS_ALPHA('aB') AS c4,
ENCODE(s,'UTF-8') AS c5,
ENCODE(s,'UTF-16') AS c6,
ENCODE(s,'US-ASCII') AS c7,
ENCODE(s,'UTF-16LE') AS c8,
DECODE(ENCODE(s,'UTF-8'),'UTF-8') AS c9,
DECODE(ENCODE(s,'UTF-8'),'ISO-8859-1') AS c10,
DECODE(x'ff41','UTF-8') AS c11,
s LIKE '%o%' AS c12,
s LIKE '_____' AS c13,
s LIKE 'a!%b' ESCAPE '!' AS c14,
s NOT LIKE '%X%' AS c15,
s SIMILAR TO '(a|H)%' AS c16,
s SIMILAR TO '[0-9]+' AS c17,
s NOT SIMILAR TO '%[[:digit:]]%' AS c18,
s LIKE s AS c19
FROM (VALUES ('Hello World'),(''),(CAST(NULL AS STRING)),('  pad  '),('äöü ß 😀x'),('a,b,,c'),('123'),('aXbXc')) AS t(s)"""
