"""What pure Python costs: this library beside the C libraries and the other pure-Python ones.

    python -m benchmarks            the report: every contender in one run, round by round
    pytest benchmarks/              the same cases under pytest-benchmark, one group a case

cases           what is timed, at which size, on which input: defined once, used by both
contenders      one small file a library: what it can do, and how it is asked to
talks           a handshake and a transfer between two ends in memory, whoever they are
measure         who takes turns with whom, and which of the times counts
targets         what has to be reached, and whether it is
results         a whole run: figures, machine, versions; to JSON and back
machine         what it ran on
startup, fresh  what a new process pays: imports, tables, its first handshake
waterfall       which primitive takes which share of a handshake, full and resumed
observing       what it costs that one can look inside, beside an `unobserved` twin
operations      what CPython takes for its own operations
counting        how many of them each of our primitives does
limits          what each figure is made of: the one times the other
report          the tables in a terminal
plots, page     docs/benchmarks.md and its pictures, from a run
stream          does memory stay flat?
test_speed      for pytest-benchmark
"""
