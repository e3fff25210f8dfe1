package pulsar

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/connector"
)

// used are the settings of Flink's connector that are followed here.
var used = []string{
	"pulsar.client.serviceUrl", "pulsar.client.authPluginClassName", "pulsar.client.authParams",
	"pulsar.client.authParamMap", "pulsar.client.operationTimeoutMs",
	"pulsar.client.tlsKeyFilePath", "pulsar.client.tlsCertificateFilePath",
	"pulsar.client.tlsTrustCertsFilePath", "pulsar.client.tlsAllowInsecureConnection",
	"pulsar.client.tlsHostnameVerificationEnable", "pulsar.client.connectionTimeoutMs",
	"pulsar.client.listenerName", "pulsar.admin.adminUrl",
	"pulsar.source.partitionDiscoveryIntervalMs", "pulsar.source.enableAutoAcknowledgeMessage",
	"pulsar.source.autoCommitCursorInterval", "pulsar.source.verifyInitialOffsets",
	"pulsar.source.resetSubscriptionCursor",
	"pulsar.consumer.subscriptionName", "pulsar.consumer.receiverQueueSize",
	"pulsar.consumer.consumerName", "pulsar.consumer.priorityLevel",
	"pulsar.consumer.properties", "pulsar.consumer.readCompacted",
	"pulsar.sink.deliveryGuarantee", "pulsar.sink.transactionTimeoutMillis",
	"pulsar.sink.topicMetadataRefreshInterval", "pulsar.sink.messageKeyHash",
	"pulsar.producer.producerName", "pulsar.producer.sendTimeoutMs",
	"pulsar.producer.batchingMaxMessages", "pulsar.producer.batchingMaxBytes",
	"pulsar.producer.batchingEnabled", "pulsar.producer.compressionType",
	"pulsar.producer.properties",
}

// tuning are settings of the Java client's own works, which change no result and nothing here.
var tuning = []string{
	"pulsar.client.lookupTimeoutMs", "pulsar.client.statsIntervalSeconds",
	"pulsar.client.numIoThreads", "pulsar.client.numListenerThreads",
	"pulsar.client.connectionsPerBroker", "pulsar.client.connectionMaxIdleSeconds",
	"pulsar.client.useTcpNoDelay", "pulsar.client.concurrentLookupRequest",
	"pulsar.client.maxLookupRequest", "pulsar.client.maxLookupRedirects",
	"pulsar.client.maxNumberOfRejectedRequestPerConnection",
	"pulsar.client.keepAliveIntervalSeconds", "pulsar.client.requestTimeoutMs",
	"pulsar.client.initialBackoffIntervalNanos", "pulsar.client.maxBackoffIntervalNanos",
	"pulsar.client.enableBusyWait", "pulsar.client.memoryLimitBytes",
	"pulsar.client.enableTransaction", "pulsar.client.sslProvider",
	"pulsar.admin.connectTimeout", "pulsar.admin.readTimeout", "pulsar.admin.requestTimeout",
	"pulsar.admin.autoCertRefreshTime", "pulsar.admin.requestRetries", "pulsar.admin.requestRates",
	"pulsar.source.maxFetchTime", "pulsar.source.maxFetchRecords",
	"pulsar.source.fetchOneMessageTime", "pulsar.source.enableMetrics",
	"pulsar.source.allowKeySharedOutOfOrderDelivery", "pulsar.source.transactionTimeoutMillis",
	"pulsar.consumer.acknowledgementsGroupTimeMicros",
	"pulsar.consumer.negativeAckRedeliveryDelayMicros",
	"pulsar.consumer.maxTotalReceiverQueueSizeAcrossPartitions",
	"pulsar.consumer.ackTimeoutMillis", "pulsar.consumer.tickDurationMillis",
	"pulsar.consumer.maxPendingChunkedMessage",
	"pulsar.consumer.autoAckOldestChunkedMessageOnQueueFull",
	"pulsar.consumer.expireTimeOfIncompleteChunkedMessageMillis",
	"pulsar.consumer.autoUpdatePartitions", "pulsar.consumer.autoUpdatePartitionsInterval",
	"pulsar.consumer.patternAutoDiscoveryPeriod", "pulsar.consumer.ackReceiptEnabled",
	"pulsar.consumer.poolMessages",
	"pulsar.sink.maxRecommitTimes", "pulsar.sink.enableMetrics",
	"pulsar.producer.batchingMaxPublishDelayMicros",
	"pulsar.producer.batchingPartitionSwitchFrequencyByPublishDelay",
	"pulsar.producer.maxPendingMessages", "pulsar.producer.maxPendingMessagesAcrossPartitions",
	"pulsar.producer.chunkMaxMessageSize",
}

