package filesystem

import "encoding/binary"

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// decoder reads what the sink keeps in checkpoints; behind an error all is zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) number() uint64 {
	v, k := binary.Uvarint(d.b)
	if k <= 0 {
		d.b, d.bad = nil, true
		return 0
	}
	d.b = d.b[k:]
	return v
}

func (d *decoder) signed() int64 {
	v, k := binary.Varint(d.b)
	if k <= 0 {
		d.b, d.bad = nil, true
		return 0
	}
	d.b = d.b[k:]
	return v
}

func (d *decoder) text() string {
	n := d.number()
	if uint64(len(d.b)) < n {
		d.b, d.bad = nil, true
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
