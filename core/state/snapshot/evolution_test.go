package snapshot_test

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/rowcodec"
	"github.com/headrace/headrace/core/data/types"
	"github.com/headrace/headrace/core/state"
	"github.com/headrace/headrace/core/state/statetest"
)

// kind is a kind of state that holds rows: one row is put in and looked at.
type kind struct {
	name string
	make func(state.Evolution) state.Column
	put  func(c state.Column, slot int32, row []byte)
	get  func(c state.Column, slot int32) []byte
}

// kinds are the columns that all kinds of keyed state are kept in: value, reducing and aggregating
// state in Bytes.
var kinds = []kind{
	{"value", func(e state.Evolution) state.Column { return state.NewBytes(e) },
		func(c state.Column, slot int32, row []byte) { c.(*state.Bytes).Set(slot, row) },
		func(c state.Column, slot int32) []byte {
			v, _ := c.(*state.Bytes).Get(slot)
			return v
		}},
	{"list", func(e state.Evolution) state.Column { return state.NewList(e) },
		func(c state.Column, slot int32, row []byte) { c.(*state.List).Append(slot, row) },
		func(c state.Column, slot int32) (got []byte) {
			c.(*state.List).Range(slot, func(_ int, e []byte) bool {
				got = append([]byte(nil), e...)
				return true
			})
			return got
		}},
	{"map", func(e state.Evolution) state.Column { return state.NewMap(e) },
		func(c state.Column, slot int32, row []byte) { c.(*state.Map).Put(slot, []byte("k"), row) },
		func(c state.Column, slot int32) []byte {
			v, _ := c.(*state.Map).Get(slot, []byte("k"))
			return v
		}},
}

func evolutionOf(fields ...types.Field) state.Evolution {
	row := types.RowOf(fields...)
	return state.Evolution{Type: rowcodec.Descriptor(row),
		From: func(other string) (func(dst, src []byte) ([]byte, error), error) {
			return rowcodec.Evolve(other, row)
		}}
}

// TestEachKindOfStateEvolves: a field is added, one dropped and a number widened; anything else is
// refused with the names of the state and the field; a state of another kind, too.
func TestEachKindOfStateEvolves(t *testing.T) {
	integer, text := types.Of(types.Int), types.String()
	e, err := rowcodec.NewEncoder([]*batch.Column{batch.MakeFixed(integer, []int32{7}, nil),
		batch.MakeFixed(integer, []int32{8}, nil)})
	must(t, err)
	row := e.Append(nil, 0)
	for i, k := range kinds {
		files := statetest.NewFiles()
		open := func(c state.Column, restore ...state.Handle) (state.Store, int32, error) {
			s, err := open(t, files, state.OperatorInfo{}, restore...)
			must(t, err)
			must(t, s.Keyed().Register("rows", c))
			slots, err := s.Keyed().Resolve(oneKey(), nil)
			if err != nil {
				return nil, 0, err
			}
			return s, slots[0], nil
		}
		c := k.make(evolutionOf(types.F("n", integer), types.F("gone", integer)))
		s, slot, err := open(c)
		must(t, err)
		k.put(c, slot, row)
		s.Keyed().MarkDirty([]int32{slot})
		h, err := capture(t, s, 1).Write(files)
		must(t, err)

		c = k.make(evolutionOf(types.F("new", text), types.F("n", types.Of(types.BigInt))))
		_, slot, err = open(c, h)
		must(t, err)
		fresh, n := batch.NewBuilder(text, 1), batch.NewBuilder(types.Of(types.BigInt), 1)
		_, err = rowcodec.Decode(k.get(c, slot), []*batch.Builder{fresh, n})
		must(t, err)
		if got := batch.Values[int64](n.Finish())[0]; got != 7 || !fresh.Finish().IsNull(0) {
			t.Errorf("%s: n is %d", k.name, got)
		}
		for want, c := range map[string]state.Column{
			"field 'n' was INT and cannot become SMALLINT": k.make(evolutionOf(
				types.F("n", types.Of(types.SmallInt)))),
			"field 'n' was INT and cannot become STRING": k.make(evolutionOf(types.F("n", text))),
			"it was a state of kind": kinds[(i+1)%len(kinds)].make(evolutionOf(
				types.F("n", integer), types.F("gone", integer))),
		} {
			_, _, err := open(c, h)
			if err == nil || errs.MarkOf(err) != errs.User || !strings.Contains(err.Error(), want) ||
				!strings.Contains(err.Error(), `state "rows"`) {
				t.Errorf("%s: %v does not say %q", k.name, err, want)
			}
		}
	}
}
