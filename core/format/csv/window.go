package csv

import "encoding/binary"

// window is how many bytes are looked at together: each has a bit of one word.
const window = 64

const (
	ones  = 0x0101010101010101
	sevns = 0x7f7f7f7f7f7f7f7f
	// gather is the factor that brings the low bits of eight bytes together in the highest byte.
	gather = 0x0102040810204080
)

// words holds the bytes that mean something, eight times each.
type words struct {
	delimiter, quote, escape uint64
	escapes                  bool
}

func (d *dialect) words() words {
	w := words{delimiter: uint64(d.delimiter) * ones, quote: uint64(d.quote) * ones,
		escape: uint64(d.escape) * ones, escapes: d.escape != 0}
	if d.quote == 0 {
		w.quote = w.delimiter
	}
	return w
}

// marks has a bit for each of the first 64 bytes that is a delimiter, a line feed, a quote or an
// escape.
func (w *words) marks(data []byte) uint64 {
	if len(data) >= window {
		return w.whole((*[window]byte)(data))
	}
	var last [window]byte
	copy(last[:], data)
	return w.whole(&last) & (1<<len(data) - 1)
}

func (w *words) whole(data *[window]byte) (m uint64) {
	delimiters, quotes := w.delimiter, w.quote
	for i := 0; i < window; i += 8 {
		x := binary.LittleEndian.Uint64(data[i : i+8])
		other := differ(x^delimiters) & differ(x^('\n'*ones)) & differ(x^quotes)
		if w.escapes {
			other &= differ(x ^ w.escape)
		}
		m = m>>8 | (^(other|sevns)>>7*gather)&(0xff<<56)
	}
	return m
}

// differ has the high bit of each byte of x that is not zero.
func differ(x uint64) uint64 { return x&sevns + sevns | x }
