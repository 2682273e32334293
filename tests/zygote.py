"""Becomes `python bot.py` as often as it is asked, without importing it again each time.

Imports take four fifths of a start. Gets an order and its files through a socket at standard input,
and forks: a bot, and a process that waits for it and writes its id and then its exit status.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from typing import Any

import bot
import doctor
import sandbox_command
from tests import freezing

MAX_ORDER_BYTES = 1 << 17

FILES = 4
"""Standard input, output and error of the bot, and where its id and its exit status go."""

READY = (doctor, sandbox_command)
"""Which commands import only when they are asked for."""


def main() -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, which is for pytest
    orders = socket.socket(fileno=os.dup(0))
    waiting: list[int] = []
    while True:
        message, files, _, _ = socket.recv_fds(orders, MAX_ORDER_BYTES, FILES)
        while waiting and os.waitpid(waiting[0], os.WNOHANG if message else 0)[0]:
            waiting.pop(0)
        if not message:
            return 0
        waiting.append(os.fork())
        if waiting[-1] == 0:
            orders.close()
            break
        for file in files:
            os.close(file)
    *standard, told = files
    child = os.fork()
    if child == 0:
        os.close(told)
        return _be_the_bot(json.loads(message), standard)
    for file in standard:
        os.close(file)
    os.write(told, f"{child}\n".encode())
    _, status = os.waitpid(child, 0)
    os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _be_the_bot(order: dict[str, Any], standard: list[int]) -> int:
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    # As at a start of Python: what was ignored stays so.
    for name, handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
        number = signal.Signals[name]
        signal.signal(number, signal.SIG_IGN if name in order["ignored"] else handler)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(order["environ"])
    os.chdir(order["cwd"])
    instant = os.environ.pop(freezing.VARIABLE, None)
    if instant is not None:
        freezing.freeze_at(instant)
    return bot.main(order["arguments"])


if __name__ == "__main__":
    sys.exit(main())
