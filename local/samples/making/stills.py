"""Single pictures: a face and its cartoon, one cut out, with a logo, upright."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from local.samples.making.canvas import Canvas, Picture
from local.samples.making.people import HOST, WHITE, draw_person, pose
from local.samples.making.places import HEIGHT, WIDTH, harbour, room
from local.samples.making.shows import draw_logo


def cut_out() -> Picture:
    """Draw a person and nothing else, with an alpha channel."""
    canvas = Canvas(WIDTH, HEIGHT)
    draw_person(canvas, (240, 116), 66, HOST, pose(0.4))
    return canvas.picture().crop((105, 0, 375, 270))


def snapshot() -> Picture:
    """Draw the same person by the sea."""
    canvas = harbour(0.62, 4.0)
    draw_person(canvas, (240, 116), 66, HOST, pose(0.4))
    return canvas.picture().crop((105, 0, 375, 270))


def banner(*, logo: bool) -> Picture:
    """Draw a banner of the harbour, with a station's logo or without."""
    canvas = harbour(0.5, 7.0)
    canvas.text(250, 62, "海港之夏", 34, WHITE)
    canvas.text(250, 94, "Summer at the harbour", 15, (240, 246, 250))
    if logo:
        draw_logo(canvas)
    return canvas.picture()


def poster(enlarged: int = 1) -> Picture:
    """Draw a landscape poster."""
    return harbour(0.93, 9.0, lamp=1.0, enlarged=enlarged).picture()


def upright_poster() -> Picture:
    """Return the part of the poster that matters, upright."""
    return poster(enlarged=2).crop((656, 0, 960, 540))


def face() -> Picture:
    """Draw a face as a camera sees it: soft, with shadows and grain."""
    canvas = room((214, 200, 186), (96, 110, 124))
    draw_person(canvas, (240, 128), 80, HOST, pose(0.4))
    canvas.glow(170, 60, 200, (255, 240, 214), 0.22)
    canvas.glow(370, 190, 170, (40, 40, 70), 0.34)
    drawn = canvas.picture().crop((105, 0, 375, 270)).filter(ImageFilter.GaussianBlur(1.1))
    grain = _grain(drawn.size)
    rough = Image.merge("RGB", [grain] * 3)
    return ImageChops.add(drawn, rough, scale=1.0, offset=-128)


def _grain(size: tuple[int, int]) -> Picture:
    """Return noise around the middle grey; Pillow's own is another one each time."""
    chance = random.Random(5)
    return Image.frombytes("L", size, bytes(chance.choices(range(119, 138), k=size[0] * size[1])))


def cartoon() -> Picture:
    """Turn the face into a cartoon: few bright colours, dark outlines, dots behind."""
    person = Canvas(WIDTH, HEIGHT, enlarged=2)
    draw_person(person, (240, 128), 80, HOST, pose(0.4))
    drawn = person.picture()
    flat = ImageEnhance.Color(drawn.convert("RGB")).enhance(1.7)
    outline = ImageChops.add(_edges(drawn.convert("L")), _edges(drawn.getchannel("A")))
    flat.paste((36, 24, 40), (0, 0), outline)
    behind = Canvas(WIDTH, HEIGHT, (255, 214, 90), enlarged=2)
    for row in range(28):
        for column in range(50):
            size = 0.6 + 4.2 * row / 28
            behind.ellipse(10 * column + 5 * (row % 2), 10 * row, size, size, (248, 150, 84))
    picture = behind.picture()
    mask = ImageChops.lighter(drawn.getchannel("A"), outline)
    picture.paste(flat, (0, 0), mask)
    return picture.reduce(2).crop((105, 0, 375, 270))


def _edges(grey: Picture) -> Picture:
    """Return a mask of the outlines in a picture."""
    found = grey.filter(ImageFilter.FIND_EDGES).point(
        [0 if value < 18 else 255 for value in range(256)]
    )
    return found.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(1))
