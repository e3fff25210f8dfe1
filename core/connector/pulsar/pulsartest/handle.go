package pulsartest

import (
	"strings"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

const coordinators = "persistent://pulsar/system/transaction_coordinator_assign"

func (p *peer) fail(request uint64, code int32, text string) {
	p.send(&pulsarpb.Command{Type: new(int32(14)), Error: &pulsarpb.Error{Request: new(request),
		Error: new(code), Message: new(text)}}, nil)
}

func (p *peer) succeed(request uint64) {
	p.send(&pulsarpb.Command{Type: new(int32(13)), Success: &pulsarpb.Success{Request: new(request)}},
		nil)
}

// handle answers a command; mu is held.
func (p *peer) handle(cmd *pulsarpb.Command, payload []byte) {
	switch {
	case cmd.Connect != nil:
		p.connect(cmd.Connect)
	case cmd.Ping != nil:
		p.send(&pulsarpb.Command{Type: new(int32(18)), Pong: &pulsarpb.Pong{}}, nil)
	case cmd.Lookup != nil:
		p.send(&pulsarpb.Command{Type: new(int32(24)), LookupResponse: &pulsarpb.LookupResponse{
			Request: cmd.Lookup.Request, Response: new(int32(1)), Url: new(p.s.URL()),
			Authoritative: new(true)}}, nil)
	case cmd.PartitionedMetadata != nil:
		n := p.s.parts[cmd.PartitionedMetadata.GetTopic()]
		if cmd.PartitionedMetadata.GetTopic() == coordinators && !p.s.NoTxn {
			n = 2
		}
		p.send(&pulsarpb.Command{Type: new(int32(22)),
			PartitionedMetadataResponse: &pulsarpb.PartitionedMetadataResponse{
				Request: cmd.PartitionedMetadata.Request, Response: new(int32(0)),
				Partitions: new(uint32(n))}}, nil)
	case cmd.GetTopics != nil:
		r := &pulsarpb.GetTopicsResponse{Request: cmd.GetTopics.Request}
		for name := range p.s.topics {
			if strings.HasPrefix(name, "persistent://"+cmd.GetTopics.GetNamespace()+"/") {
				r.Topics = append(r.Topics, name)
			}
		}
		p.send(&pulsarpb.Command{Type: new(int32(33)), GetTopicsResponse: r}, nil)
	case cmd.Producer != nil:
		p.producers[cmd.Producer.GetProducer()] = p.s.topic(cmd.Producer.GetTopic())
		name := cmd.Producer.GetName()
		if name == "" {
			name = "given"
		}
		p.send(&pulsarpb.Command{Type: new(int32(17)), ProducerSuccess: &pulsarpb.ProducerSuccess{
			Request: cmd.Producer.Request, Name: new(name)}}, nil)
	case cmd.Send != nil:
		p.write(cmd.Send, payload)
	default:
		p.handleConsumer(cmd)
	}
}

func (p *peer) connect(c *pulsarpb.Connect) {
	if p.s.Token != "" && (c.GetAuthMethod() != "token" || string(c.AuthData) != p.s.Token) {
		p.fail(0, 3, "no such token")
		return
	}
	p.send(&pulsarpb.Command{Type: new(int32(3)), Connected: &pulsarpb.Connected{
		ServerVersion: new("test"), ProtocolVersion: new(int32(19)),
		MaxMessageSize: new(int32(1 << 20))}}, nil)
}

// write appends an entry.
func (p *peer) write(s *pulsarpb.Send, payload []byte) {
	t := p.producers[s.GetProducer()]
	if t == nil {
		return // the topic was unloaded
	}
	meta, err := metadata(payload)
	if err != nil {
		p.s.t.Error(err)
		return
	}
	e := entry{payload: payload, meta: meta}
	if s.TxnLeast != nil {
		if e.txn = p.s.txns[s.GetTxnLeast()]; e.txn == nil || e.txn.state != open {
			p.send(&pulsarpb.Command{Type: new(int32(8)), SendError: &pulsarpb.SendError{
				Producer: s.Producer, Sequence: s.Sequence, Error: new(int32(22)),
				Message: new("the transaction has ended")}}, nil)
			return
		}
	}
	t.entries = append(t.entries, e)
	id := t.id(len(t.entries) - 1)
	id.BatchIndex = nil
	p.send(&pulsarpb.Command{Type: new(int32(7)), SendReceipt: &pulsarpb.SendReceipt{
		Producer: s.Producer, Sequence: s.Sequence, Id: id}}, nil)
	p.s.dispatchAll()
}

func (p *peer) handleConsumer(cmd *pulsarpb.Command) {
	switch {
	case cmd.Subscribe != nil:
		p.subscribe(cmd.Subscribe)
	case cmd.Flow != nil:
		if c := p.consumers[cmd.Flow.GetConsumer()]; c != nil {
			c.permits += int(cmd.Flow.GetPermits())
			c.dispatch()
		}
	case cmd.Ack != nil:
		if c := p.consumers[cmd.Ack.GetConsumer()]; c != nil {
			c.sub.next = max(c.sub.next, c.t.index(cmd.Ack.Ids[0])+1)
		}
		if cmd.Ack.Request != nil {
			p.send(&pulsarpb.Command{Type: new(int32(38)), AckResponse: &pulsarpb.AckResponse{
				Consumer: cmd.Ack.Consumer, Request: cmd.Ack.Request}}, nil)
		}
	case cmd.Seek != nil:
		c := p.consumers[cmd.Seek.GetConsumer()]
		if c == nil {
			p.fail(cmd.Seek.GetRequest(), 13, "")
			return
		}
		c.t.seek(c.sub, cmd.Seek)
		p.drop(c)
		p.succeed(cmd.Seek.GetRequest())
		p.send(&pulsarpb.Command{Type: new(int32(16)), CloseConsumer: &pulsarpb.CloseConsumer{
			Consumer: new(c.id), Request: new(uint64(0))}}, nil)
	case cmd.GetLastMessageId != nil:
		c := p.consumers[cmd.GetLastMessageId.GetConsumer()]
		if c == nil {
			p.fail(cmd.GetLastMessageId.GetRequest(), 13, "")
			return
		}
		done := c.t.id(c.sub.next - 1)
		done.BatchIndex = nil
		p.send(&pulsarpb.Command{Type: new(int32(30)),
			GetLastMessageIdResponse: &pulsarpb.GetLastMessageIdResponse{
				Request: cmd.GetLastMessageId.Request, Last: c.t.id(c.t.last()), MarkDelete: done}}, nil)
	case cmd.CloseConsumer != nil:
		if c := p.consumers[cmd.CloseConsumer.GetConsumer()]; c != nil {
			p.drop(c)
		}
		p.succeed(cmd.CloseConsumer.GetRequest())
	default:
		p.handleTxn(cmd)
	}
}

func (p *peer) drop(c *consumer) {
	delete(p.consumers, c.id)
	if c.sub.consumer == c {
		c.sub.consumer = nil
	}
}

func (p *peer) subscribe(s *pulsarpb.Subscribe) {
	t := p.s.topics[s.GetTopic()]
	if t == nil {
		p.fail(s.GetRequest(), 11, s.GetTopic())
		return
	}
	sub := t.subs[s.GetSubscription()]
	switch {
	case !s.GetDurable():
		sub = &subscription{next: t.index(s.Start)}
		if int64(s.Start.GetEntry()) < 0 {
			sub.next = 0
		}
	case sub == nil:
		sub = &subscription{}
		if s.GetInitialPosition() == 0 {
			sub.next = len(t.entries)
		}
		t.subs[s.GetSubscription()] = sub
	case sub.consumer != nil:
		p.fail(s.GetRequest(), 5, "Exclusive consumer is already connected")
		return
	}
	c := &consumer{p: p, id: s.GetConsumer(), t: t, sub: sub, next: sub.next}
	sub.consumer = c
	p.consumers[c.id] = c
	p.succeed(s.GetRequest())
}

func (p *peer) handleTxn(cmd *pulsarpb.Command) {
	answer := func(request, id uint64, code int32) *pulsarpb.TxnResponse {
		r := &pulsarpb.TxnResponse{Request: new(request), TxnLeast: new(id), TxnMost: new(uint64(0))}
		if code != 0 {
			r.Error, r.Message = new(code), new("the transaction")
		}
		return r
	}
	switch {
	case cmd.CoordinatorConnect != nil:
		p.send(&pulsarpb.Command{Type: new(int32(63)),
			CoordinatorConnectResponse: &pulsarpb.CoordinatorResponse{
				Request: cmd.CoordinatorConnect.Request}}, nil)
	case cmd.NewTxn != nil:
		p.s.lastTxn++
		x := &txn{id: p.s.lastTxn}
		p.s.txns[x.id] = x
		p.send(&pulsarpb.Command{Type: new(int32(51)),
			NewTxnResponse: answer(cmd.NewTxn.GetRequest(), x.id, 0)}, nil)
	case cmd.AddPartition != nil:
		code := int32(0)
		if x := p.s.txns[cmd.AddPartition.GetTxnLeast()]; x == nil || x.state != open {
			code = 24
		}
		p.send(&pulsarpb.Command{Type: new(int32(53)), AddPartitionResponse: answer(
			cmd.AddPartition.GetRequest(), cmd.AddPartition.GetTxnLeast(), code)}, nil)
	case cmd.EndTxn != nil:
		state, code := committed, int32(0)
		if cmd.EndTxn.GetAction() == 1 {
			state = aborted
		}
		if x := p.s.txns[cmd.EndTxn.GetTxnLeast()]; x == nil || x.state != open {
			code = 24
		} else {
			p.s.endTxn(x, state)
		}
		p.send(&pulsarpb.Command{Type: new(int32(57)), EndTxnResponse: answer(
			cmd.EndTxn.GetRequest(), cmd.EndTxn.GetTxnLeast(), code)}, nil)
	}
}

// Expire aborts all open transactions, as brokers do when their time is over.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.txns {
		s.endTxn(x, aborted)
	}
}

// Begun is how many transactions were begun.
func (s *Server) Begun() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int(s.lastTxn)
}

// Open is how many transactions are open that something was written in.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[*txn]bool{}
	for _, t := range s.topics {
		for _, e := range t.entries {
			if e.txn != nil && e.txn.state == open {
				found[e.txn] = true
			}
		}
	}
	return len(found)
}

func (s *Server) endTxn(x *txn, state int) {
	if x.state == open {
		x.state = state
		s.dispatchAll()
	}
}
