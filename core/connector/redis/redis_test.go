package redis_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow/decimal128"
	"github.com/redis/go-redis/v9"

	"github.com/headrace/headrace/core/base/clock"
	"github.com/headrace/headrace/core/connector"
	"github.com/headrace/headrace/core/connector/connectortest"
	_ "github.com/headrace/headrace/core/connector/redis" // registers itself
	"github.com/headrace/headrace/core/data/batch"
	"github.com/headrace/headrace/core/data/types"
	_ "github.com/headrace/headrace/core/format/json" // likewise
	_ "github.com/headrace/headrace/core/format/raw"
)

var (
	background = context.Background()
	i64, str   = types.Of(types.BigInt), types.String()
	schema     = types.NewSchema(types.F("id", i64), types.F("shop", str), types.F("name", str),
		types.F("price", types.DecimalOf(6, 2)), types.F("at", types.WithPrecision(types.TimestampLTZ, 3)),
		types.F("y", types.Of(types.Varbinary)))
)

func table(url string, options ...string) *connector.Table {
	t := &connector.Table{Name: "t", Schema: schema, PrimaryKey: []string{"id", "shop"},
		Options: map[string]string{"connector": "redis", "url": url}, Zone: "UTC"}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = options[i+1]
	}
	if s := t.Options["structure"]; s != "" && s != "hash" && s != "string" {
		t.PrimaryKey = nil
	}
	return t
}

// rows of the ids, all of one kind; an odd one has NULLs.
func rows(kind types.RowKind, name string, ids ...int64) *batch.Batch {
	b := batch.NewRowBuilder(schema, len(ids))
	for _, id := range ids {
		batch.Append(b.Cols[0], id)
		b.Cols[1].AppendString("a:b")
		b.Cols[2].AppendString(name)
		if id%2 == 1 {
			b.Cols[3].AppendNull()
			b.Cols[4].AppendNull()
			b.Cols[5].AppendNull()
			continue
		}
		batch.Append(b.Cols[3], decimal128.FromI64(id*100+5))
		batch.Append(b.Cols[4], int64(1700000000123))
		b.Cols[5].AppendBytes([]byte{0, 255})
	}
	out := b.Finish()
	out.Kinds = slices.Repeat([]types.RowKind{kind}, len(ids))
	return out
}

func find(t *testing.T, tab *connector.Table, columns, by []int, keys *batch.Batch) ([]string, error) {
	t.Helper()
	src, err := connector.NewLookup(tab)
	if err != nil {
		t.Fatal(err)
	}
	if columns != nil {
		if src, err = src.Project(columns); err != nil {
			t.Fatal(err)
		}
	}
	l, err := src.NewLookup(&connector.LookupContext{Keys: by, Parallelism: 1, Clock: clock.System{},
		Log: slog.Default(), Concurrency: 2})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	found, err := l.Find(background, keys)
	if err != nil || found.Rows == nil {
		return nil, err
	}
	text := connectortest.Text(found.Rows)
	for i, of := range found.Of {
		text[i] = string('0'+of) + " " + text[i]
	}
	slices.Sort(text)
	return text, nil
}

// project keeps columns of a batch of rows.
func project(b *batch.Batch, columns ...int) *batch.Batch {
	cols := make([]*batch.Column, len(columns))
	for i, c := range columns {
		cols[i] = b.Cols[c]
	}
	return batch.New(connector.ProjectSchema(b.Schema, columns), cols, b.Len())
}

