// Package memory is the budget of managed memory: state caches, sorts, joins, aggregates and the
// exchange reserve from it what they keep, under a name, so that it can be shown who holds what. It
// never blocks: who gets nothing, or is asked to give something back, spills or evicts.
package memory

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
)

// Budget is a number of bytes that holders share. A holder may always take its fair share (the
// limit divided by the number of holders) and, as long as there is room, more.
type Budget struct {
	limit   int64
	mu      sync.Mutex
	used    int64
	holders map[*Account]struct{}
}

// New makes a budget of limit bytes; 0 or less: no limit.
func New(limit int64) *Budget {
	return &Budget{limit: max(limit, 0), holders: map[*Account]struct{}{}}
}

// Account is what one holder has. A nil Account is one without a limit. Its methods may be called
// from any goroutine.
type Account struct {
	budget *Budget
	name   string
	closed bool // guarded by the budget's lock
	used   atomic.Int64
	peak   atomic.Int64
}

// Open adds a holder. Names need not be unique.
func (b *Budget) Open(name string) *Account {
	if b == nil {
		return nil
	}
	a := &Account{budget: b, name: name}
	b.mu.Lock()
	b.holders[a] = struct{}{}
	b.mu.Unlock()
	return a
}

// share is the fair share of a holder; the lock is held.
func (b *Budget) share() int64 { return b.limit / int64(max(len(b.holders), 1)) }

// Reserve takes n bytes more when there is room or the holder stays within its fair share; false:
// nothing was taken, spill.
func (a *Account) Reserve(n int64) bool {
	if a == nil {
		return true
	}
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limit > 0 && b.used+n > b.limit && a.used.Load()+n > b.share() {
		return false
	}
	a.add(n)
	return true
}

// Add notes that n more bytes are held, room or not: what cannot be done without. n may be
// negative.
func (a *Account) Add(n int64) {
	if a == nil || n == 0 {
		return
	}
	a.budget.mu.Lock()
	defer a.budget.mu.Unlock()
	a.add(n)
}

func (a *Account) add(n int64) {
	if a.closed {
		return
	}
	a.budget.used += n
	a.peak.Store(max(a.peak.Load(), a.used.Add(n)))
}

// Over is how many bytes the holder should give back: what it has above its fair share, at most
// what the budget is over its limit.
func (a *Account) Over() int64 {
	if a == nil {
		return 0
	}
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limit == 0 || b.used <= b.limit {
		return 0
	}
	return min(max(a.used.Load()-b.share(), 0), b.used-b.limit)
}

// Used is what the holder has.
func (a *Account) Used() int64 {
	if a == nil {
		return 0
	}
	return a.used.Load()
}

// Peak is the most that the holder had.
func (a *Account) Peak() int64 {
	if a == nil {
		return 0
	}
	return a.peak.Load()
}

// Close gives everything back; the holder is no longer counted, whatever it adds from then on. It may
// be called twice.
func (a *Account) Close() {
	if a == nil {
		return
	}
	b := a.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	a.closed = true
	b.used -= a.used.Swap(0)
	delete(b.holders, a)
}

// Limit is the size of the budget, 0 for none.
func (b *Budget) Limit() int64 {
	if b == nil {
		return 0
	}
	return b.limit
}

// Used is what all holders have together.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.used
}

// Holder is who holds how many bytes.
type Holder struct {
	Name       string
	Used, Peak int64
}

// Holders lists the holders, those with the most first.
func (b *Budget) Holders() []Holder {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Holder, 0, len(b.holders))
	for a := range b.holders {
		out = append(out, Holder{a.name, a.used.Load(), a.peak.Load()})
	}
	slices.SortFunc(out, func(x, y Holder) int {
		return cmp.Or(cmp.Compare(y.Used, x.Used), cmp.Compare(x.Name, y.Name))
	})
	return out
}
