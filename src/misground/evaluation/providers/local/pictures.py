"""Decoding the pictures of a message from data URIs, without changing a pixel."""

import base64
import binascii
import io

from PIL import Image

from misground.errors import WorkError

PREFIX, MARK = "data:image/", ";base64,"


def decode_picture(uri: str) -> Image.Image:
    """Decode `data:image/...;base64,...` to an RGB picture; a grey one gets three equal channels.

    Raises:
        WorkError: The text is not such a URI, or its bytes are not a picture.
    """
    head, mark, body = uri.partition(MARK)
    if not mark or not head.startswith(PREFIX):
        raise WorkError(f"a picture begins with {uri[:40]!r}, expected data:image/png;base64,...")
    try:
        with Image.open(io.BytesIO(base64.b64decode(body, validate=True))) as picture:
            return picture.convert("RGB")
    except (binascii.Error, OSError, ValueError, Image.DecompressionBombError) as error:
        raise WorkError(f"a picture cannot be read: {error}") from error
