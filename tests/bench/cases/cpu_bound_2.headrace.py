"""A map that keeps the CPU busy, at parallelism 2 in worker processes."""
import busy

busy.run(2)
