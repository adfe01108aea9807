"""Places: the harbour from dawn to dusk, a room, a studio."""

from __future__ import annotations

import math

from local.samples.making.canvas import Canvas, Colour, Picture, Point, blend, eased

WIDTH, HEIGHT = 480, 270

# From dawn to dusk: the top and bottom of the sky, the sea, the hills.
_SKY_TOP = ((72, 68, 120), (108, 158, 206), (86, 164, 222), (96, 158, 208), (58, 54, 106))
_SKY_LOW = ((244, 176, 150), (246, 226, 196), (206, 232, 240), (250, 216, 170), (240, 138, 96))
_SEA = ((96, 88, 130), (72, 138, 166), (48, 138, 172), (70, 128, 158), (84, 70, 112))
_HILLS = ((92, 82, 118), (112, 150, 150), (96, 156, 140), (112, 142, 132), (76, 62, 98))
_SUN = ((255, 214, 170), (255, 240, 200), (255, 250, 226), (255, 232, 180), (255, 170, 110))
_HORIZON = 158
_FACADES = ((214, 120, 96), (236, 206, 158), (150, 176, 172), (226, 160, 110), (198, 196, 186))


def harbour(day: float, seconds: float, lamp: float = 0.0, enlarged: int = 1) -> Canvas:
    """Draw the harbour at a time of the day from 0 (dawn) to 1 (dusk)."""
    canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0), enlarged)
    top, low = blend(_SKY_TOP, day), blend(_SKY_LOW, day)
    canvas.gradient([top, blend([top, low], 0.55), low], 0, _HORIZON)
    sun = (70 + 330 * day, 140 - 112 * math.sin(math.pi * (0.08 + 0.84 * day)))
    canvas.glow(*sun, 90, blend(_SUN, day), 0.75)
    canvas.ellipse(*sun, 15, 15, blend(_SUN, day))
    _clouds(canvas, seconds, blend([low, (255, 255, 255)], 0.55))
    _hills(canvas, day)
    _sea(canvas, day, seconds, sun)
    _ship(canvas, (340 - 140 * day, 176), seconds + 1.3, 0.5)
    _quay(canvas, day)
    _ship(canvas, (138 + 176 * day, 214), seconds, 1.0)
    _lighthouse(canvas, max(lamp, 1 - 4 * day, 4 * day - 3), seconds)
    _gulls(canvas, seconds)
    return canvas


def _clouds(canvas: Canvas, seconds: float, colour: Colour) -> None:
    for number, (x, y, size) in enumerate(((60, 40, 1.0), (250, 26, 0.8), (390, 60, 1.15))):
        left = (x + seconds * (2.4 + number)) % (WIDTH + 120) - 60
        for dx, dy, radius in ((-20, 3, 9), (-6, -3, 13), (12, 0, 11), (26, 4, 7)):
            pale = (*colour, 150)
            canvas.ellipse(
                left + dx * size, y + dy * size, 1.7 * radius * size, radius * size, pale
            )


def _hills(canvas: Canvas, day: float) -> None:
    for layer, (height, speed) in enumerate(((34, 0.9), (22, 1.6))):
        colour = blend([blend(_HILLS, day), blend(_SKY_LOW, day)], 0.5 - 0.3 * layer)
        ridge = [
            (x, _HORIZON - height * (0.5 + 0.5 * math.sin(x / 480 * 5 * speed + 1 + 2 * layer)))
            for x in range(0, WIDTH + 8, 8)
        ]
        canvas.polygon([(0, _HORIZON + 1), *ridge, (WIDTH, _HORIZON + 1)], colour)


def _sea(canvas: Canvas, day: float, seconds: float, sun: Point) -> None:
    sea = blend(_SEA, day)
    pale = blend([sea, blend(_SKY_LOW, day)], 0.55)
    canvas.gradient([pale, sea, blend([sea, (16, 24, 48)], 0.35)], _HORIZON, HEIGHT)
    for row in range(11):
        y = _HORIZON + 5 + row * row * 0.9 + row * 3
        for number in range(5):
            shift = 97 * number + 61 * row + seconds * (4 + row) * (1 if row % 2 else -1)
            x = shift % (WIDTH + 80) - 40
            length = 9 + 3 * row + 6 * math.sin(seconds * 1.3 + number + row)
            light = max(0.0, 1 - abs(x - sun[0]) / (40 + 8 * row))
            colour = (*blend([pale, blend(_SUN, day)], light), 110 + round(120 * light))
            canvas.box(x - length / 2, y, length, 1.2 + 0.12 * row, colour, radius=0.6)


