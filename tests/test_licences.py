"""The licences of what misground installs with all its extras: none that an Apache licence cannot carry."""

import re
from importlib.metadata import PackageNotFoundError, distribution, requires

from packaging.requirements import Requirement

WEAK_COPYLEFT = {
    # The packages are used unchanged, as libraries that a user can replace: these licences ask no more.
    "certifi": "MPL: a list of certificates",
    "connected-components-3d": "LGPL: imported, not copied",
    "pebble": "LGPL: imported, not copied",
    "tqdm": "MPL for some of its files",
}
UNSTATED = {"agent-client-protocol": "Apache-2.0, by the LICENSE of its repository; its metadata names none"}
COPYLEFT = re.compile(
    r"\b(A?GPL|EUPL|SSPL|OSL)|(?<!Lesser )\bGeneral Public|Affero|Business Source", re.IGNORECASE
)
WEAK = re.compile(r"\b(LGPL|MPL|EPL|CDDL)|Lesser General Public|Mozilla", re.IGNORECASE)


def installed(extra: str) -> set[str]:
    """The names of all packages that an extra brings along, as far as they are installed here."""
    left, extras = [("misground", {extra})], {}
    while left:
        name, more = left.pop()
        name = re.sub(r"[-_.]+", "-", name).lower()
        if name in extras and extras[name] >= more:
            continue
        extras[name] = extras.get(name, set()) | more
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        for one in map(Requirement, needed):
            chosen = {"", *extras[name]}
            if one.marker is None or any(one.marker.evaluate({"extra": each}) for each in chosen):
                left.append((one.name, set(one.extras)))
    return set(extras) - {"misground"}


def licence(name: str) -> str | None:
    """What a package says of its licence; "" if nothing, None if it is not installed."""
    try:
        about = distribution(name).metadata
    except PackageNotFoundError:
        return None
    trove = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    stated = about.get("License") or ""
    return about.get("License-Expression") or "; ".join(trove) or stated.partition("\n")[0]


def test_no_package_has_a_licence_that_ours_cannot_carry() -> None:
    found = {name: licence(name) for name in installed("all")}
    assert "torch" in found, "the extras were not followed"
    assert {name: text for name, text in found.items() if text and COPYLEFT.search(text)} == {}
    assert {name for name, text in found.items() if text and WEAK.search(text)} <= set(WEAK_COPYLEFT)
    assert {name for name, text in found.items() if text == ""} <= set(UNSTATED)


def test_copyleft_is_told_from_weak_copyleft() -> None:
    for text in (
        "GPL-3.0-only",
        "AGPLv3",
        "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
    ):
        assert COPYLEFT.search(text)
    for text in (
        "LGPL-3.0-or-later",
        "GNU Library or Lesser General Public License (LGPL)",
        "MPL-2.0 AND MIT",
    ):
        assert WEAK.search(text)
        assert not COPYLEFT.search(text)
