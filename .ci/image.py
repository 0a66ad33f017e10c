"""Runs the steps of an image in a folder, where no container engine is at hand.

    sudo python3 .ci/image.py TARGET ROOT

TARGET is a stage of the Dockerfile. ROOT holds a Debian system with Python, such as `debootstrap
--variant=minbase --include=python3,python3-venv,ca-certificates trixie ROOT` makes, with name resolution
(/etc/resolv.conf) and with /proc and /dev/shm mounted. It stands for the image of Python, so Python and pip
are put at /usr/local, where that image has them. All stages share ROOT; stages that begin from another
image are refused. At the end the image's command runs as its user.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
STEP = re.compile(r"(?P<name>[A-Z]+)\s+(?P<rest>.*)", re.DOTALL)


@dataclass
class Stage:
    """The steps of one stage, in order, and what it begins from."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)


def stages(dockerfile: str) -> dict[str, Stage]:
    """The stages of a Dockerfile by name; ARGs before the first are filled in with their defaults."""
    lines = re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    found: dict[str, Stage] = {}
    defaults: dict[str, str] = {}
    stage: Stage | None = None
    for line in filter(str.strip, lines):
        step = STEP.fullmatch(line.strip())
        if step is None:
            raise ValueError(f"not a step of a Dockerfile: {line}")
        name, rest = step["name"], step["rest"]
        if name == "FROM":
            base, _, title = rest.partition(" AS ")
            base = re.sub(r"\$\{(\w+)\}", lambda match: defaults[match[1]], base)
            stage = found[title] = Stage(title, base)
        elif stage is None:
            key, _, value = rest.partition("=")
            defaults[key] = value
        else:
            stage.steps.append((name, rest))
    return found


def copied(rest: str) -> tuple[str | None, list[str], str]:
    """The stage that a COPY takes from (None: the repository), its sources, its destination."""
    *words, destination = shlex.split(rest)
    stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else None
    return stage, words, destination


class Image:
    """A root that steps are run in, with the state that one step leaves to the next."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.begin()

    def begin(self) -> None:
        """What holds at the start of a stage that begins from an image."""
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root"}
        self.user, self.folder, self.entry, self.command = "0", "/", [], []

    def run(self, command: str | list[str], user: str = "0") -> None:
        """Run a shell's line or a command in the root; raises CalledProcessError where it fails."""
        words = ["/bin/sh", "-c", command] if isinstance(command, str) else command
        place = ["chroot", f"--userspec={user}:{user}", str(self.root)]
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        inside = ["/usr/bin/env", f"--chdir={self.folder}", *settings, *words]
        print(f"+ {shlex.join(words)}", flush=True)
        subprocess.run(
            [*place, *inside], check=True, stdin=subprocess.DEVNULL, env={"PATH": "/usr/sbin:/usr/bin"}
        )

    def inside(self, path: str) -> Path:
        """A path of the root, seen from outside."""
        return self.root / (Path("/") / self.folder / path).relative_to("/")

    def step(self, name: str, rest: str) -> None:
        """Do one step as an engine would."""
        match name:
            case "RUN":
                self.run(rest, self.user)
            case "COPY":
                stage, sources, destination = copied(rest)
                for source in sources:
                    found = REPOSITORY / source if stage is None else self.root / source.lstrip("/")
                    self.copy(found, destination)
            case "ENV" | "ARG":
                key, _, value = rest.partition("=")
                self.environment[key] = value
            case "WORKDIR":
                self.folder = rest
                self.inside(rest).mkdir(parents=True, exist_ok=True)
            case "USER":
                self.user = rest
            case "ENTRYPOINT":
                self.entry = json.loads(rest)
            case "CMD":
                self.command = json.loads(rest)
            case _:
                raise ValueError(f"no way to run {name} {rest}")

    def copy(self, source: Path, destination: str) -> None:
        """Copy a file into a folder, or the content of a folder into another one."""
        target = self.inside(destination)
        if source == target:
            return
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def build(target: str, image: Image, known: dict[str, Stage]) -> None:
    """Run a stage after those that it needs."""
    stage = known[target]
    if stage.base in known:
        build(stage.base, image, known)
    elif stage.base.startswith("python:"):
        needed = [copied(rest)[0] for name, rest in stage.steps if name == "COPY"]
        for other in filter(None, needed):
            build(other, image, known)
        image.begin()
        image.run("test -x /usr/local/bin/pip || python3 -m venv /usr/local")
    else:
        raise SystemExit(
            f"stage {target} begins from {stage.base}: only those that begin from python can be run"
        )
    print(f"== {target} ==", flush=True)
    for name, rest in stage.steps:
        image.step(name, rest)


def main(target: str, root: str) -> None:
    """Build the target in the root, then run what the image runs."""
    image = Image(Path(root).resolve())
    build(target, image, stages((REPOSITORY / "Dockerfile").read_text(encoding="utf-8")))
    image.run([*image.entry, *image.command], image.user)


if __name__ == "__main__":
    main(*sys.argv[1:])
