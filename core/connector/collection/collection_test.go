package collection_test

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/collection"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

func TestConformance(t *testing.T) {
	schema := types.NewSchema(types.F("id", types.Of(types.Int)), types.F("s", types.String()))
	var batches []*batch.Batch
	var want, ids []string
	for _, n := range []int{5, 0, 1, 40, 13} {
		b := batch.NewRowBuilder(schema, n)
		for range n {
			id := len(want)
			batch.Append(b.Cols[0], int32(id))
			b.Cols[1].AppendString(fmt.Sprint("s", id))
			want = append(want, fmt.Sprintf("+I|%d|s%d", id, id))
			ids = append(ids, fmt.Sprintf("+I|s%d|%d", id, id))
		}
		batches = append(batches, b.Finish())
	}
	src := collection.New(schema, batches)
	connectortest.Bounded(t, func() connector.Source { return src }, want, 20)
	swapped, err := src.Project([]int{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	connectortest.Bounded(t, func() connector.Source { return swapped }, ids, 5)
	connectortest.Bounded(t, func() connector.Source { return collection.New(schema, nil) }, nil, 1)
}
