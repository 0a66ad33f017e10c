"""One torso and one knee, and made faults in them."""

from dataclasses import replace

import numpy as np
import pytest

from misground.records import Case
from misground.sources import list_cases
from misground.volumes import load_case


@pytest.fixture(scope="session")
def torso() -> Case:
    return load_case(list_cases("phantom:torso?n=1").refs[0])


@pytest.fixture(scope="session")
def knee() -> Case:
    return load_case(list_cases("phantom:knee?n=1").refs[0])


@pytest.fixture(scope="session")
def real_torso(data_dir) -> Case:
    return load_case(list_cases(f"totalsegmentator:{data_dir / 'ct_torso'}").refs[0])


@pytest.fixture(scope="session")
def with_scan():
    return lambda case, scan: replace(case, scan=np.ascontiguousarray(scan))


@pytest.fixture(scope="session")
def swapped():
    """The case with the labels of pairs of structures swapped."""

    def swap(case: Case, *pairs: tuple[str, str]) -> Case:
        keys = [structure.key for structure in case.structures]
        structures = list(case.structures)
        for a, b in pairs:
            i, j = keys.index(a), keys.index(b)
            structures[i], structures[j] = structures[j], structures[i]
        return replace(case, structures=tuple(structures))

    return swap


@pytest.fixture(scope="session")
def only():
    """The case with the labels of a few structures alone."""

    def keep(case: Case, *wanted: str) -> Case:
        keys = [structure.key for structure in case.structures]
        table = np.zeros(len(keys) + 1, case.labels.dtype)
        for number, key in enumerate(wanted, 1):
            table[keys.index(key) + 1] = number
        structures = tuple(case.structures[keys.index(key)] for key in wanted)
        facts = replace(case.facts, structures=wanted)
        return replace(case, labels=table[case.labels], structures=structures, facts=facts)

    return keep
