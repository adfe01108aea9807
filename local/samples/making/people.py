"""People from the chest up, who can talk, blink and move their heads."""

from __future__ import annotations

import math
from dataclasses import dataclass

from local.samples.making.canvas import Canvas, Colour, Point, blend

WHITE = (250, 250, 250)
_LIPS = (176, 78, 76)
_MOUTH = (98, 32, 40)


@dataclass(frozen=True)
class Looks:
    """What a person looks like."""

    skin: Colour = (241, 200, 170)
    hair: Colour = (62, 42, 40)
    eyes: Colour = (84, 58, 44)
    jacket: Colour = (47, 79, 109)
    shirt: Colour = (245, 240, 230)
    long_hair: bool = True


HOST = Looks()
REPORTER = Looks(skin=(224, 172, 138), hair=(36, 34, 42), jacket=(92, 44, 62), long_hair=False)
TEACHER = Looks(hair=(150, 106, 66), jacket=(70, 104, 84), long_hair=False)
PRESENTER = Looks(skin=(233, 186, 152), hair=(94, 48, 38), jacket=(240, 150, 70))


@dataclass(frozen=True)
class Pose:
    """What a person does: an open mouth is 1, closed eyes are 1; the head moves by pixels."""

    mouth: float = 0.0
    eyelids: float = 0.0
    head: Point = (0.0, 0.0)


def pose(seconds: float, mouth: float = 0.0, phase: float = 0.0) -> Pose:
    """Return the pose at a time: people blink now and then, and never hold their heads still."""
    at = seconds + phase
    blink = max(0.0, 1 - abs(at % 3.7 - 1.9) / 0.13)
    head = (2.2 * math.sin(at * 1.1) + 1.2 * math.sin(at * 2.3), 1.4 * math.sin(at * 1.7))
    return Pose(mouth, blink, head)


def draw_person(
    canvas: Canvas, place: Point, size: float, looks: Looks = HOST, now: Pose = Pose()
) -> None:
    """Draw a person with the middle of the head at a place; the head is twice `size` high."""
    _Person(canvas, place, size, looks, now).draw()


