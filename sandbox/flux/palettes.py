"""Which colours and things a prompt calls for, by simple English words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

Colour = tuple[int, int, int]

WORDS = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one landscape, from the top of the sky to the hill in front."""

    top: Colour
    middle: Colour
    horizon: Colour
    light: Colour
    far: Colour
    near: Colour
    is_dark: bool = False


DAY = (
    Palette((72, 140, 214), (146, 198, 236), (234, 244, 248), (255, 248, 222), (150, 186, 202),
            (34, 88, 78)),
    Palette((94, 164, 214), (172, 216, 230), (252, 246, 224), (255, 250, 230), (170, 200, 180),
            (40, 104, 62)),
    Palette((88, 98, 162), (232, 162, 172), (255, 228, 196), (255, 246, 224), (178, 152, 188),
            (62, 54, 100)),
    Palette((60, 132, 160), (150, 206, 200), (248, 240, 206), (255, 246, 206), (140, 182, 170),
            (24, 74, 84)),
)  # fmt: skip
NIGHT = (
    Palette((8, 12, 38), (26, 38, 90), (76, 98, 160), (246, 242, 222), (56, 72, 124), (8, 12, 32),
            is_dark=True),
    Palette((6, 18, 36), (16, 66, 84), (92, 166, 148), (236, 246, 232), (34, 88, 94), (4, 22, 30),
            is_dark=True),
    Palette((22, 10, 44), (66, 34, 98), (170, 98, 150), (255, 236, 220), (92, 58, 120),
            (18, 8, 36), is_dark=True),
)  # fmt: skip
SUNSET = (
    Palette((62, 46, 108), (224, 94, 94), (255, 200, 114), (255, 240, 184), (178, 90, 112),
            (44, 24, 60)),
    Palette((38, 62, 114), (240, 134, 84), (255, 218, 144), (255, 246, 206), (192, 112, 102),
            (58, 28, 50)),
    Palette((110, 70, 130), (240, 140, 150), (255, 222, 190), (255, 250, 230), (190, 120, 150),
            (70, 36, 86)),
)  # fmt: skip
FOREST = (
    Palette((118, 172, 182), (190, 218, 202), (242, 246, 224), (255, 252, 226), (142, 182, 162),
            (16, 54, 40)),
    Palette((150, 172, 160), (208, 216, 196), (250, 242, 216), (255, 250, 226), (164, 182, 150),
            (36, 60, 32)),
    Palette((70, 120, 140), (150, 190, 176), (232, 230, 190), (255, 246, 204), (104, 150, 134),
            (8, 42, 44)),
)  # fmt: skip
SEA = (
    Palette((56, 136, 200), (140, 206, 232), (242, 250, 242), (255, 252, 226), (120, 166, 186),
            (14, 84, 126)),
    Palette((48, 92, 152), (246, 178, 152), (255, 234, 196), (255, 248, 216), (150, 140, 172),
            (28, 64, 112)),
    Palette((40, 150, 170), (150, 222, 214), (250, 250, 228), (255, 252, 230), (110, 178, 176),
            (4, 96, 110)),
)  # fmt: skip
SNOW = (
    Palette((128, 168, 210), (196, 218, 238), (246, 246, 246), (255, 255, 246), (172, 194, 220),
            (242, 247, 252)),
    Palette((92, 112, 164), (192, 180, 212), (252, 228, 222), (255, 250, 238), (160, 168, 206),
            (234, 238, 250)),
    Palette((96, 148, 172), (182, 214, 220), (240, 248, 244), (255, 255, 246), (150, 186, 198),
            (236, 248, 248)),
)  # fmt: skip
WHITE = (
    Palette((214, 220, 228), (236, 238, 240), (253, 250, 244), (255, 255, 255), (214, 216, 222),
            (150, 158, 170)),
    Palette((226, 220, 214), (242, 238, 232), (253, 252, 250), (255, 255, 255), (222, 216, 210),
            (168, 156, 148)),
)  # fmt: skip
DESERT = (
    Palette((88, 160, 202), (242, 216, 172), (255, 238, 204), (255, 250, 222), (226, 172, 122),
            (150, 76, 46)),
    Palette((70, 90, 150), (236, 150, 110), (255, 216, 160), (255, 244, 206), (206, 130, 96),
            (104, 46, 44)),
)  # fmt: skip
SPRING = (
    Palette((150, 192, 232), (246, 208, 222), (255, 242, 238), (255, 252, 240), (222, 176, 200),
            (112, 70, 112)),
    Palette((124, 196, 220), (214, 236, 214), (255, 246, 222), (255, 252, 236), (220, 190, 206),
            (74, 122, 84)),
)  # fmt: skip

SNOW_WORDS = frozenset({"snow", "snowy", "winter", "arctic", "christmas"})
WATER_WORDS = frozenset(
    {"sea", "ocean", "beach", "lake", "boat", "ship", "island", "water", "harbor", "harbour"}
)
TREE_WORDS = frozenset({"forest", "forests", "tree", "trees", "wood", "woods", "jungle"})

# The first word found decides, so the light of the day stands before the place.
PALETTES_BY_WORD: tuple[tuple[frozenset[str], tuple[Palette, ...]], ...] = (
    (
        frozenset({"night", "midnight", "moon", "moonlight", "stars", "star", "space", "dark",
                   "aurora", "neon"}),
        NIGHT,
    ),
    (frozenset({"sunset", "sunrise", "dawn", "dusk", "evening", "golden", "fire"}), SUNSET),
    (SNOW_WORDS | {"ice", "frozen"}, SNOW),
    (WATER_WORDS, SEA),
    (frozenset({"desert", "dune", "dunes", "mars", "canyon", "sand"}), DESERT),
    (frozenset({"spring", "blossom", "cherry", "pink", "flower", "flowers"}), SPRING),
    (TREE_WORDS | {"green"}, FOREST),
    (frozenset({"white", "fog", "foggy", "mist", "minimal", "minimalist"}), WHITE),
)  # fmt: skip

THINGS_BY_WORD: Mapping[str, frozenset[str]] = {
    "cat": frozenset({"cat", "cats", "kitten", "kittens", "siamese", "kitty"}),
    "trees": TREE_WORDS | {"pine", "pines", "christmas"},
    "water": WATER_WORDS,
    "snow": SNOW_WORDS,
    "city": frozenset({"city", "town", "skyline", "tokyo", "york", "street", "neon", "cyberpunk"}),
    "peaks": frozenset({"mountain", "mountains", "peak", "peaks", "alps", "canyon"}),
    "white": frozenset({"white"}),
}


@dataclass(frozen=True, slots=True)
class Motif:
    """What a prompt asks to see, as far as this little painter understands it."""

    palettes: tuple[Palette, ...]
    things: frozenset[str]


def words_of(prompt: str) -> frozenset[str]:
    """Give the plain lower-case words of a prompt."""
    return frozenset(WORDS.findall(prompt.lower()))


def motif_of(prompt: str) -> Motif:
    """Read the motif off a prompt's words; without any known word it is a fair day."""
    words = words_of(prompt)
    palettes = next((each for known, each in PALETTES_BY_WORD if known & words), DAY)
    things = frozenset(thing for thing, known in THINGS_BY_WORD.items() if known & words)
    return Motif(palettes, things)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Go `share` of the way from one colour to the other."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
