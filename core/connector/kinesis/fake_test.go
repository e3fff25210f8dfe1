package kinesis_test

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/data/types"
)

// server speaks as Kinesis and Firehose do, as far as the connectors ask.
type server struct {
	*httptest.Server
	t *testing.T

	mu       sync.Mutex
	streams  map[string][]*serverShard
	calls    map[string]int
	throttle map[string]int // so many calls of an operation are refused
	refuse   int            // so many records of requests are refused, one a request
	expire   bool           // the next iterators that come are too old
	delivery map[string][]string
	largest  int // records of a request
	bytes    int // of a request
	busy     int // requests that write at a time
	most     int
	hold     chan struct{} // requests that write wait for it; nil: not
	page     int           // shards of an answer
	sequence int
}

type serverShard struct {
	id, parent, adjacent string
	from, to             *big.Int
	records              []serverRecord
	closed               bool
}

type serverRecord struct {
	seq, key string
	data     []byte
	arrived  time.Time
}

func start(t *testing.T) *server {
	s := &server{t: t, streams: map[string][]*serverShard{}, calls: map[string]int{},
		throttle: map[string]int{}, delivery: map[string][]string{}, page: 2}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// create makes a stream of shards with equal shares of the keys.
func (s *server) create(name string, shards int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range shards {
		edge := func(i int) *big.Int {
			all := new(big.Int).Lsh(big.NewInt(1), 128)
			return all.Div(all.Mul(all, big.NewInt(int64(i))), big.NewInt(int64(shards)))
		}
		to := edge(i + 1)
		s.open(name, edge(i), to.Sub(to, big.NewInt(1)), "", "")
	}
}

func (s *server) open(name string, from, to *big.Int, parent, adjacent string) *serverShard {
	sh := &serverShard{id: fmt.Sprintf("shardId-%012d", len(s.streams[name])), parent: parent,
		adjacent: adjacent, from: from, to: to}
	s.streams[name] = append(s.streams[name], sh)
	return sh
}

// put writes values; each is its own partition key.
func (s *server) put(name string, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		s.write(name, v, "", []byte(v))
	}
}

func (s *server) write(name, key, explicit string, data []byte) string {
	sum := md5.Sum([]byte(key))
	hash := new(big.Int).SetBytes(sum[:])
	if explicit != "" {
		hash.SetString(explicit, 10)
	}
	for _, sh := range s.streams[name] {
		if !sh.closed && sh.from.Cmp(hash) <= 0 && hash.Cmp(sh.to) <= 0 {
			s.sequence++
			seq := fmt.Sprintf("4954%040d", s.sequence)
			sh.records = append(sh.records, serverRecord{seq, key, data, time.Now()})
			return sh.id
		}
	}
	panic("no shard is open")
}

// split closes a shard and opens two.
func (s *server) split(name string, shard int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.streams[name][shard]
	p.closed = true
	middle := new(big.Int).Add(p.from, p.to)
	middle.Rsh(middle, 1)
	s.open(name, p.from, middle, p.id, "")
	s.open(name, new(big.Int).Add(middle, big.NewInt(1)), p.to, p.id, "")
}

// merge closes two shards and opens one.
func (s *server) merge(name string, a, b int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, q := s.streams[name][a], s.streams[name][b]
	p.closed, q.closed = true, true
	s.open(name, p.from, q.to, p.id, q.id)
}

func (s *server) values(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, sh := range s.streams[name] {
		for _, r := range sh.records {
			out = append(out, string(r.data))
		}
	}
	slices.Sort(out)
	return out
}

type request struct {
	StreamName, ShardId, ShardIteratorType, StartingSequenceNumber string
	NextToken, ShardIterator, DeliveryStreamName                   string
	Timestamp                                                      float64
	Limit                                                          int
	Records                                                        []struct {
		Data                          []byte
		PartitionKey, ExplicitHashKey string
	}
}

