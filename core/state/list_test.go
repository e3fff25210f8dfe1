package state_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/state"
)

// Lists against Go's, from nothing to many pieces and back, told to checkpoints as changes.
func TestListPieces(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 9))
	c, back := state.NewList(state.Evolution{}), state.NewList(state.Evolution{})
	c.Grow(1)
	back.Grow(1)
	read := func(c *state.List) []string {
		var out []string
		c.Range(0, func(i int, v []byte) bool {
			if i != len(out) {
				t.Fatalf("element %d comes as number %d", len(out), i)
			}
			out = append(out, string(v))
			return true
		})
		if len(out) != c.Len(0) {
			t.Fatalf("%d elements of %d", len(out), c.Len(0))
		}
		return out
	}
	var want []string
	for round := range 60 {
		for range rnd.IntN(200) {
			v := bytes.Repeat([]byte{byte('a' + len(want)%26)}, rnd.IntN(300))
			if rnd.IntN(100) == 0 {
				v = bytes.Repeat(v, 100)
			}
			c.Append(0, v)
			want = append(want, string(v))
		}
		if round%5 == 4 {
			gone := rnd.IntN(3)
			c.Filter(0, func(i int, _ []byte) bool { return i%3 != gone })
			i := -1
			want = slices.DeleteFunc(want, func(string) bool { i++; return i%3 == gone })
		}
		if round == 40 {
			c.DropFirst(0, len(want))
			want = nil
		}
		data, ends, whole, err := c.EncodeDelta([]int32{0}, nil, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if whole[0] {
			err = back.Decode([]int32{0}, data, ends)
		} else {
			err = back.Apply([]int32{0}, data, ends)
		}
		if err != nil {
			t.Fatal(err)
		}
		a, _, _ := c.Encode([]int32{0}, nil, nil)
		b, _, _ := back.Encode([]int32{0}, nil, nil)
		if got := read(c); !slices.Equal(got, want) || !slices.Equal(read(back), want) {
			t.Fatalf("round %d: %d and %d elements, want %d", round, len(got), back.Len(0), len(want))
		}
		if !bytes.Equal(a, b) {
			t.Fatalf("round %d: %d bytes of a list, %d when restored", round, len(a), len(b))
		}
	}
}

// A list's memory is little more than what it holds.
func TestListSize(t *testing.T) {
	for _, n := range []int{1, 10, 100, 1000} {
		c := state.NewList(state.Evolution{})
		c.Grow(1)
		for i := range n {
			c.Append(0, fmt.Appendf(nil, "%0200d", i))
		}
		if size := c.SizeBytes([]int32{0}); size > int64(n*202*3/2+300) {
			t.Errorf("%d elements of 202 bytes take %d", n, size)
		}
	}
}
