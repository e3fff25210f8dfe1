// Package pulsartest is a Pulsar broker in the process of a test: one that keeps its topics in
// memory, does transactions, and breaks connections when it is told to.
package pulsartest

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// Server is a broker with its administrative interface.
type Server struct {
	t     testing.TB
	web   *httptest.Server
	port  string
	Token string // what clients have to show; "": nothing
	NoTxn bool   // there are no transaction coordinators

	mu      sync.Mutex
	ln      net.Listener
	peers   map[*peer]bool
	topics  map[string]*topic
	parts   map[string]int
	txns    map[uint64]*txn
	lastTxn uint64
	ledgers int64
}

// New starts a broker that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{t: t, port: "0", peers: map[*peer]bool{}, topics: map[string]*topic{},
		parts: map[string]int{}, txns: map[uint64]*txn{}}
	s.web = httptest.NewServer(http.HandlerFunc(s.serveWeb))
	s.Start()
	t.Cleanup(func() {
		s.Stop()
		s.web.Close()
	})
	return s
}

// URL is the address for clients.
func (s *Server) URL() string { return "pulsar://127.0.0.1:" + s.port }

// Admin is the address of the administrative interface.
func (s *Server) Admin() string { return s.web.URL }

// Start listens, at the same port as before.
func (s *Server) Start() {
	ln, err := net.Listen("tcp", "127.0.0.1:"+s.port)
	if err != nil {
		s.t.Error(err)
		return
	}
	s.mu.Lock()
	s.ln = ln
	s.mu.Unlock()
	_, s.port, _ = net.SplitHostPort(ln.Addr().String())
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			p := &peer{s: s, nc: nc, consumers: map[uint64]*consumer{}, producers: map[uint64]*topic{}}
			s.mu.Lock()
			s.peers[p] = true
			s.mu.Unlock()
			go p.serve()
		}
	}()
}

// Stop ends listening and breaks all connections; topics stay.
func (s *Server) Stop() {
	s.mu.Lock()
	ln := s.ln
	s.mu.Unlock()
	_ = ln.Close()
	s.Break()
}

// Break closes all connections.
func (s *Server) Break() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		_ = p.nc.Close()
		p.forget()
		delete(s.peers, p)
	}
}

// Unload takes all topics from their consumers and producers, which have to look them up again.
func (s *Server) Unload() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p := range s.peers {
		for id := range p.consumers {
			p.send(&pulsarpb.Command{Type: new(int32(16)), CloseConsumer: &pulsarpb.CloseConsumer{
				Consumer: new(id), Request: new(uint64(0))}}, nil)
		}
		for id := range p.producers {
			p.send(&pulsarpb.Command{Type: new(int32(15)), CloseProducer: &pulsarpb.CloseProducer{
				Producer: new(id), Request: new(uint64(0))}}, nil)
		}
		p.forget()
	}
}

// Create makes a topic with partitions; 0: without.
func (s *Server) Create(name string, partitions int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if partitions == 0 {
		s.topic(name)
		return
	}
	s.parts[name] = partitions
	for i := range partitions {
		s.topic(name + "-partition-" + strconv.Itoa(i))
	}
}

// topic is a topic, which is made when it is not there; mu is held.
func (s *Server) topic(name string) *topic {
	t := s.topics[name]
	if t == nil {
		s.ledgers++
		t = &topic{ledger: s.ledgers, subs: map[string]*subscription{}}
		s.topics[name] = t
	}
	return t
}

// serveWeb answers GET …/subscriptions.
func (s *Server) serveWeb(w http.ResponseWriter, r *http.Request) {
	if s.Token != "" && r.Header.Get("Authorization") != "Bearer "+s.Token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/admin/v2/persistent/")
	name = "persistent://" + strings.TrimSuffix(name, "/subscriptions")
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[name]
	if t == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	names := []string{}
	for n := range t.subs {
		names = append(names, n)
	}
	slices.Sort(names)
	_ = json.NewEncoder(w).Encode(names) // the client has gone
}

// peer is a client's connection.
type peer struct {
	s         *Server
	nc        net.Conn
	consumers map[uint64]*consumer
	producers map[uint64]*topic
}

// forget takes the peer's consumers from their subscriptions; mu is held.
func (p *peer) forget() {
	for _, c := range p.consumers {
		if c.sub.consumer == c {
			c.sub.consumer = nil
		}
	}
	clear(p.consumers)
	clear(p.producers)
}

// send writes a frame; mu is held.
func (p *peer) send(cmd *pulsarpb.Command, payload []byte) {
	b, err := proto.Marshal(cmd)
	if err != nil {
		p.s.t.Error(err)
		return
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(4+len(b)+len(payload)))
	out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
	_, _ = p.nc.Write(append(append(out, b...), payload...)) // the client has gone
}

func (p *peer) serve() {
	in := bufio.NewReader(p.nc)
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			break
		}
		total, size := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
		body := make([]byte, total-4)
		if _, err := io.ReadFull(in, body); err != nil {
			break
		}
		cmd := &pulsarpb.Command{}
		if err := proto.Unmarshal(body[:size], cmd); err != nil {
			p.s.t.Error(err)
			break
		}
		p.s.mu.Lock()
		alive := p.s.peers[p]
		if alive {
			p.handle(cmd, body[size:])
		}
		p.s.mu.Unlock()
		if !alive {
			break
		}
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.forget()
	delete(p.s.peers, p)
	if err := p.nc.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		p.s.t.Error(err)
	}
}
