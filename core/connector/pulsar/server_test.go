//go:build services

package pulsar_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/headrace/headrace/core/connector/connectortest"
)

// server is a real one: HEADRACE_PULSAR names it ("port of the brokers,port of the administrative
// interface"), or one is started.
type server struct{ broker, web string }

func (s server) url() string   { return "pulsar://127.0.0.1:" + s.broker }
func (s server) admin() string { return "http://127.0.0.1:" + s.web }

func (s server) life() string { return "5000" }
func (s server) expire()      {}

func (s server) partitioned(t testing.TB, topic string, n int) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPut, fmt.Sprintf(
		"%s/admin/v2/persistent/public/default/%s/partitions", s.admin(), topic),
		strings.NewReader(fmt.Sprint(n)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		t.Fatal(resp.Status)
	}
}

func TestServer(t *testing.T) {
	ports := os.Getenv("HEADRACE_PULSAR")
	if ports == "" {
		ports = connectortest.Service(t, "pulsar")
	}
	broker, web, _ := strings.Cut(ports, ",")
	all(t, server{broker, web})
}
