package filesystem

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/base/fsys"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/kernel"
)

// commitPolicy says when a partition is complete and what happens then.
type commitPolicy struct {
	kinds      []string // policies, in their order
	name       string   // of the success file
	class      string   // of the policy of one's own
	parameters []string
	byTime     bool // by watermark and the partition's time, not by the clock
	delay      time.Duration
	pattern    string
	parts      []patternPart
	extractor  string // class that finds the time; "": the pattern does
	zone       *time.Location
}

// Kinds of policies.
const (
	successFile  = "success-file"
	customPolicy = "custom"
)

// on says that something happens to complete partitions.
func (p *commitPolicy) on() bool { return len(p.kinds) > 0 }

func readCommitPolicy(t *connector.Table, o *connector.Options) (commitPolicy, error) {
	p := commitPolicy{
		name: o.String("sink.partition-commit.success-file.name", "_SUCCESS"),
		byTime: o.Enum("sink.partition-commit.trigger", "process-time", "process-time",
			"partition-time") == "partition-time",
		delay:   o.Duration("sink.partition-commit.delay", 0),
		pattern: o.String("partition.time-extractor.timestamp-pattern", ""),
		parts: parsePattern(o.String("partition.time-extractor.timestamp-formatter",
			"yyyy-MM-dd HH:mm:ss")),
	}
	const class, extractor = "sink.partition-commit.policy.class", "partition.time-extractor.class"
	for _, kind := range strings.Split(o.String("sink.partition-commit.policy.kind", ""), ",") {
		switch kind = strings.TrimSpace(kind); kind {
		case "":
		case successFile, customPolicy:
			p.kinds = append(p.kinds, kind)
		default:
			o.Fail("sink.partition-commit.policy.kind", "of success-file and custom")
		}
	}
	for _, s := range strings.Split(o.String(class+".parameters", ""), ";") {
		if s = strings.TrimSpace(s); s != "" {
			p.parameters = append(p.parameters, s)
		}
	}
	var err error
	if p.class, err = ownClass(t, o, class, "sink.partition-commit.policy.kind",
		slices.Contains(p.kinds, customPolicy)); err != nil {
		return p, err
	}
	if p.extractor, err = ownClass(t, o, extractor, "partition.time-extractor.kind",
		o.Enum("partition.time-extractor.kind", "default", "default", "custom") == "custom"); err != nil {
		return p, err
	}
	if p.zone, err = time.LoadLocation(
		o.String("sink.partition-commit.watermark-time-zone", "UTC")); err != nil {
		o.Fail("sink.partition-commit.watermark-time-zone", "a time zone like 'Europe/Berlin'")
	}
	return p, nil
}

// ownClass is the class that an option names where another says 'custom'.
func ownClass(
	t *connector.Table, o *connector.Options, option, kind string, custom bool,
) (string, error) {
	class := o.String(option, "")
	switch {
	case custom && class == "":
		return "", errs.Userf("table '%s': '%s' = 'custom' needs the option '%s'", t.Name, kind, option).
			Fix("name a Python class as 'module:Class'")
	case !custom && class != "":
		return "", errs.Userf("table '%s': '%s' is for '%s' = 'custom'", t.Name, option, kind)
	case custom && t.Call == nil:
		return "", errs.Userf("table '%s': '%s' is in Python, which this process has not", t.Name, class).
			Fix("run the job with headrace run or from python")
	}
	return class, nil
}

// run does to a complete partition what the policies are.
func (p *commitPolicy) run(s *Sink, dir string) error {
	for _, kind := range p.kinds {
		if kind == successFile {
			file := dir + "/" + p.name
			if err := fsys.WriteFile(s.fs, file, nil); err != nil {
				return writeError(file, err)
			}
			continue
		}
		names := strings.Split(s.table.Name, ".")
		for len(names) < 3 {
			names = append([]string{""}, names...)
		}
		values := s.partitionValues(dir)
		_, err := p.call(s, p.class, p.parameters, "commit", dir, map[string]any{"catalog_name": names[0],
			"database_name": names[1], "table_name": strings.Join(names[2:], "."), "partition_path": dir,
			"partition_keys": s.table.PartitionKeys, "partition_values": inOrder(s, values)})
		if err != nil {
			return err
		}
	}
	return nil
}

// inOrder are the values of the partition keys; that of NULL is the name of its directory.
func inOrder(s *Sink, values map[string]string) []string {
	out := make([]string, len(s.table.PartitionKeys))
	for i, k := range s.table.PartitionKeys {
		var ok bool
		if out[i], ok = values[k]; !ok {
			out[i] = s.nullPart
		}
	}
	return out
}

func (p *commitPolicy) call(
	s *Sink, class string, parameters []string, method, dir string, argument map[string]any,
) ([]byte, error) {
	text, err := json.Marshal(argument)
	if err != nil {
		return nil, errs.Internalf("partition '%s'", dir).Wrap(err)
	}
	answer, err := s.table.Call(class, parameters, method, text)
	if err != nil {
		return nil, errs.Userf("table '%s': partition '%s'", s.table.Name, path.Base(dir)).Wrap(err)
	}
	return answer, nil
}

// time is the time of a partition by its values, in ms since 1970.
func (p *commitPolicy) time(s *Sink, dir string) (int64, error) {
	values := s.partitionValues(dir)
	if p.extractor != "" {
		answer, err := p.call(s, p.extractor, nil, "extract", dir, map[string]any{
			"partition_keys": s.table.PartitionKeys, "partition_values": inOrder(s, values)})
		if err != nil {
			return 0, err
		}
		ms, err := strconv.ParseInt(string(answer), 10, 64)
		if err != nil {
			return 0, errs.Internalf("'%s' gave the time %s", p.extractor, answer)
		}
		return kernel.NewZone(p.zone).ToInstant(ms, 3), nil
	}
	text := p.pattern
	if text == "" && len(s.table.PartitionKeys) > 0 {
		text = "$" + s.table.PartitionKeys[0]
	}
	for _, k := range s.table.PartitionKeys {
		text = strings.ReplaceAll(text, "$"+k, values[k])
	}
	ms, ok := parseTime(p.parts, text)
	if !ok {
		return 0, errs.Dataf("table '%s': partition '%s': '%s' is not a time", s.table.Name,
			path.Base(dir), text).
			Fix("set 'partition.time-extractor.timestamp-pattern' and '…timestamp-formatter'")
	}
	return kernel.NewZone(p.zone).ToInstant(ms, 3), nil
}
