package pyudf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/udf"
)

// rows drives a table function over a batch with a limit and shows all rows as "origin:a,b".
func rows(t *testing.T, tb udf.Table, in []*batch.Column, n, limit int) (string, int, error) {
	t.Helper()
	if err := tb.Start(in, n); err != nil {
		t.Fatal(err)
	}
	var shown []string
	for calls := 1; ; calls++ {
		out, origin, done, err := tb.Next(limit, 1<<20)
		if err != nil {
			return strings.Join(shown, " "), calls, err
		}
		if len(origin) > limit {
			t.Fatalf("%d rows, limit %d", len(origin), limit)
		}
		for i, o := range origin {
			cells := make([]string, len(out))
			for k, c := range out {
				cells[k] = c.Arrow().ValueStr(i)
			}
			shown = append(shown, fmt.Sprintf("%d:%s", o, strings.Join(cells, ",")))
		}
		if done {
			return strings.Join(shown, " "), calls, nil
		}
	}
}

func tableOf(t *testing.T, source string, args int, inputs []types.Type,
	results ...types.Type) udf.Table {
	t.Helper()
	f := code(t, "f", "general", source)
	f.Kind = "table"
	tb, err := host(t).Table(&udf.TableSpec{Inputs: inputs, Call: call(f, args, results...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tb.Close(); err != nil {
			t.Error(err)
		}
	})
	return tb
}

func TestTableFunctionStopsAnywhere(t *testing.T) {
	in := []types.Type{types.String(), types.Of(types.BigInt)}
	tb := tableOf(t, `
class F:
    def eval(self, s, lo):
        for i, ch in enumerate(s):
            if i >= lo:
                yield ch, i
f = F()`, 2, in, types.String(), types.Of(types.Int))
	cols := []*batch.Column{strs("abc", "", "de"), bigints(1, 0, 0)}
	for limit := 1; limit <= 5; limit++ {
		got, _, err := rows(t, tb, cols, 3, limit)
		if want := "0:b,1 0:c,2 2:d,0 2:e,1"; got != want || err != nil {
			t.Errorf("limit %d: got %s, %v, want %s", limit, got, err, want)
		}
	}
	// A batch that was left in the middle is dropped by the next one.
	if err := tb.Start(cols, 3); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := tb.Next(1, 1); err != nil {
		t.Fatal(err)
	}
	if got, _, err := rows(t, tb, cols, 3, 10); got != "0:b,1 0:c,2 2:d,0 2:e,1" {
		t.Errorf("after an unfinished batch: %s, %v", got, err)
	}
}

func TestTableFunctionStopsAtBytes(t *testing.T) {
	tb := tableOf(t, "f = lambda n: ('x' * 1000 for i in range(n))", 1,
		[]types.Type{types.Of(types.BigInt)}, types.String())
	if err := tb.Start([]*batch.Column{bigints(10)}, 1); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{4, 4, 2} {
		out, origin, done, err := tb.Next(100, 3500)
		if err != nil || len(origin) != want || out[0].Len() != want || done != (want == 2) {
			t.Errorf("got %d rows, done %v, %v, want %d", len(origin), done, err, want)
		}
	}
}

func TestTableFunctionTakesRow(t *testing.T) {
	f := code(t, "f", "general", "def f(r):\n    for i in range(r.l // 2): yield r.c, i")
	f.Kind, f.TakesRow = "table", true
	in := []types.Type{types.String(), types.Of(types.BigInt)}
	c := call(f, 2, types.String(), types.Of(types.Int))
	c.Names = []string{"c", "l"}
	tb, err := host(t).Table(&udf.TableSpec{Inputs: in, Call: c})
	if err != nil {
		t.Fatal(err)
	}
	defer tb.Close()
	got, calls, err := rows(t, tb, []*batch.Column{strs("A", "B"), bigints(4, 2)}, 2, 2)
	if got != "0:A,0 0:A,1 1:B,0" || calls != 2 || err != nil {
		t.Errorf("got %s in %d calls, %v", got, calls, err)
	}
}

func TestTableFunctionResults(t *testing.T) {
	bigint := types.Of(types.BigInt)
	one, two := []types.Type{bigint}, []types.Type{bigint, bigint}
	for _, c := range []struct {
		expr    string
		results []types.Type
		want    string
	}{
		{"None", one, ""}, {"[]", one, ""}, {"range(2)", one, "0:0 0:1"},
		{"[1, None]", one, "0:1 0:(null)"}, {"7", one, "0:7"}, {"(3,)", one, "0:3"},
		{"(1, 2)", two, "0:1,2"}, {"Row(1, 2)", two, "0:1,2"},
		{"[Row(1, 2), (3, 4)]", two, "0:1,2 0:3,4"},
		{"iter([5, 6])", one, "0:5 0:6"}, {"(i for i in range(1))", one, "0:0"},
		{"(1, 2, 3)", two, "ValueError: expected 2 values a row, got 3"},
		{"5", two, "TypeError: expected a Row or tuple of 2 values, got 5"},
		{"[(1, 'x')]", two, "TypeError: column 2: expected BIGINT (int), got str: 'x'"},
		{"(1 // 0 for i in range(1))", one, "ZeroDivisionError: division"},
	} {
		t.Run(c.expr, func(t *testing.T) {
			tb := tableOf(t, "from headrace.common.types import Row\nf = lambda x: "+c.expr, 1, one,
				c.results...)
			got, _, err := rows(t, tb, []*batch.Column{bigints(1)}, 1, 10)
			class, part, isErr := strings.Cut(c.want, ": ")
			if isErr {
				if err == nil || !strings.Contains(err.Error(), class+": ") ||
					!strings.Contains(err.Error(), part) || !strings.Contains(err.Error(), "(1)") {
					t.Errorf("got %v, want %s", err, c.want)
				}
			} else if got != c.want || err != nil {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}
