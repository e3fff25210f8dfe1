package session

import (
	"slices"
	"testing"
)

// TestUnionOfNestedTypesThatDifferInWhatMayBeNull: what the sides of a UNION make is put together
// in one batch behind it.
func TestUnionOfNestedTypesThatDifferInWhatMayBeNull(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	call(t, s, "SET 'execution.runtime-mode' = 'batch'")
	call(t, s, "SET 'parallelism.default' = '1'")
	const union = " FROM (SELECT ROW(1, ARRAY['x'], MAP['k', 1]) AS a UNION ALL " +
		"SELECT ROW(CAST(NULL AS INT), ARRAY[CAST(NULL AS STRING)], MAP['k', CAST(NULL AS INT)])) AS t(a)"
	for _, test := range []struct{ sql, want string }{
		{"SELECT CAST(a AS STRING)" + union, "'(1, [x], {k=1})' '(NULL, [NULL], {k=NULL})'"},
		{"SELECT CAST(a AS STRING), COUNT(*)" + union + " GROUP BY a",
			"'(1, [x], {k=1})' 1:BIGINT '(NULL, [NULL], {k=NULL})' 1:BIGINT"},
		{"SELECT CARDINALITY(ARRAY_AGG(a))" + union, "2"},
	} {
		got := rows(t, s, test.sql)
		slices.Sort(got)
		text := ""
		for _, r := range got {
			text += r[len("+I"):]
		}
		if text != " "+test.want {
			t.Errorf("%s: %s, want %s", test.sql, text, test.want)
		}
	}
}
