"""Files behind signed links, as on Discord's CDN."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote, urlsplit
from zlib import crc32

from sandbox.discord.clock import Clock
from sandbox.discord.errors import JSON
from sandbox.discord.ids import Snowflakes, made_at
from sandbox.discord.pictures import look
from sandbox.discord.records import StoredFile
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

# https://discord.com/developers/docs/reference#signed-attachment-cdn-urls
LINK_LIFETIME_S = 24 * 60 * 60
# https://discord.com/developers/docs/resources/message#attachment-object: "after a set period",
# which is this world's choice.
EPHEMERAL_LIFETIME_S = 60 * 60
# Of pictures, one in so many is described without width and height, which the attachment object
# calls optional.
SIZELESS_ONE_IN = 4
SPOILER_PREFIX = "SPOILER_"
_UNSAFE = re.compile(r"[^\w.\-]")
_PATH = re.compile(r"/(?:ephemeral-)?attachments/\d+/(\d+)/")


@dataclass(frozen=True)
class Upload:
    """A file on its way to Discord, with the type that its sender claims."""

    filename: str
    data: bytes = field(repr=False)
    content_type: str | None = None


def safe_name(filename: str) -> str:
    """Return a file's name as Discord keeps it."""
    return _UNSAFE.sub("_", filename) or "unknown"


class Cdn:
    """Keeps files and signs links to them.

    Attributes:
        size_seed: another number leaves the sizes of other pictures out; None leaves none out.
    """

    def __init__(self, clock: Clock, ids: Snowflakes, rules: Rulebook, key: bytes) -> None:
        self.base = ""
        self.size_seed: int | None = 0
        self._rules = rules
        self._held: set[int] = set()
        self._clock = clock
        self._ids = ids
        self._key = key
        self._files: dict[int, StoredFile] = {}

    def store(
        self,
        upload: Upload,
        channel_id: int,
        *,
        description: str | None = None,
        spoiler: bool = False,
        ephemeral: bool = False,
    ) -> StoredFile:
        """Keep a file and return its record."""
        name = safe_name(upload.filename)
        seen = look(name, upload.data, upload.content_type)
        stored = StoredFile(
            id=self._ids.next(),
            channel_id=channel_id,
            filename=name,
            data=upload.data,
            content_type=seen.content_type,
            width=seen.width,
            height=seen.height,
            description=description,
            spoiler=spoiler or name.startswith(SPOILER_PREFIX),
            ephemeral=ephemeral,
        )
        self._files[stored.id] = stored
        return stored

    def keep(self, changed: StoredFile) -> None:
        """Replace a file's record, for a new description."""
        self._files[changed.id] = changed

    def remove(self, file: StoredFile) -> None:
        """Forget a file: its links are dead."""
        self._files.pop(file.id, None)

    def url(self, file: StoredFile) -> str:
        """Return a fresh link to a file."""
        issued = int(self._clock.now())
        expires = issued + LINK_LIFETIME_S
        path = _path(file)
        signature = self._sign(path, f"{expires:x}", f"{issued:x}")
        return f"{self.base}{quote(path)}?ex={expires:x}&is={issued:x}&hm={signature}&"

    def opened(self, path: str, query: Mapping[str, str]) -> StoredFile | None:
        """Return the file that a link leads to, or None where it is wrong or too old."""
        expires, issued = query.get("ex", ""), query.get("is", "")
        genuine = hmac.compare_digest(self._sign(path, expires, issued), query.get("hm", ""))
        if self._rules.strikes(Rule.LINK_SIGNED, not genuine):
            return None
        expired = genuine and int(expires, 16) <= self._clock.now()
        if self._rules.strikes(Rule.LINK_EXPIRES, expired):
            return None
        file = self._by_path(path)
        if file is None or _path(file) != path:
            return None
        return None if self._rules.strikes(Rule.EPHEMERAL_FILE, self._is_over(file)) else file

    def hold(self, file: StoredFile) -> None:
        """Keep an ephemeral file for good, because a message shows it."""
        self._held.add(file.id)

    def by_id(self, file_id: int) -> StoredFile | None:
        """Return a file by its id."""
        return self._files.get(file_id)

    def find(self, url: str) -> StoredFile | None:
        """Return the file that any link of this CDN names, however old its signature."""
        if not self.base or not url.startswith(self.base):
            return None
        return self._by_path(urlsplit(url).path)

    def describe(self, file: StoredFile) -> JSON:
        """Write an attachment object.

        https://discord.com/developers/docs/resources/message#attachment-object
        """
        url = self.url(file)
        described: JSON = {
            "id": str(file.id),
            "filename": file.filename,
            "size": len(file.data),
            "url": url,
            "proxy_url": url,
            "content_type": file.content_type,
        }
        sizeless = self._rules.strikes(Rule.SIZELESS, self._is_sizeless(file))
        if file.width is not None and not sizeless:
            described |= {"width": file.width, "height": file.height}
        if file.description is not None:
            described["description"] = file.description
        if file.ephemeral:
            described["ephemeral"] = True
        return described

    def media(self, file: StoredFile) -> JSON:
        """Write an unfurled media item.

        https://discord.com/developers/docs/components/reference#unfurled-media-item
        """
        url = self.url(file)
        return {
            "id": str(file.id),
            "url": url,
            "proxy_url": url,
            "width": file.width,
            "height": file.height,
            "content_type": file.content_type,
            "attachment_id": str(file.id),
            "size": len(file.data),
            "loading_state": 2,
            "flags": 0,
        }

    def _is_sizeless(self, file: StoredFile) -> bool:
        """Tell whether this file's size is left out: by its bytes, so that it always is."""
        if self.size_seed is None:
            return False
        return crc32(file.data[:1_024], self.size_seed) % SIZELESS_ONE_IN == 0

    def new_id(self) -> int:
        """Return an id for what is shown from elsewhere."""
        return self._ids.next()

    def now(self) -> float:
        """Return the world's time in seconds since 1970."""
        return self._clock.now()

    def _is_over(self, file: StoredFile) -> bool:
        if not file.ephemeral or file.id in self._held:
            return False
        return made_at(file.id) + EPHEMERAL_LIFETIME_S <= self._clock.now()

    def _by_path(self, path: str) -> StoredFile | None:
        match = _PATH.match(path)
        return self._files.get(int(match[1])) if match else None

    def _sign(self, path: str, expires: str, issued: str) -> str:
        text = f"{path}?{expires}&{issued}".encode()
        return hmac.new(self._key, text, sha256).hexdigest()


def _path(file: StoredFile) -> str:
    folder = "ephemeral-attachments" if file.ephemeral else "attachments"
    return f"/{folder}/{file.channel_id}/{file.id}/{file.filename}"
