"""What starting costs: importing, the tables that are built at first use, the first handshake of a process.

Each question is asked of several fresh interpreters, one after the other; the median counts, since a process
cannot be repeated inside of itself.  One more comes before them, so that the bytecode is on disk.
"""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import talks
from benchmarks.results import Startup

ROOT = Path(__file__).parents[1]


def measure(processes: int) -> Startup:
    """Ask `processes` fresh interpreters each question."""
    credentials = json.dumps(asdict(talks.credentials()))
    imports = [ask("imports") for _ in range(processes + 1)][1:]
    handshakes = [ask("handshake", credentials) for _ in range(processes + 1)][1:]
    first_uses = [ask("first-use") for _ in range(processes + 1)][1:]
    return Startup(
        processes=processes,
        import_tls=statistics.median(answer["import_tls"] for answer in imports),
        import_all=statistics.median(answer["import_all"] for answer in imports),
        tables_on_import=max(answer["tables"] for answer in imports),
        first_use={
            name: max(0.0, statistics.median(answer[name] for answer in first_uses)) for name in first_uses[0]
        },
        first_handshake=statistics.median(answer["first"] for answer in handshakes),
        later_handshake=statistics.median(answer["later"] for answer in handshakes),
    )


def ask(question: str, text: str = "") -> dict[str, Any]:
    """What a fresh interpreter answers; what the first one compiles is there for the others to load."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh", question],
        cwd=ROOT,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"a fresh interpreter could not answer {question!r}: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
