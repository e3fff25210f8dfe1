package pulsar

import (
	"encoding/hex"
	"encoding/json"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// rangeSize is how many hashes keys have.
const rangeSize = 1 << 16

// keyRange says which messages are read by the hashes of their keys.
type keyRange struct {
	hashes map[int32]bool // nil: all are
	none   bool           // messages without a key are, too
}

func readRange(o *connector.Options) keyRange {
	const prefix = "source.key-range."
	r := keyRange{none: o.Bool(prefix+"null-key", false)}
	var keys [][]byte
	if o.Has(prefix + "keys") {
		var names []string
		if json.Unmarshal([]byte(o.String(prefix+"keys", "")), &names) != nil {
			o.Fail(prefix+"keys", `a JSON array of texts, as '["a", "b"]'`)
		}
		for _, n := range names {
			keys = append(keys, []byte(n))
		}
	}
	for _, name := range []string{"key-bytes", "ordering-key-bytes"} {
		if o.Has(prefix + name) {
			b, err := hex.DecodeString(o.String(prefix+name, ""))
			if err != nil {
				o.Fail(prefix+name, "bytes in hexadecimal")
			}
			keys = append(keys, b)
		}
	}
	if len(keys) == 0 && !r.none {
		return r
	}
	r.hashes = map[int32]bool{}
	for _, k := range keys {
		r.hashes[broker.Murmur(k)%rangeSize] = true
	}
	return r
}

// reads says whether a message is read. An ordering key goes before the key, as it does for
// subscriptions that share keys.
func (r *keyRange) reads(m *broker.Message) bool {
	if r.hashes == nil {
		return true
	}
	key := m.OrderingKey
	if key == nil {
		key = m.Key
	}
	if key == nil {
		return r.none
	}
	return r.hashes[broker.Murmur(key)%rangeSize]
}
