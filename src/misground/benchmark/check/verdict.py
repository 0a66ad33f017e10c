"""The verdict on one case: labels against anatomy, the scan against its labels, and the fault that fits."""

from dataclasses import dataclass

import numpy as np

from misground.anatomy import Axis
from misground.anatomy.tissues import tissue_of
from misground.benchmark.check.hypotheses import Hypothesis, explain
from misground.benchmark.check.likeness import Floats, Regions
from misground.benchmark.check.output_folder import LABELS_ALONE
from misground.benchmark.check.words import hypothesis_words
from misground.questions import Measurements
from misground.records import Case, CaseRef
from misground.sources.oai.listing import MADE_SOURCE
from misground.volumes.picture_check import (
    PictureVerdict,
    check_picture,
    no_picture,
    take_sample,
)
from misground.volumes.self_check import MIN_VOXELS, Verdict, check_body, format_verdict

SHOWN = 4
"""Contradicted relations that a reason names."""


@dataclass(frozen=True)
class CaseVerdict:
    """What the self-check found in one case.

    Attributes:
        body: the relations between its structures.
        hypotheses: the faults that would explain it, best first; () if it agrees or nothing fits.
        picture: its scan against its labels.
    """

    body: Verdict
    hypotheses: tuple[Hypothesis, ...]
    picture: PictureVerdict

    @property
    def labels_contradict(self) -> bool:
        """Whether the labels contradict anatomy."""
        return self.body.contradicts or bool(self.hypotheses)

    @property
    def contradicts(self) -> bool:
        """Whether the case contradicts anatomy, or its scan its labels."""
        return self.labels_contradict or self.picture.contradicts

    @property
    def status(self) -> str:
        """agrees, contradicts, or not tested."""
        if self.contradicts:
            return "contradicts"
        return "agrees" if self.body.tested_axes else "not tested"

    @property
    def mirrored_labels(self) -> tuple[Axis, ...]:
        """The axes along which the label map alone is mirrored: the scan shows it, too."""
        best = self.hypotheses[0] if self.hypotheses else None
        if best is not None and best.kind == "mirrored" and self.picture.fault == "mirrored":
            return best.axes if set(best.axes) == set(self.picture.flip) else ()
        return ()

    @property
    def name(self) -> str:
        """The check that failed, for the reason of a skipped case."""
        return "anatomical self-check" if self.labels_contradict else "scan against its labels"

    @property
    def reason(self) -> str:
        """The contradictions in one line without paths or names of files; "" if there are none."""
        return " | ".join(filter(None, [self._labels_reason(), self._picture_reason()]))

    @property
    def text(self) -> str:
        """The verdict for the terminal, without its status."""
        if self.contradicts:
            return self.reason
        counts = format_verdict(self.body).partition(": ")[2]
        scan = self.picture
        return f"{counts}; scan {'not sure: ' if scan.status == 'unsure' else ''}{scan.text}"

    def _labels_reason(self) -> str:
        if not self.labels_contradict:
            return ""
        if not self.hypotheses:
            return self.body.reason
        headline = hypothesis_words(self.hypotheses, self.body.region, self.body.side)
        named = self.body.examples(SHOWN)
        return f"{headline}: {named}" if named else headline

    def _picture_reason(self) -> str:
        if not self.picture.contradicts:
            return ""
        if self.mirrored_labels:
            return f"the header and the scan fit each other, the label map does not: {self.picture.text}"
        return self.picture.text


def case_verdict(case: Case, measured: Measurements, *, with_scan: bool = True) -> CaseVerdict:
    """Check the labels of a case against anatomy, and its scan against its labels.

    Args:
        case: the case.
        measured: its measurements.
        with_scan: whether it has a scan; without one, only its labels are checked.
    """
    body = body_verdict(case, measured)
    sample = take_sample(case)
    picture = check_picture(case, sample) if with_scan else no_picture()
    regions = body_regions(
        case, measured, sample.medians(len(case.structures)), in_hu=with_scan and not picture.contradicts
    )
    found = explain(regions, case.facts.region, case.facts.side, contradicts=body.contradicts)
    return CaseVerdict(body, found, picture)


def has_scan(ref: CaseRef) -> bool:
    """Whether a case has a scan that was not made from its labels, which would fit them whatever they are."""
    return ref.source not in (LABELS_ALONE, MADE_SOURCE)


def body_verdict(case: Case, measured: Measurements) -> Verdict:
    """Check a case's structures against the relations of its region."""
    return check_body(body_centroids(case, measured), case.facts.region, case.facts.side)


def body_centroids(case: Case, measured: Measurements) -> dict[str, tuple[float, float, float]]:
    """Structure key -> centroid in RAS+ mm; structures under MIN_VOXELS voxels are left out."""
    voxels, centroids = measured.voxels(), measured.centroids_mm()
    return {
        structure.key: (float(x), float(y), float(z))
        for structure, count, (x, y, z) in zip(case.structures, voxels, centroids, strict=True)
        if count >= MIN_VOXELS
    }


def body_regions(case: Case, measured: Measurements, medians: Floats, *, in_hu: bool) -> Regions:
    """The measures of a case's regions.

    Args:
        case: the case.
        measured: its measurements.
        medians: (S,) median intensity of each structure, NaN where unknown.
        in_hu: whether the scan fits its labels, so that intensities say what tissue a region is.
    """
    voxels = measured.voxels()
    kept = [i for i, count in enumerate(voxels) if count >= MIN_VOXELS]
    keys = tuple(structure.key for structure in case.structures)
    shades = np.full(len(keys), np.nan)
    if in_hu and case.facts.modality == "ct":
        shades = medians
    elif in_hu and case.facts.region == "knee":
        shades = _knee_shades(keys, medians)
    regions = Regions(
        keys=keys,
        mm=measured.centroids_mm(),
        ml=voxels * float(np.prod(case.facts.spacing_mm)) / 1000,
        spreads_mm=measured.spreads_mm(),
        touches=measured.touches(),
        shades=shades,
    )
    return regions.subset(kept)


def _knee_shades(keys: tuple[str, ...], medians: Floats) -> Floats:
    cartilages = [m for key, m in zip(keys, medians, strict=True) if tissue_of(key) == "cartilage" and m > 0]
    if not cartilages:
        return np.full(len(keys), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        shades = np.log(medians / np.median(cartilages))
    return np.where(np.isfinite(shades), shades, np.nan)
