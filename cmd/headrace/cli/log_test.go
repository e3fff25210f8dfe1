package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestWarningsAreLinesForPeople(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"", "WARN headrace: checkpoint failed job=a: no room\n"},
		{"error", ""},
		{"off", ""},
		{"info", "INFO headrace: job status job=a status=RUNNING\n" +
			"WARN headrace: checkpoint failed job=a: no room\n"},
	} {
		t.Setenv(logEnv, c.env)
		var out bytes.Buffer
		l := slog.New(newLog(&out)).With("job", "a")
		l.Info("job status", "status", "RUNNING")
		l.Warn("checkpoint failed", "error", errors.New("no room"))
		var got strings.Builder
		for line := range strings.Lines(out.String()) {
			got.WriteString(line[len("2006-01-02 15:04:05 "):])
		}
		if got.String() != c.want {
			t.Errorf("%s=%s: %q", logEnv, c.env, got.String())
		}
	}
}