// fixed are settings that have one value here, and what else is refused for.
var fixed = map[string][2]string{
	"pulsar.client.useKeyStoreTls": {"false", "set the certificates as files in PEM: " +
		"'pulsar.client.tlsTrustCertsFilePath'"},
	"pulsar.source.enableSchemaEvolution": {"false", "declare the columns and set 'format'"},
	"pulsar.sink.enableSchemaEvolution":   {"false", "declare the columns and set 'format'"},
	"pulsar.sink.validateSinkMessageBytes": {"false",
		"messages are written as the format makes them"},
	"pulsar.consumer.subscriptionType": {"Exclusive",
		"one job reads a subscription: positions are in its checkpoints"},
	"pulsar.consumer.subscriptionMode": {"Durable",
		"the subscription's cursor keeps the messages that a restart reads again"},
	"pulsar.consumer.retryEnable":                {"false", "use 'scan.decode-error.policy'"},
	"pulsar.consumer.replicateSubscriptionState": {"false", "leave it out"},
	"pulsar.consumer.cryptoFailureAction":        {"FAIL", "messages are not encrypted here"},
	"pulsar.producer.producerCryptoFailureAction": {"FAIL",
		"messages are not encrypted here"},
	"pulsar.producer.chunkingEnabled": {"false",
		"keep messages smaller than the brokers' maxMessageSize"},
}

// settings are the values of 'pulsar.*'.
type settings struct {
	table  string
	values map[string]string
}

func readSettings(t *connector.Table) (*settings, error) {
	s := &settings{table: t.Name, values: map[string]string{}}
	known := slices.Concat(used, tuning, slices.Collect(maps.Keys(fixed)))
	for _, key := range slices.Sorted(maps.Keys(t.Options)) {
		if !strings.HasPrefix(key, "pulsar.") {
			continue
		}
		value := t.Options[key]
		s.values[key] = value
		if only, ok := fixed[key]; ok {
			if !strings.EqualFold(strings.TrimSpace(value), only[0]) {
				return nil, errs.Userf("table '%s': '%s' = '%s' is not supported, only '%s' is",
					t.Name, key, value, only[0]).Fix("%s", only[1])
			}
			continue
		}
		if slices.Contains(known, key) || strings.HasPrefix(key, "pulsar.consumer.properties.") ||
			strings.HasPrefix(key, "pulsar.producer.properties.") {
			continue
		}
		e := errs.Userf("table '%s': Pulsar's connector has no setting '%s'", t.Name, key)
		if hint := errs.DidYouMean(key, known); hint != "" {
			return nil, e.Fix("%s", hint)
		}
		return nil, e.Fix("the settings are those of Flink's connector, as " +
			"'pulsar.consumer.receiverQueueSize'")
	}
	return s, nil
}

// get is a setting, or def.
func (s *settings) get(key, def string) string {
	if v := strings.TrimSpace(s.values[key]); v != "" {
		return v
	}
	return def
}

// number reads a whole number of at least low.
func (s *settings) number(key string, def, low int64) (int64, error) {
	text := s.get(key, "")
	if text == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low {
		return 0, errs.Userf("table '%s': '%s' = '%s' is no whole number of at least %d", s.table,
			key, text, low)
	}
	return n, nil
}

// flag reads true or false.
func (s *settings) flag(key string, def bool) (bool, error) {
	switch text := strings.ToLower(s.get(key, strconv.FormatBool(def))); text {
	case "true", "false":
		return text == "true", nil
	default:
		return false, errs.Userf("table '%s': '%s' = '%s' is not true or false", s.table, key, text)
	}
}

// word reads one of the words allowed, case ignored.
func (s *settings) word(key, def string, allowed ...string) (string, error) {
	text := s.get(key, def)
	for _, a := range allowed {
		if strings.EqualFold(a, text) {
			return a, nil
		}
	}
	return "", errs.Userf("table '%s': '%s' = '%s' is not one of %s", s.table, key, text,
		strings.Join(allowed, ", ")).Fix("%s", errs.DidYouMean(text, allowed))
}

// pairs reads a map: 'k1:v1,k2:v2', or entries of their own behind the key and a dot.
func (s *settings) pairs(key string) map[string]string {
	out := map[string]string{}
	for _, pair := range strings.Split(s.get(key, ""), ",") {
		if k, v, ok := strings.Cut(pair, ":"); ok {
			out[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	for k, v := range s.values {
		if name, ok := strings.CutPrefix(k, key+"."); ok {
			out[name] = v
		}
	}
	return out
}