// problem is an answer that says that something is wrong.
type problem struct {
	status     int
	code, text string
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var in request
	if err := json.Unmarshal(body, &in); err != nil {
		s.t.Errorf("%s: %v", body, err)
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	answer, wrong := s.answer(operation, r.Header.Get("Authorization"), &in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if wrong != nil {
		w.WriteHeader(wrong.status)
		answer = map[string]any{"__type": wrong.code, "message": wrong.text}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		s.t.Log(err)
	}
}

func (s *server) answer(operation, authorization string, in *request) (any, *problem) {
	if strings.HasPrefix(operation, "Put") {
		s.mu.Lock()
		s.busy++
		s.most = max(s.most, s.busy)
		hold := s.hold
		s.mu.Unlock()
		if hold != nil {
			<-hold
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(operation, "Put") {
		s.busy--
	}
	s.calls[operation]++
	if !strings.Contains(authorization, "Credential=key/") {
		return nil, &problem{400, "UnrecognizedClientException", "The security token is invalid."}
	}
	if s.throttle[operation] > 0 {
		s.throttle[operation]--
		return nil, &problem{400, "ProvisionedThroughputExceededException", "Slow down."}
	}
	switch operation {
	case "ListStreams":
		return map[string]any{"StreamNames": []string{"in"}, "HasMoreStreams": false}, nil
	case "ListShards":
		return s.listShards(in)
	case "GetShardIterator":
		return s.iterator(in)
	case "GetRecords":
		return s.records(in)
	case "PutRecords":
		return s.putRecords(in)
	case "PutRecordBatch":
		return s.putBatch(in)
	}
	s.t.Errorf("operation %s", operation)
	return nil, &problem{400, "UnknownOperationException", operation}
}

func missing(name string) *problem {
	return &problem{400, "ResourceNotFoundException", "Stream " + name + " under account 1 not found."}
}

func (s *server) listShards(in *request) (any, *problem) {
	name, from := in.StreamName, 0
	if in.NextToken != "" {
		name, _, _ = strings.Cut(in.NextToken, "|")
		from, _ = strconv.Atoi(in.NextToken[len(name)+1:])
	}
	all := s.streams[name]
	if all == nil {
		return nil, missing(name)
	}
	to := min(from+s.page, len(all))
	var list []any
	for _, sh := range all[from:to] {
		sequences := map[string]string{"StartingSequenceNumber": "1"}
		if sh.closed {
			sequences["EndingSequenceNumber"] = "2"
		}
		keys := map[string]string{"StartingHashKey": sh.from.String(), "EndingHashKey": sh.to.String()}
		one := map[string]any{"ShardId": sh.id, "SequenceNumberRange": sequences, "HashKeyRange": keys}
		if sh.parent != "" {
			one["ParentShardId"] = sh.parent
		}
		if sh.adjacent != "" {
			one["AdjacentParentShardId"] = sh.adjacent
		}
		list = append(list, one)
	}
	answer := map[string]any{"Shards": list}
	if to < len(all) {
		answer["NextToken"] = name + "|" + strconv.Itoa(to)
	}
	return answer, nil
}

func (s *server) find(name, id string) *serverShard {
	for _, sh := range s.streams[name] {
		if sh.id == id {
			return sh
		}
	}
	return nil
}

func (s *server) iterator(in *request) (any, *problem) {
	sh := s.find(in.StreamName, in.ShardId)
	if sh == nil {
		return nil, missing(in.StreamName + "/" + in.ShardId)
	}
	at := len(sh.records)
	for i, r := range sh.records {
		past := false
		switch in.ShardIteratorType {
		case "TRIM_HORIZON":
			past = true
		case "AT_TIMESTAMP":
			past = float64(r.arrived.UnixNano())/1e9 >= in.Timestamp
		case "AT_SEQUENCE_NUMBER":
			past = r.seq >= in.StartingSequenceNumber
		case "AFTER_SEQUENCE_NUMBER":
			past = r.seq > in.StartingSequenceNumber
		default:
			s.t.Errorf("an iterator of type %s", in.ShardIteratorType)
		}
		if past {
			at = i
			break
		}
	}
	return map[string]any{"ShardIterator": fmt.Sprintf("%s|%s|%d", in.StreamName, sh.id, at)}, nil
}

func (s *server) records(in *request) (any, *problem) {
	if s.expire {
		s.expire = false
		return nil, &problem{400, "ExpiredIteratorException", "Iterator expired."}
	}
	parts := strings.Split(in.ShardIterator, "|")
	sh := s.find(parts[0], parts[1])
	at, _ := strconv.Atoi(parts[2])
	to := min(at+in.Limit, len(sh.records))
	list := []any{}
	for _, r := range sh.records[at:to] {
		list = append(list, map[string]any{"SequenceNumber": r.seq, "PartitionKey": r.key, "Data": r.data,
			"ApproximateArrivalTimestamp": float64(r.arrived.UnixMilli()) / 1000})
	}
	answer := map[string]any{"Records": list, "MillisBehindLatest": 0}
	if !sh.closed || to < len(sh.records) {
		answer["NextShardIterator"] = fmt.Sprintf("%s|%s|%d", parts[0], parts[1], to)
	}
	return answer, nil
}

func (s *server) measure(in *request) {
	s.largest = max(s.largest, len(in.Records))
	n := 0
	for _, r := range in.Records {
		n += len(r.Data) + len(r.PartitionKey)
	}
	s.bytes = max(s.bytes, n)
}

func (s *server) putRecords(in *request) (any, *problem) {
	if s.streams[in.StreamName] == nil {
		return nil, missing(in.StreamName)
	}
	s.measure(in)
	var list []any
	failed := 0
	for _, r := range in.Records {
		if s.refuse > 0 && failed == 0 {
			s.refuse--
			failed++
			list = append(list, map[string]any{"ErrorCode": "ProvisionedThroughputExceededException",
				"ErrorMessage": "Slow down."})
			continue
		}
		id := s.write(in.StreamName, r.PartitionKey, r.ExplicitHashKey, r.Data)
		list = append(list, map[string]any{"ShardId": id, "SequenceNumber": "1"})
	}
	return map[string]any{"FailedRecordCount": failed, "Records": list}, nil
}

func (s *server) putBatch(in *request) (any, *problem) {
	if in.DeliveryStreamName != "out" {
		return nil, &problem{400, "ResourceNotFoundException", "Firehose " + in.DeliveryStreamName +
			" under account 1 not found."}
	}
	s.measure(in)
	var list []any
	failed := 0
	for _, r := range in.Records {
		if s.refuse > 0 && failed == 0 {
			s.refuse--
			failed++
			list = append(list, map[string]any{"ErrorCode": "ServiceUnavailableException",
				"ErrorMessage": "Slow down."})
			continue
		}
		s.delivery[in.DeliveryStreamName] = append(s.delivery[in.DeliveryStreamName], string(r.Data))
		list = append(list, map[string]any{"RecordId": "1"})
	}
	return map[string]any{"FailedPutCount": failed, "RequestResponses": list}, nil
}

// table is a table of the server with short pauses.
func (s *server) table(options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: types.NewSchema(types.F("v", types.String())), Zone: "UTC",
		Metadata: map[string]string{}, Options: map[string]string{"connector": "kinesis",
			"format": "raw", "aws.endpoint": s.URL, "aws.region": "eu-central-1",
			"aws.credentials.basic.accesskeyid": "key", "aws.credentials.basic.secretkey": "secret"}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	return t
}

// reading is a table that is read, from its beginning.
func (s *server) reading(options ...string) *connector.Table {
	return s.table(append([]string{"stream", "in", "scan.stream.initpos", "TRIM_HORIZON",
		"scan.shard.discovery.intervalmillis", "20", "scan.shard.getrecords.intervalmillis", "1",
		"scan.shard.getrecords.backoff.base", "5", "scan.list.shards.backoff.base", "5"}, options...)...)
}
