package session

import (
	"strings"
	"testing"
)

// What real Flink 2.3 said of the same expressions.
func TestTypesOfArrayFunctionsAndLag(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	const array = " FROM (VALUES (3), (CAST(NULL AS INT))) AS t(x) LIMIT 1"
	const over = " FROM (SELECT x, LAG(x, 1, CAST(5 AS BIGINT)) OVER (ORDER BY x) AS a, " +
		"LAG(x, 1, 1.5) OVER (ORDER BY x) AS b FROM (VALUES (1)) AS t(x)) AS q"
	for expr, want := range map[string]string{
		"TYPEOF(ARRAY_APPEND(ARRAY[3,1],x))" + array:      "ARRAY<INT>",
		"TYPEOF(ARRAY_APPEND(ARRAY[3,1],4))" + array:      "ARRAY<INT NOT NULL> NOT NULL",
		"TYPEOF(ARRAY_PREPEND(ARRAY[x,1],x))" + array:     "ARRAY<INT>",
		"TYPEOF(ARRAY_POSITION(ARRAY[3,1],x))" + array:    "INT",
		"TYPEOF(ARRAY_REMOVE(ARRAY[3,1],x))" + array:      "ARRAY<INT NOT NULL> NOT NULL",
		"TYPEOF(ARRAY_REMOVE(ARRAY[x,1],1))" + array:      "ARRAY<INT> NOT NULL",
		"TYPEOF(ELEMENT(ARRAY[5]))" + array:               "INT NOT NULL",
		"TYPEOF(ELEMENT(ARRAY[x]))" + array:               "INT",
		"TYPEOF(1.)" + array:                              "INT NOT NULL",
		"TYPEOF(a) || ' ' || CAST(a AS STRING)" + over:    "INT NOT NULL 5",
		"TYPEOF(b) || ' ' || CAST(b AS STRING)" + over:    "INT NOT NULL 1",
		"CAST(DATE '0001-01-01' AS STRING)" + array:       "0001-01-01",
		"CAST(TIME '23:59:59' AS STRING)" + array:         "23:59:59",
		"TYPEOF(TIMESTAMP '2024-02-29 23:59:59')" + array: "TIMESTAMP(0) NOT NULL",
	} {
		got := rows(t, s, "SELECT "+expr)
		if len(got) != 1 || !strings.Contains(got[0], "'"+want+"'") {
			t.Errorf("%s gives %v, not %s", expr, got, want)
		}
	}
}

func TestLiteralsBeyondTheCalendarAreRefused(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	for _, literal := range []string{
		"DATE '0000-01-01'", "TIMESTAMP '2024-02-29 24:00:00'", "TIMESTAMP '0000-01-01 00:00:00'",
		"TIME '24:00:00'",
	} {
		fails(t, s, "SELECT "+literal, "is not a")
	}
}
