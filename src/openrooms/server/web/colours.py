"""Contrast of colours, by WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

import re
from typing import NamedTuple, Self

AA_TEXT = 4.5
"""The least contrast of text with its ground: https://www.w3.org/TR/WCAG22/#contrast-minimum"""

_HEX = re.compile("#([0-9a-f]{6})", re.ASCII | re.IGNORECASE)
_STEPS = 100


class Colour(NamedTuple):
    """A colour in sRGB; its parts are from 0 to 255. As text it is `#rrggbb`."""

    red: int
    green: int
    blue: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the colour `#rrggbb`; raise `ValueError`."""
        digits = _HEX.fullmatch(text)
        if digits is None:
            raise ValueError(f"{text} is not a colour of the form #rrggbb")
        return cls(*bytes.fromhex(digits[1]))

    def __str__(self) -> str:
        return f"#{bytes(self).hex()}"

    @property
    def luminance(self) -> float:
        """From 0, black, to 1, white."""
        red, green, blue = (_linear(part / 255) for part in self)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def mixed(self, other: "Colour", share: float) -> "Colour":
        """Return this colour with a share of the other one in it, as CSS's `color-mix(in srgb)`."""
        return Colour(*(round(part + (mixed - part) * share) for part, mixed in zip(self, other, strict=True)))


BLACK = Colour(0, 0, 0)
WHITE = Colour(255, 255, 255)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    darker, lighter = sorted((one.luminance, other.luminance))
    return (lighter + 0.05) / (darker + 0.05)


def nearest_readable(colour: Colour, ground: Colour) -> Colour:
    """Return the colour, as little darker or lighter as makes it readable as text on the ground."""
    end = WHITE if contrast(WHITE, ground) > contrast(BLACK, ground) else BLACK
    mixtures = (colour.mixed(end, step / _STEPS) for step in range(_STEPS))
    return next((mixture for mixture in mixtures if contrast(mixture, ground) >= AA_TEXT), end)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
