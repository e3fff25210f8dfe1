package sequence

import (
	"fmt"
	"testing"
	"time"

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

func TestPaceGivesItsRate(t *testing.T) {
	p, now, given := Pace{PerSecond: 10}, int64(5e9), 0
	for now < 7e9 {
		n, wait := p.Allow(3, now)
		given += n
		if n == 0 && wait <= 0 {
			t.Fatal("told to wait for no time")
		}
		now += int64(max(wait, time.Millisecond))
	}
	if given < 20 || given > 21 {
		t.Fatalf("%d rows in two seconds at ten a second", given)
	}
}
