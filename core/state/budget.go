package state

import (
	"sync/atomic"

	"github.com/headrace/headrace/core/base/memory"
)

// Budget counts the bytes of memory that its holders keep, against one limit. It never blocks:
// who is over it evicts or spills.
type Budget struct {
	limit int64
	used  atomic.Int64
	// up is the budget that this one is a share of.
	up *Budget
	// account is where the budget's use counts in a larger one, that of all managed memory.
	account *memory.Account
}

// NewBudget makes a budget of limit bytes; 0 or less: no limit.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Share makes a budget of at most limit bytes whose use counts in b too.
func (b *Budget) Share(limit int64) *Budget { return &Budget{limit: limit, up: b} }

// Under counts the budget's use in an account of managed memory too, and gives back what that one
// asks for.
func (b *Budget) Under(a *memory.Account) *Budget {
	b.account = a
	return b
}

// Add notes that n more bytes are held; n may be negative.
func (b *Budget) Add(n int64) {
	for ; b != nil; b = b.up {
		b.used.Add(n)
		b.account.Add(n)
	}
}

// Over returns how many bytes should be given back: the most that the budget or one it is a share
// of is over its limit; 0 or less: none.
func (b *Budget) Over() int64 {
	over := int64(0)
	for ; b != nil; b = b.up {
		if b.limit > 0 {
			over = max(over, b.used.Load()-b.limit)
		}
		over = max(over, b.account.Over())
	}
	return over
}

// Used returns the bytes held.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

// Limit returns the limit, 0 for none.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return max(b.limit, 0)
}
