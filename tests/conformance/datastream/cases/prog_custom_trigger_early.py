TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T, C = m.datastream, m.common.Types, m.common
    W, S = m.mod("datastream.window"), m.mod("datastream.state")
    TA = m.mod("common.watermark_strategy").TimestampAssigner

    class Second(TA):
        def extract_timestamp(self, value, record_timestamp):
            return value[1]

    late = C.WatermarkStrategy.for_bounded_out_of_orderness(C.Duration.of_seconds(600)).with_timestamp_assigner(Second())

    def program(env):
        class Early(W.Trigger):
            def on_element(self, element, timestamp, window, ctx):
                ctx.register_event_time_timer(window.max_timestamp())
                s = ctx.get_partitioned_state(S.ReducingStateDescriptor("n", lambda a, b: a + b, T.LONG()))
                s.add(1)
                if s.get() >= 3:
                    s.clear()
                    return W.TriggerResult.FIRE
                return W.TriggerResult.CONTINUE

            def on_processing_time(self, time, window, ctx):
                return W.TriggerResult.CONTINUE

            def on_event_time(self, time, window, ctx):
                return W.TriggerResult.FIRE_AND_PURGE if time == window.max_timestamp() else W.TriggerResult.CONTINUE

            def on_merge(self, window, ctx):
                pass

            def clear(self, window, ctx):
                ctx.delete_event_time_timer(window.max_timestamp())
                ctx.get_partitioned_state(S.ReducingStateDescriptor("n", lambda a, b: a + b, T.LONG())).clear()

        class Show(D.ProcessWindowFunction):
            def open(self, ctx):
                self.d = S.ValueStateDescriptor("fired", T.INT())
                self.g = S.ValueStateDescriptor("all", T.INT())

            def process(self, key, ctx, elements):
                s, g = ctx.window_state().get_state(self.d), ctx.global_state().get_state(self.g)
                s.update((s.value() or 0) + 1)
                g.update((g.value() or 0) + 1)
                yield key, ctx.window().start, s.value(), len(list(elements))

            def clear(self, ctx):
                ctx.window_state().get_state(self.d).clear()

        return env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]).assign_timestamps_and_watermarks(late).key_by(lambda e: e[0]) \
            .window(W.TumblingEventTimeWindows.of(C.Time.milliseconds(500))).trigger(Early()).process(Show())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
