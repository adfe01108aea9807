"""Damaged files of each format that is measured: a sane duration, or none, and soon."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from mps_manifest.formats.containers.flash_video import flash_video_length
from mps_manifest.formats.containers.program_stream import program_stream_length
from mps_manifest.formats.containers.transport_stream import transport_stream_length
from mps_manifest.formats.media.parts import Length, Parts
from mps_manifest.formats.sound.adts import adts_length
from mps_manifest.formats.sound.amr import amr_length
from mps_manifest.formats.sound.dolby import dolby_length
from mps_manifest.formats.sound.fronts import short_front
from mps_manifest.formats.sound.mpeg_audio import mpeg_audio_length
from mps_manifest.formats.sound.ogg import ogg_length
from mps_manifest.formats.sound.tags import end_of_sound, end_of_tags
from mps_manifest.formats.sound.wave import wave_length
from tests.media.make import reading
from tests.media.test_fuzzed_media import damaged
from tests.unit.test_framed_sound import AC3, APE, FRAME, ID3V1, adts, eac3, xing
from tests.unit.test_fronts import flac, id3
from tests.unit.test_ogg import opus
from tests.unit.test_time_marks import FIRST, LAST, flv, ps, ts
from tests.unit.test_wave import wav

MUTATIONS = 500
SECONDS = 1.0
BODIES: dict[Callable[[Parts], Length], tuple[bytes, ...]] = {
    adts_length: (adts(200) * 200, adts(300, 4) * 50),
    amr_length: (b"#!AMR\n" + (b"\x3c" + bytes(31)) * 400, b"#!AMR-WB\n" + b"\x7c" * 500),
    dolby_length: (AC3 * 40, AC3 * 200, (eac3(800) + eac3(400, kind=1)) * 40),
    flash_video_length: (flv(12.5, LAST), flv(None, FIRST, LAST)),
    mpeg_audio_length: (FRAME * 60 + bytes(2000) + APE + ID3V1, xing(50) + FRAME * 50, FRAME * 900),
    ogg_length: (opus(20), opus(100), opus(9, 480_000)),
    program_stream_length: (ps(3), ps(20)),
    transport_stream_length: (ts(3), ts(20)),
    wave_length: (wav(), wav(0, 0), wav(2_000_000_000)),
}
LONGEST = 2**40 * 1000  # in ms; what is beyond sense is left out later


@pytest.mark.parametrize("measure", BODIES, ids=lambda measure: measure.__name__)
def test_damaged_files_are_measured_or_not(measure: Callable[[Parts], Length]) -> None:
    """A reader that fails, hangs or makes up hours would spoil the manifest of a good job."""
    for seed in range(MUTATIONS):
        chance = random.Random(seed)
        body = damaged(chance.choice(BODIES[measure]), chance)
        started = time.thread_time()
        found = measure(Parts(len(body), reading(body)))
        assert time.thread_time() - started < SECONDS
        assert found.duration_ms is None or 0 < found.duration_ms < LONGEST
        assert not (found.truncated and found.doubtful)


def in_pieces(body: bytes) -> Callable[[int, int], bytes]:
    read = reading(body)
    return lambda start, length: read(start, min(length, 777))


@pytest.mark.parametrize("measure", BODIES, ids=lambda measure: measure.__name__)
def test_reads_may_return_less_than_was_asked_for(measure: Callable[[Parts], Length]) -> None:
    """Parts come in pieces, as they were fetched."""
    for body in BODIES[measure]:
        whole = measure(Parts(len(body), reading(body)))
        assert measure(Parts(len(body), in_pieces(body))) == whole
        nothing = Parts(len(body), lambda _start, _length: b"")
        assert measure(nothing) == Length()


def test_damaged_tags_and_fronts_end_within_the_file() -> None:
    """A position beyond the end would leave nothing of the file."""
    made = (id3(900, 0x10) + id3(50) + FRAME * 20, FRAME * 20 + APE + ID3V1)
    covers = (flac((4, 10), (6, 50_000)), wav())
    for seed in range(MUTATIONS):
        chance = random.Random(seed)
        body = damaged(chance.choice(made), chance)
        parts = Parts(len(body), reading(body))
        assert 0 <= end_of_tags(parts) <= len(body)
        assert 0 <= end_of_sound(parts) <= len(body)
        body = damaged(chance.choice(covers), chance)
        for kind in ("audio/flac", "audio/wav"):
            front, start = short_front(kind, Parts(len(body), reading(body)))
            assert len(front) <= start <= len(body)
