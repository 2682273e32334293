"""The process that decodes pictures; run by `images.decoder` as `python -m images.decoder_worker`.

It reads one order a line from its input and writes one answer a line, followed by as many bytes as
the answer says. It ends when its input does, so it never outlives the bot by more than one picture.
"""

from __future__ import annotations

import json
import math
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from images import resize
from images.chart import Chart, Series
from images.decoding import examine
from images.inspect import FAILURES, MEGABYTE, UnusablePictureError

if TYPE_CHECKING:
    from types import ModuleType

resource: ModuleType | None
try:
    import resource
except ImportError:  # on Windows, where only the parent's time limit holds
    resource = None

READY: Final = b"ready\n"


def main() -> None:
    """Serve orders until there are no more; the arguments are CPU seconds and megabytes."""
    cpu_s, memory_mb = int(sys.argv[1]), int(sys.argv[2])
    # A stop of the bot can reach the whole group; the bot itself ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _limit("RLIMIT_AS", memory_mb * MEGABYTE)
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_FSIZE", 0)
    answers = sys.stdout.buffer
    answers.write(READY)
    answers.flush()
    for line in sys.stdin.buffer:
        _limit_cpu(cpu_s)
        answer, data = _answer(json.loads(line))
        answers.write(json.dumps({**answer, "data": len(data)}).encode() + b"\n" + data)
        answers.flush()


def _answer(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        return _done(order)
    except MemoryError:
        return {"failed": "limit", "why": "it takes too much memory"}, b""
    except UnusablePictureError as error:
        failed = next(name for name, kind in FAILURES.items() if isinstance(error, kind))
        return {"failed": failed, "why": str(error)}, b""


def _done(order: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    match order:
        case {"work": "examine", "path": path, "is_tolerant": is_tolerant}:
            facts, data = examine(Path(path), is_tolerant=is_tolerant), b""
        case {"work": "source", "path": path, "limit_bytes": limit_bytes}:
            facts, data, pixels = resize.source(Path(path), limit_bytes)
            return {"facts": asdict(facts), "pixels": pixels}, data
        case {"work": "join", "paths": paths, "limit_bytes": limit_bytes}:
            facts, data = resize.join([*map(Path, paths)], limit_bytes)
        case {"work": "encode", "path": path, "limit_bytes": limit_bytes}:
            facts, data = resize.encode(Path(path), limit_bytes)
        case {"work": "preview", "path": path, "side": side}:
            return {}, resize.preview(Path(path), side)
        case {"work": "chart", "chart": values}:
            from images import chart_drawing  # noqa: PLC0415  # its libraries take 10 ms, few need a chart

            series = tuple(Series(**part) for part in values["series"])
            return {}, chart_drawing.draw(Chart(**{**values, "series": series}))
    return {"facts": asdict(facts)}, data


def _limit(name: str, most: int) -> None:
    if resource is not None and hasattr(resource, name):
        # Some systems refuse a limit that they do not know or that is already lower.
        with suppress(OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (most, most))


def _limit_cpu(cpu_s: int) -> None:
    """Have the system end this process when it has worked so long from now on."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = math.ceil(used.ru_utime + used.ru_stime) + cpu_s
        _, hardest = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (most, hardest))


if __name__ == "__main__":
    main()
