"""The examples in the docstrings of semsam, run as they are printed; and which names must have one."""

import ast
import doctest
import pkgutil
from importlib import import_module
from importlib.util import find_spec

import pytest

import semsam

# Modules of engines import the program that they serve.
OPTIONAL = ("vllm", "sglang", "transformers")
MODULES = ["semsam", *(found.name for found in pkgutil.walk_packages(semsam.__path__, "semsam."))]
WITHOUT_EXAMPLES = {"ModelError", "SemsamError", "SettingsError", "Status", "TableError"}


def examples_of(name: str) -> list[doctest.DocTest]:
    """The examples of a module; skips where the module needs a package that is not installed."""
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        pytest.skip(f"{error.name} is not installed")
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [test for test in finder.find(module, name) if test.examples]


def missing_packages(test: doctest.DocTest) -> list[str]:
    """The packages that an example imports and that are not installed."""
    imported = []
    for example in test.examples:
        for node in ast.walk(ast.parse(example.source)):
            if isinstance(node, ast.Import):
                imported += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported.append(node.module or "")
    return [name for name in imported if find_spec(name.split(".")[0]) is None]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_show(name: str) -> None:
    for test in examples_of(name):
        missing = missing_packages(test)
        if missing:
            pytest.skip(f"the example of {test.name} needs {missing[0]}")
        said: list[str] = []
        failed, _ = doctest.DocTestRunner().run(test, out=said.append)
        assert failed == 0, "".join(said)


def test_the_walk_finds_the_modules_and_their_examples() -> None:
    assert {"semsam.rule", "semsam.engines.request"} <= set(MODULES)
    assert any(test.name == "semsam.rule.rescore" for test in examples_of("semsam.rule"))


@pytest.mark.parametrize("name", sorted(set(semsam.__all__) - WITHOUT_EXAMPLES))
def test_every_public_name_has_an_example(name: str) -> None:
    public = getattr(semsam, name)
    finder = doctest.DocTestFinder(recurse=False)
    assert any(test.examples for test in finder.find(public, name, module=import_module(public.__module__)))


def test_an_example_that_shows_something_else_fails() -> None:
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert doctest.DocTestRunner().run(test, out=lambda _: None).failed == 1
