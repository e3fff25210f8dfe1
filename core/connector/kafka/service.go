package kafka

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/headrace/headrace/core/base/errs"
)

// cluster is what is read of a cluster.
type cluster struct {
	Topics     []string          `json:"topics"`
	Properties map[string]string `json:"properties,omitempty"` // of its clients, nil: the service has them
}

// clusters are what is read, by the clusters' names.
type clusters map[string]cluster

// service knows where streams are.
type service interface {
	// locate returns the clusters with the topics of the streams that the source reads.
	locate(ctx context.Context) (clusters, error)
}

// add adds topics of a cluster.
func (c clusters) add(id string, of cluster) {
	if len(of.Topics) == 0 {
		return
	}
	got := c[id]
	got.Topics = append(got.Topics, of.Topics...)
	slices.Sort(got.Topics)
	got.Topics = slices.Compact(got.Topics)
	if of.Properties != nil {
		got.Properties = of.Properties
	}
	c[id] = got
}

// reads says whether a topic of a cluster is read.
func (c clusters) reads(id, topic string) bool { return slices.Contains(c[id].Topics, topic) }

func (c cluster) equal(o cluster) bool { return reflect.DeepEqual(c, o) }

// singleCluster is a cluster where each stream is the topic of its name.
type singleCluster struct {
	src        *DynamicSource
	id         string
	properties map[string]string
}

func (c *singleCluster) locate(ctx context.Context) (clusters, error) {
	out := clusters{}
	if c.src.ids != nil { // a topic that is not there is found out where its partitions are
		out.add(c.id, cluster{Topics: c.src.ids})
		return out, nil
	}
	client := c.src.sample.client
	conn, err := kgo.NewClient(client.client(nil, "metadata")...)
	if err != nil {
		return nil, errs.Userf("table '%s'", c.src.table.Name).Wrap(err)
	}
	defer conn.Close()
	ctx, stop := client.refusal.guard(ctx)
	defer stop()
	topics, err := kadm.NewClient(conn).ListTopics(ctx)
	if err != nil {
		return nil, client.refusal.reason(err)
	}
	for _, t := range topics.Names() {
		if c.src.pattern.MatchString(t) {
			out.add(c.id, cluster{Topics: []string{t}})
		}
	}
	return out, nil
}

// pythonService is a subclass of KafkaMetadataService in Python.
type pythonService struct {
	src        *DynamicSource
	class      string
	parameters []string
}

func (p *pythonService) locate(context.Context) (clusters, error) {
	name := p.src.table.Name
	question, err := json.Marshal(map[string]any{"stream_ids": p.src.ids})
	if err != nil {
		return nil, errs.Internalf("table '%s'", name).Wrap(err)
	}
	answer, err := p.src.table.Call(p.class, p.parameters, "_locate", question)
	if err != nil {
		return nil, errs.Userf("table '%s': the metadata service does not answer", name).Wrap(err)
	}
	var streams map[string]clusters
	if err := json.Unmarshal(answer, &streams); err != nil {
		return nil, errs.Internalf("table '%s': the metadata service answers %s", name, answer).Wrap(err)
	}
	out := clusters{}
	for _, stream := range slices.Sorted(maps.Keys(streams)) {
		if p.src.pattern != nil && !p.src.pattern.MatchString(stream) {
			continue
		}
		for id, c := range streams[stream] {
			out.add(id, c)
		}
	}
	for _, id := range p.src.ids {
		if _, ok := streams[id]; !ok {
			return nil, errs.Userf("table '%s': the metadata service knows no stream '%s'", name, id).
				Fix("%s", errs.DidYouMean(id, slices.Collect(maps.Keys(streams))))
		}
	}
	return out, nil
}
