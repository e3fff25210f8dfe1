TAGS = ["partition"]
MODES = ["streaming"]


def run(m):
    D, T = m.datastream, m.common.Types

    class Pt(D.Partitioner):
        def partition(self, key, num_partitions):
            return key % num_partitions

    class Where(D.MapFunction):
        def open(self, ctx):
            self.i = ctx.get_index_of_this_subtask()

        def map(self, v):
            return "%d %d" % (v, self.i)
    env = m.env(3)
    return m.sink_lines(env, env.from_collection(list(range(9)), T.INT()).partition_custom(Pt(), lambda v: v).map(Where(), T.STRING()))
