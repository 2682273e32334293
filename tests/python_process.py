"""Python in a process of its own, with no more rights over files than anybody."""

import asyncio
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

OBEY_PERMISSIONS: Final = """
import ctypes, os, sys
if os.geteuid() == 0:
    # Root ignores the permissions of files; PR_CAPBSET_DROP of CAP_DAC_OVERRIDE ends that.
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""A start of Python with the arguments after it (Linux; linux/prctl.h, linux/capability.h)."""


async def output_of_python(*arguments: object, obeying: bool = False) -> str:
    """Run Python with these arguments to its end; return what it wrote.

    Args:
        obeying: make root obey the permissions of files.
    """
    start = ["-c", OBEY_PERMISSIONS] if obeying else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *start,
        *map(str, arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return output.decode().strip()
