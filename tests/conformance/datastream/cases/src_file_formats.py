TAGS = ["source", "file"]
MODES = ["streaming", "batch"]


def run(m):
    import os
    C = m.common
    fs = m.mod("datastream.connectors.file_system")
    d = m.tmp()
    open(os.path.join(d, "a.txt"), "wb").write(b"one\ntwo\r\n\nthree")
    open(os.path.join(d, "b.txt"), "wb").write("žluť\n".encode("utf-8"))
    open(os.path.join(d, ".hidden"), "w").write("no\n")
    open(os.path.join(d, "_under"), "w").write("no\n")
    os.mkdir(os.path.join(d, "sub"))
    open(os.path.join(d, "sub", "c.txt"), "w").write("deep\n")
    open(os.path.join(d, "empty"), "w").close()
    src = fs.FileSource.for_record_stream_format(fs.StreamFormat.text_line_format(), d).process_static_file_set().build()
    return m.collect(m.env().from_source(src, C.WatermarkStrategy.no_watermarks(), "f"))
