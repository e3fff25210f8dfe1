TAGS = ["lifecycle", "config"]
MODES = ["streaming"]


def run(m):
    D = m.datastream

    class M(D.MapFunction):
        def open(self, ctx):
            self.got = (ctx.get_job_parameter("a", "dflt"), ctx.get_job_parameter("b", "dflt"))

        def map(self, v):
            return self.got

    env = m.env()
    env.get_config().set_global_job_parameters({"a": "1", "c": "x"})
    return [m.collect(env.from_collection([1]).map(M())), env.get_config().get_global_job_parameters()]
