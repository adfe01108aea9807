"""Shows: a concert, a match, a dance, a parade, an advertisement, and the title of a film."""

from __future__ import annotations

import math
from collections.abc import Iterator

from local.samples.making.canvas import Canvas, Colour, Picture, Point, blend, eased
from local.samples.making.music import BEAT, BEATS
from local.samples.making.people import WHITE, Looks, draw_person, pose
from local.samples.making.places import HEIGHT, WIDTH, room

# What the sample job says, as parts of width and height: left, top, width, height.
LOGO = (0.05, 0.05, 0.2, 0.1)
BRIGHT = ((244, 114, 92), (250, 190, 88), (104, 184, 178), (150, 128, 208))
NIGHT = (20, 20, 40)


def concert(frames: int, seconds: float, *, logo: bool) -> Iterator[Picture]:
    """Show a singer on a stage, with a station's logo or without."""
    for number in range(round(seconds * frames)):
        at = number / frames
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        _stage(canvas, at)
        if logo:
            draw_logo(canvas)
        yield canvas.picture()


def draw_logo(canvas: Canvas) -> None:
    """Draw a station's logo where the sample job says that it is."""
    x, y = LOGO[0] * canvas.width, LOGO[1] * canvas.height
    width, height = LOGO[2] * canvas.width, LOGO[3] * canvas.height
    canvas.box(x, y, width, height, (250, 250, 252, 232), radius=height / 3)
    canvas.ellipse(x + 0.17 * width, y + height / 2, 0.3 * height, 0.3 * height, (214, 62, 70))
    canvas.text(x + 0.62 * width, y + height / 2, "港湾台", 0.56 * height, (34, 40, 60))


def _stage(canvas: Canvas, seconds: float) -> None:
    beat = seconds / BEAT % 1
    canvas.gradient([(24, 18, 52), (58, 32, 92), (104, 44, 96)], 0, 196)
    for bar in range(20):
        height = 22 + 58 * abs(math.sin(0.9 * bar + 2.1 * seconds)) * (1 - 0.4 * beat)
        colour = (*blend([BRIGHT[3], BRIGHT[0]], bar / 19), 120)
        canvas.box(16 + 23 * bar, 190 - height, 13, height, colour, radius=3)
    for lamp in range(5):
        x, swing = 60 + 90 * lamp, 70 * math.sin(1.2 * seconds + 1.3 * lamp)
        light = (*BRIGHT[lamp % 4], 58)
        canvas.polygon(
            [(x - 4, 8), (x + 4, 8), (x + swing + 42, 206), (x + swing - 42, 206)], light
        )
        canvas.box(x - 9, 0, 18, 11, (16, 14, 28), radius=3)
        canvas.ellipse(x, 11, 5, 3, blend([BRIGHT[lamp % 4], WHITE], 0.6))
    canvas.gradient([(40, 24, 60), (20, 14, 34)], 196, HEIGHT)
    canvas.ellipse(240, 203, 120, 11, (255, 226, 180, 60))
    singer = Looks(hair=(44, 26, 44), jacket=(226, 72, 110), shirt=(250, 220, 120))
    sway = (240 + 10 * math.sin(2 * seconds), 104 - 4 * abs(math.sin(math.pi * seconds / BEAT)))
    mouth = 0.35 + 0.45 * abs(math.sin(math.pi * seconds / BEAT))
    person = Canvas(WIDTH, HEIGHT)
    draw_person(person, sway, 28, singer, pose(seconds, mouth))
    canvas.lay(person.picture().crop((0, 0, WIDTH, 205)))
    canvas.line([(sway[0] + 14, 205), (sway[0] + 10, 128)], 2.4, (30, 30, 40))
    canvas.ellipse(sway[0] + 9, 124, 5, 6, (60, 60, 72))
    _crowd(canvas, seconds)


def _crowd(canvas: Canvas, seconds: float) -> None:
    for row in range(2):
        colour = ((34, 20, 50), (16, 10, 28))[row]
        for number in range(17):
            x = 30 * number + 15 * row
            jump = 5 * abs(math.sin(math.pi * seconds / BEAT + 0.7 * number + row))
            y = 236 + 20 * row - jump
            canvas.ellipse(x, y, 11, 12, colour)
            canvas.box(x - 16, y + 9, 32, 60, colour, radius=10)
            if (number * 5 + row) % 4 == 0:
                canvas.line([(x + 9, y + 14), (x + 16, y - 22)], 6, colour)


