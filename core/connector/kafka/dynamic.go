package kafka

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

func init() {
	connector.Register(&connector.Factory{
		Name: "dynamic-kafka",
		Doc: "Streams: topics of one or several clusters, found through a metadata service. With " +
			"'properties.stream-metadata-discovery-interval-ms' the service is asked again and again: " +
			"clusters and topics that it names anew are read too, those that it names no more are put " +
			"aside, and go on where they were if they come back.",
		Options:    dynamicOptions(),
		Metadata:   metadata,
		UsesFormat: true,
		NewSource:  newDynamic,
	})
}

// dynamicOptions are those of a source of topics, but for what names topics and brokers.
func dynamicOptions() []connector.Option {
	own := []connector.Option{
		{Name: "stream-ids", Type: "list", Doc: "Streams, with ';' in between."},
		{Name: "stream-pattern", Type: "string",
			Doc: "Regular expression that the names of the streams to read match; instead of 'stream-ids'."},
		{Name: "metadata-service", Type: "string", Required: true, Doc: "'single-cluster': each stream " +
			"is the topic of its name. Or 'module:Class', a subclass of KafkaMetadataService in Python."},
		{Name: "metadata-service.cluster-id", Type: "string", Doc: "Name of the single cluster."},
		{Name: "metadata-service.properties", Type: "string",
			Doc: "Properties of the single cluster, as JSON; bootstrap.servers is one of them."},
		{Name: "metadata-service.parameters", Type: "list",
			Doc: "What the class in Python is made with, with ';' in between."},
		{Name: "properties.", Type: "string", Prefix: true,
			Doc: "Properties of the clients of all clusters, as of 'kafka'; those of a cluster come before " +
				"them. stream-metadata-discovery-interval-ms: ask the service this often (not set: once); " +
				"stream-metadata-discovery-failure-threshold: fail when it has failed so often (1)."},
	}
	for _, o := range slices.Concat(common, plainOptions) {
		switch name := o.Name; {
		case strings.HasPrefix(name, "topic"), strings.HasPrefix(name, "properties."),
			strings.HasPrefix(name, "sink."):
		default:
			own = append(own, o)
		}
	}
	return own
}

// DynamicSource reads streams: topics of clusters, which may change while they are read. Each
// cluster is read by a Source of its own.
type DynamicSource struct {
	table     *connector.Table
	service   service
	ids       []string       // of streams; nil: those of pattern
	pattern   *regexp.Regexp // nil: ids
	every     time.Duration  // ask the service this often; 0: once
	threshold int            // failures of the service in a row that fail the job
	columns   []int          // that are read; nil: all
	sample    *Source        // stands for the Sources of clusters that are not known yet
}

var (
	_ connector.Source             = (*DynamicSource)(nil)
	_ connector.ChangelogSource    = (*DynamicSource)(nil)
	_ connector.ProjectionPushDown = (*DynamicSource)(nil)
	_ connector.WatermarkPushDown  = (*DynamicSource)(nil)
)

func newDynamic(t *connector.Table) (connector.Source, error) {
	o := t.OptionReader()
	s := &DynamicSource{table: t, ids: splitList(o.String("stream-ids", ""))}
	pattern := o.String("stream-pattern", "")
	if (len(s.ids) == 0) == (pattern == "") {
		return nil, errs.Userf("table '%s': exactly one of 'stream-ids' and 'stream-pattern' is needed",
			t.Name)
	}
	var err error
	if pattern != "" {
		if s.pattern, err = regexp.Compile("^(?:" + pattern + ")$"); err != nil {
			o.Fail("stream-pattern", "a regular expression")
		}
	}
	every := o.Int("properties.stream-metadata-discovery-interval-ms", -1, -1)
	s.every = max(ms(int(every)), 0)
	s.threshold = int(o.Int("properties.stream-metadata-discovery-failure-threshold", 1, 1))
	if err := o.Err(); err != nil {
		return nil, err
	}
	if s.service, err = s.newService(o); err != nil {
		return nil, err
	}
	id, known := "unknown", cluster{Topics: []string{"stream"}}
	if single, ok := s.service.(*singleCluster); ok {
		id = single.id
	} else {
		known.Properties = map[string]string{"bootstrap.servers": "unknown:9092"}
	}
	if s.sample, err = s.source(id, known); err != nil {
		return nil, err
	}
	s.sample.layout.table = t
	if s.sample.stop.mode != "unbounded" { // what comes later is behind the end
		s.every = 0
	}
	return s, nil
}

