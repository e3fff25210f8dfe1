package hybrid

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/datagen"
	_ "github.com/headrace/headrace/core/connector/sequence"
	"github.com/headrace/headrace/core/data/types"
)

func make3(t *testing.T) connector.Source {
	t.Helper()
	s, err := newSource(table(numbers(1, 10), numbers(11, 12), numbers(13, 40)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func numbers(from, to int) string {
	return fmt.Sprintf(`{"connector": "number-sequence", "options": {"start": "%d", "end": "%d"}}`,
		from, to)
}

func table(sources ...string) *connector.Table {
	return &connector.Table{Name: "t",
		Schema:  types.NewSchema(types.F("value", types.Of(types.BigInt))),
		Options: map[string]string{"sources": "[" + strings.Join(sources, ", ") + "]"}}
}

func TestConformance(t *testing.T) {
	var want []string
	for i := 1; i <= 40; i++ {
		want = append(want, fmt.Sprintf("+I|%d", i))
	}
	connectortest.Bounded(t, func() connector.Source { return make3(t) }, want, 20)
}

// TestOneSourceAfterTheOther: no number of a source is read before all of the one before it, however
// many readers there are.
func TestOneSourceAfterTheOther(t *testing.T) {
	for parallelism := 1; parallelism <= 4; parallelism++ {
		r := connectortest.Start(t, make3(t), parallelism, nil)
		for more := true; more; {
			var err error
			if more, err = r.Step(3); err != nil {
				t.Fatal(err)
			}
		}
		source := func(row string) int {
			var n int
			fmt.Sscanf(row, "+I|%d", &n)
			switch {
			case n <= 10:
				return 0
			case n <= 12:
				return 1
			}
			return 2
		}
		if len(r.Rows) != 40 || !slices.IsSortedFunc(r.Rows,
			func(a, b string) int { return source(a) - source(b) }) {
			t.Errorf("parallelism %d: %v", parallelism, r.Rows)
		}
	}
}

// TestSplitsOfAnEarlierSourceComeBack: a reader that failed had read splits of a source that the
// others have left; another reader puts its own aside for them.
func TestSplitsOfAnEarlierSourceComeBack(t *testing.T) {
	s := make3(t)
	e, err := s.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Wake: func() {}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := e.Next(0)
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := e.Next(0)
	if err != nil {
		t.Fatal(err)
	}
	if !e.(connector.Backlogged).IsBacklog() {
		t.Error("the second of three sources is not the past")
	}
	e.AddBack(first)
	state, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if e, err = s.NewEnumerator(&connector.EnumeratorContext{Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Wake: func() {}}, state); err != nil {
		t.Fatal(err)
	}
	r, err := s.NewReader(&connector.ReaderContext{Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Wake: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	read := func(rows int) []string {
		t.Helper()
		p, err := r.Poll(rows, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if p.Batch == nil {
			return nil
		}
		return connectortest.Text(p.Batch)
	}
	if err := r.Add(second); err != nil {
		t.Fatal(err)
	}
	var got []string
	for len(got) == 0 {
		got = append(got, read(1)...)
	}
	again, _, err := e.Next(0)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(again); err != nil {
		t.Fatal(err)
	}
	for len(got) < 12 {
		got = append(got, read(100)...)
	}
	want := []string{"+I|11"}
	for i := 1; i <= 10; i++ {
		want = append(want, fmt.Sprintf("+I|%d", i))
	}
	if want = append(want, "+I|12"); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// listening hears of splits that have ended.
type listening struct {
	connector.ListEnumerator
	heard []string
}

func (l *listening) SplitsEnded(ids []string) error {
	l.heard = append(l.heard, ids...)
	return nil
}

func TestTheSourceThatIsReadHearsOfItsSplits(t *testing.T) {
	child := &listening{}
	e := &enumerator{at: 1, child: child}
	if err := e.SplitsEnded([]string{"0/a", "1/b/c", "10/d"}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(child.heard, []string{"b/c"}) {
		t.Error(child.heard)
	}
}

func TestBadSources(t *testing.T) {
	for sources, want := range map[string]string{
		"":                         "names no source",
		"1":                        "option 'sources'",
		`{"connector": "sequenc"}`: "there is no connector 'sequenc'",
		`{"connector": "datagen"}, ` + numbers(1, 2): "'t (source 1)' has no end, and source 2 follows it",
		`{"connector": "number-sequence"}`:           "needs the option",
	} {
		if _, err := newSource(table(sources)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", sources, err, want)
		}
	}
}

func TestSourcesThatAreNoList(t *testing.T) {
	_, err := connector.NewSource(&connector.Table{Name: "t", Options: map[string]string{
		"connector": "hybrid", "sources": "[{]"}})
	if err == nil || !strings.Contains(err.Error(), "is no JSON list of sources") ||
		!strings.Contains(err.Error(), `[{"connector"`) {
		t.Error(err)
	}
}
