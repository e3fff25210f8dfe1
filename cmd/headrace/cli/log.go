package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
)

// logEnv says what of the engine's log is shown: DEBUG, INFO, WARN (the default), ERROR or OFF.
const logEnv = "HEADRACE_LOG"

// off is above all levels.
const off = slog.Level(100)

// log writes the engine's log as lines for people: errors, a Python traceback among them, as they
// are.
type log struct {
	mu    *sync.Mutex
	out   io.Writer
	level slog.Level
	attrs []slog.Attr
}

var _ slog.Handler = (*log)(nil)

func newLog(out io.Writer) *log {
	l := &log{mu: &sync.Mutex{}, out: out, level: slog.LevelWarn}
	switch text := strings.ToUpper(os.Getenv(logEnv)); text {
	case "":
	case "OFF":
		l.level = off
	default:
		if err := l.level.UnmarshalText([]byte(text)); err != nil {
			l.level = slog.LevelWarn
		}
	}
	return l
}

// Enabled implements slog.Handler.
func (l *log) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

// Handle implements slog.Handler: time, level, message, the attributes but errors, the error.
func (l *log) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s headrace: %s", r.Time.Format("2006-01-02 15:04:05"), r.Level, r.Message)
	var failure string
	add := func(a slog.Attr) bool {
		if a.Key == "error" {
			failure = a.Value.String()
		} else {
			fmt.Fprintf(&b, " %s=%s", a.Key, a.Value)
		}
		return true
	}
	for _, a := range l.attrs {
		add(a)
	}
	r.Attrs(add)
	if failure != "" {
		fmt.Fprintf(&b, ": %s", strings.TrimRight(failure, "\n"))
	}
	b.WriteByte('\n')
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := io.WriteString(l.out, b.String())
	return err
}

// WithAttrs implements slog.Handler.
func (l *log) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := *l
	out.attrs = append(l.attrs[:len(l.attrs):len(l.attrs)], attrs...)
	return &out
}

// WithGroup implements slog.Handler; groups do not show.
func (l *log) WithGroup(string) slog.Handler { return l }
