"""Starts the bot as often as it is killed, without importing it anew each time.

Reads one line of JSON for each start, `{"environ": ..., "cwd": ..., "clock_ahead_s": ...}`, forks,
and prints the new process's id, and its exit status when it has ended. One bot at a time.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
import traceback
from typing import Any

import bot
from clock import Clock

LOOK_S = 0.002


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_the_bot(json.loads(line))
        _say(pid)
        _say(_waited_for(pid))


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


def _waited_for(pid: int) -> int:
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        # Nothing is written here while a bot runs: what can be read is the end of the harness.
        if select.select([sys.stdin], [], [], LOOK_S)[0]:
            os.kill(pid, 9)


def _be_the_bot(order: dict[str, Any]) -> None:
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        os.environ.clear()
        os.environ.update(order["environ"])
        os.chdir(order["cwd"])
        ahead_s = order["clock_ahead_s"]
        status = bot.main([], clock=Clock(lambda: time.time() + ahead_s))
    except BaseException:  # noqa: BLE001  # a child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
