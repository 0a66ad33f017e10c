"""The work on one case in a worker process: planning it, and later rendering its views."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from misground.benchmark.building.kept_labels import keep_labels, kept_case
from misground.benchmark.building.plans import StoredPlan, save_plan
from misground.benchmark.check import case_verdict, has_scan
from misground.benchmark.engines.engine import reads_files
from misground.benchmark.files import digest, replacing, sha256_file, write_json
from misground.benchmark.folder import read_json
from misground.benchmark.hiding import hide_names
from misground.benchmark.hub import with_features
from misground.benchmark.label_set_hint import explained
from misground.benchmark.places import Place, reaching
from misground.benchmark.settings import FORMAT, BuildSettings
from misground.errors import CaseError, WorkError, one_case
from misground.questions import Item, item_views, measure_case, plan_case, probe_views, view_id
from misground.records import CaseRef, Probe, View, ViewSpec
from misground.records.schemas import VIEWS
from misground.rendering import Renderer
from misground.volumes import intensity_window, load_case


@dataclass(frozen=True)
class PlanTask:
    """The task of planning one case.

    Attributes:
        ref: the case.
        settings: the settings of the build.
        path: where to write the plan.
        labels: where to keep the label map for rendering.
        folders: folders of the sources; if one is missing, an unreadable case stops the build.
    """

    ref: CaseRef
    settings: BuildSettings
    path: Place
    labels: Place
    folders: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """A digest of the plan's inputs."""
        return digest([FORMAT, self.ref.fingerprint, self.ref.source, self.settings.planning()])


@reads_files
def plan_one(task: PlanTask) -> str | None:
    """Write the plan of a case; return the reason if it is skipped, else None."""
    try:
        with one_case():
            stored = _planned(task)
    except CaseError as error:
        check_there(task.folders)
        hidden = task.settings.hash_case_ids
        stored = StoredPlan(None, reason=hide_names(str(error)) if hidden else str(error))
    save_plan(stored, task.key, task.path)
    return stored.reason


def _planned(task: PlanTask) -> StoredPlan:
    case = load_case(task.ref, max_oblique_degrees=task.settings.max_oblique_degrees)
    measured = measure_case(case)
    verdict = case_verdict(case, measured, with_scan=has_scan(task.ref))
    if verdict.contradicts and not task.settings.keep_contradicting:
        raise CaseError(f"{verdict.name}: {explained(task.ref, verdict)}")
    plan = plan_case(case, measured, allow_name_hints=task.settings.allow_name_hints)
    if task.ref.read_scan is not None:
        keep_labels(case, task.key, task.labels)
    return StoredPlan(
        plan=plan,
        names={s.key: s.name for s in case.structures},
        extensions=tuple(s.key for s in case.structures if s.benchmark != case.facts.modality),
        contradiction=verdict.reason if verdict.contradicts else None,
        notes=tuple(map(hide_names, case.notes)) if task.settings.hash_case_ids else case.notes,
    )


@dataclass(frozen=True)
class RenderTask:
    """The task of rendering the views of one case's items.

    Attributes:
        ref: the case.
        settings: the settings of the build.
        items: the case's items.
        path: where to write the views.
        marker: where to write the marker that they are complete.
        labels: where the case's label map may be kept.
        planned: key of the plan that kept it.
        folders: folders of the sources, as in `PlanTask`.
    """

    ref: CaseRef
    settings: BuildSettings
    items: tuple[Item, ...]
    path: Place
    marker: Place
    labels: Place
    planned: str
    folders: tuple[Path, ...] = ()

    @property
    def key(self) -> str:
        """A digest of the pictures' inputs."""
        views = [view_id(spec) for specs in new_views(self.items, self.settings.probes) for spec in specs]
        return digest([FORMAT, self.ref.fingerprint, self.settings.window, views])