def _ship(canvas: Canvas, place: Point, seconds: float, size: float) -> None:
    x, y = place[0], place[1] + 2 * size * math.sin(seconds * 1.9)
    lean = 3 * size * math.sin(seconds * 1.4)

    def at(dx: float, dy: float) -> Point:
        return x + dx * size + lean * -dy / 60, y + dy * size

    canvas.ellipse(x, y + 15 * size, 44 * size, 3.5 * size, (20, 30, 60, 60))
    canvas.polygon([at(-40, 0), at(44, 0), at(30, 15), at(-30, 15)], (150, 62, 54))
    canvas.polygon([at(-40, 0), at(44, 0), at(42, 3), at(-39, 3)], (244, 236, 220))
    canvas.line([at(0, 0), at(0, -74)], 2.2 * size, (92, 66, 50))
    canvas.polygon([at(3, -70), at(3, -8), at(38, -8)], (252, 246, 232))
    canvas.polygon([at(3, -38), at(3, -8), at(38, -8), at(19.5, -38)], (240, 222, 196))
    canvas.polygon([at(-3, -64), at(-3, -8), at(-32, -8)], (236, 130, 84))


def _quay(canvas: Canvas, day: float) -> None:
    dusk = max(0.0, 4 * day - 3.0) + max(0.0, 0.6 - 5 * day)
    shade = blend([(255, 255, 255), (70, 58, 104)], min(0.62, dusk))
    for number, facade in enumerate(_FACADES):
        x, height = number * 23 - 6, 34 + 11 * ((number * 7) % 3)
        colour = tuple(a * b // 255 for a, b in zip(facade, shade, strict=True))
        roof = tuple(a * b // 255 for a, b in zip((132, 74, 62), shade, strict=True))
        top = 172 - height
        canvas.box(x, top, 22, height + 8, colour)
        canvas.polygon([(x - 2, top), (x + 11, top - 12), (x + 24, top)], roof)
        for row in range(2):
            for column in range(2):
                lit = (
                    (255, 222, 140) if dusk > 0.3 and (number + row + column) % 3 else (74, 96, 112)
                )
                canvas.box(x + 4 + 9 * column, top + 7 + 14 * row, 5, 8, lit, radius=1)
    stone = tuple(a * b // 255 for a, b in zip((166, 150, 134), shade, strict=True))
    canvas.polygon([(0, 176), (124, 176), (112, 196), (0, 200)], stone)
    canvas.polygon(
        [(0, 176), (124, 176), (123, 179), (0, 180)], (*blend([stone, (255, 255, 255)], 0.3),)
    )


def _lighthouse(canvas: Canvas, lamp: float, seconds: float) -> None:
    canvas.ellipse(424, 216, 76, 26, (72, 66, 74))
    canvas.ellipse(410, 208, 52, 16, (98, 88, 92))
    if lamp > 0:
        turn = math.sin(seconds * 0.9)
        for side in (-1, 1):
            far = 420 + side * 200 * (0.35 + 0.65 * abs(turn))
            beam = (255, 236, 170, round(46 * min(1.0, lamp)))
            canvas.polygon([(420, 92), (far, 62 + 12 * turn), (far, 112 + 12 * turn)], beam)
    canvas.polygon([(408, 110), (432, 110), (440, 206), (400, 206)], (246, 240, 230))
    for band in range(3):
        top = 122 + 30 * band
        wide = 12 + 8 * (top - 110) / 96
        low = 12 + 8 * (top + 15 - 110) / 96
        points = [
            (420 - wide, top),
            (420 + wide, top),
            (420 + low, top + 15),
            (420 - low, top + 15),
        ]
        canvas.polygon(points, (198, 72, 62))
    canvas.polygon([(424, 110), (432, 110), (440, 206), (428, 206)], (60, 40, 60, 40))
    canvas.box(404, 105, 32, 5, (60, 56, 66), radius=1)
    canvas.box(411, 86, 18, 19, (76, 74, 86))
    canvas.box(414, 88, 12, 15, blend([(150, 170, 180), (255, 240, 170)], lamp), radius=2)
    canvas.polygon([(407, 87), (420, 74), (433, 87)], (178, 60, 54))
    if lamp > 0:
        canvas.glow(420, 95, 34, (255, 236, 160), 0.8 * min(1.0, lamp))


def _gulls(canvas: Canvas, seconds: float) -> None:
    for number in range(4):
        x = (120 + 90 * number + seconds * (14 + 3 * number)) % (WIDTH + 60) - 30
        y = 62 + 13 * (number % 3) + 5 * math.sin(seconds + number)
        wing = 4 + 2.4 * math.sin(seconds * 5 + 2 * number)
        points = [(x - 8, y - wing), (x - 3, y), (x, y + 1), (x + 3, y), (x + 8, y - wing)]
        canvas.line(points, 1.3, (52, 52, 72))


def room(warm: Colour = (236, 214, 190), cold: Colour = (120, 140, 150)) -> Canvas:
    """Draw a room out of focus: soft lights before a wall."""
    canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
    canvas.gradient([blend([warm, (255, 255, 255)], 0.3), warm, cold], 0, HEIGHT)
    lights = (
        (60, 60, 34),
        (130, 120, 22),
        (400, 70, 40),
        (440, 150, 26),
        (330, 40, 18),
        (30, 170, 30),
    )
    for x, y, radius in lights:
        canvas.ellipse(x, y, radius, radius, (255, 250, 226, 60))
        canvas.ellipse(x, y, radius * 0.86, radius * 0.86, (255, 246, 214, 50))
    return canvas


def studio() -> Picture:
    """Draw a studio: a window with the sea, shelves, a plant."""
    canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
    canvas.gradient([(232, 222, 208), (214, 198, 180)], 0, 226)
    canvas.gradient([(150, 116, 92), (124, 92, 72)], 226, HEIGHT)
    view = harbour(0.45, 3.0).picture().crop((150, 40, 300, 190))
    canvas.box(36, 34, 162, 162, (250, 246, 238), radius=4)
    canvas.lay(view, 42, 40)
    canvas.box(114, 40, 6, 150, (250, 246, 238))
    canvas.box(42, 112, 150, 6, (250, 246, 238))
    for row in range(3):
        canvas.box(318, 84 + 46 * row, 130, 5, (142, 104, 80))
        for book in range(8):
            height = 20 + (book * 5 + row * 7) % 13
            colours = ((196, 92, 76), (86, 126, 140), (226, 180, 104), (112, 138, 110))
            x = 324 + book * 10 + (30 if book > 3 + row % 2 else 0)
            canvas.box(x, 84 + 46 * row - height, 8, height, colours[(book + row) % 4], radius=1)
    canvas.polygon([(236, 226), (272, 226), (266, 256), (242, 256)], (196, 112, 84))
    for leaf in range(7):
        angle = math.pi * (0.12 + 0.126 * leaf)
        tip = (254 + 46 * math.cos(angle), 222 - 62 * math.sin(angle))
        middle = (254 + 20 * math.cos(angle), 222 - 20 * math.sin(angle))
        side = (7 * math.sin(angle), 7 * math.cos(angle))
        points = [(254, 228), (middle[0] - side[0], middle[1] - side[1]), tip]
        points.append((middle[0] + side[0], middle[1] + side[1]))
        canvas.polygon(points, blend([(70, 116, 84), (118, 158, 104)], leaf / 6))
    return canvas.picture()


def through_the_day(seconds: float, whole: float) -> float:
    """Return the time of the day at a time of a video that shows all of it."""
    return 0.04 + 0.94 * (0.35 * eased(seconds / whole) + 0.65 * seconds / whole)
