package session

import (
	"slices"
	"strings"
	"testing"
)

func TestEarlyAndLateFiring(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	clicks(t, s, "a,1,2025-01-01 00:00:01\na,2,2025-01-01 00:00:03\na,2,2025-01-01 00:00:30\n"+
		"a,5,2025-01-01 00:00:04\nb,1,2025-01-01 00:00:31\n")
	sql := "SELECT u, COUNT(*), SUM(v) FROM c GROUP BY u, TUMBLE(ts, INTERVAL '10' SECOND)"
	early := []string{"'table.exec.emit.early-fire.enabled' = 'true'",
		"'table.exec.emit.early-fire.delay' = '0 ms'"}
	late := []string{"'table.exec.emit.late-fire.enabled' = 'true'",
		"'table.exec.emit.late-fire.delay' = '0 ms'", "'table.exec.emit.allow-lateness' = '1 h'"}
	for _, c := range []struct {
		set  []string
		want string
	}{
		{nil, "+I a 2 3|+I a 1 2|+I b 1 1"},
		{early, "+I a 1 1|-U a 1 1|+U a 2 3|+I a 1 2|+I b 1 1"},
		{late, "+I a 2 3|-U a 2 3|+U a 3 8|+I a 1 2|+I b 1 1"},
		{append(slices.Clone(early), late...),
			"+I a 1 1|-U a 1 1|+U a 2 3|+I a 1 2|-U a 2 3|+U a 3 8|+I b 1 1"},
	} {
		call(t, s, "RESET")
		for _, set := range c.set {
			call(t, s, "SET "+set)
		}
		if got := strings.Join(plain(rows(t, s, sql)), "|"); got != c.want {
			t.Errorf("%v:\ngot  %s\nwant %s", c.set, got, c.want)
		}
	}
	call(t, s, "SET 'table.exec.emit.allow-lateness' = '0 ms'")
	call(t, s, "SET 'table.exec.emit.late-fire.delay' = '5 s'")
	fails(t, s, sql, "'table.exec.emit.allow-lateness' (0 ms) is shorter")
	call(t, s, "RESET 'table.exec.emit.late-fire.enabled'")
	fails(t, s, "SELECT u, COUNT(*) FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) "+
		"GROUP BY u, window_start, window_end", "cannot fire early or late")
}

func TestGroupingSetsOfWindows(t *testing.T) {
	s := Open(Options{})
	defer s.Close()
	clicks(t, s, "a,1,2025-01-01 00:00:01\na,2,2025-01-01 00:00:03\nb,2,2025-01-01 00:00:04\n"+
		"b,5,2025-01-01 00:00:31\n")
	from := " FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '10' SECOND)) GROUP BY window_start, "
	got := plain(rows(t, s, "SELECT window_start, u, v, COUNT(*), SUM(v), GROUPING(u)"+from+
		"window_end, GROUPING SETS ((u), (v), ())"))
	slices.Sort(got)
	want := []string{"+I 2025-01-01 00:00:00.000 NULL 1 1 1 1", "+I 2025-01-01 00:00:00.000 NULL 2 2 4 1",
		"+I 2025-01-01 00:00:00.000 NULL NULL 3 5 1", "+I 2025-01-01 00:00:00.000 a NULL 2 3 0",
		"+I 2025-01-01 00:00:00.000 b NULL 1 2 0", "+I 2025-01-01 00:00:30.000 NULL 5 1 5 1",
		"+I 2025-01-01 00:00:30.000 NULL NULL 1 5 1", "+I 2025-01-01 00:00:30.000 b NULL 1 5 0"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	fails(t, s, "SELECT COUNT(*) FROM TABLE(TUMBLE(TABLE c, DESCRIPTOR(ts), INTERVAL '10' SECOND)) "+
		"GROUP BY GROUPING SETS ((window_start, window_end), (window_start, u))", "every grouping set")
}

func fails(t *testing.T, s *Session, sql, want string) {
	t.Helper()
	if got := refused(t, s, sql); !strings.Contains(got, want) {
		t.Errorf("%s:\n%s, want %q", sql, got, want)
	}
}

// plain takes quotes and types out of rows.
func plain(lines []string) []string {
	r := strings.NewReplacer("'", "", ":BIGINT", "", ":INT", "", ":STRING", "", "null", "NULL")
	for i, l := range lines {
		lines[i] = r.Replace(l)
	}
	return lines
}