def pitch(seconds: float, enlarged: int = 1) -> Picture:
    """Draw a football match at a time."""
    width, height = WIDTH, HEIGHT
    canvas = Canvas(width, height, (0, 0, 0), enlarged)
    for stripe in range(12):
        colour = ((82, 152, 84), (92, 164, 92))[stripe % 2]
        canvas.box(stripe * width / 12, 0, width / 12 + 1, height, colour)
    chalk = (232, 244, 232)
    canvas.line([(width / 2, 22), (width / 2, height - 14)], 2, chalk)
    canvas.arc(width / 2, height / 2, 46, 46, (0, 360), 2, chalk)
    for side in (0, 1):
        x = 18 if side == 0 else width - 18
        inner = 66 if side == 0 else width - 66
        canvas.line([(x, 80), (inner, 80), (inner, 190), (x, 190)], 2, chalk)
        canvas.box(x - 9 if side == 0 else x + 1, 108, 8, 54, (240, 240, 240, 120))
    canvas.line(
        [(18, 22), (width - 18, 22), (width - 18, height - 14), (18, height - 14), (18, 22)],
        2,
        chalk,
    )
    ball = _ball(seconds)
    for number in range(10):
        _player(canvas, number, seconds, ball)
    lift = 10 * abs(math.sin(2.2 * seconds))
    canvas.ellipse(ball[0], ball[1] + 5, 5, 2.4, (20, 50, 30, 90))
    canvas.ellipse(ball[0], ball[1] - lift, 5.4, 5.4, WHITE)
    canvas.ellipse(ball[0] + 1, ball[1] - lift - 0.6, 2.1, 2.1, (40, 44, 54))
    return canvas.picture()


def _ball(seconds: float) -> Point:
    return (
        WIDTH / 2 + 160 * math.sin(0.9 * seconds - 0.6) + 10 * math.sin(3 * seconds),
        HEIGHT / 2 + 62 * math.sin(1.4 * seconds + 0.5),
    )


