package kafka

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// clusterEnumerator has an enumerator for each cluster and tells readers which clusters there are.
// The metadata service is asked in a goroutine; what it says is taken over in Next.
type clusterEnumerator struct {
	src    *DynamicSource
	ctx    *connector.EnumeratorContext
	cancel context.CancelFunc
	done   sync.WaitGroup

	now      metadataUpdate
	taken    bool // now is the service's answer to this attempt
	children map[string]connector.Enumerator
	aside    map[string][]byte // states of enumerators whose cluster is not read, or not yet
	told     []uint64          // by subtask: the version that it knows
	back     []connector.Split

	mu    sync.Mutex
	fresh clusters // the service's newest answer; nil: it has been taken over
	err   error
}

var _ connector.Enumerator = (*clusterEnumerator)(nil)

// NewEnumerator implements connector.Source.
func (s *DynamicSource) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	e := &clusterEnumerator{src: s, ctx: ctx, children: map[string]connector.Enumerator{},
		aside: map[string][]byte{}, told: make([]uint64, ctx.Parallelism)}
	if restored != nil {
		if err := e.restore(restored); err != nil {
			return nil, err
		}
	}
	run, cancel := context.WithCancel(context.Background())
	e.cancel = cancel
	e.done.Add(1)
	go e.run(run)
	return e, nil
}

// run asks the service. One that has failed too often fails the job, brokers are waited for.
func (e *clusterEnumerator) run(ctx context.Context) {
	defer e.done.Done()
	failures := 0
	a := asking{clock: e.ctx.Clock, every: e.src.every, warn: func(err error, pause time.Duration) {
		e.ctx.Log.Warn("kafka: the metadata service does not answer; trying again", "table",
			e.src.table.Name, "pause", pause, "error", err)
	}}
	err := a.run(ctx, e.locate, func(err error) bool {
		failures++
		return fatal(err) && failures >= e.src.threshold
	})
	if err != nil {
		e.mu.Lock()
		e.err = err
		e.mu.Unlock()
		e.ctx.Wake()
	}
}

func (e *clusterEnumerator) locate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	found, err := e.src.service.locate(ctx)
	if err != nil {
		return err
	}
	e.mu.Lock()
	e.fresh = found
	e.mu.Unlock()
	e.ctx.Wake()
	return nil
}

// Next implements connector.Enumerator.
func (e *clusterEnumerator) Next(subtask int) ([]connector.Split, bool, error) {
	e.mu.Lock()
	fresh, err := e.fresh, e.err
	e.fresh = nil
	e.mu.Unlock()
	if err != nil {
		return nil, false, err
	}
	if fresh != nil {
		if err := e.take(fresh); err != nil {
			return nil, false, err
		}
	}
	if !e.taken {
		return nil, false, nil
	}
	var out []connector.Split
	if e.told[subtask] < e.now.Version {
		e.told[subtask] = e.now.Version
		m, err := e.now.encode()
		if err != nil {
			return nil, false, err
		}
		out = append(out, m)
	}
	out = append(out, e.back...)
	e.back = nil
	final := e.src.every == 0
	for _, id := range slices.Sorted(maps.Keys(e.children)) {
		splits, done, err := e.children[id].Next(subtask)
		if err != nil {
			return nil, false, err
		}
		out = append(out, ofCluster(id, splits)...)
		final = final && done
	}
	return out, final && len(out) == 0, nil
}

// take makes the service's answer what is read.
func (e *clusterEnumerator) take(fresh clusters) error {
	changed := !e.taken
	for _, id := range slices.Sorted(maps.Keys(e.children)) {
		if c, ok := fresh[id]; ok && c.equal(e.now.Clusters[id]) {
			continue
		}
		changed = true
		if err := e.putAside(id); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(fresh)) {
		if e.children[id] != nil {
			continue
		}
		changed = true
		src, err := e.src.source(id, fresh[id])
		if err != nil {
			return err
		}
		if e.children[id], err = src.NewEnumerator(e.ctx, e.aside[id]); err != nil {
			return err
		}
		delete(e.aside, id)
		e.ctx.Log.Info("kafka: a cluster is read", "table", e.src.table.Name, "cluster", id, "topics",
			fresh[id].Topics)
	}
	e.taken = true
	if changed {
		e.now = metadataUpdate{Version: e.now.Version + 1, Clusters: fresh}
		e.ctx.Wake() // for the other readers
	}
	return nil
}

// putAside ends the enumerator of a cluster, for it to go on later.
func (e *clusterEnumerator) putAside(id string) error {
	state, err := e.children[id].Snapshot()
	if err != nil {
		return err
	}
	err = e.children[id].Close()
	delete(e.children, id)
	e.aside[id] = state
	e.ctx.Log.Info("kafka: a cluster is put aside", "table", e.src.table.Name, "cluster", id)
	return err
}

// AddBack implements connector.Enumerator: any reader may have them, it puts aside what is not read.
func (e *clusterEnumerator) AddBack(splits []connector.Split) {
	e.back = append(e.back, splits...)
	for i := range e.told { // the metadata may be among them
		e.told[i] = 0
	}
}

// Snapshot implements connector.Enumerator: a list of the version, the states of the clusters'
// enumerators and what has to be handed out again, named as splits are.
func (e *clusterEnumerator) Snapshot() ([]byte, error) {
	list := []connector.Split{{ID: "version", State: binary.AppendUvarint(nil, e.now.Version)},
		{ID: "back", State: connector.EncodeSplits(e.back)}}
	states := maps.Clone(e.aside)
	for id, child := range e.children {
		state, err := child.Snapshot()
		if err != nil {
			return nil, err
		}
		states[id] = state
	}
	for _, id := range slices.Sorted(maps.Keys(states)) {
		list = append(list, connector.Split{ID: inCluster("cluster", id), State: states[id]})
	}
	return connector.EncodeSplits(list), nil
}

func (e *clusterEnumerator) restore(b []byte) error {
	list, err := connector.DecodeSplits(b)
	if err != nil {
		return err
	}
	for _, s := range list {
		id, isCluster := strings.CutPrefix(s.ID, "cluster/")
		switch {
		case isCluster:
			e.aside[id] = s.State
		case s.ID == "version":
			version, k := binary.Uvarint(s.State)
			if k <= 0 {
				return errs.Corruptf("the state of a source of streams names no version")
			}
			e.now.Version = version
		case s.ID == "back":
			if e.back, err = connector.DecodeSplits(s.State); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close implements connector.Enumerator.
func (e *clusterEnumerator) Close() error {
	e.cancel()
	e.done.Wait()
	var first error
	for _, child := range e.children {
		if err := child.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
