TAGS = ["program"]
MODES = ["streaming"]


def run(m):
    D, T = m.datastream, m.common.Types
    S = m.mod("datastream.state")

    def program(env):
        class Track(D.KeyedProcessFunction):
            def open(self, ctx):
                self.l = ctx.get_list_state(S.ListStateDescriptor("l", T.INT()))
                self.m = ctx.get_map_state(S.MapStateDescriptor("m", T.STRING(), T.LIST(T.INT())))

                class Agg(D.AggregateFunction):
                    def create_accumulator(self):
                        return [0, 0]

                    def add(self, v, acc):
                        acc[0] += v
                        acc[1] += 1
                        return acc

                    def get_result(self, acc):
                        return acc[0] / acc[1]

                    def merge(self, a, b):
                        return [a[0] + b[0], a[1] + b[1]]

                self.a = ctx.get_aggregating_state(S.AggregatingStateDescriptor("a", Agg(), T.LIST(T.INT())))

            def process_element(self, v, ctx):
                n = v[2]
                self.l.add(n)
                if n % 7 == 0:
                    self.l.update([n, n])
                if n % 11 == 0:
                    self.l.add_all([1, 2])
                k = "odd" if n % 2 else "even"
                old = self.m.get(k) or []
                self.m.put(k, old + [n])
                if len(old) > 3:
                    self.m.remove(k)
                self.a.add(n)
                yield (v[0], list(self.l.get()), sorted(self.m.keys()), sorted(len(x) for x in self.m.values()), self.a.get())
                if n % 13 == 0:
                    self.l.clear()
                    self.a.clear()
                    self.m.clear()
                    yield (v[0], list(self.l.get() or []), self.m.is_empty(), self.a.get())

        return env.from_collection([("k%d" % (i % 5), i * 37 % 1000, i) for i in range(60)]).key_by(lambda e: e[0], T.STRING()).process(Track())

    return {"parallelism %d" % p: sorted(m.collect(program(m.env(p))), key=repr) for p in (1, 2)}