def _player(canvas: Canvas, number: int, seconds: float, ball: Point) -> None:
    home = (70 + 74 * (number // 2) + 24 * (number % 2), 62 + 46 * ((number * 3) % 5))
    pull = 0.46 if number in (3, 4, 6) else 0.2
    x = home[0] + pull * (ball[0] - home[0]) + 5 * math.sin(1.7 * seconds + number)
    y = home[1] + pull * (ball[1] - home[1]) + 4 * math.sin(2.1 * seconds + 2 * number)
    shirt = ((214, 70, 66), (58, 92, 170))[number % 2]
    step = 4 * math.sin(9 * seconds + number)
    canvas.ellipse(x, y + 15, 9, 3, (20, 50, 30, 90))
    canvas.line([(x - 3, y + 6), (x - 3 + step * 0.6, y + 14)], 3.6, (240, 238, 232))
    canvas.line([(x + 3, y + 6), (x + 3 - step * 0.6, y + 14)], 3.6, (240, 238, 232))
    canvas.box(x - 7, y - 6, 14, 14, shirt, radius=4)
    canvas.ellipse(x, y - 12, 5.4, 6, (234, 190, 158))
    canvas.half_ellipse(x, y - 13, 5.6, 5.6, (56, 40, 38))


def match(frames: int, start: float, seconds: float) -> Iterator[Picture]:
    """Show the match from a time on."""
    for number in range(round(seconds * frames)):
        yield pitch(start + number / frames)


def upright(frames: int, seconds: float) -> Iterator[Picture]:
    """Show the part of the match around the ball, upright."""
    width = HEIGHT * 9 / 16
    for number in range(round(seconds * frames)):
        near = [_ball((number + ahead) / frames)[0] for ahead in range(-6, 7)]
        left = 2 * round(min(max(sum(near) / len(near) - width / 2, 0), WIDTH - width))
        yield pitch(number / frames, enlarged=2).crop((left, 0, left + 304, 540))


def dance(frames: int, seconds: float) -> Iterator[Picture]:
    """Show dancers who move at the beats of the music."""
    for number in range(round(seconds * frames)):
        at = number / frames
        beats = [beat for beat in BEATS if beat <= at]
        count, since = len(beats), at - (beats[-1] if beats else 0.0)
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        flash = math.exp(-7 * since) if beats else 0.0
        low = blend([BRIGHT[(count + 3) // 4 % 4], (40, 34, 70)], 0.62)
        canvas.gradient([(34, 30, 62), blend([low, WHITE], 0.16 * flash)], 0, 206)
        canvas.gradient([(58, 50, 88), (34, 28, 56)], 206, HEIGHT)
        canvas.glow(240, 128, 150, BRIGHT[count // 4 % 4], 0.25 + 0.4 * flash)
        for dancer in range(3):
            _dancer(canvas, 110 + 130 * dancer, count + dancer, since, BRIGHT[(dancer + 1) % 4])
        for dot in range(16):
            on = (count - 1) % 16 == dot and beats
            size = 5 if dot % 4 == 0 else 3.4
            colour = (255, 236, 170) if on else (120, 110, 150)
            canvas.ellipse(
                90 + 20 * dot, 252, size + (1.6 if on else 0), size + (1.6 if on else 0), colour
            )
        yield canvas.picture()


def _dancer(canvas: Canvas, x: float, count: int, since: float, colour: Colour) -> None:
    moved = eased(since / 0.22)
    before, now = _figure(count - 1), _figure(count)
    points = [
        (x + a[0] + (b[0] - a[0]) * moved, 206 + a[1] + (b[1] - a[1]) * moved)
        for a, b in zip(before, now, strict=True)
    ]
    head, neck, hips, *limbs = points
    canvas.ellipse(x, 210, 30, 5, (10, 8, 24, 120))
    dark = blend([colour, (20, 16, 40)], 0.35)
    for elbow, hand in (limbs[0:2], limbs[2:4]):
        canvas.line([neck, elbow, hand], 8.5, dark)
        canvas.ellipse(*hand, 5, 5, (236, 190, 160))
    for knee, foot in (limbs[4:6], limbs[6:8]):
        canvas.line([hips, knee, foot], 10, (44, 44, 74))
    canvas.line([neck, hips], 22, colour)
    canvas.ellipse(*head, 15, 17, (240, 196, 166))
    canvas.half_ellipse(head[0], head[1] - 2, 16, 16, (50, 36, 44))


def _figure(count: int) -> list[Point]:
    """Return head, neck, hips, and elbow, hand, elbow, hand, knee, foot, knee, foot."""
    lean = (-7, 7)[count % 2]
    up = count // 2 % 2
    crouch = 8 if count % 4 == 0 else 0
    arms = (
        [(-24, -92 + crouch), (-40, -122 + crouch), (26, -76 + crouch), (40, -56 + crouch)],
        [(-26, -76 + crouch), (-40, -56 + crouch), (24, -92 + crouch), (40, -122 + crouch)],
    )[up]
    legs = [(-14 + lean, -30 + crouch / 2), (-20, 0), (14 + lean, -30 + crouch / 2), (20, 0)]
    body = [(lean * 1.5, -122 + crouch), (lean, -98 + crouch), (lean * 0.3, -58 + crouch)]
    return [*body, *((lean + x, y) for x, y in arms), *legs]


def parade(frames: int, start: float, seconds: float) -> Iterator[Picture]:
    """Show drummers who march by below flags and balloons, from a time on."""
    for number in range(round(seconds * frames)):
        at = start + number / frames
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        canvas.gradient([(132, 196, 232), (214, 236, 240)], 0, 186)
        for house in range(7):
            _house(canvas, house)
        canvas.gradient([(172, 160, 150), (140, 128, 122)], 186, HEIGHT)
        _flags(canvas, at)
        for balloon in range(5):
            _balloon(canvas, balloon, at)
        for drummer in range(6):
            _drummer(canvas, (100 * drummer - 42 * at) % 600 - 60, at, drummer)
        yield canvas.picture()


def _house(canvas: Canvas, number: int) -> None:
    x, height = 72 * number - 10, 74 + 22 * (number * 5 % 3)
    facade = ((236, 206, 170), (222, 168, 142), (190, 206, 196))[number % 3]
    canvas.box(x, 186 - height, 68, height, facade)
    for window in range(4):
        y = 196 - height + 30 * (window // 2)
        canvas.box(x + 13 + 26 * (window % 2), y, 14, 18, (110, 140, 158), radius=2)


def _flags(canvas: Canvas, seconds: float) -> None:
    for flag in range(24):
        x, y = 21 * flag, 52 + 12 * math.sin(math.pi * (flag % 8) / 8)
        swing = 2.5 * math.sin(3 * seconds + flag)
        canvas.polygon([(x, y), (x + 16, y), (x + 8 + swing, y + 19)], BRIGHT[flag % 4])


def _balloon(canvas: Canvas, number: int, seconds: float) -> None:
    x = (40 + 110 * number - 26 * seconds) % (WIDTH + 60) - 30
    y = 92 + 14 * math.sin(1.4 * seconds + 2 * number)
    canvas.line([(x, y + 17), (x + 4, y + 52)], 1, (90, 90, 100))
    canvas.ellipse(x, y, 14, 17, BRIGHT[(number + 1) % 4])
    canvas.ellipse(x - 5, y - 6, 3, 4.5, (255, 255, 255, 120))


def _drummer(canvas: Canvas, x: float, seconds: float, number: int) -> None:
    step = math.sin(2 * math.pi * 1.6 * seconds + 0.5 * number)
    y = 178 - 3 * abs(step)
    for side in (-1, 1):
        canvas.line(
            [(x + 6 * side, y + 30), (x + 6 * side + 9 * step * side, y + 62)], 8, (56, 64, 100)
        )
    canvas.box(x - 16, y - 14, 32, 48, (202, 62, 66), radius=7)
    canvas.line([(x - 12, y - 10), (x + 12, y + 22)], 3, (246, 236, 214))
    canvas.ellipse(x, y - 28, 13, 14, (238, 194, 162))
    canvas.box(x - 12, y - 56, 24, 20, (44, 52, 88), radius=3)
    canvas.box(x - 14, y - 39, 28, 4, (28, 32, 56), radius=2)
    canvas.ellipse(x, y - 59, 4, 6, (250, 206, 90))
    canvas.box(x - 17, y + 14, 34, 22, (246, 240, 226), radius=4)
    canvas.box(x - 17, y + 14, 34, 4, (214, 160, 70), radius=2)
    for side in (-1, 1):
        hit = 7 * max(0.0, side * step)
        canvas.line([(x + 17 * side, y - 4), (x + 9 * side, y + 11 - hit)], 2.4, (120, 84, 60))
        canvas.ellipse(x + 17 * side, y - 3, 4.5, 4.5, (238, 194, 162))


def advert(frames: int, seconds: float) -> Iterator[Picture]:
    """Show fresh bread, and what it costs nothing to say about it."""
    for number in range(round(seconds * frames)):
        at = number / frames
        canvas = room((250, 222, 178), (214, 150, 100))
        canvas.gradient([(176, 122, 84), (140, 92, 62)], 206, HEIGHT)
        canvas.ellipse(168, 214, 118, 15, (250, 246, 238))
        canvas.ellipse(168, 211, 104, 11, (232, 224, 212))
        for loaf in range(3):
            x, y = 112 + 56 * loaf, 190 - 10 * (loaf % 2)
            canvas.ellipse(x, y, 48, 24, (186, 110, 54))
            canvas.ellipse(x, y - 4, 45, 20, (222, 152, 84))
            for cut in range(3):
                canvas.line(
                    [(x - 24 + 18 * cut, y - 14), (x - 12 + 18 * cut, y + 2)], 4, (250, 216, 160)
                )
        for wisp in range(4):
            points = [
                (110 + 38 * wisp + 6 * math.sin(0.12 * y + 2.4 * at + wisp), 158 - y)
                for y in range(0, 60, 4)
            ]
            canvas.line(points, 3, (255, 255, 255, 90))
        rise = 1 - eased(at / 0.9)
        canvas.text(370, 92 + 30 * rise, "每天新鲜", 31, (110, 58, 36))
        canvas.text(370, 128 + 30 * rise, "Fresh bread,", 18, (138, 84, 56))
        canvas.text(370, 150 + 30 * rise, "every morning", 18, (138, 84, 56))
        yield canvas.picture()


def pilot(frames: int, seconds: float) -> Iterator[Picture]:
    """Show the title of a film over the sea at night."""
    for number in range(round(seconds * frames)):
        at = number / frames
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        canvas.gradient([NIGHT, (44, 48, 92), (92, 82, 128)], 0, 188)
        canvas.gradient([(52, 54, 98), NIGHT], 188, HEIGHT)
        for star in range(60):
            x, y = star * 137.5 % WIDTH, star * 61.8 % 170
            bright = 140 + round(100 * math.sin(2 * at + star))
            canvas.ellipse(x, y, 0.9, 0.9, (255, 255, 240, max(30, bright)))
        canvas.glow(360, 70, 80, (250, 240, 210), 0.5)
        canvas.ellipse(360, 70, 25, 25, (250, 242, 220))
        canvas.ellipse(352, 64, 5, 5, (232, 222, 198))
        for row in range(9):
            length = 50 - 4 * row + 8 * math.sin(2 * at + row)
            canvas.box(
                360 - length / 2, 196 + 7 * row, length, 1.6, (240, 230, 210, 120), radius=0.8
            )
        canvas.text(WIDTH / 2, 118, "开场", 52, (250, 244, 230))
        canvas.text(WIDTH / 2, 160, "P I L O T", 16, (216, 214, 230))
        yield canvas.picture()
