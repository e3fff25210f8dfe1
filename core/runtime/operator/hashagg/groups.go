package hashagg

import (
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
)

// groups numbers the distinct keys of rows in order of arrival.
type groups interface {
	// resolve appends the group of each of n rows to ids. Frozen, there are no new groups: rows of
	// keys that are not known get -1, and the hashes of all rows are appended to hashes.
	resolve(cols []*batch.Column, n int, frozen bool, ids []int32, hashes []uint64) (
		[]int32, []uint64, error)
	// columns builds the key columns of groups [from, to).
	columns(from, to int) ([]*batch.Column, error)
	count() int
	// bytes is the memory of the keys.
	bytes() int64
	// reset forgets all groups.
	reset()
}

// newGroups chooses by the types of the keys: one integer is kept as such, columns of numbers and
// texts as columns, any others as encoded rows.
func newGroups(keys []types.Type) groups {
	if len(keys) == 0 {
		return &whole{}
	}
	if len(keys) == 1 {
		switch keys[0].Kind {
		case types.BigInt, types.Int, types.Date:
			return newWords(keys[0])
		}
	}
	if c := newColumnar(keys); c != nil {
		return c
	}
	return newEncoded(keys)
}

// whole is the group of all rows.
type whole struct{ n int }

func (g *whole) resolve(
	_ []*batch.Column, n int, frozen bool, ids []int32, hashes []uint64,
) ([]int32, []uint64, error) {
	g.n = 1
	for range n {
		ids = append(ids, 0)
		if frozen {
			hashes = append(hashes, 0)
		}
	}
	return ids, hashes, nil
}

func (g *whole) columns(_, _ int) ([]*batch.Column, error) { return nil, nil }
func (g *whole) count() int                                { return g.n }
func (g *whole) bytes() int64                              { return 0 }
func (g *whole) reset()                                    { g.n = 0 }
