package sequence

import (
	"fmt"
	"testing"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	"github.com/headrace/headrace/core/data/types"
)

func TestConformance(t *testing.T) {
	var want []string
	for i := -5; i <= 30; i++ {
		want = append(want, fmt.Sprintf("+I|%d", i))
	}
	connectortest.Bounded(t, func() connector.Source {
		s, err := newSource(&connector.Table{
			Schema:  types.NewSchema(types.F("value", types.Of(types.BigInt))),
			Options: map[string]string{"start": "-5", "end": "30"}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, want, 20)
}
