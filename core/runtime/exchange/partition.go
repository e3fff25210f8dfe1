package exchange

import (
	"math/rand/v2"

	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/state"
)

// Router says which channel each row of a batch goes to. It keeps its own place (a round robin
// goes on where the last batch ended), so an answer never depends on where batches are cut.
type Router interface {
	// Route appends a channel number in [0, n) for each row to targets, which is empty.
	Route(b *batch.Batch, n int, targets []int32) ([]int32, error)
}

// Grouper gives the key group of each row.
type Grouper func(b *batch.Batch, maxParallelism int, groups []uint16) ([]uint16, error)

// Hash routes by key group.
type Hash struct {
	Groups         Grouper
	MaxParallelism int
	scratch        []uint16
}

// Route implements Router.
func (h *Hash) Route(b *batch.Batch, n int, targets []int32) ([]int32, error) {
	groups, err := h.Groups(b, h.MaxParallelism, h.scratch[:0])
	if err != nil {
		return nil, err
	}
	h.scratch = groups
	for _, g := range groups {
		targets = append(targets, int32(state.SubtaskOf(h.MaxParallelism, n, g)))
	}
	return targets, nil
}

// RoundRobin deals rows out one by one.
type RoundRobin struct{ Next int }

// Route implements Router.
func (r *RoundRobin) Route(b *batch.Batch, n int, targets []int32) ([]int32, error) {
	at := r.Next % n
	for range b.Len() {
		targets = append(targets, int32(at))
		if at++; at == n {
			at = 0
		}
	}
	r.Next = at
	return targets, nil
}

// Shuffle deals rows out at random, the same way for the same seed.
type Shuffle struct{ rng *rand.Rand }

// NewShuffle makes a Shuffle.
func NewShuffle(seed uint64, subtask int) *Shuffle {
	return &Shuffle{rng: rand.New(rand.NewPCG(seed, uint64(subtask)))}
}

// Route implements Router.
func (s *Shuffle) Route(b *batch.Batch, n int, targets []int32) ([]int32, error) {
	for range b.Len() {
		targets = append(targets, int32(s.rng.IntN(n)))
	}
	return targets, nil
}

// First sends everything to channel 0: the router of forward and global edges.
type First struct{}

// Route implements Router; the writer asks it only when there are several channels.
func (First) Route(b *batch.Batch, _ int, targets []int32) ([]int32, error) {
	return append(targets, make([]int32, b.Len())...), nil
}

// Pointwise returns the consumers of a producing subtask on a rescale edge: neighbours in both
// orders, so that as many pairs as possible stay together.
func Pointwise(producer, producers, consumers int) (from, to int) {
	if producers >= consumers {
		i := producer * consumers / producers
		return i, i + 1
	}
	at := func(i int) int { return (i*consumers + producers - 1) / producers }
	return at(producer), at(producer + 1)
}
