package kafka

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// bound is where reading begins or ends.
type bound struct {
	mode     string // earliest-offset, latest-offset, group-offsets, timestamp, specific-offsets, unbounded
	millis   int64
	specific map[partition]int64
	reset    string // none, earliest, latest: for partitions without an offset
}

func readBounds(o *connector.Options, l *layout) (start, stop bound) {
	start.reset = o.Enum("scan.startup.offset-reset", l.client.get("auto.offset.reset", ""), "none",
		"earliest", "latest")
	start.mode = o.Enum("scan.startup.mode", "group-offsets", "earliest-offset", "latest-offset",
		"group-offsets", "timestamp", "specific-offsets")
	stop.mode = o.Enum("scan.bounded.mode", "unbounded", "unbounded", "latest-offset",
		"group-offsets", "timestamp", "specific-offsets")
	stop.reset = start.reset
	if l.upsert {
		start.mode = "earliest-offset"
	}
	for _, b := range []struct {
		*bound
		prefix string
	}{{&start, "scan.startup."}, {&stop, "scan.bounded."}} {
		switch b.mode {
		case "timestamp":
			if !o.Has(b.prefix + "timestamp-millis") {
				need(o, b.prefix, "timestamp-millis")
			}
			b.millis = o.Int(b.prefix+"timestamp-millis", 0, 0)
		case "specific-offsets":
			if !o.Has(b.prefix + "specific-offsets") {
				need(o, b.prefix, "specific-offsets")
			}
			b.specific = offsets(o, b.prefix+"specific-offsets", l.topics)
		case "group-offsets":
			if l.client.group == "" {
				o.Fail(b.prefix+"mode", "possible without 'properties.group.id' "+
					"(group-offsets is the default of 'scan.startup.mode')")
			}
		}
	}
	return start, stop
}

func need(o *connector.Options, prefix, name string) {
	o.Fail(prefix+"mode", "complete without '"+prefix+name+"'")
}

// resolve turns a bound into an offset for each partition. stable says that ends are those of
// what is committed.
func (b *bound) resolve(
	ctx context.Context, admin *kadm.Client, group string, list []partition, stable bool,
) (map[partition]int64, error) {
	out := map[partition]int64{}
	if len(list) == 0 || b.mode == "unbounded" {
		for _, p := range list {
			out[p] = noStop
		}
		return out, nil
	}
	missing := list
	switch b.mode {
	case "specific-offsets":
		missing = pick(out, list, func(p partition) (int64, bool) {
			at, ok := b.specific[p]
			return at, ok
		})
	case "group-offsets":
		committed, err := admin.FetchOffsets(ctx, group)
		if err != nil && !errors.Is(err, kerr.GroupIDNotFound) { // a group begins with its first offset
			return nil, err
		}
		missing = pick(out, list, func(p partition) (int64, bool) {
			r, ok := committed.Lookup(p.topic, p.number)
			return r.At, ok && r.Err == nil && r.At >= 0
		})
	}
	if len(missing) == 0 {
		return out, nil
	}
	listed, err := b.list(ctx, admin, missing, stable)
	if err != nil {
		return nil, err
	}
	for _, p := range missing {
		at, ok := listed.Lookup(p.topic, p.number)
		if !ok {
			return nil, errs.Transientf("kafka: partition %s has no offsets yet", p)
		}
		if at.Err != nil {
			return nil, at.Err
		}
		out[p] = at.Offset
	}
	return out, nil
}

// pick takes the offsets that are known and returns the partitions without one.
func pick(
	out map[partition]int64, list []partition, of func(p partition) (int64, bool),
) (missing []partition) {
	for _, p := range list {
		if at, ok := of(p); ok {
			out[p] = at
		} else {
			missing = append(missing, p)
		}
	}
	return missing
}

// list asks the brokers for offsets: of the mode, or of the reset where the mode knows none.
func (b *bound) list(
	ctx context.Context, admin *kadm.Client, missing []partition, stable bool,
) (kadm.ListedOffsets, error) {
	var topics []string
	for _, p := range missing {
		topics = append(topics, p.topic)
	}
	mode := b.mode
	if mode == "group-offsets" || mode == "specific-offsets" {
		switch mode = b.reset + "-offset"; {
		case b.reset == "" && b.mode == "specific-offsets":
			mode = "earliest-offset"
		case b.reset == "" || b.reset == "none":
			return nil, errs.Userf("partition %s has no offset to begin at", missing[0]).
				Fix("commit one for the consumer group, or set 'properties.auto.offset.reset' to " +
					"'earliest' or 'latest'")
		}
	}
	switch mode {
	case "earliest-offset":
		return admin.ListStartOffsets(ctx, topics...)
	case "timestamp":
		return admin.ListOffsetsAfterMilli(ctx, b.millis, topics...)
	}
	if stable {
		return admin.ListCommittedOffsets(ctx, topics...)
	}
	return admin.ListEndOffsets(ctx, topics...)
}

// fatal says that asking again will not help.
func fatal(err error) bool {
	if errs.MarkOf(err) == errs.User {
		return true
	}
	for _, e := range []error{kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed,
		kerr.ClusterAuthorizationFailed, kerr.SaslAuthenticationFailed, kerr.InvalidTopicException,
		kerr.UnsupportedSaslMechanism, kerr.TransactionalIDAuthorizationFailed} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
