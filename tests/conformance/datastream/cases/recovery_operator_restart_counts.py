TAGS = ["recovery", "timing"]
MODES = ["streaming"]
TIMEOUT = 180


def run(m):
    import os, time
    C, D, T, S = m.common, m.datastream, m.common.Types, m.mod("datastream.state")
    ns = m.mod("datastream.connectors.number_seq")
    flag = m.tmp() + "/failed"
    sm = S

    class Fail(D.MapFunction):
        def open(self, ctx):
            self.a = ctx.get_attempt_number()

        def map(self, v):
            time.sleep(0.002)
            if v == 500 and not os.path.exists(flag):
                open(flag, "w").close()
                raise RuntimeError("once")
            return v

    class P(D.KeyedProcessFunction):
        def open(self, ctx):
            self.mp = ctx.get_map_state(sm.MapStateDescriptor("m", T.LONG(), T.LONG()))
            self.r = ctx.get_reducing_state(sm.ReducingStateDescriptor("r", lambda a, b: a + b, T.LONG()))

        def process_element(self, v, ctx):
            k = v % 10
            self.mp.put(k, (self.mp.get(k) or 0) + 1)
            self.r.add(1)
            if v > 990:
                yield (ctx.get_current_key(), self.r.get() >= 300, sum(self.mp.values()) == self.r.get())
    env = m.env(conf={"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "3", "restart-strategy.fixed-delay.delay": "100 ms", "python.fn-execution.bundle.size": "10", "python.fn-execution.bundle.time": "50"})
    env.enable_checkpointing(200)
    ds = env.from_source(ns.NumberSequenceSource(1, 1000), C.WatermarkStrategy.no_watermarks(), "seq", T.LONG())
    return m.collect(ds.map(Fail(), T.LONG()).key_by(lambda v: v % 3, T.LONG()).process(P()))
