"""What a run ran on: figures mean nothing without it."""

import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path


def describe() -> dict[str, str]:
    """Processor, cores, Python, system and date, by the name that a page gives them."""
    return {
        "processor": processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "Python": f"{platform.python_implementation()} {platform.python_version()}"
        f" ({sys.int_info.bits_per_digit}-bit digits, {platform.python_compiler()})",
        "system": f"{platform.system()} {platform.machine()}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
    }


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's own name where the system tells it."""
    try:
        lines = cpuinfo.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or platform.machine() or "unknown"