func TestRedis(t *testing.T) {
	port := connectortest.Service(t, "redis")
	url := "redis://127.0.0.1:" + port + "/1"
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port, DB: 1})
	t.Cleanup(func() { c.Close() })
	run := func(name string, f func(t *testing.T)) {
		if err := c.FlushDB(background).Err(); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}

	run("strings", func(t *testing.T) {
		tab := table(url, "format", "json", "key.prefix", "p/", "ttl", "1 h")
		write(t, tab, rows(types.Insert, "x", 1, 2, 3, 4), rows(types.UpdateAfter, "y", 2),
			rows(types.Delete, "x", 3), rows(types.Insert, "x", 1)) // the last once more, after a failure
		keys, err := c.Keys(background, "*").Result()
		slices.Sort(keys)
		if want := []string{`p/1:a\:b`, `p/2:a\:b`, `p/4:a\:b`}; err != nil || !slices.Equal(keys, want) {
			t.Error(keys, err)
		}
		text, err := c.Get(background, `p/2:a\:b`).Result()
		if err != nil || text != `{"id":2,"shop":"a:b","name":"y","price":2.05,`+
			`"at":"2023-11-14 22:13:20.123Z","y":"AP8="}` {
			t.Error(text, err)
		}
		if ttl := c.TTL(background, keys[0]).Val(); ttl <= 0 || ttl > time.Hour {
			t.Error(ttl)
		}
		lookups(t, tab)
		c.Set(background, `p/5:a\:b`, "{nonsense", 0)
		_, err = find(t, tab, nil, []int{0, 1}, project(rows(types.Insert, "", 1, 5), 0, 1))
		if err == nil || !strings.Contains(err.Error(), `p/5:a\:b`) {
			t.Error(err)
		}
	})

	run("hashes", func(t *testing.T) {
		tab := table(url, "structure", "hash", "value.fields-include", "EXCEPT_KEY")
		c.HSet(background, `1:a\:b`, "name", "old", "price", "5", "other", "stays")
		write(t, tab, rows(types.Insert, "x", 1, 2, 3, 4), rows(types.UpdateAfter, "y", 2),
			rows(types.Delete, "x", 3))
		if got := c.HGetAll(background, `2:a\:b`).Val(); !maps.Equal(got, map[string]string{"name": "y",
			"price": "2.05", "at": "2023-11-14 22:13:20.123", "y": "\x00\xff"}) {
			t.Error(got)
		}
		if got := c.HGetAll(background, `1:a\:b`).Val(); !maps.Equal(got, map[string]string{"name": "x",
			"other": "stays"}) {
			t.Error(got)
		}
		lookups(t, tab)
		c.HSet(background, `1:a\:b`, "price", "much")
		_, err := find(t, tab, nil, []int{0, 1}, project(rows(types.Insert, "", 1, 5), 0, 1))
		if err == nil || !strings.Contains(err.Error(), "field 'price': 'much' is not a DECIMAL(6, 2)") ||
			!strings.Contains(err.Error(), `1:a\:b`) {
			t.Error(err)
		}
		c.Set(background, `5:a\:b`, "text", 0)
		_, err = find(t, tab, nil, []int{0, 1}, project(rows(types.Insert, "", 1, 5), 0, 1))
		if err == nil || !strings.Contains(err.Error(), "another structure") {
			t.Error(err)
		}
	})

	run("failures", func(t *testing.T) {
		parts := [3]*batch.Batch{rows(types.Insert, "x", 1, 2), rows(types.Insert, "x", 3, 4, 5),
			rows(types.Insert, "x", 6)}
		for _, s := range []string{"hash", "list"} {
			tab := table(url, "structure", s, "sink.buffer-flush.max-rows", "2")
			if s == "list" {
				tab.Options["key"], tab.Options["format"] = "all", "json"
			}
			connectortest.AtLeastOnce(t, func() connector.Sink {
				sink, err := connector.NewSink(tab)
				if err != nil {
					t.Fatal(err)
				}
				return sink
			}, parts, s == "hash", func() []string {
				var ids []string
				for _, k := range c.Keys(background, "*").Val() {
					if id, ok := strings.CutSuffix(k, `:a\:b`); ok {
						ids = append(ids, id)
					}
				}
				for _, text := range c.LRange(background, "all", 0, -1).Val() {
					ids = append(ids, text[len(`{"id":`):len(`{"id":`)+1])
				}
				var out []string
				for _, id := range ids {
					n, _ := strconv.ParseInt(id, 10, 64)
					out = append(out, connectortest.Text(rows(types.Insert, "x", n))...)
				}
				return out
			})
			c.FlushDB(background)
		}
	})

	run("adding", func(t *testing.T) {
		for _, s := range []string{"list", "set"} {
			write(t, table(url, "structure", s, "key", s, "format", "json",
				"sink.buffer-flush.max-rows", "2"), project(rows(types.Insert, "x", 1, 2, 3), 0, 1, 2, 3, 4, 5))
		}
		list := c.LRange(background, "list", 0, -1).Val()
		if len(list) != 3 || !strings.HasPrefix(list[0], `{"id":1,`) || !strings.HasPrefix(list[2], `{"id":3,`) {
			t.Error(list)
		}
		if set := c.SMembers(background, "set").Val(); len(set) != 3 {
			t.Error(set)
		}
		write(t, table(url, "structure", "stream", "key", "s"), rows(types.Insert, "x", 1, 2))
		entries := c.XRange(background, "s", "-", "+").Val()
		if len(entries) != 2 || entries[0].Values["id"] != "1" || len(entries[0].Values) != 3 ||
			entries[1].Values["price"] != "2.05" {
			t.Error(entries)
		}
		heard := c.Subscribe(background, "news")
		defer heard.Close()
		if _, err := heard.Receive(background); err != nil { // subscribed
			t.Fatal(err)
		}
		write(t, table(url, "structure", "channel", "key", "news", "format", "json"),
			rows(types.Insert, "x", 7))
		m, err := heard.ReceiveTimeout(background, 120*time.Second)
		if message, ok := m.(*redis.Message); err != nil || !ok ||
			!strings.HasPrefix(message.Payload, `{"id":7,`) {
			t.Error(m, err)
		}
	})

	run("elements of a stream", func(t *testing.T) {
		tab := table(url, "structure", "hash", "key.fields", "id")
		tab.Stream, tab.PrimaryKey = true, nil
		tab.Schema = types.NewSchema(types.F("value", schema.RowType()))
		b := rows(types.Insert, "x", 1, 2)
		row := batch.MakeRow(schema.RowType(), b.Len(), b.Cols, nil)
		write(t, tab, batch.New(tab.Schema, []*batch.Column{row}, b.Len()))
		if got := c.HGet(background, "2", "name").Val(); got != "x" {
			t.Error(got)
		}
	})

	run("a server that dies", func(t *testing.T) {
		tab := table("redis://127.0.0.1:1/0", "format", "json", "sink.max-retries", "1")
		s, err := connector.NewSink(tab)
		if err != nil {
			t.Fatal(err)
		}
		woken := make(chan struct{}, 1)
		w, err := s.NewWriter(&connector.WriterContext{Parallelism: 1, Clock: clock.System{},
			Log: slog.Default(), Wake: func() { woken <- struct{}{} }})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if err := w.Write(rows(types.Insert, "x", 1)); err != nil {
			t.Fatal(err)
		}
		if done, err := w.Flush(false); done || err != nil {
			t.Fatal(done, err)
		}
		<-woken
		if _, err := w.Flush(false); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
			t.Error(err)
		}
	})
}

