package exchange

// Piece is a stretch of a part of a result: number Index, from 0, of Of about equal ones, of which
// the rows are different and together all. What is no row is in each of them.
type Piece struct{ Part, Index, Of int }

// Whole is all of a part.
func Whole(part int) Piece { return Piece{Part: part, Of: 1} }

// covers says whether number i of n things is in the piece.
func (p Piece) covers(i, n int) bool { return i*p.Of >= n*p.Index && i*p.Of < n*(p.Index+1) }

// PartBytes is about how many bytes of rows a part of a complete result has.
func (r *Result) PartBytes(part int) int64 { return r.sizes[part] }

// Pieces makes a reader of pieces, one behind the other; what is no row comes behind the last one.
func (r *Result) Pieces(pieces []Piece) *ResultReader {
	return &ResultReader{Result: r, piece: pieces[0], more: pieces[1:]}
}

// foreign says whether number i of n batches is not to be read.
func (r *ResultReader) foreign(i, n int) bool { return !r.piece.covers(i, n) }

// follows goes to the next piece; false: there is none.
func (r *ResultReader) follows() bool {
	if len(r.more) == 0 {
		return false
	}
	r.piece, r.more = r.more[0], r.more[1:]
	r.block, r.at = 0, 0
	return true
}
