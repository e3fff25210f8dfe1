package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/headrace/headrace/core/base/errs"
)

// client speaks to the REST server of a running job's process.
type client struct{ address string }

// flags adds the flag that says where the server is.
func (c *client) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&c.address, "jobmanager", "m", "localhost:8081",
		"where the job's REST server listens, HOST:PORT (rest.port, run --rest-port)")
}

// do sends a request and reads the answer into out, which may be nil.
func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if in == nil {
		raw = nil
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.address+path,
		bytes.NewReader(raw))
	if err != nil {
		return errs.Userf("%s is not an address: %v", c.address, err).Fix("write HOST:PORT")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return errs.Userf("no job's REST server answers on %s", c.address).Wrap(err).
			Fix("start the job with --rest-port, and name the same port with -m")
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		var bad struct{ Errors []string }
		_ = json.NewDecoder(res.Body).Decode(&bad) // the status says enough
		return errs.Userf("%s", strings.Join(append(bad.Errors, res.Status), ": "))
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// order sends an order that takes its time, waits for it and returns where its result is.
func (c *client) order(ctx context.Context, job, verb string, in any) (string, error) {
	var begun struct {
		ID string `json:"request-id"`
	}
	if err := c.do(ctx, http.MethodPost, "/jobs/"+job+"/"+verb, in, &begun); err != nil {
		return "", err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		var state struct {
			Status    struct{ ID string }
			Operation struct {
				Location string
				Failure  *struct {
					Stack string `json:"stack-trace"`
				} `json:"failure-cause"`
			}
		}
		path := fmt.Sprintf("/jobs/%s/savepoints/%s", job, begun.ID)
		if err := c.do(ctx, http.MethodGet, path, nil, &state); err != nil {
			return "", err
		}
		if state.Status.ID == "COMPLETED" {
			if f := state.Operation.Failure; f != nil {
				return "", errs.Userf("%s", f.Stack)
			}
			return state.Operation.Location, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
