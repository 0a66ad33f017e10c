"""How often the two structures show in a stack, counted from the marks."""

from collections.abc import Iterator

from misground.benchmark.validate.record import Context, ItemRecord


def check_shared_frames(record: ItemRecord, context: Context) -> Iterator[str]:
    """shared_frames is the number of frames with both marks, and each structure shows in enough of them."""
    row = record.first
    if not row.is_relation or row.dimension == "2d":
        return
    for view in record.views:
        frames = {label: {m.frame for m in view.marks if m.label == label} for label in ("A", "B")}
        shared = len(frames["A"] & frames["B"])
        if shared != row.shared_frames:
            yield f"{record.label}: shared_frames {row.shared_frames}, view {view.view_id} has {shared}"
        for label, shown in frames.items():
            if len(shown) < context.thresholds.frames:
                yield (
                    f"{record.label}: view {view.view_id} shows {label} in {len(shown)} frames, "
                    f"expected at least {context.thresholds.frames}"
                )
