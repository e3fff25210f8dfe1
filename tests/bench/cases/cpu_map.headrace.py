"""A map that computes, in two worker processes."""
import cpu

cpu.of_headrace(2, "process")
