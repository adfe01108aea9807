"""Leave out facts that no real file has: damaged headers hold any number."""

from __future__ import annotations

from mps_manifest.formats.findings import Media

_LONGEST_MS = 1000 * 3600 * 1000
_LARGEST_VIDEO = 65_536
_LARGEST_PICTURE = 1_000_000
_HIGHEST_FRAME_RATE = 1000
_HIGHEST_SAMPLE_RATE = 25_000_000  # DSD512 has 22.6 MHz
_MOST_CHANNELS = 255  # as many as Opus can have
_SIZES = ("width_px", "height_px", "display_width_px", "display_height_px")


def sane(media: Media) -> Media:
    """Return the facts without those beyond what files have; of sizes all or none."""
    largest = _LARGEST_VIDEO if media.video_codec else _LARGEST_PICTURE
    highest: dict[str, float] = {
        "duration_ms": _LONGEST_MS,
        "frame_rate": _HIGHEST_FRAME_RATE,
        "sample_rate": _HIGHEST_SAMPLE_RATE,
        "channels": _MOST_CHANNELS,
    }
    beyond = {name for name, most in highest.items() if (getattr(media, name) or 0) > most}
    if any((getattr(media, name) or 0) > largest for name in _SIZES):
        beyond.update(_SIZES)
    known = media._asdict()
    return Media(**{name: known[name] for name in known if name not in beyond})