class _Person:
    """Draws one person; coordinates are in half heights of the head, from its middle."""

    def __init__(self, canvas: Canvas, place: Point, size: float, looks: Looks, now: Pose) -> None:
        self._canvas, self._size, self._looks, self._now = canvas, size, looks, now
        self._body = place
        self._head = (place[0] + now.head[0] * size / 60, place[1] + now.head[1] * size / 60)
        self._shade = blend([looks.skin, (140, 70, 60)], 0.22)

    def draw(self) -> None:
        self._hair_behind()
        self._chest()
        self._face()
        self._eyes()
        self._mouth()
        self._hair()

    def _at(self, x: float, y: float, *, body: bool = False) -> Point:
        origin = self._body if body else self._head
        return origin[0] + x * self._size, origin[1] + y * self._size

    def _ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self._canvas.ellipse(*self._at(x, y), rx * self._size, ry * self._size, colour)

    def _polygon(self, points: list[Point], colour: Colour) -> None:
        self._canvas.polygon([self._at(*each, body=True) for each in points], colour)

    def _hair_behind(self) -> None:
        looks = self._looks
        if looks.long_hair:
            x, y = self._at(-1.02, -0.5)
            size = (2.04 * self._size, 1.95 * self._size)
            self._canvas.box(x, y, *size, looks.hair, radius=0.55 * self._size)
            self._ellipse(0, -0.3, 1.02, 0.92, looks.hair)

    def _chest(self) -> None:
        looks, canvas, size = self._looks, self._canvas, self._size
        dark = blend([looks.jacket, (0, 0, 0)], 0.25)
        x, y = self._at(-1.75, 1.28, body=True)
        canvas.box(x, y, 3.5 * size, 4 * size, looks.jacket, radius=0.7 * size)
        self._polygon([(-0.5, 1.24), (0.5, 1.24), (0, 2.5)], looks.shirt)
        x, y = self._at(-0.33, 0.6, body=True)
        canvas.box(x, y, 0.66 * size, 0.9 * size, self._shade, radius=0.3 * size)
        self._polygon([(-0.55, 1.2), (-0.3, 1.12), (0, 2.5), (-0.5, 2.15), (-0.8, 1.6)], dark)
        self._polygon([(0.55, 1.2), (0.3, 1.12), (0, 2.5), (0.5, 2.15), (0.8, 1.6)], dark)

    def _face(self) -> None:
        looks = self._looks
        for side in (-1, 1):
            self._ellipse(side * 0.8, 0.08, 0.14, 0.2, self._shade)
        self._ellipse(0, 0, 0.8, 1.0, looks.skin)
        for side in (-1, 1):
            flush = blend([looks.skin, (230, 90, 90)], 0.17)
            self._ellipse(side * 0.46, 0.32, 0.2, 0.13, flush)
        x, y = self._at(0.02, 0.16)
        radius = 0.13 * self._size
        self._canvas.arc(x, y, radius, radius, (20, 150), 0.05 * self._size, self._shade)

    def _eyes(self) -> None:
        looks, size = self._looks, self._size
        dark = blend([looks.hair, (20, 20, 20)], 0.4)
        for side in (-1, 1):
            x, y = self._at(side * 0.34, -0.1)
            open_by = 1 - self._now.eyelids
            if open_by < 0.4:
                self._canvas.arc(x, y, 0.15 * size, 0.08 * size, (10, 170), 0.05 * size, dark)
            else:
                self._ellipse(side * 0.34, -0.1, 0.16, 0.115 * open_by, WHITE)
                self._ellipse(side * 0.34, -0.1, 0.092, 0.105 * open_by, looks.eyes)
                self._ellipse(side * 0.34, -0.1, 0.048, 0.055, (20, 16, 18))
                self._ellipse(side * 0.34 + 0.035, -0.135, 0.025, 0.025, WHITE)
                self._canvas.arc(x, y, 0.17 * size, 0.13 * size, (195, 345), 0.045 * size, dark)
            self._canvas.arc(
                x, y - 0.16 * size, 0.2 * size, 0.11 * size, (205, 335), 0.055 * size, dark
            )

    def _mouth(self) -> None:
        size, mouth = self._size, self._now.mouth
        x, y = self._at(0, 0.5)
        if mouth < 0.12:
            self._canvas.arc(
                x, y - 0.1 * size, 0.27 * size, 0.17 * size, (25, 155), 0.06 * size, _LIPS
            )
            return
        width, height = 0.24 - 0.05 * mouth, 0.05 + 0.14 * mouth
        self._ellipse(0, 0.5, width + 0.035, height + 0.035, _LIPS)
        self._ellipse(0, 0.5, width, height, _MOUTH)
        self._ellipse(0, 0.5 - height * 0.62, width * 0.75, height * 0.28, WHITE)
        self._ellipse(0, 0.5 + height * 0.62, width * 0.6, height * 0.3, (196, 92, 96))

    def _hair(self) -> None:
        looks, size = self._looks, self._size
        line = -0.34 if looks.long_hair else -0.46
        x, y = self._at(0, line)
        self._canvas.half_ellipse(x, y, 0.86 * size, (1.08 + line) * size, looks.hair)
        light = blend([looks.hair, (255, 240, 220)], 0.16)
        self._canvas.arc(
            x, y + 0.02 * size, 0.6 * size, 0.52 * size, (215, 285), 0.07 * size, light
        )
        if looks.long_hair:
            for side in (-1, 1):
                self._ellipse(side * 0.4, -0.48, 0.52, 0.26, looks.hair)
                self._ellipse(side * 0.86, 0.02, 0.16, 0.62, looks.hair)
        else:
            self._ellipse(0.22, -0.52, 0.6, 0.17, looks.hair)
            for side in (-1, 1):
                self._ellipse(side * 0.79, -0.34, 0.08, 0.3, looks.hair)
