MODES = {'batch'}
TAGS = ['error', 'literal']
QUERY = r"""SELECT TIMESTAMP '2024-02-29 24:00:00' AS c"""
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['literal']}
