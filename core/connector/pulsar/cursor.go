package pulsar

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/pulsar/broker"
)

// startCursor is where a new subscription begins.
type startCursor struct {
	latest    bool
	at        *broker.ID // nil: earliest, latest or a time
	inclusive bool
	time      int64 // 0: none
}

func readStart(o *connector.Options) startCursor {
	s := startCursor{inclusive: o.Bool("source.start.inclusive", true),
		time: o.Int("source.start.from-publish-time", 0, 0)}
	const name = "source.start.from-message-id"
	if o.Has(name) && o.Has("source.start.from-publish-time") {
		o.Fail(name, "possible beside 'source.start.from-publish-time'")
	}
	switch text := o.String(name, "earliest"); text {
	case "earliest":
	case "latest":
		s.latest = true
	default:
		s.at = readID(o, name, text)
	}
	return s
}

// placed says that the subscription has to be moved when it is new.
func (s *startCursor) placed() bool { return s.at != nil || s.time > 0 }

// start is where the broker is to begin; messages up to after are left out.
func (s *startCursor) start() (start *broker.Start, after *broker.ID) {
	switch {
	case s.time > 0:
		return &broker.Start{Time: s.time}, nil
	case s.at == nil && s.latest:
		return &broker.Start{At: broker.Latest}, nil
	case s.at == nil:
		return &broker.Start{At: broker.Earliest}, nil
	}
	id := *s.at
	switch {
	case s.inclusive && id.Batch < 0:
		id.Batch = math.MinInt32 // before all of the entry
	case s.inclusive:
		id.Batch--
	case id.Batch < 0:
		id.Batch = math.MaxInt32 // behind all of it
	}
	return &broker.Start{At: *s.at, Behind: !s.inclusive && s.at.Batch < 0}, &id
}

// stands says whether a subscription that is done with all up to an entry stands where a new one
// would begin: an earlier attempt has made it.
func (s *startCursor) stands(done broker.ID) bool {
	return s.at != nil && (done.Ledger == s.at.Ledger && done.Entry == s.at.Entry-1 ||
		s.at.Entry == 0 && done.Ledger < s.at.Ledger)
}

// readID reads a message's identifier.
func readID(o *connector.Options, option, text string) *broker.ID {
	const need = "a message's identifier: 'ledger:entry:partition', also with ':batch index', or " +
		"'0x…' with the bytes of Pulsar's clients"
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		b, err := hex.DecodeString(digits)
		id, perr := broker.ParseID(b)
		if err != nil || perr != nil {
			o.Fail(option, need)
			return nil
		}
		return &id
	}
	parts := strings.Split(text, ":")
	id := broker.ID{Batch: -1}
	numbers := make([]int64, len(parts))
	for i, p := range parts {
		n, err := strconv.ParseInt(strings.TrimSpace(p), 10, 64)
		if err != nil || len(parts) < 2 || len(parts) > 4 || n < -1 {
			o.Fail(option, need)
			return nil
		}
		numbers[i] = n
	}
	id.Ledger, id.Entry = numbers[0], numbers[1]
	if len(parts) == 4 {
		id.Batch = int32(numbers[3])
	}
	return &id
}

// The kinds of stops.
const (
	stopNever = iota
	stopAt    // before a message
	stopAfter // behind a message
	stopAtPublishTime
	stopAfterPublishTime
	stopAtEventTime
	stopAfterEventTime
	stopLatest // behind the last message at the start: it becomes stopAfter
)

// stopCursor is where reading ends.
type stopCursor struct {
	kind int
	id   broker.ID
	time int64
}

func readStop(o *connector.Options) stopCursor {
	s := stopCursor{}
	given := ""
	take := func(name string, kind int) bool {
		if !o.Has(name) {
			return false
		}
		if given != "" {
			o.Fail(name, "possible beside '"+given+"'")
		}
		given, s.kind = name, kind
		return true
	}
	const at, after = "source.stop.at-message-id", "source.stop.after-message-id"
	if take(at, stopAt) {
		switch text := o.String(at, ""); text {
		case "never":
			s.kind = stopNever
		case "latest":
			s.kind = stopLatest
		default:
			if id := readID(o, at, text); id != nil {
				s.id = *id
			}
		}
	}
	if take(after, stopAfter) {
		if id := readID(o, after, o.String(after, "")); id != nil {
			s.id = *id
		}
	}
	for i, name := range []string{"at-publish-time", "after-publish-time", "at-event-time",
		"after-event-time"} {
		if take("source.stop."+name, stopAtPublishTime+i) {
			s.time = o.Int("source.stop."+name, 0, 0)
		}
	}
	return s
}

// verdict says whether a message is read, and whether it is the last one.
func (s *stopCursor) verdict(m *broker.Message) (read, end bool) {
	switch s.kind {
	case stopAt:
		end = m.ID.Compare(s.id) >= 0
	case stopAfter:
		last := s.id
		if last.Batch < 0 {
			last.Batch = math.MaxInt32
		}
		if m.ID.Compare(last) > 0 {
			return false, true
		}
		return true, m.ID == s.id || m.Last && m.ID.SameEntry(s.id)
	case stopAtPublishTime:
		end = m.PublishTime >= s.time
	case stopAfterPublishTime:
		end = m.PublishTime > s.time
	case stopAtEventTime:
		end = m.EventTime > 0 && m.EventTime >= s.time
	case stopAfterEventTime:
		end = m.EventTime > s.time
	}
	return !end, end
}

// reached says whether nothing is left to be read when the topic's last message is last and the
// subscription is done with all up to done.
func (s *stopCursor) reached(last, done broker.ID) bool {
	switch s.kind {
	case stopLatest:
		return last.Entry < 0 || !done.Before(last)
	case stopAfter:
		return !done.Before(s.id)
	case stopAt:
		return s.id.Batch <= 0 &&
			!done.Before(broker.ID{Ledger: s.id.Ledger, Entry: s.id.Entry - 1})
	}
	return false
}
