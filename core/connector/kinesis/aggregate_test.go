package kinesis_test

import (
	"crypto/md5"

	"google.golang.org/protobuf/encoding/protowire"
)

// aggregate packs values into one record as Amazon's producer library does; each value is its own
// partition key.
func aggregate(values ...string) []byte {
	var message []byte
	for _, v := range values {
		message = protowire.AppendTag(message, 1, protowire.BytesType)
		message = protowire.AppendString(message, v)
	}
	for i, v := range values {
		var r []byte
		r = protowire.AppendTag(r, 1, protowire.VarintType)
		r = protowire.AppendVarint(r, uint64(i))
		r = protowire.AppendTag(r, 3, protowire.BytesType)
		r = protowire.AppendString(r, v)
		message = protowire.AppendTag(message, 3, protowire.BytesType)
		message = protowire.AppendBytes(message, r)
	}
	sum := md5.Sum(message)
	return append(append([]byte{0xF3, 0x89, 0x9A, 0xC2}, message...), sum[:]...)
}
