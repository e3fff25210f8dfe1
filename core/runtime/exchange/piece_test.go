package exchange

import (
	"fmt"
	"slices"
	"testing"

	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/runtime/element"
)

// readPieces returns the rows of pieces, and behind them what is no row.
func readPieces(t *testing.T, r *Result, pieces []Piece) (rows, rest []string) {
	t.Helper()
	reader := r.Pieces(pieces)
	for {
		e, ok, err := reader.next(64)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return rows, rest
		}
		switch e.Kind {
		case element.Batch:
			for _, v := range batch.Values[int64](e.Batch.Cols[0]) {
				rows = append(rows, fmt.Sprint(v))
			}
			e.Batch.Release()
		case element.Watermark:
			rest = append(rest, fmt.Sprintf("wm%d", e.Time))
		case element.End:
			rest = append(rest, "end")
		}
	}
}

// TestPiecesOfPartsAreReadOnce: the pieces of a part have each of its rows once, and what is no row
// comes once to each reader, in memory, on disk, and where a result is in both.
func TestPiecesOfPartsAreReadOnce(t *testing.T) {
	for _, limit := range []int64{0, 1 << 14, 1 << 20} {
		r, _ := filled(t, fsys.NewMem(), LZ4, 8_000, limit)
		var all, last []string
		for i := range r.parts {
			rows, rest := readPieces(t, r, []Piece{Whole(i)})
			all, last = append(all, rows...), rest
		}
		slices.Sort(all)
		for _, of := range []int{2, 3, 7} {
			var got []string
			most := 0
			for i := range of {
				var pieces []Piece
				for p := range r.parts {
					pieces = append(pieces, Piece{Part: p, Index: (i + p) % of, Of: of})
				}
				rows, rest := readPieces(t, r, pieces)
				if len(rest) != len(last) {
					t.Errorf("limit %d: piece %d of %d is followed by %q, a part by %q", limit, i, of,
						rest, last)
				}
				if rest[len(rest)-1] != "end" {
					t.Errorf("piece %d of %d has no end", i, of)
				}
				got, most = append(got, rows...), max(most, len(rows))
			}
			slices.Sort(got)
			if !slices.Equal(got, all) {
				t.Errorf("limit %d: %d rows in %d pieces, of %d", limit, len(got), of, len(all))
			}
			if most > len(all)*3/4 {
				t.Errorf("limit %d: one of %d pieces has %d of %d rows", limit, of, most, len(all))
			}
		}
		sum := int64(0)
		for i := range r.parts {
			sum += r.PartBytes(i)
		}
		if sum < 8*int64(len(all)) {
			t.Errorf("%d bytes in %d rows", sum, len(all))
		}
		if err := r.Dispose(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPiecesCoverEverythingOnce(t *testing.T) {
	for n := range 20 {
		for of := 1; of < 9; of++ {
			for i := range n {
				found := 0
				for index := range of {
					if (Piece{Index: index, Of: of}).covers(i, n) {
						found++
					}
				}
				if found != 1 {
					t.Fatalf("thing %d of %d is in %d of %d pieces", i, n, found, of)
				}
			}
		}
	}
}
