package broker

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/headrace/headrace/core/connector/pulsar/pulsarpb"
)

// Types of commands.
const (
	tConnect             = 2
	tConnected           = 3
	tSubscribe           = 4
	tProducer            = 5
	tSend                = 6
	tSendReceipt         = 7
	tSendError           = 8
	tMessage             = 9
	tAck                 = 10
	tFlow                = 11
	tSuccess             = 13
	tError               = 14
	tCloseProducer       = 15
	tCloseConsumer       = 16
	tProducerSuccess     = 17
	tPing                = 18
	tPong                = 19
	tPartitioned         = 21
	tPartitionedResponse = 22
	tLookup              = 23
	tLookupResponse      = 24
	tSeek                = 28
	tLastID              = 29
	tLastIDResponse      = 30
	tTopics              = 32
	tTopicsResponse      = 33
	tAuthChallenge       = 36
	tAuthResponse        = 37
	tAckResponse         = 38
	tNewTxn              = 50
	tNewTxnResponse      = 51
	tAddPartition        = 52
	tAddPartitionResp    = 53
	tEndTxn              = 56
	tEndTxnResponse      = 57
	tCoordinator         = 62
	tCoordinatorResponse = 63
)

const (
	protocolVersion = 19 // with transactions' coordinators
	clientVersion   = "headrace"
	frameMax        = 1 << 27 // no broker is set to messages of that size
	keepAlive       = 30 * time.Second
	// writeTime is how long a broker may refuse to read.
	writeTime = 60 * time.Second
)

// handler gets what a broker sends about one consumer or producer. It must not block.
type handler interface {
	message(m *pulsarpb.Message, payload []byte)
	receipt(sequence uint64, id *pulsarpb.MessageId, err error)
	closed(err error)
}

// conn is one connection to a broker.
type conn struct {
	nc         net.Conn
	log        *slog.Logger
	auth       Auth
	maxMessage int

	writeMu sync.Mutex
	heard   atomic.Int64 // when the broker was heard last
	done    chan struct{}

	mu        sync.Mutex
	err       error // why it has ended
	pending   map[uint64]chan<- *pulsarpb.Command
	consumers map[uint64]handler
	producers map[uint64]handler
	ready     map[uint64]bool // transaction coordinators that have been greeted
}

