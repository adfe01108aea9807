"""Write all tables into a folder, each file whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from operate.errors import OperatorError
from operate.sql.csv_files import write_csv
from operate.sql.engine import write_ndjson, write_parquet
from operate.sql.manifest_cache import ManifestCache

Writer = Callable[[ManifestCache, Path], Mapping[str, int]]
WRITERS: Mapping[str, Writer] = {
    "parquet": write_parquet,
    "ndjson": write_ndjson,
    "csv": write_csv,
}


def export(cache: ManifestCache, form: str, folder: Path) -> Mapping[str, int]:
    """Write the files <table>.<form>, in place of older ones, and return how many rows each has.

    Raises OperatorError where the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".export-") as aside:
            counted = WRITERS[form](cache, Path(aside))
            for file in sorted(Path(aside).iterdir()):
                file.replace(folder / file.name)
    except OSError as error:
        raise OperatorError(f"{folder}: {error.strerror}.", "Name another folder.") from None
    return counted