// newService makes what knows where streams are.
func (s *DynamicSource) newService(o *connector.Options) (service, error) {
	t, name := s.table, o.String("metadata-service", "")
	if name == "single-cluster" {
		c := &singleCluster{src: s, id: o.String("metadata-service.cluster-id", "cluster"),
			properties: map[string]string{}}
		text := o.String("metadata-service.properties", "{}")
		if err := json.Unmarshal([]byte(text), &c.properties); err != nil {
			o.Fail("metadata-service.properties", `a JSON object of texts like `+
				`'{"bootstrap.servers": "localhost:9092"}'`)
		}
		return c, o.Err()
	}
	if !strings.Contains(name, ":") {
		return nil, errs.Userf("table '%s': option 'metadata-service' = '%s' is not 'single-cluster', "+
			"nor 'module:Class' in Python", t.Name, name).
			Fix("%s", errs.DidYouMean(name, []string{"single-cluster"}))
	}
	if t.Call == nil {
		return nil, errs.Userf("table '%s': option 'metadata-service' = '%s' names a class in Python, "+
			"which is not there", t.Name, name).Fix("run the job in Python, as with 'headrace run'")
	}
	return &pythonService{src: s, class: name,
		parameters: splitList(o.String("metadata-service.parameters", ""))}, nil
}

// source is the Source of a cluster.
func (s *DynamicSource) source(id string, c cluster) (*Source, error) {
	child := *s.table
	child.Name = s.table.Name + " (cluster " + id + ")"
	child.Options = map[string]string{}
	for name, value := range s.table.Options {
		switch {
		case strings.HasPrefix(name, "stream-"), strings.HasPrefix(name, "metadata-service"):
		default:
			child.Options[name] = value
		}
	}
	child.Options["connector"] = "kafka"
	child.Options["topic"] = strings.Join(c.Topics, ";")
	properties := c.Properties
	if single, ok := s.service.(*singleCluster); ok {
		properties = single.properties
	}
	for name, value := range properties {
		child.Options["properties."+name] = value
	}
	if prefix, ok := child.Options["client-id-prefix"]; ok {
		child.Options["client-id-prefix"] = prefix + "-" + id
	}
	src, err := newSource(&child, false)
	if err != nil || s.columns == nil {
		return src, err
	}
	projected, err := src.Project(s.columns)
	if err != nil {
		return nil, err
	}
	return projected.(*Source), nil
}

// Schema implements connector.Source.
func (s *DynamicSource) Schema() *types.Schema { return s.sample.Schema() }

// Bounded implements connector.Source.
func (s *DynamicSource) Bounded() bool { return s.sample.Bounded() }

// Kinds implements connector.ChangelogSource.
func (s *DynamicSource) Kinds() connector.Kinds { return s.sample.Kinds() }

// Project implements connector.ProjectionPushDown.
func (s *DynamicSource) Project(columns []int) (connector.Source, error) {
	out := *s
	sample, err := s.sample.Project(columns)
	if err != nil {
		return nil, err
	}
	out.sample = sample.(*Source)
	out.columns = slices.Clone(out.sample.columns)
	switch c := s.service.(type) {
	case *singleCluster:
		out.service = &singleCluster{src: &out, id: c.id, properties: maps.Clone(c.properties)}
	case *pythonService:
		out.service = &pythonService{src: &out, class: c.class, parameters: c.parameters}
	}
	return &out, nil
}

// PushWatermarks implements connector.WatermarkPushDown.
func (s *DynamicSource) PushWatermarks() {}
