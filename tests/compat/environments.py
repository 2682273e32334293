"""The environments of `make compat`: one for each file in `requirements`, kept in .venv/compat."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REQUIREMENTS: Final = Path(__file__).with_name("requirements")
FOLDER: Final = Path(__file__).parents[2] / ".venv" / "compat"
INSTALL_S: Final = 300
"""Seconds that one installation may take."""

UNREACHABLE: Final = (
    "ConnectTimeoutError",
    "Max retries exceeded",
    "NameResolutionError",
    "NewConnectionError",
    "ProxyError",
    "ReadTimeoutError",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EIDLETIMEOUT",
    "ENETUNREACH",
    "ENOTFOUND",
    "ETIMEDOUT",
)
"""What pip and npm print where their registry does not answer."""


class InstallError(Exception):
    """Software cannot be installed here; its text is the reason.

    Attributes:
        is_unreachable: whether the registry did not answer, which says nothing about the software.
    """

    def __init__(self, reason: str, *, is_unreachable: bool = False) -> None:
        super().__init__(reason)
        self.is_unreachable = is_unreachable


@dataclass(frozen=True)
class Environment:
    """What one file of requirements installs: NAME.txt from PyPI, NAME.json from npm."""

    requirements: Path
    base: Path = FOLDER

    @property
    def name(self) -> str:
        """The name of the software."""
        return self.requirements.stem

    @property
    def folder(self) -> Path:
        """Where it is installed."""
        return self.base / self.name

    @property
    def is_npm(self) -> bool:
        """Whether it runs in Node.js."""
        return self.requirements.suffix == ".json"

    def command(self, program: Path) -> tuple[str, ...]:
        """Return what starts a program in this environment."""
        return ("node" if self.is_npm else str(self.tool("python")), str(program))

    def tool(self, name: str) -> Path:
        """Return the path of a program that the packages bring."""
        return self.folder / "bin" / name

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of its programs."""
        # ECMAScript modules are found beside the importing file only; these name a folder.
        more = {"MODULES": f"{self.folder}/"} if self.is_npm else {}
        return {**os.environ, **more, "PYTHONUNBUFFERED": "1"}

    def install(self) -> None:
        """Install the packages where these requirements are not installed yet.

        Raises:
            InstallError: with the last line of the installer.
        """
        installed = self.folder / "installed"
        wanted = f"{sys.version}\n{self.requirements.read_text(encoding='utf-8')}"
        if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.is_npm:
            if shutil.which("npm") is None:
                raise InstallError("npm is not found")
            shutil.copyfile(self.requirements, self.folder / "package.json")
            _run("npm", "install", "--silent", "--loglevel=error", "--no-audit", at=self.folder)
        else:
            # This Python's own pip serves; to install another takes longer than most packages.
            _run(sys.executable, "-m", "venv", "--without-pip", str(self.folder), at=self.folder)
            at = ("--python", str(self.tool("python")))
            pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", *at)
            # Only what is tried again is complained of, and so told from a missing package.
            options = ("--quiet", "--retries=2", "--requirement", str(self.requirements))
            _run(*pip, "install", *options, at=self.folder)
        installed.write_text(wanted, encoding="utf-8")


def known(*names: str) -> tuple[Environment, ...]:
    """Return the environments of these files in `requirements`."""
    return tuple(Environment(REQUIREMENTS / name) for name in names)


def _run(*command: str, at: Path) -> None:
    try:
        subprocess.run(  # noqa: S603 - installers with pinned packages
            command, cwd=at, check=True, capture_output=True, text=True, timeout=INSTALL_S
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr + error.stdout
        if any(sign in said for sign in UNREACHABLE):
            raise InstallError("its registry cannot be reached", is_unreachable=True) from error
        lines = said.strip().splitlines() or [f"exit status {error.returncode}"]
        raise InstallError(lines[-1]) from error
    except subprocess.TimeoutExpired as error:
        raise InstallError(str(error), is_unreachable=True) from error
    except OSError as error:
        raise InstallError(str(error)) from error
