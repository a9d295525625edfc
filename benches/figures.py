"""What the scripts of this folder share: running `kopilka load`, medians and spreads, and tables."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def build():
    """The release binary of this working tree."""
    subprocess.run(["cargo", "build", "--release", "--bin", "kopilka"], cwd=ROOT, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return (ROOT / target / "release" / "kopilka").resolve()


def load(binary, *arguments):
    """What one `kopilka load` tells, as JSON. Its progress goes to the terminal."""
    command = [str(binary), "load", "--json", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode != 0:
        fail(f"failed: {' '.join(command)}")
    return json.loads(done.stdout)


def fail(reason):
    """Ends a script that could not measure."""
    print(reason, file=sys.stderr)
    sys.exit(2)


def spread(values):
    """The median of runs, with the lowest and the highest where there are several."""
    middle = statistics.median(values)
    if len(values) == 1:
        return plain(middle)
    return f"{plain(middle)} ({plain(min(values))} to {plain(max(values))})"


def plain(value):
    if isinstance(value, float) and abs(value) < 100 and value != int(value):
        return f"{value:.2f}"
    return f"{round(value):,}"


def table(head, rows):
    """A Markdown table, its columns as wide as they must be."""
    widths = [max(len(str(row[column])) for row in [head, *rows]) for column in range(len(head))]

    def line(cells):
        return "| " + " | ".join(str(cell).ljust(width) for cell, width in zip(cells, widths)) + " |"

    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([line(head), ruler, *map(line, rows)])


def machine():
    """This machine in a line: cores, processor, memory, system."""
    cpu, memory = "a processor", "unknown memory"
    for text in Path("/proc/cpuinfo").read_text().splitlines():
        if text.startswith("model name"):
            cpu = text.split(":", 1)[1].strip()
            break
    for text in Path("/proc/meminfo").read_text().splitlines():
        if text.startswith("MemTotal"):
            memory = f"{round(int(text.split()[1]) / 1024 / 1024)} GiB"
    return f"{os.cpu_count()} cores of {cpu}, {memory}, {os.uname().sysname} {os.uname().release}"