// lookups asks for rows that were written: 1, 2 (with the name y) and 4, not 3.
func lookups(t *testing.T, tab *connector.Table) {
	t.Helper()
	keys := rows(types.Insert, "", 4, 3, 2, 1)
	got, err := find(t, tab, nil, []int{0, 1}, project(keys, 0, 1))
	want := []string{"0 +I|4|a:b|x|4.05|2023-11-14 22:13:20.123|\x00\xff",
		"2 +I|2|a:b|y|2.05|2023-11-14 22:13:20.123|\x00\xff", "3 +I|1|a:b|x|NULL|NULL|NULL"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v\n got %q\nwant %q", err, got, want)
	}
	// Other columns in another order, and a column that is not of the key.
	got, err = find(t, tab, []int{3, 1, 2, 0}, []int{1, 2, 3}, project(rows(types.Insert, "y", 4, 2), 1, 2, 0))
	if want := []string{"1 +I|2.05|a:b|y|2"}; err != nil || !slices.Equal(got, want) {
		t.Error(got, err)
	}
	got, err = find(t, tab, []int{1, 0}, []int{0, 1}, project(keys, 1, 0))
	if want := []string{"0 +I|a:b|4", "2 +I|a:b|2", "3 +I|a:b|1"}; err != nil || !slices.Equal(got, want) {
		t.Error(got, err)
	}
	_, err = find(t, tab, nil, []int{0}, project(keys, 0))
	if err == nil || !strings.Contains(err.Error(), "no equality on the key column 'shop'") {
		t.Error(err)
	}
}