def new_views(items: Iterable[Item], probes: Sequence[Probe] = ()) -> Iterator[list[ViewSpec]]:
    """The views of each item that no earlier item has; items of one case may share views."""
    seen: set[ViewSpec] = set()
    for item in items:
        specs = [spec for spec in item_views(item) + probe_views(item, probes) if spec not in seen]
        seen.update(specs)
        if specs:
            yield specs


@dataclass(frozen=True)
class Rendered:
    """What was rendered for one case.

    Attributes:
        views: number of views.
        frames: number of frames in all views.
        sha256: hash of the file.
        bytes: size of the file.
    """

    views: int
    frames: int
    sha256: str
    bytes: int


def render_one(task: RenderTask) -> Rendered:
    """Render every view of a case's items and write them as one Parquet file.

    A worker may be lost after it has finished a case and before it could say so: the next one that is given
    the case finds it finished.
    """
    try:
        return already_rendered(task) or _rendered(task)
    except CaseError:
        check_there(task.folders)
        raise


def check_there(folders: Iterable[Path]) -> None:
    """Raise WorkError if a source's folder is missing: a disk was unplugged, or a share was lost."""
    for folder in folders:
        if not folder.is_dir():
            raise WorkError(
                f"{folder} is missing: restore it and run the same command again; finished cases are kept"
            )


def _rendered(task: RenderTask) -> Rendered:
    with one_case():
        case = kept_case(task.ref, task.planned, task.labels) or load_case(
            task.ref, max_oblique_degrees=task.settings.max_oblique_degrees
        )
        renderer = Renderer(case, intensity_window(case, task.settings.window))
    schema = with_features(VIEWS)
    views = frames = 0
    with replacing(task.path) as temporary:
        with _views_writer(temporary, schema) as writer:
            # One row group per item, so that few other views are read with a view.
            for specs in new_views(task.items, task.settings.probes):
                drawn = zip(specs, renderer.views(specs), strict=True)
                rows = [_view_row(spec, view) for spec, view in drawn]
                writer.write_table(pa.Table.from_pylist(rows, schema=schema))
                views += len(rows)
                frames += sum(len(row["frames"]) for row in rows)
        rendered = Rendered(views, frames, sha256_file(temporary), temporary.stat().st_size)
    write_json({"key": task.key} | asdict(rendered), task.marker)
    return rendered


def already_rendered(task: RenderTask) -> Rendered | None:
    """What an earlier run has already rendered for a case; None if it is missing, damaged or outdated.

    A file is compared with its hash; in an object store, which checks hashes itself, the size is enough.
    """
    marker = read_json(task.marker)
    try:
        if marker.pop("key") != task.key:
            return None
        rendered = Rendered(**marker)
        with reaching(task.path, may_miss=True):
            same = task.path.stat().st_size == rendered.bytes
    except (FileNotFoundError, KeyError, TypeError):
        return None
    if same and isinstance(task.path, Path):
        same = sha256_file(task.path) == rendered.sha256
    return rendered if same else None


def _views_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer without compression (PNG files do not compress) that stores equal frames of a group once."""
    return pq.ParquetWriter(
        path,
        schema,
        compression="none",
        use_dictionary=["frames.list.element.bytes"],
        dictionary_pagesize_limit=2**30,
        write_statistics=False,
    )


def _view_row(spec: ViewSpec, view: View) -> dict[str, Any]:
    return {
        "view_id": view_id(spec),
        "case_id": spec.case_id,
        "dimension": spec.dimension,
        "plane": spec.plane,
        "coordinates": spec.coordinates,
        "prompt": spec.prompt,
        "blank": spec.blank,
        "mirrored": spec.mirrored is not None,
        "slices": list(spec.slices),
        "frames": [{"bytes": frame, "path": None} for frame in view.frames],
        "width": view.width,
        "height": view.height,
        "mm_per_pixel": view.mm_per_pixel,
        "marks": [
            {
                "structure": mark.structure,
                "label": mark.label,
                "color": mark.color,
                "frame": mark.frame,
                "box": list(mark.box),
                "point": list(mark.point),
            }
            for mark in view.marks
        ],
    }
