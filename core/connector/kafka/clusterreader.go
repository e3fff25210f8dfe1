package kafka

import (
	"maps"
	"slices"

	"github.com/headrace/headrace/core/connector"
)

// clusterReader has a reader for each cluster. Partitions of clusters and topics that are not read
// any more keep their place in the state.
type clusterReader struct {
	src      *DynamicSource
	ctx      *connector.ReaderContext
	now      metadataUpdate // Version 0: not known yet
	children map[string]*clusterChild
	aside    map[string][]*dynamicSplit // by cluster: what is not read
	ended    []string
	noMore   bool
	turn     int
}

// clusterChild reads partitions of a cluster.
type clusterChild struct {
	connector.Reader
	open map[string]bool // ids of its splits that have not ended
}

var (
	_ connector.Growing            = (*clusterReader)(nil)
	_ connector.CheckpointListener = (*clusterReader)(nil)
)

// NewReader implements connector.Source.
func (s *DynamicSource) NewReader(ctx *connector.ReaderContext) (connector.Reader, error) {
	return &clusterReader{src: s, ctx: ctx, children: map[string]*clusterChild{},
		aside: map[string][]*dynamicSplit{}}, nil
}

// Growing implements connector.Growing: each cluster answers in its own time.
func (r *clusterReader) Growing() bool { return true }

// Add implements connector.Reader.
func (r *clusterReader) Add(splits []connector.Split) error {
	next := r.now
	for _, s := range splits {
		d, err := decodeDynamic(s)
		if err != nil {
			return err
		}
		if d.metadata == nil {
			r.aside[d.cluster] = append(r.aside[d.cluster], d)
			continue
		}
		r.ended = append(r.ended, s.ID) // it has no rows that watermarks could wait for
		if d.metadata.Version > next.Version {
			next = *d.metadata
		}
	}
	if next.Version > r.now.Version {
		if err := r.change(next); err != nil {
			return err
		}
	}
	return r.resume()
}

// change puts aside what is not to be read as before.
func (r *clusterReader) change(next metadataUpdate) error {
	for _, id := range slices.Sorted(maps.Keys(r.children)) {
		if c, ok := next.Clusters[id]; ok && c.equal(r.now.Clusters[id]) {
			continue
		}
		child := r.children[id]
		splits, err := child.Snapshot()
		if err != nil {
			return err
		}
		for _, s := range ofCluster(id, splits) {
			d, err := decodeDynamic(s)
			if err != nil {
				return err
			}
			r.aside[id] = append(r.aside[id], d)
			delete(child.open, d.split.ID)
		}
		for _, s := range slices.Sorted(maps.Keys(child.open)) {
			r.ended = append(r.ended, inCluster(id, s))
		}
		delete(r.children, id)
		if err := child.Close(); err != nil {
			return err
		}
	}
	r.now = next
	return nil
}

// resume reads what was put aside, where it is to be read. What is not holds no watermark back.
func (r *clusterReader) resume() error {
	if r.now.Version == 0 {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(r.aside)) {
		var again []connector.Split
		var rest []*dynamicSplit
		for _, d := range r.aside[id] {
			if r.now.Clusters.reads(id, d.topic) {
				again = append(again, d.split)
			} else {
				rest = append(rest, d)
				r.ended = append(r.ended, inCluster(id, d.split.ID))
			}
		}
		r.aside[id] = rest
		if len(rest) == 0 {
			delete(r.aside, id)
		}
		if len(again) == 0 {
			continue
		}
		child, err := r.child(id)
		if err != nil {
			return err
		}
		for _, s := range again {
			child.open[s.ID] = true
		}
		if err := child.Add(again); err != nil {
			return err
		}
	}
	return nil
}

// child is the reader of a cluster.
func (r *clusterReader) child(id string) (*clusterChild, error) {
	if c := r.children[id]; c != nil {
		return c, nil
	}
	src, err := r.src.source(id, r.now.Clusters[id])
	if err != nil {
		return nil, err
	}
	reader, err := src.NewReader(r.ctx)
	if err != nil {
		return nil, err
	}
	c := &clusterChild{Reader: reader, open: map[string]bool{}}
	r.children[id] = c
	if r.noMore {
		c.NoMoreSplits()
	}
	return c, nil
}

// NoMoreSplits implements connector.Reader.
func (r *clusterReader) NoMoreSplits() {
	r.noMore = true
	for _, c := range r.children {
		c.NoMoreSplits()
	}
}

// Poll implements connector.Reader: clusters are asked in turn.
func (r *clusterReader) Poll(maxRows, maxBytes int) (connector.Polled, error) {
	ids := slices.Sorted(maps.Keys(r.children))
	out := connector.Polled{Status: connector.Starved}
	for range ids {
		id := ids[r.turn%len(ids)]
		r.turn++
		p, err := r.children[id].Poll(maxRows, maxBytes)
		if err != nil {
			return p, err
		}
		for _, s := range p.Ended {
			delete(r.children[id].open, s)
			r.ended = append(r.ended, inCluster(id, s))
		}
		if p.Batch != nil || p.Status == connector.Ready {
			out = connector.Polled{Batch: p.Batch, Split: inCluster(id, p.Split)}
			break
		}
		if p.Status == connector.Waiting {
			out.Status = connector.Waiting
		}
	}
	out.Ended, r.ended = r.ended, nil
	switch {
	case out.Status != connector.Starved:
	case r.now.Version == 0 && len(r.aside) > 0:
		out.Status = connector.Waiting // for the metadata
	case r.noMore:
		out.Status = connector.Done
	}
	return out, nil
}

// Snapshot implements connector.Reader.
func (r *clusterReader) Snapshot() ([]connector.Split, error) {
	var out []connector.Split
	for _, id := range slices.Sorted(maps.Keys(r.children)) {
		splits, err := r.children[id].Snapshot()
		if err != nil {
			return nil, err
		}
		out = append(out, ofCluster(id, splits)...)
	}
	for _, id := range slices.Sorted(maps.Keys(r.aside)) {
		for _, d := range r.aside[id] {
			out = append(out, ofCluster(id, []connector.Split{d.split})...)
		}
	}
	if r.now.Version == 0 {
		return out, nil
	}
	m, err := r.now.encode()
	return append(out, m), err
}

// CheckpointComplete implements connector.CheckpointListener.
func (r *clusterReader) CheckpointComplete(id int64) error {
	for _, c := range r.children {
		if l, ok := c.Reader.(connector.CheckpointListener); ok {
			if err := l.CheckpointComplete(id); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close implements connector.Reader.
func (r *clusterReader) Close() error {
	var first error
	for _, id := range slices.Sorted(maps.Keys(r.children)) {
		if err := r.children[id].Close(); err != nil && first == nil {
			first = err
		}
	}
	clear(r.children)
	return first
}
