"""What people and Discord are sent, kept as files that a change has to show.

`pytest --update-snapshots` writes them; what changed is then read in the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

FOLDER: Final = Path(__file__).with_name("snapshots")


class Snapshots:
    """Compares values with their files, or writes these.

    Args:
        update: whether to write.
    """

    def __init__(self, *, update: bool) -> None:
        self._update = update

    def check(self, name: str, value: object) -> None:
        """Fail if a value, as JSON, is another than its file holds."""
        text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
        path = FOLDER / f"{name}.json"
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; --update-snapshots writes it"
        assert text == path.read_text(encoding="utf-8"), f"{path} has changed"

    def check_nothing_else(self, folder: str, names: Collection[str]) -> None:
        """Fail if a folder has files of other names, which nothing is compared with."""
        for path in FOLDER.joinpath(folder).glob("*.json"):
            if self._update and path.stem not in names:
                path.unlink()
            else:
                assert path.stem in names, f"{path} is of nothing"