// dial connects and says hello; proxied is the broker behind a proxy, "" if there is none.
func (c *Client) dial(ctx context.Context, address, proxied string) (*conn, error) {
	secure, hosts, err := splitURL(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	var nc net.Conn
	for _, host := range hosts {
		if nc, err = c.dialHost(ctx, host, secure); err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	k := &conn{nc: nc, log: c.Log, auth: c.Auth, done: make(chan struct{}),
		pending: map[uint64]chan<- *pulsarpb.Command{}, consumers: map[uint64]handler{},
		producers: map[uint64]handler{}, ready: map[uint64]bool{}}
	in := bufio.NewReaderSize(nc, 64<<10)
	if err := k.hello(ctx, in, proxied); err != nil {
		_ = nc.Close() // it is of no use
		return nil, err
	}
	k.heard.Store(time.Now().UnixNano())
	go k.read(in)
	go k.watch()
	return k, nil
}

// hello begins the conversation.
func (k *conn) hello(ctx context.Context, in *bufio.Reader, proxied string) error {
	hello := &pulsarpb.Connect{ClientVersion: new(clientVersion),
		ProtocolVersion: new(int32(protocolVersion)),
		Features:        &pulsarpb.FeatureFlags{AuthRefresh: new(true)}}
	if proxied != "" {
		hello.ProxyToBroker = new(proxied)
	}
	method, data, err := k.auth.data()
	if err != nil {
		return err
	}
	if method != "" {
		hello.AuthMethod, hello.AuthData = new(method), data
	}
	if end, ok := ctx.Deadline(); ok {
		if err := k.nc.SetDeadline(end); err != nil {
			return err
		}
	}
	if err := k.send(&pulsarpb.Command{Type: new(int32(tConnect)), Connect: hello}, nil); err != nil {
		return err
	}
	for {
		cmd, _, err := readFrame(in)
		if err != nil {
			return err
		}
		switch {
		case cmd.Connected != nil:
			if k.maxMessage = int(cmd.Connected.GetMaxMessageSize()); k.maxMessage == 0 {
				k.maxMessage = 5 << 20
			}
			if v := cmd.Connected.GetProtocolVersion(); v < 12 {
				return &Error{UnsupportedVersion, fmt.Sprintf("the broker speaks version %d of the "+
					"protocol, 12 is needed", v)}
			}
			return k.nc.SetDeadline(time.Time{})
		case cmd.Error != nil:
			return &Error{cmd.Error.GetError(), cmd.Error.GetMessage()}
		case cmd.AuthChallenge != nil:
			if err := k.answerChallenge(); err != nil {
				return err
			}
		}
	}
}

func (k *conn) answerChallenge() error {
	method, data, err := k.auth.data()
	if err != nil {
		return err
	}
	return k.send(&pulsarpb.Command{Type: new(int32(tAuthResponse)),
		AuthResponse: &pulsarpb.AuthResponse{ClientVersion: new(clientVersion),
			ProtocolVersion: new(int32(protocolVersion)),
			Response:        &pulsarpb.AuthData{Method: new(method), Data: data}}}, nil)
}

// send writes a command, with what follows it.
func (k *conn) send(cmd *pulsarpb.Command, payload []byte) error {
	size := proto.Size(cmd)
	b := make([]byte, 8, 8+size+len(payload))
	b, err := proto.MarshalOptions{}.MarshalAppend(b, cmd)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint32(b, uint32(4+size+len(payload)))
	binary.BigEndian.PutUint32(b[4:], uint32(size))
	b = append(b, payload...)
	k.writeMu.Lock()
	defer k.writeMu.Unlock()
	if err := k.nc.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	if _, err = k.nc.Write(b); err != nil {
		k.end(err)
	}
	return err
}

// readFrame reads a command and what follows it.
func readFrame(in *bufio.Reader) (*pulsarpb.Command, []byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, nil, err
	}
	total, size := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if total > frameMax || total < 4 || size > total-4 {
		return nil, nil, fmt.Errorf("a frame of %d bytes with a command of %d: this is no Pulsar "+
			"broker's port", total, size)
	}
	b := make([]byte, total-4)
	if _, err := io.ReadFull(in, b); err != nil {
		return nil, nil, err
	}
	cmd := &pulsarpb.Command{}
	if err := proto.Unmarshal(b[:size], cmd); err != nil {
		return nil, nil, err
	}
	return cmd, b[size:], nil
}

// request sends a command and waits for the answer to its number.
func (k *conn) request(
	ctx context.Context, number uint64, cmd *pulsarpb.Command,
) (*pulsarpb.Command, error) {
	answer := make(chan *pulsarpb.Command, 1)
	k.mu.Lock()
	if k.err != nil {
		k.mu.Unlock()
		return nil, k.err
	}
	k.pending[number] = answer
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		delete(k.pending, number)
		k.mu.Unlock()
	}()
	if err := k.send(cmd, nil); err != nil {
		return nil, err
	}
	select {
	case a := <-answer:
		if a.Error != nil {
			return nil, &Error{a.Error.GetError(), a.Error.GetMessage()}
		}
		return a, nil
	case <-k.done:
		return nil, k.why()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (k *conn) why() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// end closes the connection; everybody on it hears why.
func (k *conn) end(err error) {
	k.mu.Lock()
	if k.err != nil {
		k.mu.Unlock()
		return
	}
	k.err = err
	close(k.done)
	var all []handler
	for _, m := range []map[uint64]handler{k.consumers, k.producers} {
		for _, h := range m {
			all = append(all, h)
		}
	}
	k.mu.Unlock()
	_ = k.nc.Close() // nothing more is expected of it
	for _, h := range all {
		h.closed(err)
	}
}

// watch asks a silent broker whether it is there.
func (k *conn) watch() {
	tick := time.NewTicker(keepAlive)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-k.done:
			return
		}
		if time.Since(time.Unix(0, k.heard.Load())) > 2*keepAlive {
			k.end(fmt.Errorf("nothing was heard of the broker for %s", 2*keepAlive))
			return
		}
		_ = k.send(&pulsarpb.Command{Type: new(int32(tPing)), Ping: &pulsarpb.Ping{}}, nil)
	}
}

