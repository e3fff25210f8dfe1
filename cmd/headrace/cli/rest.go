package cli

import (
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/headrace/headrace/core/base/config"
	"github.com/headrace/headrace/core/base/errs"
	"github.com/headrace/headrace/core/server"
	"github.com/headrace/headrace/core/session"
)

// restPortEnv is how run tells its child the port of --rest-port.
const restPortEnv = "HEADRACE_REST_PORT"

// rest is the REST server of the process: it starts with the first job whose configuration has a
// port, and shows the jobs of all sessions that do.
var rest served

type served struct {
	mu     sync.Mutex
	server *server.Server
}

// serve offers the jobs of a session when its configuration says so.
func (r *served) serve(cfg map[string]string, s *session.Session) error {
	port, err := config.RestPort.Get(cfg)
	if err != nil {
		return err
	}
	if text := os.Getenv(restPortEnv); text != "" && port == 0 {
		if port, err = strconv.Atoi(text); err != nil {
			return errs.Userf("%s=%s is not a port", restPortEnv, text)
		}
	}
	if port == 0 {
		return nil
	}
	host, err := config.RestAddress.Get(cfg)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server == nil {
		if r.server, err = server.Start(host, port, Version); err != nil {
			return err
		}
	}
	r.server.Add(s)
	return nil
}

// patience is how long a session that is closed waits for those who gave orders to ask what became
// of them; the verbs ask every 50 ms.
const patience = time.Second

// forget takes back the jobs of a session that is closed.
func (r *served) forget(s *session.Session) {
	r.mu.Lock()
	server := r.server
	r.mu.Unlock()
	if server != nil {
		server.Settle(patience)
		server.Remove(s)
	}
}
