"""KeyedProcessFunction with a ValueState, 10,000 keys, on pebble with checkpoints every second."""
import tempfile

import counting

with tempfile.TemporaryDirectory() as folder:
    counting.run("headrace", 4_000_000, {
        "state.backend.type": "pebble", "execution.checkpointing.interval": "1 s",
        "execution.checkpointing.dir": f"file://{folder}"})
