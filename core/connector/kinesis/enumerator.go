package kinesis

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	api "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// Stages of a shard.
const (
	waits = "waits" // for its parents, or for its reader to ask
	given = "given"
	ended = "ended"
)

// shard is what the enumerator knows of a shard.
type shard struct {
	Stage   string   `json:"stage"`
	Parents []string `json:"parents,omitempty"`
	Split   *split   `json:"split,omitempty"` // as it will be handed out; nil: it has been
}

// enumerator lists shards, in a goroutine, and hands out those whose parents have been read.
type enumerator struct {
	src    *Source
	ctx    *connector.EnumeratorContext
	cancel context.CancelFunc
	done   sync.WaitGroup

	mu       sync.Mutex
	streams  map[string]map[string]*shard // those that have been listed, by shard
	restored bool
	back     []connector.Split
	err      error
}

var (
	_ connector.Enumerator = (*enumerator)(nil)
	_ connector.Ending     = (*enumerator)(nil)
)

// NewEnumerator implements connector.Source.
func (s *Source) NewEnumerator(
	ctx *connector.EnumeratorContext, restored []byte,
) (connector.Enumerator, error) {
	e := &enumerator{src: s, ctx: ctx, streams: map[string]map[string]*shard{}}
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

// run lists shards until the job ends.
func (e *enumerator) run(ctx context.Context) {
	defer e.done.Done()
	err := e.src.account.check(ctx)
	for err == nil {
		for _, name := range e.src.streams {
			if err = e.discover(ctx, name); err != nil {
				break
			}
		}
		if err != nil || e.src.discovery == 0 || !e.sleep(ctx) {
			break
		}
	}
	if err != nil && ctx.Err() == nil {
		e.mu.Lock()
		e.err = err
		e.mu.Unlock()
		e.ctx.Wake()
	}
}

// sleep waits for the next listing.
func (e *enumerator) sleep(ctx context.Context) bool {
	due := make(chan struct{})
	stop := e.ctx.Clock.AfterFunc(e.src.discovery, func() { close(due) })
	select {
	case <-due:
		return true
	case <-ctx.Done():
		stop()
		return false
	}
}

// discover lists the shards of a stream and adds those that are new.
func (e *enumerator) discover(ctx context.Context, name string) error {
	var found []types.Shard
	var token *string
	now := time.Now()
	for more := true; more; more = token != nil {
		out, err := e.list(ctx, name, token)
		if err != nil {
			return err
		}
		if skew, ok := awsmiddleware.GetAttemptSkew(out.ResultMetadata); ok && token == nil &&
			skew.Abs() > 2*time.Second { // finer than the service tells its time
			now = now.Add(skew)
		}
		found, token = append(found, out.Shards...), out.NextToken
	}
	if e.add(name, found, now) {
		e.ctx.Wake()
	}
	return nil
}

func (e *enumerator) list(
	ctx context.Context, name string, token *string,
) (*api.ListShardsOutput, error) {
	s := e.src
	in := &api.ListShardsInput{NextToken: token}
	if token == nil { // a token says which stream it is of
		in.StreamName, in.StreamARN = stream(name)
	}
	var out *api.ListShardsOutput
	var missing error
	err := s.account.again(ctx, s.listing, "the shards of stream '"+name+"' cannot be listed",
		func(err error, pause time.Duration) {
			e.ctx.Log.Warn("kinesis: shards cannot be listed; trying again", "table", s.table.Name,
				"stream", name, "pause", pause, "error", err)
		}, func(ctx context.Context) (err error) {
			out, err = s.client.ListShards(ctx, in)
			if codeOf(err) == notFound {
				missing = noStream(ctx, s.account, s.client, name, err)
			}
			return err
		})
	if err != nil && missing != nil {
		return nil, missing
	}
	return out, err
}

// add takes over a listing made at the time now; it says whether there is something new.
func (e *enumerator) add(name string, found []types.Shard, now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	known, listed := e.streams[name], map[string]bool{}
	first := known == nil
	if first {
		known = map[string]*shard{}
		e.streams[name] = known
	}
	fresh := false
	for i := range found {
		sh := &found[i]
		id := aws.ToString(sh.ShardId)
		listed[id] = true
		if known[id] != nil {
			continue
		}
		fresh = true
		at := position{Kind: fromStart} // nothing of a new shard may be missed
		if first && (!e.restored || e.src.newFirst) {
			at = e.src.first
		}
		if at.Kind == fromNow { // a time stays the same over a restore before the first record
			at = position{Kind: fromTime, Millis: now.UnixMilli()}
			if r := sh.SequenceNumberRange; r != nil && r.EndingSequenceNumber != nil {
				known[id] = &shard{Stage: ended}
				continue
			}
		}
		known[id] = &shard{Stage: waits, Split: newSplit(name, sh, at)}
		for _, parent := range []*string{sh.ParentShardId, sh.AdjacentParentShardId} {
			if parent != nil {
				known[id].Parents = append(known[id].Parents, *parent)
			}
		}
	}
	maps.DeleteFunc(known, func(id string, s *shard) bool { return s.Stage == ended && !listed[id] })
	return fresh
}

// Next implements connector.Enumerator.
func (e *enumerator) Next(subtask int) ([]connector.Split, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return nil, false, e.err
	}
	out := e.back
	e.back = nil
	for _, name := range slices.Sorted(maps.Keys(e.streams)) {
		known := e.streams[name]
		for _, id := range slices.Sorted(maps.Keys(known)) {
			s := known[id]
			if s.Stage != waits || s.waitsFor(known) ||
				e.src.assign(s.Split, e.ctx.Parallelism) != subtask {
				continue
			}
			c, err := s.Split.encode()
			if err != nil {
				return nil, false, err
			}
			out = append(out, c)
			s.Stage, s.Split = given, nil
		}
	}
	return out, false, nil
}

