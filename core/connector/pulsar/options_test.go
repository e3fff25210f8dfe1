package pulsar_test

import (
	"strings"
	"testing"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

type nowhere struct{ cluster }

func (nowhere) url() string { return "pulsar://127.0.0.1:1" }

func TestOptions(t *testing.T) {
	for _, p := range []struct {
		want  string
		pairs []string
	}{
		{"'pulsar://host:6650'", []string{"service-url", "http://x"}},
		{"'http://host:8080'", []string{"admin-url", "x:80"}},
		{"needs the option 'source.subscription-name'", []string{"source.subscription-name", ""}},
		{"exactly one of 'topics' and 'topic-pattern'", []string{"topics", ""}},
		{"exactly one of 'topics' and 'topic-pattern'", []string{"topic-pattern", "x.*"}},
		{"keeps no messages", []string{"topics", "non-persistent://a/b/c"}},
		{"no name of a topic", []string{"topics", "a/b"}},
		{"a regular expression", []string{"topics", "", "topic-pattern", "x("}},
		{"a regular expression", []string{"topics", "", "topic-pattern", "public/.*/x"}},
		{"a message's identifier", []string{"source.start.from-message-id", "0xzz"}},
		{"a message's identifier", []string{"source.stop.after-message-id", "12"}},
		{"needs the option 'admin-url'", []string{"source.start.from-message-id", "1:2:3"}},
		{"possible beside 'source.start.from-publish-time'", []string{
			"source.start.from-message-id", "latest", "source.start.from-publish-time", "1"}},
		{"possible beside 'source.stop.at-message-id'", []string{
			"source.stop.at-message-id", "latest", "source.stop.at-event-time", "1"}},
		{"a JSON array", []string{"source.key-range.keys", "a"}},
		{"in hexadecimal", []string{"source.key-range.key-bytes", "x"}},
		{"did you mean 'pulsar.consumer.receiverQueueSize'?",
			[]string{"pulsar.consumer.recieverQueueSize", "1"}},
		{"did you mean 'source.subscription-name'?", []string{"source.subscription-nam", "1"}},
		{"only 'Exclusive' is", []string{"pulsar.consumer.subscriptionType", "Shared"}},
		{"no whole number of at least 0", []string{"pulsar.consumer.receiverQueueSize", "x"}},
		{"is not true or false", []string{"pulsar.consumer.readCompacted", "x"}},
		{"did you mean 'FAIL_ON_MISMATCH'?",
			[]string{"pulsar.source.verifyInitialOffsets", "FAIL_ON_MISMACH"}},
		{"none of AuthenticationToken", []string{"authentication.plugin", "x"}},
		{"'token:…'", []string{"authentication.plugin", "AuthenticationToken"}},
		{"no certificate in PEM",
			[]string{"pulsar.client.tlsTrustCertsFilePath", "options_test.go"}},
		{"has no metadata 'keys'", []string{"metadata", "keys"}},
	} {
		tab := table(nowhere{}, "t", p.pairs...)
		describe(tab)
		_, err := connector.NewSource(tab)
		refused(t, p.pairs, err, p.want)
	}
	for _, p := range []struct {
		want  string
		pairs []string
	}{
		{"writing needs the option 'topics'", []string{"topics", ""}},
		{"'topic-pattern' is for reading", []string{"topic-pattern", "x"}},
		{"a Java class, which cannot be run", []string{"sink.custom-topic-router", "x.Y"}},
		{"not one of", []string{"sink.topic-routing-mode", "random"}},
		{"not one of", []string{"sink.delivery-guarantee", "often"}},
		{"not one of", []string{"pulsar.sink.deliveryGuarantee", "OFTEN"}},
		{"not one of", []string{"pulsar.producer.compressionType", "ZIP"}},
		{"at least 1000", []string{"pulsar.sink.transactionTimeoutMillis", "1"}},
		{"only 'false' is", []string{"pulsar.producer.chunkingEnabled", "true"}},
		{"can only be read", []string{"metadata", "topic"}},
		{"is TIMESTAMP_LTZ(3), not", []string{"metadata", "event_time"}},
		{"is MAP<STRING, STRING>, not", []string{"metadata", "properties"}},
	} {
		tab := table(nowhere{}, "t", p.pairs...)
		describe(tab)
		_, err := connector.NewSink(tab)
		refused(t, p.pairs, err, p.want)
	}
}

// describe turns the pair "metadata" into a column's.
func describe(tab *connector.Table) {
	if key, ok := tab.Options["metadata"]; ok {
		delete(tab.Options, "metadata")
		tab.Metadata = map[string]string{"name": key}
	}
}

func refused(t *testing.T, pairs []string, err error, want string) {
	t.Helper()
	if err == nil || errs.MarkOf(err) != errs.User || !strings.Contains(err.Error(), want) {
		t.Errorf("%q: %v, want %s", pairs, err, want)
	}
}
