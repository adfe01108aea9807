"""Whatever native code does, only its own process suffers, and the next file has a new one."""

from __future__ import annotations

import pytest

from mps_manifest.adapters.mediainfo import MediaInfoParser
from mps_manifest.errors import Changed, OutOfTime, Unreadable
from tests.media.fakes import FINE, PATIENCE, SIZE, TRACKS, Fake, first, idle
from tests.media.make import SAMPLES, reading

pytestmark = pytest.mark.usefixtures("nothing_is_left")

BY_SIGNAL = f"if data.startswith(b'bad'): os.kill(os.getpid(), signal.NAME)\n{FINE}"


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"])
def test_a_crash_makes_the_file_unreadable_and_the_next_one_is_read(fake: Fake, name: str) -> None:
    """A crash in native code must cost one file and never the whole invocation."""
    parser = fake(BY_SIGNAL.replace("NAME", name))
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS
    with pytest.raises(Unreadable, match="crashed"):
        parser.tracks(SIZE, first(b"bad"), PATIENCE)
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_an_endless_loop_is_ended_by_the_kernel(fake: Fake) -> None:
    """Native code that loops cannot be interrupted from Python and would use up all time."""
    parser = fake(f"while data.startswith(b'bad'): pass\n{FINE}")
    with pytest.raises(Unreadable, match="CPU time"):
        parser.tracks(SIZE, first(b"bad"), PATIENCE)
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_reading_for_ever_comes_to_an_end(fake: Fake) -> None:
    """Found by chance: a damaged Matroska file has the same blocks read again and again."""
    reads: list[int] = []

    def read(start: int, length: int) -> bytes:
        reads.append(start)
        return first()(start, length)

    parser = fake(f"while file.read(100): file.seek(0)\n{FINE}")
    assert parser.tracks(SIZE, read, PATIENCE) == TRACKS
    assert len(reads) == 500


def test_the_time_of_one_file_is_not_taken_from_the_next(fake: Fake) -> None:
    """Each file has its own second: four times 0.4 s are no reason to end a process."""
    code = f"until = time.process_time() + 0.4\nwhile time.process_time() < until: pass\n{FINE}"
    parser = fake(code)
    for _ in range(4):
        assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_memory_has_a_limit(fake: Fake) -> None:
    """One damaged file must not make the parser take the memory of the whole instance."""
    parser = fake(f"if data.startswith(b'bad'):\n    x = bytearray(10 ** 9)\n{FINE}")
    with pytest.raises(Unreadable, match="MemoryError"):
        parser.tracks(SIZE, first(b"bad"), PATIENCE)
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_what_a_library_prints_disturbs_nothing(fake: Fake) -> None:
    """The pipe carries answers, so stray output in it would garble them."""
    parser = fake(f"print('J' * 10_000, flush=True)\nos.write(1, b'J' * 100)\n{FINE}")
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


@pytest.mark.parametrize(
    "answer",
    ["", "no JSON", "[]", "{}x", '{"media": [5]}', '{"media": {"track": [5]}}', "[" * 100_000],
)
def test_an_answer_that_is_no_answer_is_unreadable(fake: Fake, answer: str) -> None:
    """A library that misbehaves must be reported, and neither believed nor crash the function."""
    parser = fake(f"return {answer!r}")
    with pytest.raises(Unreadable):
        parser.tracks(SIZE, first(), PATIENCE)


def test_no_media_at_all_is_an_answer(fake: Fake) -> None:
    """A file without media is a normal case and must not be reported as unreadable."""
    assert fake("""return '{"media": null}'""").tracks(SIZE, first(), PATIENCE) == []


def test_odd_characters_in_values_do_no_harm(fake: Fake) -> None:
    """Titles may hold anything, even what cannot be encoded in UTF-8."""
    code = r"""return '{"media": {"track": [{"@type": "General", "Title": "\x00\n\udc80"}]}}'"""
    assert fake(code).tracks(SIZE, first(), PATIENCE)[0]["Title"] == "\x00\n\udc80"


def test_long_texts_are_left_out(fake: Fake) -> None:
    """Else the lyrics of a song come with its headers."""
    code = """import json
track = {"@type": "General", "Lyrics": "la" * 999, "extra": {"x": "y" * 100_000}, "Format": "x"}
return json.dumps({"media": {"track": [track, {"@type": "Menu"}]}})"""
    assert fake(code).tracks(SIZE, first(), PATIENCE) == TRACKS


