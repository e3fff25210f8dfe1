package kinesis

import (
	"encoding/json"
	"math/big"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// split is a shard and how far it has been read. One that was read to its end stays in the state, so
// that the enumerator hears of it again after a restore.
type split struct {
	Version int      `json:"version"`
	Stream  string   `json:"stream"`
	Shard   string   `json:"shard"`
	From    string   `json:"from"` // the hash keys that belong to the shard, both included
	To      string   `json:"to"`
	At      position `json:"at"`
}

const splitVersion = 1

func (s *split) id() string { return s.Stream + "/" + s.Shard }

func (s *split) finished() bool { return s.At.Kind == shardEnd }

func (s *split) encode() (connector.Split, error) {
	s.Version = splitVersion
	state, err := json.Marshal(s)
	if err != nil {
		return connector.Split{}, errs.Internalf("shard %s", s.id()).Wrap(err)
	}
	return connector.Split{ID: s.id(), State: state}, nil
}

func decodeSplit(c connector.Split) (*split, error) {
	s := &split{}
	if err := json.Unmarshal(c.State, s); err != nil {
		return nil, errs.Corruptf("shard '%s'", c.ID).Wrap(err)
	}
	if s.Version != splitVersion {
		return nil, errs.Corruptf("shard '%s': unknown version", c.ID)
	}
	return s, nil
}

// newSplit is a shard that is read from a position on.
func newSplit(stream string, sh *types.Shard, at position) *split {
	s := &split{Stream: stream, Shard: aws.ToString(sh.ShardId), At: at}
	if r := sh.HashKeyRange; r != nil {
		s.From, s.To = aws.ToString(r.StartingHashKey), aws.ToString(r.EndingHashKey)
	}
	return s
}

// keys are the hash keys that belong to the shard; ok false: they are not known.
func (s *split) keys() (from, to *big.Int, ok bool) {
	from, ok1 := new(big.Int).SetString(s.From, 10)
	to, ok2 := new(big.Int).SetString(s.To, 10)
	return from, to, ok1 && ok2
}

// assigner says which reader a shard goes to.
type assigner func(s *split, parallelism int) int

// assigners are the ones by name. Shards that are restored stay where the engine puts them.
var assigners = map[string]assigner{"default": byName, "uniform": byKeys}

// byName spreads shards by their names.
func byName(s *split, parallelism int) int {
	h := int32(17)
	for _, c := range s.id() {
		h = 31*h + c
	}
	return int(uint32(h) % uint32(parallelism))
}

// byKeys gives each reader the same share of the hash keys.
func byKeys(s *split, parallelism int) int {
	from, to, ok := s.keys()
	if !ok {
		return byName(s, parallelism)
	}
	middle := from.Add(from, to)
	middle.Mul(middle.Rsh(middle, 1), big.NewInt(int64(parallelism)))
	return min(int(middle.Rsh(middle, 128).Int64()), parallelism-1)
}
