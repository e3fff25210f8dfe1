TAGS = ["sink", "file"]
MODES = ["streaming", "batch"]


def run(m):
    import os, re
    C, T = m.common, m.common.Types
    fs = m.mod("datastream.connectors.file_system")
    d = m.tmp()
    env = m.env(2)
    ds = env.from_collection(["l%02d" % i for i in range(20)], T.STRING()).rebalance().map(lambda v: v, T.STRING())
    ds.sink_to(fs.FileSink.for_row_format(d, C.Encoder.simple_string_encoder()).with_bucket_assigner(fs.BucketAssigner.base_path_bucket_assigner())
               .with_output_file_config(fs.OutputFileConfig.builder().with_part_prefix("pre").with_part_suffix(".ext").build())
               .with_rolling_policy(fs.RollingPolicy.default_rolling_policy(part_size=1024, rollover_interval=1000, inactivity_interval=1000)).build())
    env.execute("f")
    files = sorted(os.listdir(d))
    pat = re.compile(r"^pre-[0-9a-f-]{36}-\d+-\d+\.ext$|^pre-\d+-\d+\.ext$|^pre-[0-9a-f-]+-\d+\.ext$")
    return [all(pat.match(f) for f in files), len(files) >= 1, sorted(m.read_parts(d))]
