"""The same as a bytewax dataflow: stateful_map."""
import bytewax.operators as op
import common
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink, TestingSource, run_main

data = list(range(1_000_000))


def add(state, e):
    state = e if state is None else (state[0], state[1] + e[1])
    return state, state


def run(n):
    out = []
    flow = Dataflow("reduce")
    s = op.input("in", flow, TestingSource(data[:n], batch_size=1000))
    s = op.map("make", s, lambda x: (x % 10_000, x))
    s = op.stateful_map("add", op.key_on("key", s, lambda e: str(e[0])), add)
    op.output("out", s, TestingSink(out))
    run_main(flow)
    return len(out)


common.timed(run, len(data))
