"""The location of a benchmark: a folder, or a prefix in an object store that fsspec supports."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
from upath import UPath

from misground.errors import MisgroundError, UsageError, WorkError

Place = Path | UPath


def parse_place(text: str) -> Place:
    """Parse a folder's path or a URL such as s3://bucket/benchmark.

    The store's own library finds credentials and endpoint (for S3: the environment or ~/.aws, including
    AWS_ENDPOINT_URL).

    Raises:
        UsageError: fsspec does not know the scheme, its library is missing, or the URL is incomplete.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        _refuse_half_a_url(text)
        return Path(text)
    if not scheme:
        raise UsageError(
            f"{text} has no scheme before ://, expected a folder, or a URL such as s3://BUCKET/NAME"
        )
    if scheme in ("file", "local"):
        if not rest.startswith("/"):
            raise UsageError(
                f"{text}: expected an absolute path after {scheme}://, such as {scheme}:///data/out"
            )
        return Path(rest)
    if not rest.strip("/"):
        raise UsageError(f"{text} has no bucket, expected a URL such as {scheme}://BUCKET/NAME")
    try:
        fsspec.get_filesystem_class(scheme)
        place = UPath(text, use_listings_cache=False)  # other processes write there, too
        place.fs  # noqa: B018  # connects, or raises an error that says what is missing
    except ImportError as error:
        raise UsageError(f"{text}: {_one_line(error)} (with pip, in the same environment)") from error
    except Exception as error:
        raise UsageError(
            f"{text}: {_one_line(error)}; expected a folder, or a URL such as s3://BUCKET/NAME"
        ) from error
    return place


def _refuse_half_a_url(text: str) -> None:
    """Refuse a URL without its two slashes, which would silently become a folder with a colon in its name."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("s3", "gs", "gcs", "az", "abfs", "file"):
        raise UsageError(f"{text}: expected {scheme}://{rest.lstrip('/')}, with two slashes")


def store_hint(place: object) -> str:
    """A hint for an object store given where only folders can be read; empty for anything else."""
    scheme, slash, _ = str(place).partition(":/")
    if not slash or not scheme.isalnum():
        return ""
    return ": only `misground build -o` supports object stores; copy it to a folder, or mount the store"


@contextmanager
def reaching(place: Place, *, may_miss: bool = False) -> Iterator[None]:
    """Turn any error of an object store into a WorkError of one line; errors of a folder pass unchanged.

    Args:
        place: the folder or object store.
        may_miss: let a FileNotFoundError pass unchanged.
    """
    try:
        yield
    except MisgroundError:
        raise
    except Exception as error:
        if isinstance(place, Path) or (may_miss and isinstance(error, FileNotFoundError)):
            raise
        raise WorkError(
            f"{place} cannot be reached ({_one_line(error)}): check the store and run the same command again"
        ) from error


def read_bytes(place: Place) -> bytes | None:
    """A file's content; None if there is no such file.

    Raises:
        OSError: the file cannot be read.
        WorkError: the object store cannot be reached.
    """
    try:
        with reaching(place, may_miss=True):
            return bytes(place.read_bytes())
    except FileNotFoundError:
        return None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
