MODES = {'batch'}
TAGS = ['error', 'literal']
QUERY = r"""SELECT DATE '0000-01-01' AS c"""
EXPECT_ERROR = {'kind': 'validation', 'tokens': ['literal']}
