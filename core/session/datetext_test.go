package session

import (
	"context"
	"strings"
	"testing"
)

// TIMESTAMP(9) is held in nanoseconds: what these do not reach is refused, where it once came out as
// another time.
func TestTimesBeyondNanoseconds(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	for _, c := range []struct{ value, to, want string }{
		{"TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP(9)", "null"},
		{"TIMESTAMP '1677-01-01 00:00:00'", "TIMESTAMP_LTZ(9)", "null"},
		{"DATE '9999-12-31'", "TIMESTAMP(9)", "null"},
		{"DATE '2024-01-02'", "TIMESTAMP(9)", "2024-01-02 00:00:00.000000000"},
		{"TIMESTAMP '1700-01-02 03:04:05'", "TIMESTAMP(9)", "1700-01-02 03:04:05.000000000"},
		{"TIMESTAMP '0001-01-01 00:00:00'", "TIMESTAMP(6)", "0001-01-01 00:00:00.000000"},
	} {
		from := " FROM (VALUES (" + c.value + "), (CAST(NULL AS " + strings.Fields(c.value)[0] + "))) AS v(x)"
		got := strings.Join(rows(t, s, "SELECT TRY_CAST(x AS "+c.to+")"+from), ";")
		got = strings.NewReplacer("'", "", ":"+c.to, "").Replace(got)
		if want := "+I " + c.want + ";+I null"; got != want {
			t.Errorf("%s AS %s: %s, want %s", c.value, c.to, got, want)
		}
	}
	a := call(t, s, "SELECT CAST(x AS TIMESTAMP(9)) FROM (VALUES (TIMESTAMP '0001-01-01 00:00:00')) AS v(x)")
	_, _, err := s.Fetch(context.Background(), a.Handle)
	if err == nil || !strings.Contains(err.Error(), "cannot cast '0001-01-01 00:00:00' to TIMESTAMP(9)") {
		t.Errorf("CAST: %v", err)
	}
}

// What Flink 2.3 answers.
func TestTextAsTime(t *testing.T) {
	s := Open(Options{Config: map[string]string{"execution.runtime-mode": "batch"}})
	defer s.Close()
	for sql, want := range map[string]string{
		"TO_TIMESTAMP('5/3/24', 'dd/MM/yy')":                                 "null",
		"TO_TIMESTAMP('2024-13-05', 'yyyy-MM-dd')":                           "null",
		"TO_TIMESTAMP('2024-3-5', 'yyyy-MM-dd')":                             "2024-03-05 00:00:00.000",
		"TO_TIMESTAMP('2024-03-05 10:00:00 x', 'yyyy-MM-dd')":                "null",
		"TO_TIMESTAMP('2024-02-30', 'yyyy-MM-dd')":                           "2024-02-29 00:00:00.000",
		"TO_TIMESTAMP('2024-3-5 1:2:3', 'dd.MM.yyyy')":                       "2024-03-05 01:02:03.000",
		"TO_TIMESTAMP('2024-03-05 25:61:00', 'x')":                           "2024-03-06 02:01:00.000",
		"TO_TIMESTAMP('2024-03-05 10:00:00.5', 'yyyy')":                      "2024-03-05 10:00:00.500",
		"TO_TIMESTAMP_LTZ('bad', 'yyyy-MM-dd')":                              "null",
		"DATE_FORMAT(TIMESTAMP '2024-03-31 07:08:09', 'F e')":                "3 1",
		"DATE_FORMAT(TIMESTAMP '2024-03-31 07:08:09', 'ee eee MMMMM EEEEE')": "01 Sun M S",
		"CONVERT_TZ('2024-03-05 07:08:09', 'UTC', 'PST')":                    "2024-03-04 23:08:09",
		"CONVERT_TZ('2024-07-05 07:08:09', 'EST', 'UTC')":                    "2024-07-05 12:08:09",
		"CONVERT_TZ('2024-07-05 07:08:09', 'CST', 'UTC')":                    "2024-07-05 12:08:09",
		"CONVERT_TZ('2024-03-05 07:08:09', 'IST', 'ACT')":                    "2024-03-05 11:08:09",
		`'abc' SIMILAR TO 'a.c'`:                                             "true",
		`'a^c' SIMILAR TO 'a^c'`:                                             "false",
		`'a$' SIMILAR TO 'a$'`:                                               "true",
		`'a1' SIMILAR TO 'a\d'`:                                              "false",
		`'a\d' SIMILAR TO 'a\d'`:                                             "true",
		`'AB' SIMILAR TO '[[:ALPHA:]]+'`:                                     "true",
		"(1, 2) = (1, CAST(NULL AS INT))":                                    "null",
		"(1, 2) = (CAST(NULL AS INT), 3)":                                    "false",
		"(1, CAST(NULL AS INT)) IN ((1, 2))":                                 "null",
		"(1, 2) IN ((3, 4), (1, 2))":                                         "true",
	} {
		got := strings.Join(rows(t, s, "SELECT "+sql), ";")
		got = strings.ReplaceAll(strings.TrimPrefix(got, "+I "), "'", "")
		got = strings.TrimPrefix(got, "TIMESTAMP ")
		if i := strings.LastIndex(got, ":"); i > 0 && got[:i] == "null" {
			got = "null"
		}
		if got != want && !strings.HasPrefix(got, "null") || want != "null" &&
			strings.HasPrefix(got, "null") {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	a := call(t, s, "SELECT TO_TIMESTAMP_LTZ('bad')")
	if _, _, err := s.Fetch(t.Context(), a.Handle); err == nil ||
		!strings.Contains(err.Error(), "'bad' is no date and time") {
		t.Errorf("error %v", err)
	}
	if got := plain(rows(t, s, "SELECT x + 1, y FROM (VALUES (ROW(1, 'a')), (ROW(2, 'b'))) t (x, y)")); len(got) != 2 {
		t.Errorf("VALUES of rows: %q", got)
	}
}
