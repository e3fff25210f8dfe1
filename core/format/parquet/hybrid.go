package parquet

import "encoding/binary"

// hybrid reads small numbers that are stored in runs, repeated or bit-packed. Behind data must be
// slack bytes of capacity.
type hybrid struct {
	data  []byte
	width uint

	repeated int // left of the run
	value    uint32
	packed   int // left of the run
	bit      int // where the next one is, from the start of data

	codes [512]uint32 // scratch of lookUp
}

// begin starts with the runs in data.
func (h *hybrid) begin(data []byte, width uint) bool {
	h.data, h.width = data, width
	h.repeated, h.value, h.packed, h.bit = 0, 0, 0, 0
	return width <= 32
}

// run begins the next run; false: there is none.
func (h *hybrid) run() bool {
	if h.bit > 0 {
		h.data = h.data[min(len(h.data), (h.bit+7)/8):]
		h.bit = 0
	}
	head, n := binary.Uvarint(h.data)
	if n <= 0 || head>>1 == 0 || head>>1 > 1<<31 {
		return false
	}
	h.data = h.data[n:]
	if head&1 == 0 {
		size := int(h.width+7) / 8
		if len(h.data) < size {
			return false
		}
		h.value = 0
		for i, b := range h.data[:size] {
			h.value |= uint32(b) << (8 * i)
		}
		h.data = h.data[size:]
		h.repeated = int(head >> 1)
		return true
	}
	h.packed = int(head>>1) * 8
	if h.width > 0 { // the last run may be cut off
		h.packed = min(h.packed, len(h.data)*8/int(h.width))
	}
	return h.packed > 0
}

// words is the packed run's bytes with the slack behind them.
func (h *hybrid) words() []byte { return h.data[:min(cap(h.data), len(h.data)+slack)] }

// read gives the next numbers.
func (h *hybrid) read(dst []uint32) bool {
	for len(dst) > 0 {
		switch {
		case h.repeated > 0:
			n := min(h.repeated, len(dst))
			for i := range dst[:n] {
				dst[i] = h.value
			}
			h.repeated -= n
			dst = dst[n:]
		case h.packed > 0:
			n := min(h.packed, len(dst))
			h.unpack(dst[:n])
			h.packed -= n
			dst = dst[n:]
		default:
			if !h.run() {
				return false
			}
		}
	}
	return true
}

// skip leaves out the next n numbers.
func (h *hybrid) skip(n int) bool {
	for n > 0 {
		switch {
		case h.repeated > 0:
			k := min(h.repeated, n)
			h.repeated -= k
			n -= k
		case h.packed > 0:
			k := min(h.packed, n)
			h.bit += k * int(h.width)
			h.packed -= k
			n -= k
		default:
			if !h.run() {
				return false
			}
		}
	}
	return true
}

// unpack gives numbers of the packed run, all of which it has: as many as fit of each word.
func (h *hybrid) unpack(dst []uint32) {
	src, bit, width, mask := h.words(), h.bit, h.width&63, uint32(uint64(1)<<h.width-1)
	const most = 57 // bits of a word from any bit of its first byte on
	i := 0
	switch {
	case 4*width <= most:
		for ; i+4 <= len(dst); i += 4 {
			w := binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7)
			four := dst[i : i+4 : i+4]
			four[0], four[1] = uint32(w)&mask, uint32(w>>width)&mask
			w >>= 2 * width & 63
			four[2], four[3] = uint32(w)&mask, uint32(w>>width)&mask
			bit += int(4 * width)
		}
	case 2*width <= most:
		for ; i+2 <= len(dst); i += 2 {
			w := binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7)
			two := dst[i : i+2 : i+2]
			two[0], two[1] = uint32(w)&mask, uint32(w>>width)&mask
			bit += int(2 * width)
		}
	}
	for ; i < len(dst); i++ {
		dst[i] = uint32(binary.LittleEndian.Uint64(src[bit>>3:])>>(bit&7)) & mask
		bit += int(width)
	}
	h.bit = bit
}

// lookUp gives what the next numbers stand for in a dictionary.
func lookUp[T any](h *hybrid, dict entries[T], dst []T) bool {
	for len(dst) > 0 {
		switch {
		case h.repeated > 0:
			n := min(h.repeated, len(dst))
			if h.codes[0] = h.value; !dict.find(h.codes[:1], dst) {
				return false
			}
			for i := range dst[:n] {
				dst[i] = dst[0]
			}
			h.repeated -= n
			dst = dst[n:]
		case h.packed > 0:
			n := min(h.packed, len(dst), len(h.codes))
			h.unpack(h.codes[:n])
			if !dict.find(h.codes[:n], dst) {
				return false
			}
			h.packed -= n
			dst = dst[n:]
		default:
			if !h.run() {
				return false
			}
		}
	}
	return true
}

// flags reads definition levels of 0 and 1 as bytes and returns how many are 1.
func (h *hybrid) flags(dst []byte) (ones int, ok bool) {
	for len(dst) > 0 {
		switch {
		case h.repeated > 0:
			n := min(h.repeated, len(dst))
			v := byte(h.value & 1)
			for i := range dst[:n] {
				dst[i] = v
			}
			ones += n * int(v)
			h.repeated -= n
			dst = dst[n:]
		case h.packed > 0:
			n := min(h.packed, len(dst))
			for i := range dst[:n] {
				v := h.data[h.bit>>3] >> (h.bit & 7) & 1
				dst[i] = v
				ones += int(v)
				h.bit++
			}
			h.packed -= n
			dst = dst[n:]
		default:
			if !h.run() {
				return ones, false
			}
		}
	}
	return ones, true
}
