package parquet

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// Both forms of the older LZ4 are read: Hadoop's frames, of one block or several, and a bare block.
func TestLZ4WithAndWithoutFrames(t *testing.T) {
	codec := lz4Codec{framed: true}
	want := bytes.Repeat([]byte("headrace "), 100)
	frame := func(part []byte) []byte {
		block := codec.Encode(nil, part)
		b := binary.BigEndian.AppendUint32(nil, uint32(len(part)))
		return append(binary.BigEndian.AppendUint32(b, uint32(len(block))), block...)
	}
	for how, src := range map[string][]byte{"bare": codec.Encode(nil, want), "one": frame(want),
		"two": append(frame(want[:500]), frame(want[500:])...)} {
		if got := codec.Decode(make([]byte, len(want)), src); !bytes.Equal(got, want) {
			t.Errorf("%s: %q", how, got)
		}
		for cut := range src {
			if got := codec.Decode(make([]byte, len(want)), src[:cut]); bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes of it are enough", how, cut)
			}
		}
	}
}
