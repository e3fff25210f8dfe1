package kafka

import (
	"encoding/binary"
	"encoding/json"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// What a split of a DynamicSource is.
const (
	clusterSplit  = 1 // a partition of a cluster
	metadataSplit = 2 // what all readers have to know: which clusters and topics are read
)

// metadataUpdate is the clusters and topics that are read from now on. It goes to each reader in the
// place of a split, and stays in the reader's state, so that a reader that starts again by itself
// knows it, too.
type metadataUpdate struct {
	Version  uint64   `json:"version"` // the largest one counts
	Clusters clusters `json:"clusters"`
}

func (m *metadataUpdate) encode() (connector.Split, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return connector.Split{}, errs.Internalf("the metadata of streams").Wrap(err)
	}
	return connector.Split{ID: "/metadata", State: append([]byte{metadataSplit}, text...)}, nil
}

// inCluster is the id of a split among those of all clusters.
func inCluster(id, split string) string { return id + "/" + split }

// ofCluster marks splits with their cluster.
func ofCluster(id string, splits []connector.Split) []connector.Split {
	out := make([]connector.Split, len(splits))
	for i, s := range splits {
		b := binary.AppendUvarint([]byte{clusterSplit}, uint64(len(id)))
		b = append(b, id...)
		out[i] = connector.Split{ID: inCluster(id, s.ID), State: append(b, s.State...)}
	}
	return out
}

// dynamicSplit is what is in a split of a DynamicSource: a partition, or metadata.
type dynamicSplit struct {
	cluster  string
	topic    string
	split    connector.Split // as the cluster's Source knows it
	metadata *metadataUpdate // nil: a partition
}

func decodeDynamic(s connector.Split) (*dynamicSplit, error) {
	bad := errs.Corruptf("split '%s' of a stream cannot be read", s.ID)
	if len(s.State) == 0 {
		return nil, bad
	}
	b := s.State[1:]
	switch s.State[0] {
	case metadataSplit:
		m := &metadataUpdate{}
		if err := json.Unmarshal(b, m); err != nil {
			return nil, bad.Wrap(err)
		}
		return &dynamicSplit{metadata: m}, nil
	case clusterSplit:
		n, k := binary.Uvarint(b)
		if k <= 0 || uint64(len(b)-k) < n {
			return nil, bad
		}
		d := &dynamicSplit{cluster: string(b[k : k+int(n)])}
		d.split = connector.Split{ID: strings.TrimPrefix(s.ID, d.cluster+"/"), State: b[k+int(n):]}
		inner, err := decodeSplit(d.split)
		if err != nil {
			return nil, err
		}
		d.topic = inner.topic
		return d, nil
	}
	return nil, bad
}
