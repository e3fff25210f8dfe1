"""What programs send to the engine, and what is refused before that."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cloudpickle
import pytest

from headrace.common import (
    Configuration,
    Duration,
    RestartStrategies,
    SimpleStringSchema,
    Types,
    WatermarkStrategy,
)
from headrace.common.watermark_strategy import TimestampAssigner, WatermarkGenerator
from headrace.datastream import (
    CheckpointingMode,
    DataStream,
    OutputTag,
    ProcessFunction,
    RuntimeExecutionMode,
    StreamExecutionEnvironment,
)
from headrace.datastream._graph import program_json
from headrace.datastream.connectors.file_system import FileSource, StreamFormat
from headrace.datastream.connectors.kafka import (
    KafkaOffsetsInitializer,
    KafkaRecordSerializationSchema,
    KafkaSink,
    KafkaSource,
)
from headrace.datastream.state import MapStateDescriptor
from headrace.util.exceptions import ApiError


def environment(parallelism: int = 2) -> StreamExecutionEnvironment:
    return StreamExecutionEnvironment.get_execution_environment().set_parallelism(parallelism)


def program(env: StreamExecutionEnvironment) -> Any:
    described = program_json("test", env._conf.to_dict(), env._ends, env.get_buffer_timeout())
    for node in described["nodes"]:
        node.pop("rows", None)
    return json.loads(json.dumps(described))


def node(described: Any, name: str) -> Any:
    (found,) = [n for n in described["nodes"] if n["name"] == name]
    return found


def edge(described: Any, to: Any, port: int = 0) -> Any:
    edges = [e for e in described["edges"] if e["to"] == to["id"] and e.get("port", 0) == port]
    assert len(edges) == 1
    return edges[0]


def test_a_map_is_a_python_operator_with_its_place() -> None:
    env = environment()
    env.from_collection([1]).map(lambda x: x + 1, Types.LONG()).uid("u").set_buffer_timeout(5)
    described = program(env)
    made = node(described, "Map")
    assert made["python"]["kind"] == "map"
    assert made["output"] == {"kind": "LONG"}
    assert made["bufferTimeoutMs"] == "5"
    assert made["uid"] == "u"
    place, line = made["origin"].rsplit(":", 1)
    assert place == __file__
    assert "map(lambda x: x + 1" in Path(__file__).read_text().splitlines()[int(line) - 1]
    function = cloudpickle.loads(base64.b64decode(made["python"]["function"]["pickled"]))
    assert function(1) == 2
    assert edge(described, made)["partition"] == "rebalance"  # from one source to two subtasks


def test_functions_are_pickled_at_the_call() -> None:
    env = environment()
    factor = [2]
    env.from_collection([1]).map(lambda x: x * factor[0])
    factor[0] = 100
    made = node(program(env), "Map")
    function = cloudpickle.loads(base64.b64decode(made["python"]["function"]["pickled"]))
    assert function(1) == 2


def test_keys_travel_on_the_edge() -> None:
    env = environment()
    env.from_collection([("a", 1)]).key_by(lambda e: e[0], Types.STRING()).sum(1)
    described = program(env)
    summed = node(described, "Sum")
    keyed = edge(described, summed)
    assert keyed["partition"] == "hash"
    assert keyed["keyType"] == {"kind": "STRING"}
    assert summed["python"]["kind"] == "reduce"
    assert summed["python"]["keys"] == [{"kind": "STRING"}]
    selector = cloudpickle.loads(base64.b64decode(keyed["keySelector"]["pickled"]))
    assert selector(("a", 1)) == "a"


def test_side_outputs_are_numbered_from_one() -> None:
    class Split(ProcessFunction):
        def process_element(self, value: Any, ctx: Any) -> Any:
            yield value

    env = environment(1)
    odd, even = OutputTag("odd", Types.INT()), OutputTag("even")
    split = env.from_collection([1]).process(Split())
    split.get_side_output(even).map(lambda x: x).name("evens")
    split.get_side_output(odd).map(lambda x: x).name("odds")
    split.get_side_output(even).map(lambda x: x).name("evens again")
    described = program(env)
    sides = node(described, "PROCESS")["sideOutputs"]
    assert [(s["tag"], s["type"]["kind"]) for s in sides] == [
        ("even", "PICKLED_BYTE_ARRAY"),
        ("odd", "INT"),
    ]
    outputs = [
        edge(described, node(described, n))["output"] for n in ("evens", "odds", "evens again")
    ]
    assert outputs == [1, 2, 1]
    with pytest.raises(ApiError, match="has the type Integer"):
        split.get_side_output(OutputTag("odd", Types.LONG()))


def test_two_inputs_have_two_ports() -> None:
    env = environment(1)
    rules = env.from_collection([("a", 1)]).broadcast(
        MapStateDescriptor("rules", Types.STRING(), Types.INT())
    )

    from headrace.datastream import BroadcastProcessFunction

    class Join(BroadcastProcessFunction[Any, Any, Any]):
        def process_element(self, value: Any, ctx: Any) -> Any:
            yield value

        def process_broadcast_element(self, value: Any, ctx: Any) -> Any:
            return None

    env.from_collection(["a"], Types.STRING()).connect(rules).process(Join())
    described = program(env)
    joined = node(described, "Co-Process-Broadcast")
    assert joined["python"]["kind"] == "broadcast_process"
    assert edge(described, joined, 0)["partition"] == "forward"
    assert edge(described, joined, 1)["partition"] == "broadcast"
    assert [t["kind"] for t in joined["python"]["inputs"]] == ["STRING", "PICKLED_BYTE_ARRAY"]


def test_union_feeds_one_port_from_several_nodes() -> None:
    env = environment(1)
    both = env.from_collection([1]).union(env.from_collection([2]))
    both.map(lambda x: x)
    described = program(env)
    mapped = node(described, "Map")
    assert len([e for e in described["edges"] if e["to"] == mapped["id"]]) == 2
    with pytest.raises(ApiError, match="union or a side output"):
        both.name("x")
    with pytest.raises(ApiError, match="different types"):
        env.from_collection([1]).union(env.from_collection([1], Types.INT()))


def test_forward_refuses_another_parallelism() -> None:
    env = environment(2)
    env.from_collection([1]).forward().map(lambda x: x)
    with pytest.raises(ApiError, match="Forward partitioning does not allow change"):
        program(env)


def test_uids_are_unique() -> None:
    env = environment(1)
    ds = env.from_collection([1])
    ds.map(lambda x: x).uid("same")
    ds.map(lambda x: x).uid("same")
    with pytest.raises(ApiError, match=r"uid 'same' is used twice.*test_plan\.py"):
        program(env)


def test_watermark_strategies() -> None:
    class Assigner(TimestampAssigner):
        def extract_timestamp(self, value: Any, record_timestamp: int) -> int:
            return int(value)

    class Generator(WatermarkGenerator):
        def on_event(self, event: Any, event_timestamp: int, output: Any) -> None:
            output.emit_watermark(event_timestamp)

    bounded = WatermarkStrategy.for_bounded_out_of_orderness(Duration.of_millis(7))
    full = bounded.with_idleness(Duration.of_seconds(1)).with_timestamp_assigner(Assigner())
    full = full.with_watermark_alignment("g", Duration.of_millis(3))
    env = environment(1)
    ds = env.from_collection([1]).assign_timestamps_and_watermarks(full)
    ds.assign_timestamps_and_watermarks(WatermarkStrategy.for_generator(Generator)).name("own")
    described = program(env)
    made = node(described, "Timestamps/Watermarks")["watermark"]
    assigner = cloudpickle.loads(base64.b64decode(made.pop("assigner")["pickled"]))
    assert assigner.extract_timestamp("5", 0) == 5
    assert made == {
        "kind": "bounded",
        "delayMs": "7",
        "idleMs": "1000",
        "alignmentGroup": "g",
        "alignmentDriftMs": "3",
        "alignmentIntervalMs": "1000",
    }
    assert node(described, "own")["watermark"]["kind"] == "custom"
    with pytest.raises(TypeError, match="a WatermarkGenerator class or a function"):
        WatermarkStrategy.for_generator(Generator())  # type: ignore[arg-type]


def test_connectors_are_names_and_options() -> None:
    env = environment(1)
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers("b:9092")
        .set_topics("in", "more")
        .set_starting_offsets(KafkaOffsetsInitializer.timestamp(5))
        .set_bounded(KafkaOffsetsInitializer.latest())
        .set_value_only_deserializer(SimpleStringSchema())
        .build()
    )
    serializer = (
        KafkaRecordSerializationSchema.builder()
        .set_topic_selector(lambda v: f"t-{v}")
        .set_value_serialization_schema(SimpleStringSchema())
        .build()
    )
    sink = KafkaSink.builder().set_bootstrap_servers("b:9092").set_record_serializer(serializer)
    env.from_source(source, WatermarkStrategy.no_watermarks(), "in").sink_to(sink.build())
    lines = FileSource.for_record_stream_format(StreamFormat.text_line_format(), "a", "b").build()
    env.from_source(lines, WatermarkStrategy.no_watermarks(), "lines").print("p")
    described = program(env)
    kafka = node(described, "in")["source"]
    assert kafka["connector"] == "kafka"
    assert kafka["type"] == {"kind": "STRING"}
    assert kafka["options"]["topic"] == "in;more"
    assert kafka["options"]["scan.startup.mode"] == "timestamp"
    assert kafka["options"]["scan.bounded.mode"] == "latest-offset"
    assert kafka["options"]["value.format"] == "raw"
    written = node(described, "KafkaSink: Writer")["sink"]
    assert written["type"]["kind"] == "TUPLE"  # (topic, element)
    assert node(described, "lines")["source"]["options"]["path"] == "a;b"
    assert node(described, "Print to Std. Out")["sink"]["options"] == {"print-identifier": "p"}


def test_builders_say_what_is_missing() -> None:
    with pytest.raises(ValueError, match=r"set_bootstrap_servers\(\) is needed"):
        KafkaSource.builder().set_topics("a").build()
    with pytest.raises(ValueError, match="at least one path"):
        FileSource.for_record_stream_format(StreamFormat.text_line_format())


def test_settings_are_flinks_keys() -> None:
    env = StreamExecutionEnvironment.get_execution_environment(
        Configuration.from_dict({"parallelism.default": "3"})
    )
    assert env.get_parallelism() == 3
    env.enable_checkpointing(5000, CheckpointingMode.AT_LEAST_ONCE).set_buffer_timeout(-1)
    env.set_runtime_mode(RuntimeExecutionMode.BATCH)
    env.set_restart_strategy(RestartStrategies.fixed_delay_restart(2, 100))
    env.get_config().set_global_job_parameters({"a": "b:c, d", "e": "it's"})
    conf = env._conf.to_dict()
    assert conf["execution.checkpointing.interval"] == "5000 ms"
    assert conf["execution.checkpointing.mode"] == "AT_LEAST_ONCE"
    assert conf["execution.runtime-mode"] == "BATCH"
    assert conf["restart-strategy.fixed-delay.attempts"] == "2"
    assert env.get_buffer_timeout() == -1
    assert env.get_config().get_global_job_parameters() == {"a": "b:c, d", "e": "it's"}


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda ds: ds.map(5), TypeError, "MapFunction or a callable"),
        (lambda ds: ds.flat_map(None), TypeError, "FlatMapFunction or a callable"),
        (lambda ds: ds.key_by(3), TypeError, r"lambda x: x\[3\].*of a Tuple or Row type"),
        (lambda ds: ds.process(lambda v: v), TypeError, "ProcessFunction"),
        (lambda ds: ds.key_by(lambda v: v).reduce(7), TypeError, "ReduceFunction"),
        (lambda ds: ds.key_by(lambda v: v).rebalance(), Exception, "before key_by"),
        (lambda ds: ds.map(lambda v: v, int), TypeError, r"Types.STRING\(\)"),
        (lambda ds: ds.project(0), Exception, "Only Tuple DataStreams"),
        (lambda ds: ds.set_parallelism(0), ValueError, "1 or more"),
        (lambda ds: ds.set_parallelism(2), ValueError, "non parallel operator must be 1"),
        (lambda ds: ds.get_side_output(OutputTag("x")), ApiError, "no side outputs"),
        (lambda ds: ds.key_by(lambda v: v).window(5), TypeError, "WindowAssigner"),
        (lambda ds: ds.sink_to(5), TypeError, "FileSink"),
    ],
)
def test_wrong_use_says_what_to_write(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text) as raised:
        call(environment().from_collection([1]))
    assert "\n" not in str(raised.value)


def test_nothing_to_execute_is_said_at_once() -> None:
    with pytest.raises(ApiError, match="No operators defined in streaming topology"):
        environment().execute()


def test_what_cannot_be_pickled_is_named_with_a_remedy() -> None:
    import threading

    lock = threading.Lock()
    with pytest.raises(TypeError, match=r"cannot be sent to the tasks.*inside open"):
        environment().from_collection([1]).map(lambda x: (lock, x))


@pytest.mark.usefixtures("engine")
def test_a_cached_stream_is_made_once(tmp_path: Any) -> None:
    log = tmp_path / "log"

    def noted(value: int) -> int:
        with open(log, "a") as file:
            file.write("x")
        return value * 2

    env = environment(1)
    cached = env.from_collection([1, 2]).map(noted).cache()
    for _ in range(3):
        with cached.map(lambda v: v + 1).execute_and_collect() as results:
            assert list(results) == [3, 5]
    assert log.read_text() == "xx"
    cached.invalidate()
    with cached.execute_and_collect() as results:
        assert list(results) == [2, 4]
    assert log.read_text() == "xxxx"


@pytest.mark.usefixtures("engine")
def test_range_partition_orders_the_subtasks() -> None:
    env = environment(3)

    class Where(ProcessFunction):
        def open(self, runtime_context: Any) -> None:
            self.subtask = runtime_context.get_index_of_this_subtask()

        def process_element(self, value: Any, ctx: Any) -> Any:
            yield self.subtask, value

    values = [5, 3, 9, 1, 1, 1, 7, 8, 2, 6, 4, 0]
    ranged: DataStream[Any] = env.from_collection(values).range_partition(lambda v: v)
    with ranged.process(Where()).execute_and_collect() as results:
        got = sorted(results)
    assert [value for _, value in got] == sorted(values)
    assert {subtask for subtask, value in got if value == 1} == {0}
    sizes = [sum(1 for s, _ in got if s == subtask) for subtask in range(3)]
    assert max(sizes) <= 5


@pytest.mark.usefixtures("engine")
def test_execute_and_collect_gives_typed_elements() -> None:
    env = environment(1)
    type_info = Types.ROW_NAMED(["a", "b"], [Types.INT(), Types.LIST(Types.STRING())])
    rows = env.from_collection([(1, ["x"]), (2, None)], type_info).execute_and_collect(limit=5)
    assert [str(row) for row in rows] == ["Row(a=1, b=['x'])", "Row(a=2, b=None)"]
    with pytest.raises(ValueError, match="3 fields"):
        env.from_collection([(1, [], 2)], type_info)


def test_the_plan_can_be_drawn() -> None:
    env = environment(1)
    env.from_collection([1]).map(lambda x: x).print()
    drawn = json.loads(env.get_execution_plan())["nodes"]
    assert [n["pact"] for n in drawn] == ["Data Source", "Operator", "Operator", "Data Sink"]
    assert drawn[1]["predecessors"][0]["ship_strategy"] == "FORWARD"
    assert [n.get("python") for n in drawn] == [None, "thread", "thread", None]
    env = environment(1)
    env.configure(Configuration().set_string("python.execution-mode", "process"))
    env.from_collection([1]).map(lambda x: x).print()
    assert json.loads(env.get_execution_plan())["nodes"][1]["python"] == "process"


@pytest.mark.usefixtures("engine")
def test_show_prints_the_first_elements(capsys: pytest.CaptureFixture[str]) -> None:
    stream = environment(1).from_collection([(1, "<a>"), (2, "b")])
    stream.show(1)
    assert capsys.readouterr().out == "(1, '<a>')\n"
    assert "PickledByteArrayTypeInfo" in stream._repr_html_()