// read hands over what the broker sends.
func (k *conn) read(in *bufio.Reader) {
	for {
		cmd, payload, err := readFrame(in)
		if err != nil {
			k.end(err)
			return
		}
		k.heard.Store(time.Now().UnixNano())
		k.dispatch(cmd, payload)
	}
}

func (k *conn) dispatch(cmd *pulsarpb.Command, payload []byte) {
	switch cmd.GetType() {
	case tMessage:
		if h := k.handler(k.consumers, cmd.Message.GetConsumer()); h != nil {
			h.message(cmd.Message, payload)
		}
	case tSendReceipt:
		if h := k.handler(k.producers, cmd.SendReceipt.GetProducer()); h != nil {
			h.receipt(cmd.SendReceipt.GetSequence(), cmd.SendReceipt.Id, nil)
		}
	case tSendError:
		if h := k.handler(k.producers, cmd.SendError.GetProducer()); h != nil {
			h.receipt(cmd.SendError.GetSequence(), nil,
				&Error{cmd.SendError.GetError(), cmd.SendError.GetMessage()})
		}
	case tCloseConsumer:
		if h := k.forget(k.consumers, cmd.CloseConsumer.GetConsumer()); h != nil {
			h.closed(errClosed)
		}
	case tCloseProducer:
		if h := k.forget(k.producers, cmd.CloseProducer.GetProducer()); h != nil {
			h.closed(errClosed)
		}
	case tPing:
		_ = k.send(&pulsarpb.Command{Type: new(int32(tPong)), Pong: &pulsarpb.Pong{}}, nil)
	case tAuthChallenge:
		if err := k.answerChallenge(); err != nil {
			k.end(err)
		}
	default:
		k.answer(cmd)
	}
}

// answer hands an answer to who has asked.
func (k *conn) answer(cmd *pulsarpb.Command) {
	number, ok := numberOf(cmd)
	if !ok {
		return
	}
	if s := cmd.ProducerSuccess; s != nil && !s.GetReady() {
		return // another answer follows
	}
	k.mu.Lock()
	to := k.pending[number]
	delete(k.pending, number)
	k.mu.Unlock()
	if to != nil {
		to <- cmd
	}
}

// numberOf is the number of the request that a command answers.
func numberOf(cmd *pulsarpb.Command) (uint64, bool) {
	switch cmd.GetType() {
	case tSuccess:
		return cmd.Success.GetRequest(), true
	case tError:
		return cmd.Error.GetRequest(), true
	case tProducerSuccess:
		return cmd.ProducerSuccess.GetRequest(), true
	case tPartitionedResponse:
		return cmd.PartitionedMetadataResponse.GetRequest(), true
	case tLookupResponse:
		return cmd.LookupResponse.GetRequest(), true
	case tLastIDResponse:
		return cmd.GetLastMessageIdResponse.GetRequest(), true
	case tTopicsResponse:
		return cmd.GetTopicsResponse.GetRequest(), true
	case tAckResponse:
		return cmd.AckResponse.GetRequest(), true
	case tNewTxnResponse:
		return cmd.NewTxnResponse.GetRequest(), true
	case tAddPartitionResp:
		return cmd.AddPartitionResponse.GetRequest(), true
	case tEndTxnResponse:
		return cmd.EndTxnResponse.GetRequest(), true
	case tCoordinatorResponse:
		return cmd.CoordinatorConnectResponse.GetRequest(), true
	}
	return 0, false
}

func (k *conn) handler(of map[uint64]handler, id uint64) handler {
	k.mu.Lock()
	defer k.mu.Unlock()
	return of[id]
}

func (k *conn) forget(of map[uint64]handler, id uint64) handler {
	k.mu.Lock()
	defer k.mu.Unlock()
	h := of[id]
	delete(of, id)
	return h
}

// add has a consumer or producer hear of the connection.
func (k *conn) add(to map[uint64]handler, id uint64, h handler) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return k.err
	}
	to[id] = h
	return nil
}
