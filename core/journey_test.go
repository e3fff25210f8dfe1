package core_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/expr"
	"github.com/headrace/headrace/core/session"
)

const clicks = "2024-01-01 00:00:01,a,3\n2024-01-01 00:00:11,b,5\n2024-01-01 00:00:09,a,4\n"

const perWindow = `SELECT who, COUNT(*) AS n, SUM(v) AS s
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY window_start, window_end, who`

// TestJourney follows a file on disk through SQL, event time and a window to rows.
func TestJourney(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clicks.csv")
	if err := os.WriteFile(file, []byte(clicks), 0o600); err != nil {
		t.Fatal(err)
	}
	s := session.Open(session.Options{Config: map[string]string{"parallelism.default": "1"}})
	defer s.Close()

	if _, err := execute(s, "SELEC 1"); err == nil || !strings.Contains(err.Error(), "SELEC") {
		t.Fatalf("parser: %v", err)
	}
	run(t, s, `CREATE TABLE clicks (ts TIMESTAMP(3), who STRING, v INT,
		WATERMARK FOR ts AS ts - INTERVAL '5' SECOND
	) WITH ('connector' = 'filesystem', 'path' = '`+file+`', 'format' = 'csv')`)
	if _, err := execute(s, "SELECT whom FROM clicks"); err == nil ||
		!strings.Contains(err.Error(), "whom") {
		t.Fatalf("binder: %v", err)
	}
	explained := strings.Join(rows(t, s, run(t, s, "EXPLAIN "+perWindow)), "\n")
	for _, part := range []string{"clicks", "hash", "Window"} {
		if !strings.Contains(explained, part) {
			t.Errorf("plan has no %q:\n%s", part, explained)
		}
	}
	a := run(t, s, perWindow)
	if a.Job == "" {
		t.Fatalf("no job in %+v", a)
	}
	got := rows(t, s, a)
	slices.Sort(got)
	if want := []string{"+I 'a' 2:BIGINT 7", "+I 'b' 1:BIGINT 5"}; !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
}

func execute(s *session.Session, sql string) (*session.Answer, error) {
	request, err := json.Marshal(map[string]any{"executeSql": map[string]string{"text": sql}})
	if err != nil {
		return nil, err
	}
	raw, err := s.Call(context.Background(), request)
	if err != nil {
		return nil, err
	}
	var a session.Answer
	return &a, json.Unmarshal(raw, &a)
}

func run(t *testing.T, s *session.Session, sql string) *session.Answer {
	t.Helper()
	a, err := execute(s, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return a
}

// rows reads a result to its end: each row's kind, then its values.
func rows(t *testing.T, s *session.Session, a *session.Answer) []string {
	t.Helper()
	if a.Handle == "" {
		return []string{a.Text}
	}
	var out []string
	for {
		b, ok, err := s.Fetch(context.Background(), a.Handle)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return out
		}
		for i := range b.Len() {
			line := b.Kind(i).String()
			for _, c := range b.Cols {
				cell := batch.Take(c, []int32{int32(i)})
				line += " " + expr.LiteralOf(cell, c.Type).String()
			}
			out = append(out, line)
		}
		b.Release()
	}
}
