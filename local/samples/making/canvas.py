"""A picture to draw on, in its own pixels, drawn at twice the size so that edges are smooth."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, ...]
Point = tuple[float, float]
Picture = Image.Image

SCALE = 2
# Debian's package fonts-wqy-microhei; any font with Chinese and Latin letters will do.
FONT = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
FONT_VARIABLE = "SAMPLES_FONT"


class Canvas:
    """A picture of width times height pixels; without a colour it is transparent.

    An enlarged one becomes so many times as large, with finer details.
    """

    def __init__(
        self, width: int, height: int, colour: Colour = (0, 0, 0, 0), enlarged: int = 1
    ) -> None:
        self.width, self.height, self.scale = width, height, SCALE * enlarged
        mode = "RGBA" if len(colour) == 4 else "RGB"
        self._image = Image.new(mode, (width * self.scale, height * self.scale), colour)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def picture(self) -> Picture:
        """Return what was drawn, with smooth edges."""
        return self._image.reduce(SCALE)

    def gradient(self, colours: Sequence[Colour], top: float, bottom: float) -> None:
        """Fill the rows from top to bottom with colours that flow into each other."""
        rows = max(1, round((bottom - top) * self.scale))
        column = Image.new("RGB", (1, rows))
        column.putdata([blend(colours, row / rows) for row in range(rows)])
        size = (self._image.width, rows)
        self._image.paste(
            column.resize(size, Image.Resampling.NEAREST), (0, round(top * self.scale))
        )

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        """Draw an ellipse round a centre."""
        self._draw.ellipse(self._scaled(x - rx, y - ry, x + rx, y + ry), fill=colour)

    def half_ellipse(
        self, x: float, y: float, rx: float, ry: float, colour: Colour, angles: Point = (180, 360)
    ) -> None:
        """Draw the part of an ellipse between two angles; that above its middle by default."""
        self._draw.pieslice(self._scaled(x - rx, y - ry, x + rx, y + ry), *angles, fill=colour)

    def arc(
        self, x: float, y: float, rx: float, ry: float, angles: Point, width: float, colour: Colour
    ) -> None:
        """Draw the outline of an ellipse between two angles."""
        box = self._scaled(x - rx, y - ry, x + rx, y + ry)
        self._draw.arc(box, *angles, fill=colour, width=round(width * self.scale))

    def box(
        self, x: float, y: float, width: float, height: float, colour: Colour, radius: float = 0
    ) -> None:
        """Draw a box, with round corners if there is a radius."""
        corners = self._scaled(x, y, x + width, y + height)
        self._draw.rounded_rectangle(corners, radius * self.scale, fill=colour)

    def polygon(self, points: Sequence[Point], colour: Colour) -> None:
        """Draw what lies between points."""
        self._draw.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line with round joints and ends."""
        scaled = [(x * self.scale, y * self.scale) for x, y in points]
        self._draw.line(scaled, fill=colour, width=round(width * self.scale), joint="curve")
        for x, y in (points[0], points[-1]):
            self.ellipse(x, y, width / 2, width / 2, colour)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float = 1) -> None:
        """Lay light round a centre that fades towards the radius."""
        side = round(2 * radius * self.scale)
        mask = _fading(side, round(strength * 100))
        place = (round((x - radius) * self.scale), round((y - radius) * self.scale))
        self._image.paste(Image.new("RGB", (side, side), colour), place, mask)

    def text(
        self, x: float, y: float, text: str, size: float, colour: Colour, anchor: str = "mm"
    ) -> None:
        """Write text; the anchor is that of Pillow: "lm" begins at x, "mm" has its middle there."""
        place, letters = (x * self.scale, y * self.scale), font(round(size * self.scale))
        self._draw.text(place, text, fill=colour, font=letters, anchor=anchor)

    def lay(self, picture: Picture, x: float = 0, y: float = 0) -> None:
        """Lay a picture on this one, with its transparency."""
        size = (picture.width * self.scale, picture.height * self.scale)
        large = picture.resize(size, Image.Resampling.BILINEAR)
        mask = large if large.mode == "RGBA" else None
        self._image.paste(large, (round(x * self.scale), round(y * self.scale)), mask)

    def _scaled(self, *numbers: float) -> tuple[float, float, float, float]:
        a, b, c, d = (number * self.scale for number in numbers)
        return a, b, c, d


def blend(colours: Sequence[Colour], place: float) -> Colour:
    """Return the colour at a place from 0 to 1 of a row of colours."""
    place = min(max(place, 0.0), 1.0) * (len(colours) - 1)
    first = min(int(place), len(colours) - 2)
    part = place - first
    pairs = zip(colours[first], colours[first + 1], strict=True)
    return tuple(round(a + (b - a) * part) for a, b in pairs)


def eased(place: float) -> float:
    """Return a place from 0 to 1 of a movement that begins and ends slowly."""
    return 0.5 - 0.5 * math.cos(math.pi * min(max(place, 0.0), 1.0))


def font_path() -> Path:
    """Return where the font is."""
    return Path(os.environ.get(FONT_VARIABLE, FONT))


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font in a size; the variable SAMPLES_FONT names another one."""
    return ImageFont.truetype(font_path(), size)


@lru_cache(maxsize=64)
def _fading(side: int, percent: int) -> Picture:
    """Return a mask that is brightest in its middle."""
    mask = Image.radial_gradient("L").resize((side, side), Image.Resampling.BILINEAR)
    # radial_gradient is 0 in the middle and 255 at the corners; the circle inside ends at 180
    table = [round(max(0.0, 1 - value / 180) ** 2 * 2.55 * percent) for value in range(256)]
    return mask.point(table)
