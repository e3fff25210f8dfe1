package operator

import (
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
)

// RowEvolution describes state that holds encoded rows of a schema, so that a restore can tell
// whether, and how, rows of another schema become rows of this one.
func RowEvolution(s *types.Schema) state.Evolution {
	row := s.RowType()
	return state.Evolution{
		Type: rowcodec.Descriptor(row),
		From: func(other string) (func(dst, src []byte) ([]byte, error), error) {
			return rowcodec.Evolve(other, row)
		},
	}
}

// SameRows describes state that holds encoded rows of a schema among other things, or where equal
// rows must stay equal, so that a restore takes rows of the same types only.
func SameRows(s *types.Schema) state.Evolution {
	row := s.RowType()
	return state.Evolution{
		Type: rowcodec.Descriptor(row),
		From: func(other string) (func(dst, src []byte) ([]byte, error), error) {
			return nil, rowcodec.Same(other, row)
		},
	}
}
