MODES = {'streaming', 'batch'}
TAGS = ['aggregate']
QUERY = "SELECT AVG(i) AS a FROM (VALUES (2147483647), (2147483647), (5)) AS t(i)"
