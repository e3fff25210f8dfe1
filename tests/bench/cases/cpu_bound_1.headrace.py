"""A map that keeps the CPU busy, at parallelism 1 in worker processes."""
import busy

busy.run(1)
