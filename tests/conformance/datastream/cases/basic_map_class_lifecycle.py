TAGS = ["lifecycle"]
MODES = ["streaming", "batch"]


def run(m):
    D = m.datastream
    log = m.tmp() + "/log"

    class M(D.MapFunction):
        def __init__(self, n):
            self.n = n

        def open(self, ctx):
            open(log, "a").write("open %s %d %d %s\n" % (self.n, ctx.get_index_of_this_subtask(), ctx.get_number_of_parallel_subtasks(), ctx.get_task_name_with_subtasks() and True))

        def map(self, v):
            return v + 1

        def close(self):
            open(log, "a").write("close %s\n" % self.n)

    out = m.collect(m.env().from_collection([1, 2]).map(M("a")).map(M("b")).map(M("c")))
    return [out, sorted(open(log).read().split("\n"))]
