"""Licences and citations of the known data sets."""

from collections.abc import Collection
from typing import Final

from misground.anatomy import LabelSet
from misground.records import Attribution, Modality

_TOTAL_CT: Final = Attribution(
    source="totalsegmentator",
    title="TotalSegmentator CT dataset",
    licence="CC-BY-4.0",
    citation="Wasserthal J, Breit HC, Meyer MT, et al. TotalSegmentator: Robust Segmentation of 104 Anatomic "
    "Structures in CT Images. Radiology: Artificial Intelligence 2023;5(5):e230024. doi:10.1148/ryai.230024",
    url="https://doi.org/10.5281/zenodo.6802613",
)
_TOTAL_MRI: Final = Attribution(
    source="totalsegmentator",
    title="TotalSegmentator MRI dataset",
    licence="CC-BY-NC-SA-2.0",
    citation="Akinci D'Antonoli T, Berger LK, Indrakanti AK, et al. TotalSegmentator MRI: Robust "
    "Sequence-independent Segmentation of Multiple Anatomic Structures in MRI. "
    "Radiology 2025;314(2):e241613. doi:10.1148/radiol.241613",
    url="https://doi.org/10.5281/zenodo.11367004",
)
_OAI_LICENCE: Final = "Osteoarthritis Initiative data use agreement (NIMH Data Archive)"
_OAI_CITATION: Final = (
    "Peterfy CG, Schneider E, Nevitt M. The osteoarthritis initiative: report on the design rationale for "
    "the magnetic resonance imaging protocol for the knee. "
    "Osteoarthritis and Cartilage 2008;16(12):1433-1441. doi:10.1016/j.joca.2008.06.016"
)
_ZIB_CITATION: Final = (
    "Ambellan F, Tack A, Ehlke M, Zachow S. Automated segmentation of knee bone and cartilage combining "
    "statistical shape knowledge and convolutional neural networks: Data from the Osteoarthritis Initiative. "
    "Medical Image Analysis 2019;52:109-118. doi:10.1016/j.media.2018.11.009"
)
_CM_CITATION: Final = (
    "Yao Y, Zhong J, Zhang L, et al. CartiMorph: A framework for automated knee articular cartilage "
    "morphometrics. Medical Image Analysis 2024;91:103035. doi:10.1016/j.media.2023.103035"
)


def totalsegmentator(modalities: Collection[Modality]) -> Attribution:
    """The attribution of the CT set, the MRI set, or both, by the modalities of the cases (default: CT)."""
    if "mri" not in modalities:
        return _TOTAL_CT
    if "ct" not in modalities:
        return _TOTAL_MRI
    return Attribution(
        source="totalsegmentator",
        title=f"{_TOTAL_CT.title} and {_TOTAL_MRI.title}",
        licence=f"CT: {_TOTAL_CT.licence}; MRI: {_TOTAL_MRI.licence}",
        citation=f"{_TOTAL_CT.citation} {_TOTAL_MRI.citation}",
        url=_TOTAL_CT.url,
    )


def oai(label_sets: Collection[LabelSet]) -> Attribution:
    """The attribution of the scans, and of the segmentations in these label sets."""
    licence, citation = [_OAI_LICENCE], [_OAI_CITATION]
    if "oaizib_cm" in label_sets:
        licence.append("segmentations of OAIZIB-CM: CC-BY-NC-4.0")
        citation.append(_CM_CITATION)
    if "oai_zib" in label_sets:
        licence.append("segmentations of OAI-ZIB: scientific use only, free of charge")
    if {"oai_zib", "oaizib_cm"} & set(label_sets):
        citation.append(_ZIB_CITATION)
    return Attribution(
        source="oai",
        title="Osteoarthritis Initiative (OAI) knee MRI with segmentations",
        licence="; ".join(licence),
        citation=" ".join(citation),
        url="https://nda.nih.gov/oai",
    )
