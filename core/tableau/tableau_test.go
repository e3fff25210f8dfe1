package tableau

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func sample() *batch.Batch {
	r := batch.NewRowBuilder(types.NewSchema(types.F("id", types.Of(types.Int)),
		types.F("name", types.String())), 3)
	for i, name := range []string{"ä", strings.Repeat("long ", 10), ""} {
		batch.Append(r.Cols[0], int32(i*10))
		if name == "" {
			r.Cols[1].AppendNull()
		} else {
			r.Cols[1].AppendString(name)
		}
	}
	r.Kinds = []types.RowKind{types.Insert, types.UpdateBefore, types.UpdateAfter}
	return r.Finish()
}

func TestTable(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out, nil, true)
	if err := w.Write(sample()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := `+----+----+--------------------------------+
| op | id |                           name |
+----+----+--------------------------------+
| +I |  0 |                              ä |
| -U | 10 | long long long long long lo... |
| +U | 20 |                           NULL |
+----+----+--------------------------------+
3 rows in set
`
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}

func TestEmpty(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out, nil, false)
	if err := w.Close(); err != nil || out.String() != "Empty set\n" {
		t.Errorf("got %q, %v", out.String(), err)
	}
}