// waitsFor says whether a parent has records that come first. One that is not known is gone.
func (s *shard) waitsFor(known map[string]*shard) bool {
	return slices.ContainsFunc(s.Parents, func(parent string) bool {
		p := known[parent]
		return p != nil && p.Stage != ended
	})
}

// SplitsEnded implements connector.Ending.
func (e *enumerator) SplitsEnded(ids []string) error {
	e.mu.Lock()
	for _, id := range ids {
		at := strings.LastIndex(id, "/")
		if at < 0 {
			continue
		}
		if s := e.streams[id[:at]][id[at+1:]]; s != nil {
			s.Stage, s.Split, s.Parents = ended, nil, nil
		}
	}
	e.mu.Unlock()
	e.ctx.Wake() // for those that wait for them
	return nil
}

// AddBack implements connector.Enumerator.
func (e *enumerator) AddBack(splits []connector.Split) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.back = append(e.back, splits...)
}

// enumeratorState is what a snapshot holds.
type enumeratorState struct {
	Version int                          `json:"version"`
	Streams map[string]map[string]*shard `json:"streams"`
	Back    []byte                       `json:"back"`
}

// Snapshot implements connector.Enumerator.
func (e *enumerator) Snapshot() ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return json.Marshal(&enumeratorState{Version: splitVersion, Streams: e.streams,
		Back: connector.EncodeSplits(e.back)})
}

func (e *enumerator) restore(b []byte) error {
	var s enumeratorState
	if err := json.Unmarshal(b, &s); err != nil {
		return errs.Corruptf("the state of a Kinesis source").Wrap(err)
	}
	if s.Version != splitVersion {
		return errs.Corruptf("the state of a Kinesis source: unknown version")
	}
	for name, shards := range s.Streams {
		if slices.Contains(e.src.streams, name) { // others are read no more
			e.streams[name] = shards
		}
	}
	e.restored = len(s.Streams) > 0
	var err error
	e.back, err = connector.DecodeSplits(s.Back)
	return err
}

// Close implements connector.Enumerator.
func (e *enumerator) Close() error {
	e.cancel()
	e.done.Wait()
	return nil
}