func TestPasswordAndTLS(t *testing.T) {
	dir := certificates(t)
	t.Setenv("REDIS_TLS", dir)
	t.Setenv("REDIS_PASSWORD", "s3cret")
	port := connectortest.Service(t, "redis")
	url := "rediss://127.0.0.1:" + port + "/0"
	ca := filepath.Join(dir, "ca.pem")
	tab := table(url, "format", "json", "tls.ca-file", ca, "password", "s3cret")
	write(t, tab, rows(types.Insert, "x", 2))
	got, err := find(t, tab, []int{0, 1, 2}, []int{0, 1}, project(rows(types.Insert, "", 2), 0, 1))
	if err != nil || !slices.Equal(got, []string{"0 +I|2|a:b|x"}) {
		t.Error(got, err)
	}
	for want, options := range map[string][]string{
		"WRONGPASS":   {"tls.ca-file", ca, "password", "wrong"},
		"certificate": {"password", "s3cret"},
	} {
		tab := table(url, append(options, "format", "json")...)
		_, err := find(t, tab, nil, []int{0, 1}, project(rows(types.Insert, "", 2), 0, 1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// certificates writes a certificate of 127.0.0.1 that signs itself, and its key.
func certificates(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"ca.pem": {Type: "CERTIFICATE", Bytes: cert},
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestBadOptions(t *testing.T) {
	const url = "redis://127.0.0.1:1/0"
	for want, options := range map[string][]string{
		"no address of a Redis server":     {"url", "http://x", "format", "json"},
		"has no option 'format'":           {},
		"has no option 'key.prefx'":        {"key.prefx", "x", "format", "json"},
		"did you mean 'key.prefix'":        {"key.prefx", "x", "format", "json"},
		"not one of string, hash, list":    {"structure", "tree"},
		"has fields, and no 'format'":      {"structure", "hash", "format", "json"},
		"'key' and 'stream.max-length'":    {"key", "x", "format", "json"},
		"'list' needs the option 'key'":    {"structure", "list", "format", "json"},
		"'key.prefix' is for strings":      {"structure", "list", "format", "json", "key", "x", "key.prefix", "x"},
		"begin it with 'rediss://'":        {"tls.ca-file", "x", "format", "json"},
		"'key.fields' and a PRIMARY KEY":   {"key.fields", "id", "format", "json"},
		"'sink.max-retries' = '-1' is not": {"sink.max-retries", "-1", "format", "json"},
	} {
		_, err := connector.NewSink(table(url, options...))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	tab := table(url, "format", "json")
	tab.PrimaryKey = nil
	if _, err := connector.NewSink(tab); err == nil || !strings.Contains(err.Error(), "needs a PRIMARY KEY") {
		t.Error(err)
	}
	tab = table(url, "structure", "list", "key", "x", "format", "json")
	if _, err := connector.NewLookup(tab); err == nil || !strings.Contains(err.Error(), "no keys to be looked up by") {
		t.Error(err)
	}
	if _, err := connector.NewSource(tab); err == nil || !strings.Contains(err.Error(), "cannot be read, only written") {
		t.Error(err)
	}
}

// write writes batches through the connector, to the end.
func write(t *testing.T, table *connector.Table, batches ...*batch.Batch) {
	t.Helper()
	if err := connectortest.Write(t, table, batches...); err != nil {
		t.Fatal(err)
	}
}
