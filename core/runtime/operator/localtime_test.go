package operator_test

import (
	"testing"
	"time"

	"github.com/headrace/headrace/core/runtime/operator"
)

func TestWindowsCloseAcrossClockChanges(t *testing.T) {
	l, err := operator.NewLocalTime("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) int64 {
		v, err := time.Parse("2006-01-02 15:04:05.000", text)
		if err != nil {
			t.Fatal(err)
		}
		return v.UnixMilli()
	}
	for end, want := range map[string]string{
		"2025-01-01 02:00:00.000": "2025-01-01 00:59:59.999",
		// 02:00 to 03:00 is skipped
		"2025-03-30 02:00:00.000": "2025-03-30 00:59:59.999",
		"2025-03-30 02:30:00.000": "2025-03-30 01:00:00.000",
		"2025-03-30 04:00:00.000": "2025-03-30 01:59:59.999",
		// 02:00 to 03:00 comes twice
		"2025-10-26 02:00:00.000": "2025-10-25 23:59:59.999",
		"2025-10-26 02:30:00.000": "2025-10-26 01:29:59.999",
		"2025-10-26 03:00:00.000": "2025-10-26 01:59:59.999",
		"2025-10-26 04:00:00.000": "2025-10-26 02:59:59.999",
	} {
		if got := l.Closing(at(end)); got != at(want) {
			t.Errorf("a window to %s closes at %s, want %s", end,
				time.UnixMilli(got).UTC().Format("2006-01-02 15:04:05.000"), want)
		}
	}
}