FRAMES = {
    "a part of another file": "b'R' + (12).to_bytes(4, 'big') + (990).to_bytes(8, 'big')"
    " + (11).to_bytes(4, 'big')",
    "nothing": "b'R' + (12).to_bytes(4, 'big') + bytes(12)",
    "a huge part": "b'R' + (12).to_bytes(4, 'big') + bytes(8) + b'\\xff\\xff\\xff\\xff'",
    "a short request": "b'R' + (3).to_bytes(4, 'big') + bytes(3)",
    "a huge answer": "b'J' + (2 ** 20 + 1).to_bytes(4, 'big') + b'x' * 100",
    "an unknown frame": "b'Q' + bytes(4)",
    "a frame that says nothing": "b'J' + bytes(4)",
    "an answer that is no list": "b'J' + (1).to_bytes(4, 'big') + b'5'",
    "an answer of many digits": "b'J' + (9000).to_bytes(4, 'big') + b'9' * 9000",
    "a deep answer": "b'J' + (90000).to_bytes(4, 'big') + b'[' * 90000",
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
def test_a_parser_gone_mad_gets_nothing_and_is_replaced(fake: Fake, frame: str) -> None:
    """A hijacked parser must get no bytes but the file's, and must not serve the next file."""
    asked: list[tuple[int, int]] = []

    def read(start: int, length: int) -> bytes:
        asked.append((start, length))
        return first(b"bad")(start, length)

    parser = fake(
        f"if data.startswith(b'bad'):\n    os.write(file._pipe._outgoing, {frame})\n{FINE}"
    )
    with pytest.raises(Unreadable):
        parser.tracks(SIZE, read, PATIENCE)
    assert asked == [(0, 100)]
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_an_answer_nobody_waits_for_is_not_taken_for_the_next_file(fake: Fake) -> None:
    """Facts of one file must never appear in the manifest of another."""
    early = "b'J' + (2).to_bytes(4, 'big') + b'[]'"
    wrong = "b'J' + (4).to_bytes(4, 'big') + b'[{}]'"
    parser = fake(
        f"if data.startswith(b'bad'): os.write(file._pipe._outgoing, {early} + {wrong})\n{FINE}"
    )
    assert parser.tracks(SIZE, first(b"bad"), PATIENCE) == []
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_patience_that_ends_is_no_fault_of_the_file(fake: Fake) -> None:
    """A sound file must not be called unreadable because the time ran out."""
    parser = fake(f"if data.startswith(b'bad'): time.sleep(600)\n{FINE}")
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS  # its start is not part of the 0.3 s
    with pytest.raises(OutOfTime):
        parser.tracks(SIZE, first(b"bad"), 0.3)
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS


def test_patience_ends_for_a_stopped_process_too(fake: Fake) -> None:
    """A process that reads nothing any more: what is sent to it must not block for ever."""
    size = 1_000_000  # more than a pipe holds
    code = (
        "import struct\nif data.startswith(b'bad'):\n"
        "    file._pipe.send(b'R', struct.pack('>QI', 0, 900_000))\n"
        "    os.kill(os.getpid(), signal.SIGSTOP)"
    )
    parser = fake(f"{code}\n{FINE}")
    assert parser.tracks(SIZE, first(), PATIENCE) == TRACKS  # its start is not part of the 0.3 s
    with pytest.raises(OutOfTime):
        parser.tracks(size, reading(b"bad".ljust(size)), 0.3)


@pytest.mark.parametrize("fault", [Changed("another object"), OutOfTime(), ValueError("odd")])
def test_what_reading_raises_is_raised_on(real: MediaInfoParser, fault: Exception) -> None:
    """A fault of the store must not be disguised as a fault of the file."""

    def read(_start: int, _length: int) -> bytes:
        raise fault

    body = (SAMPLES / "plain.mp4").read_bytes()
    assert real.tracks(len(body), reading(body), PATIENCE)
    before = idle(real)
    with pytest.raises(type(fault)) as raised:
        real.tracks(len(body), read, PATIENCE)
    assert raised.value is fault
    assert real.tracks(len(body), reading(body), PATIENCE)[0]["Format"] == "MPEG-4"
    assert idle(real) == before, "the process need not be replaced"


def test_no_more_is_passed_on_than_was_asked_for(fake: Fake) -> None:
    """A source that returns too much must not overflow what the library has reserved."""
    parser = fake(f"assert len(data) == 100\n{FINE}")
    assert parser.tracks(SIZE, lambda _start, _length: bytes(200), PATIENCE) == TRACKS


def test_a_source_that_gives_too_much_or_nothing(real: MediaInfoParser) -> None:
    """A store that answers oddly must not confuse the real library either."""
    body = (SAMPLES / "plain.mp4").read_bytes()
    everything = real.tracks(len(body), lambda start, _length: body[start:] + b"more", PATIENCE)
    assert everything[0]["Format"] == "MPEG-4"
    nothing = real.tracks(len(body), lambda _start, _length: b"", PATIENCE)
    assert "Format" not in nothing[0]
