// Package memory is the hashmap back end: all keys and their state stay in memory.
package memory

import (
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/slots"
	"github.com/headrace/headrace/core/state/snapshot"
)

// Backend makes stores in memory.
type Backend struct{}

var _ state.Backend = Backend{}

// Open implements state.Backend.
func (Backend) Open(ctx *state.StoreContext, restore []state.Handle) (state.Store, error) {
	return snapshot.New(ctx, restore,
		func(start func(*slots.Table) error) (*slots.Table, func() error, error) {
			return slots.New(start).WithBudget(ctx.Budget), nil, nil
		})
}
