package memory_test

import (
	"testing"

	"github.com/headrace/headrace/core/state/memory"
	"github.com/headrace/headrace/core/state/statetest"
)

func TestConformance(t *testing.T) {
	statetest.Run(t, memory.Backend{}, statetest.Options{Seeds: 12})
}
