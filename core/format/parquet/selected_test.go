package parquet

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	pq "github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/compress"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/format"
)

// holding are the rows of b, as text, for which all conditions hold; one looks at one value.
func holding(b *batch.Batch, s *types.Schema, conditions []connector.Condition) (out []string) {
	text := connectortest.Text(b)
	for i := range b.Len() {
		ok := true
		for _, c := range conditions {
			ok = ok && one(b.Cols[slices.Index(b.Schema.Names(), s.Fields[c.Column].Name)], i, c)
		}
		if ok {
			out = append(out, text[i])
		}
	}
	return out
}

func one(c *batch.Column, i int, cond connector.Condition) bool {
	if c.IsNull(i) {
		return false
	}
	sign := func(x any) int {
		switch x := x.(type) {
		case string:
			return strings.Compare(c.Str(i), x)
		case int64:
			if c.Type.Kind == types.BigInt {
				return int(batch.Values[int64](c)[i] - x)
			}
			return int(int64(batch.Values[int32](c)[i]) - x)
		}
		panic("no such constant")
	}
	v := sign(cond.Values[0])
	switch cond.Op {
	case connector.OpEq:
		return v == 0
	case connector.OpNe:
		return v != 0
	case connector.OpLt:
		return v < 0
	case connector.OpLe:
		return v <= 0
	case connector.OpGt:
		return v > 0
	case connector.OpGe:
		return v >= 0
	case connector.OpIn:
		return slices.ContainsFunc(cond.Values, func(x any) bool { return sign(x) == 0 })
	}
	panic("no such comparison")
}

// columns of flatTypes
const (
	atInt, atBig, atText, atDate = 3, 4, 10, 12
)

var selections = map[string][]connector.Condition{
	"a range": {{Column: atBig, Op: connector.OpGe, Values: []any{int64(20_000)}},
		{Column: atBig, Op: connector.OpLt, Values: []any{int64(40_000)}}},
	"a text":     {{Column: atText, Op: connector.OpEq, Values: []any{"k"}}},
	"some texts": {{Column: atText, Op: connector.OpIn, Values: []any{"c", "x", "zz"}}},
	"most texts": {{Column: atText, Op: connector.OpNe, Values: []any{"c"}}},
	"texts twice": {{Column: atText, Op: connector.OpGt, Values: []any{"c"}},
		{Column: atText, Op: connector.OpLe, Values: []any{"g"}}},
	"text and date": {{Column: atText, Op: connector.OpLt, Values: []any{"p"}},
		{Column: atDate, Op: connector.OpGt, Values: []any{int64(50)}}},
	"a number":   {{Column: atInt, Op: connector.OpEq, Values: []any{int64(33)}}},
	"no such":    {{Column: atText, Op: connector.OpEq, Values: []any{"no such"}}},
	"everything": {{Column: atInt, Op: connector.OpGe, Values: []any{int64(0)}}},
}

// selected reads with conditions; it returns all rows, and those for which they hold.
func selected(t *testing.T, c *format.Config, f fsys.Reader) (all, out []string) {
	t.Helper()
	r, err := open(c, f, 0, f.Size())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.tests) != len(c.Conditions) {
		t.Fatalf("%d of %d conditions are tested", len(r.tests), len(c.Conditions))
	}
	for {
		b, err := r.Next(1000)
		if err == io.EOF {
			return all, out
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, connectortest.Text(b)...)
		out = append(out, holding(b, c.Schema, c.Conditions)...)
	}
}

// within says whether the rows of part are among those of all, in order.
func within(part, all []string) bool {
	for _, row := range part {
		at := slices.Index(all, row)
		if at < 0 {
			return false
		}
		all = all[at+1:]
	}
	return true
}

func TestRowsThatDoNotMatchAreLeftOut(t *testing.T) {
	for _, null := range []string{"", " NOT NULL"} {
		types := strings.ReplaceAll(flatTypes, ", ", null+", ") + null
		c := config(types, map[string]string{"parquet.batch-size": "333"})
		c.LeaveOut = true
		var in *batch.Batch
		if null == "" {
			in = mixed(c, 4000)
		} else {
			b := batch.NewRowBuilder(c.Schema, 4000)
			for i := range 4000 {
				for k, col := range b.Cols {
					put(col, (i/150%2*(i/50)+1)*(7+k)%113)
				}
			}
			in = b.Finish()
		}
		text := connectortest.Text(in)
		for _, dict := range []bool{false, true} {
			for _, page := range []int64{200, 2000, 1 << 20} {
				f := written(t, in, 1700, pq.WithCompression(compress.Codecs.Snappy),
					pq.WithDictionaryDefault(dict), pq.WithDataPageSize(page),
					pq.WithDictionaryPageSizeLimit(2000))
				for name, conditions := range selections {
					c.Conditions = conditions
					at := fmt.Sprintf("%s%s, dictionary %v, pages of %d", name, null, dict, page)
					all, got := selected(t, c, f)
					if want := holding(in, c.Schema, conditions); !slices.Equal(got, want) {
						t.Fatalf("%s: %d rows match, not %d", at, len(got), len(want))
					}
					if !within(all, text) {
						t.Fatalf("%s: rows came that there are not", at)
					}
					if len(got)*2 < len(text) && len(all) > len(got)*4/3+1 {
						t.Errorf("%s: %d rows came for %d", at, len(all), len(got))
					}
				}
			}
		}
	}
}

func TestConditionsOnOtherTypesAreNotTested(t *testing.T) {
	c := config("l INT, v STRING", nil) // the table has another type than the file
	w := config("l BIGINT, v STRING", nil)
	f := written(t, mixed(w, 100), 100)
	c.LeaveOut = true
	c.Conditions = []connector.Condition{{Column: 0, Op: connector.OpEq, Values: []any{int64(7000)}},
		{Column: 1, Op: connector.OpNull}, {Column: 1, Op: connector.OpEq, Values: []any{int64(1)}}}
	r, err := open(c, f, 0, f.Size())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.tests) != 0 {
		t.Errorf("%d conditions are tested", len(r.tests))
	}
	c.Conditions = []connector.Condition{{Column: 1, Op: connector.OpEq, Values: []any{"a"}}}
	for _, leave := range []bool{false, true} {
		c.LeaveOut = leave
		if r, err = open(c, f, 0, f.Size()); err != nil {
			t.Fatal(err)
		}
		if got := len(r.tests) > 0; got != leave {
			t.Errorf("rows may be left out: %v, are: %v", leave, got)
		}
	}
}
