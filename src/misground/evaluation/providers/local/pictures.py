"""Pictures out of a message: decoded from their data URIs, pixel for pixel."""

import base64
import binascii
import io

from PIL import Image

from misground.errors import WorkError

PREFIX, MARK = "data:image/", ";base64,"


def decode_picture(uri: str) -> Image.Image:
    """An RGB picture from `data:image/...;base64,...`; grey ones get three equal channels.

    Raises:
        WorkError: it is no such URI, or the bytes are no picture.
    """
    head, mark, body = uri.partition(MARK)
    if not mark or not head.startswith(PREFIX):
        raise WorkError(f"a picture is given as {uri[:40]!r}, expected data:image/png;base64,...")
    try:
        with Image.open(io.BytesIO(base64.b64decode(body, validate=True))) as picture:
            return picture.convert("RGB")
    except (binascii.Error, OSError, ValueError, Image.DecompressionBombError) as error:
        raise WorkError(f"a picture cannot be read: {error}") from error
