"""Checks in how many frames of a stack the two structures are visible, counted from the marks."""

from collections.abc import Iterator

from misground.benchmark.validate.record import Context, ItemRecord


def check_shared_frames(record: ItemRecord, context: Context) -> Iterator[str]:
    """shared_frames is the number of frames with both marks; each structure is visible in enough frames."""
    row = record.first
    if not row.is_relation or row.dimension == "2d":
        return
    for view in record.views:
        frames = {label: {m.frame for m in view.marks if m.label == label} for label in ("A", "B")}
        shared = len(frames["A"] & frames["B"])
        if shared != row.shared_frames:
            yield f"{record.label}: shared_frames is {row.shared_frames}, but {shared} in view {view.view_id}"
        for label, shown in frames.items():
            if len(shown) < context.thresholds.frames:
                yield (
                    f"{record.label}: view {view.view_id} shows {label} in {len(shown)} frames, "
                    f"expected at least {context.thresholds.frames}"
                )
