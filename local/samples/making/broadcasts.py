"""Broadcasts: the episode, the news, the lecture, the evening news, and people before a camera."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from local.samples.making.canvas import Canvas, Colour, Picture, eased
from local.samples.making.people import (
    HOST,
    PRESENTER,
    REPORTER,
    TEACHER,
    WHITE,
    Looks,
    draw_person,
    pose,
)
from local.samples.making.places import HEIGHT, WIDTH, harbour, room
from local.samples.making.speech import EPISODE_SECONDS, cue_at

INK = (34, 40, 56)
RED = (196, 58, 58)
GREEN = (0, 177, 64)
# What the sample answer says: when each topic of the evening news begins, in seconds.
TOPICS = (
    (0.0, "晚间新闻", "Evening news"),
    (1.0, "内容开始", "The programme begins"),
    (44.57, "海港集市", "Market at the harbour"),
    (71.16, "百年灯塔", "A hundred years of light"),
    (106.33, "天气预报", "Weather"),
    (126.0, "再见", "Good night"),
)
NEWS_SECONDS = 127.0


def episode(mouths: Sequence[float], frames: int) -> Iterator[Picture]:
    """Show the host, what she talks about beside her, and her words in two languages."""
    for number in range(round(EPISODE_SECONDS * frames)):
        seconds = number / frames
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        canvas.gradient([(46, 74, 98), (32, 52, 76), (24, 36, 56)], 0, HEIGHT)
        canvas.glow(150, 120, 190, (92, 134, 156), 0.5)
        day = 0.03 + 0.94 * eased((seconds - 6) / 50)
        view = harbour(day, seconds).picture().resize((240, 135))
        canvas.box(216, 30, 248, 143, (240, 234, 222), radius=5)
        canvas.lay(view, 220, 34)
        now = pose(seconds, _mouth(mouths, number))
        draw_person(canvas, (110, 112), 52, HOST, now)
        canvas.gradient([(22, 32, 50), (16, 24, 40)], 216, HEIGHT)
        cue = cue_at(seconds)
        if cue:
            canvas.text(WIDTH / 2, 232, cue.chinese, 18, WHITE)
            canvas.text(WIDTH / 2, 254, cue.english, 13.5, (216, 222, 230))
        yield canvas.picture()


def news(mouths: Sequence[float], frames: int, seconds: float, *, text: bool) -> Iterator[Picture]:
    """Show the news, with a band of text in the lowest fifth or without."""
    for number in range(round(seconds * frames)):
        at = number / frames
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        canvas.gradient([(28, 48, 86), (44, 84, 128), (24, 40, 70)], 0, HEIGHT)
        _dots(canvas, at)
        draw_person(canvas, (170, 110), 50, REPORTER, pose(at, _mouth(mouths, number), 0.6))
        canvas.box(290, 44, 158, 100, (236, 240, 244), radius=4)
        canvas.lay(harbour(0.6, at).picture().resize((150, 92)).crop((0, 4, 150, 88)), 294, 48)
        canvas.polygon([(0, 204), (WIDTH, 196), (WIDTH, HEIGHT), (0, HEIGHT)], (52, 44, 60))
        canvas.polygon([(0, 204), (WIDTH, 196), (WIDTH, 200), (0, 208)], (140, 112, 96))
        if text:
            _headline(canvas, "百年灯塔周日重新开放", "The old lighthouse opens again", at)
        yield canvas.picture()


def _dots(canvas: Canvas, seconds: float) -> None:
    for row in range(9):
        for column in range(24):
            wave = math.sin(0.5 * column + 0.8 * row + seconds) + math.sin(0.31 * column - row)
            if wave > 0.2:
                canvas.ellipse(10 + 20 * column, 14 + 22 * row, 2.6, 2.6, (120, 170, 210, 60))


def _headline(canvas: Canvas, chinese: str, english: str, seconds: float) -> None:
    canvas.box(0, 218, WIDTH, 50, (246, 244, 240))
    canvas.box(0, 218, 78, 50, RED)
    canvas.text(39, 243, "新闻", 22, WHITE)
    slide = 14 * (1 - eased(seconds / 0.6))
    canvas.text(92 + slide, 234, chinese, 19, INK, "lm")
    canvas.text(92 + slide, 256, english, 13, (90, 96, 110), "lm")


def lecture(mouths: Sequence[float], frames: int, seconds: float) -> Iterator[Picture]:
    """Show a teacher and a board on which a wave grows."""
    for number in range(round(seconds * frames)):
        at = number / frames
        canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
        canvas.gradient([(226, 220, 206), (206, 196, 178)], 0, HEIGHT)
        canvas.box(186, 22, 278, 186, (118, 86, 66), radius=5)
        canvas.box(192, 28, 266, 174, (44, 84, 74), radius=2)
        _board(canvas, eased(at / 8), at)
        draw_person(canvas, (96, 122), 50, TEACHER, pose(at, _mouth(mouths, number), 1.1))
        yield canvas.picture()


def _board(canvas: Canvas, drawn: float, seconds: float) -> None:
    chalk = (236, 240, 230)
    canvas.text(325, 48, "波浪  Waves", 17, chalk)
    canvas.line([(208, 124), (442, 124)], 1.2, (150, 180, 168))
    canvas.line([(214, 70), (214, 184)], 1.2, (150, 180, 168))
    length = max(2, round(224 * drawn))
    points = [
        (214 + x, 124 - 32 * math.sin(2 * math.pi * x / 92 - 0.6 * max(0.0, seconds - 8)))
        for x in range(0, length + 1, 2)
    ]
    canvas.line(points, 2.6, (250, 214, 120))
    if drawn > 0.75:
        canvas.line([(237, 170), (329, 170)], 1.4, chalk)
        canvas.text(283, 181, "λ", 14, chalk)
    if drawn > 0.95:
        canvas.text(400, 181, "v = f · λ", 16, chalk)


def evening_news(frames: int) -> Iterator[Picture]:
    """Show a picture for each topic, with its title; little moves on it."""
    for number in range(round(NEWS_SECONDS * frames)):
        seconds = number / frames
        current = max(index for index, topic in enumerate(TOPICS) if topic[0] <= seconds)
        start, chinese, english = TOPICS[current]
        canvas = _topic(current, seconds)
        rise = 1 - eased((seconds - start) / 0.8)
        canvas.box(0, 196 + 80 * rise, WIDTH, 74, (20, 28, 46, 232))
        canvas.box(24, 212 + 80 * rise, 5, 42, (240, 170, 80))
        canvas.text(42, 223 + 80 * rise, chinese, 22, WHITE, "lm")
        canvas.text(42, 247 + 80 * rise, english, 13, (206, 214, 226), "lm")
        yield canvas.picture()


def _topic(number: int, seconds: float) -> Canvas:
    still = math.floor(seconds)  # pictures that rarely move need few bytes
    if number == 2:
        return _market(still)
    if number == 4:
        return _weather(still)
    day = (0.9, 0.3, 0.0, 0.85, 0.0, 0.98)[number]
    return harbour(day, 0.5 * still, lamp=1.0 if number == 3 else 0.0)


def _market(seconds: float) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
    canvas.gradient([(150, 204, 232), (226, 240, 240)], 0, 150)
    canvas.gradient([(198, 184, 164), (160, 144, 126)], 150, HEIGHT)
    for number, colour in enumerate(((214, 84, 74), (88, 140, 150), (232, 170, 84))):
        _stall(canvas, number, colour)
    for number, looks in enumerate((HOST, REPORTER, TEACHER)):
        x = (70 + 160 * number + 3 * seconds) % (WIDTH + 80) - 40
        draw_person(canvas, (x, 136), 27, looks, pose(seconds, 0, number))
    return canvas


def _stall(canvas: Canvas, number: int, colour: Colour) -> None:
    x = 26 + 150 * number
    canvas.box(x + 6, 84, 4, 100, (112, 84, 66))
    canvas.box(x + 116, 84, 4, 100, (112, 84, 66))
    canvas.box(x + 2, 150, 124, 40, (146, 110, 84), radius=2)
    for stripe in range(6):
        pale = colour if stripe % 2 == 0 else (250, 244, 234)
        top, left = x + 21 * stripe, x - 6 + 23 * stripe
        canvas.polygon([(top, 60), (top + 21, 60), (left + 23, 88), (left, 88)], pale)
        canvas.half_ellipse(left + 11.5, 88, 11.5, 7, pale, (0, 180))
    for fruit in range(22):
        shades = ((226, 92, 60), (240, 176, 60), (126, 164, 80), (206, 70, 96))
        place = (x + 14 + 9.6 * (fruit % 11), 146 - 8 * (fruit // 11))
        canvas.ellipse(*place, 5.4, 5.4, shades[(fruit + number + fruit // 11) % 4])


def _weather(seconds: float) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, (0, 0, 0))
    canvas.gradient([(70, 132, 190), (150, 196, 224)], 0, HEIGHT)
    for number, (name, degrees) in enumerate((("今天", "22°"), ("周六", "19°"), ("周日", "24°"))):
        x = 34 + 142 * number
        canvas.box(x, 34, 128, 136, (255, 255, 255, 70), radius=12)
        canvas.text(x + 64, 54, name, 17, WHITE)
        canvas.glow(x + 64, 96, 46, (255, 244, 190), 0.7)
        canvas.ellipse(x + 64, 96, 19, 19, (255, 216, 92))
        if number == 1:
            for dx, dy, radius in ((-16, 10, 14), (4, 4, 19), (24, 11, 13)):
                canvas.ellipse(x + 64 + dx, 92 + dy, 1.3 * radius, radius, (244, 248, 250))
            for drop in range(5):
                y = 118 + (drop * 5 + 4 * seconds) % 14
                canvas.line(
                    [(x + 42 + 11 * drop, y), (x + 40 + 11 * drop, y + 6)], 1.6, (220, 238, 250)
                )
        canvas.text(x + 64, 153, degrees, 22, WHITE)
    return canvas


def presenter(
    mouths: Sequence[float], frames: int, seconds: float, behind: Colour | Picture | None
) -> Iterator[Picture]:
    """Show a presenter before a colour, a picture, or nothing at all."""
    for number in range(round(seconds * frames)):
        at = number / frames
        colour = behind if isinstance(behind, tuple) else (0, 0, 0, 0)
        canvas = Canvas(WIDTH, HEIGHT, colour)
        if isinstance(behind, Picture):
            canvas.lay(behind)
        draw_person(
            canvas,
            (240 + 6 * math.sin(1.3 * at), 104),
            58,
            PRESENTER,
            pose(at, _mouth(mouths, number)),
        )
        _hand(canvas, at)
        picture = canvas.picture()
        yield picture.convert("RGB") if behind else picture


def _hand(canvas: Canvas, seconds: float) -> None:
    wave = 9 * math.sin(5 * seconds)
    canvas.line([(338, 262), (362, 214), (368 + wave * 0.5, 168)], 26, PRESENTER.jacket)
    canvas.line([(368 + wave * 0.5, 166), (370 + wave * 0.7, 150)], 15, PRESENTER.skin)
    x, y = 371 + wave * 0.8, 138
    canvas.ellipse(x, y, 13, 14, PRESENTER.skin)
    for finger in range(4):
        angle = math.radians(-120 + 20 * finger + wave)
        tip = (x + 27 * math.cos(angle), y + 27 * math.sin(angle))
        canvas.line([(x + 8 * math.cos(angle), y + 8 * math.sin(angle)), tip], 6.4, PRESENTER.skin)
    canvas.line([(x + 8, y + 3), (x + 21, y - 8)], 6.4, PRESENTER.skin)


def selfie(frames: int, seconds: float, *, smooth: bool) -> Iterator[Picture]:
    """Show a face near the camera: with spots and shadows, or with smooth and bright skin."""
    plain = Looks(skin=(222, 172, 140))
    fair = Looks(skin=(250, 220, 200))
    for number in range(round(seconds * frames)):
        at = number / frames
        canvas = room()
        now = pose(at, 0.0, 0.3)
        draw_person(canvas, (240, 138), 92, fair if smooth else plain, now)
        if not smooth:
            _blemishes(canvas, (240 + now.head[0] * 92 / 60, 138 + now.head[1] * 92 / 60), 92)
        if smooth:
            canvas.glow(240, 130, 150, (255, 244, 236), 0.12)
        yield canvas.picture().crop((105, 0, 375, 270))


def _blemishes(canvas: Canvas, middle: tuple[float, float], size: float) -> None:
    for number in range(46):
        angle, far = number * 2.399, 0.72 * math.sqrt((number + 1) / 47)
        x, y = (
            middle[0] + far * size * math.cos(angle),
            middle[1] + (0.16 + 0.72 * far * math.sin(angle)) * size,
        )
        if y < middle[1] + 0.08 * size and abs(x - middle[0]) < 0.55 * size:
            continue  # the eyes
        radius = (0.9, 1.3, 2.1)[number % 3]
        canvas.ellipse(x, y, radius, radius, (166, 84, 66, 150))
    for side in (-1, 1):
        x, y = middle[0] + side * 0.34 * size, middle[1] + 0.05 * size
        canvas.half_ellipse(x, y, 0.19 * size, 0.09 * size, (120, 76, 90, 110), (0, 180))
    for dx, dy in ((-0.22, 0.78), (0.25, 0.72), (0.56, 0.42)):
        canvas.ellipse(middle[0] + dx * size, middle[1] + dy * size, 4, 3.6, (206, 84, 76, 170))


def _mouth(mouths: Sequence[float], number: int) -> float:
    """Return how wide the mouth is open: a little slower than the sound is loud."""
    near = [mouths[at] for at in (number - 1, number, number + 1) if 0 <= at < len(mouths)]
    return sum(near) / len(near) if near else 0.0
