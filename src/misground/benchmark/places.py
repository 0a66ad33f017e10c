"""Where a benchmark lies: a folder, or a prefix of an object store that fsspec reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fsspec
from upath import UPath

from misground.errors import MisgroundError, UsageError, WorkError

Place = Path | UPath


def parse_place(text: str) -> Place:
    """A folder's path, or a URL such as s3://bucket/benchmark.

    Credentials and endpoint are found by the store's own library (for S3 the environment or ~/.aws, also
    AWS_ENDPOINT_URL). Raises UsageError for a scheme that fsspec does not know or whose library is missing.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        _refuse_half_a_url(text)
        return Path(text)
    if not scheme:
        raise UsageError(
            f"{text} names no kind of store: expected a folder, or a URL such as s3://BUCKET/NAME"
        )
    if scheme in ("file", "local"):
        if not rest.startswith("/"):
            raise UsageError(f"{text}: expected a whole path after {scheme}://, such as {scheme}:///data/out")
        return Path(rest)
    if not rest.strip("/"):
        raise UsageError(f"{text} names no bucket: expected one such as {scheme}://BUCKET/NAME")
    try:
        fsspec.get_filesystem_class(scheme)
        place = UPath(text, use_listings_cache=False)  # other processes write there too
        place.fs  # noqa: B018  # connects, or says what is missing
    except ImportError as error:
        raise UsageError(f"{text}: {_one_line(error)} (with pip, into the same environment)") from error
    except Exception as error:
        raise UsageError(
            f"{text}: {_one_line(error)}; expected a folder, or a URL such as s3://BUCKET/NAME"
        ) from error
    return place


def _refuse_half_a_url(text: str) -> None:
    """A URL without its two slashes would silently become a folder with a colon in its name."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in ("s3", "gs", "gcs", "az", "abfs", "file"):
        raise UsageError(f"{text}: expected {scheme}://{rest.lstrip('/')}, with two slashes")


def store_hint(place: object) -> str:
    """What to tell who names an object store where only folders are read; empty for anything else."""
    scheme, slash, _ = str(place).partition(":/")
    if not slash or not scheme.isalnum():
        return ""
    return ": only `misground build -o` reaches an object store; copy it to a folder, or mount it"


@contextmanager
def reaching(place: Place, *, may_miss: bool = False) -> Iterator[None]:
    """Turn what goes wrong in an object store into a WorkError of one line.

    may_miss: a FileNotFoundError is left as it is. What a folder raises always is.
    """
    try:
        yield
    except MisgroundError:
        raise
    except Exception as error:
        if isinstance(place, Path) or (may_miss and isinstance(error, FileNotFoundError)):
            raise
        raise WorkError(
            f"{place} cannot be reached ({_one_line(error)}): see to the store and run the same command again"
        ) from error


def read_bytes(place: Place) -> bytes | None:
    """A file's content, None where there is no such file.

    Raises OSError where a file cannot be read, WorkError where the object store cannot.
    """
    try:
        with reaching(place, may_miss=True):
            return bytes(place.read_bytes())
    except FileNotFoundError:
        return None


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
