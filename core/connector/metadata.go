package connector

import (
	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/kernel"
	"github.com/headrace/headrace/core/data/types"
)

// ConvertMetadata gives a metadata column the type that the table declares for it; what cannot be
// converted is NULL.
func ConvertMetadata(c *batch.Column, to types.Type) *batch.Column {
	if to.EqualIgnoringNull(c.Type) {
		return c.WithType(to)
	}
	v, err := kernel.Cast(kernel.NewContext(clock.System{}), kernel.ColVec(c), c.Len(), to, true)
	if err != nil {
		return batch.MakeNull(to, c.Len())
	}
	return v.Col.WithType(to)
}
